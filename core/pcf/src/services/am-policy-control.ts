import {
  answer,
  created,
  type Npcf_AMPolicyControl,
  noContent,
  type PolicyAssociation,
  type Producer,
  refuse,
  type SbiWorld,
} from "@freehold/sbi";
import { Associations } from "../associations.ts";

export interface AmPolicyParts {
  readonly world: SbiWorld;
  readonly rfsp: number | undefined;
  readonly most: number;
}

const ROOT = "/npcf-am-policy-control/v1/policies";

/** Npcf_AMPolicyControl, TS 29.507 §4.2. No optional feature is supported, so none is negotiated (suppFeat 0). */
export function amPolicyControl({ world, rfsp, most }: AmPolicyParts): Producer<typeof Npcf_AMPolicyControl> {
  const associations = new Associations<PolicyAssociation>(world.random, most);
  const unknown = () => refuse(404, "POLICY_ASSOCIATION_NOT_FOUND");
  return {
    create({ body }, { apiRoot }) {
      const { supi, notificationUri, suppFeat } = body;
      const association: PolicyAssociation = {
        request: { supi, notificationUri, suppFeat },
        ...(rfsp !== undefined && { rfsp }),
        suppFeat: "0",
      };
      return created(association, `${apiRoot}${ROOT}/${associations.add(association)}`);
    },
    get({ polAssoId }) {
      const association = associations.get(polAssoId);
      return association === undefined ? unknown() : answer(association);
    },
    update({ polAssoId }, { apiRoot }) {
      if (associations.get(polAssoId) === undefined) return unknown();
      return answer({ resourceUri: `${apiRoot}${ROOT}/${polAssoId}`, suppFeat: "0" });
    },
    delete: ({ polAssoId }) => (associations.remove(polAssoId) ? noContent() : unknown()),
  };
}
