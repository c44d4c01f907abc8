import { type Ambr, ambrJson, pseudonyms } from "@freehold/model";
import {
  answer,
  created,
  type Face,
  type Npcf_SMPolicyControl,
  type Nudr_DR_PolicyData,
  noContent,
  type Producer,
  refuse,
  SbiTransportError,
  type SbiWorld,
  type SmPolicyContextData,
  type SmPolicyDecision,
} from "@freehold/sbi";
import { Associations } from "../associations.ts";
import type { DefaultQos } from "../pcf.ts";

export interface SmPolicyParts {
  readonly world: SbiWorld;
  readonly udr: Face<typeof Nudr_DR_PolicyData>;
  readonly defaultQos: DefaultQos;
  readonly defaultAmbr: Ambr;
  readonly most: number;
}

interface Association {
  readonly context: SmPolicyContextData;
  readonly decision: SmPolicyDecision;
}

/** Npcf_SMPolicyControl, TS 29.512 §4.2: one session rule with the authorised Session-AMBR and default QoS. */
export function smPolicyControl({ world, udr, defaultQos, defaultAmbr, most }: SmPolicyParts): Producer<typeof Npcf_SMPolicyControl> {
  const associations = new Associations<Association>(world.random, most);
  const name = world.pseudonym ?? pseudonyms(world.random(16));
  const unknown = () => refuse(404, "POLICY_CONTEXT_NOT_FOUND");

  /** What is subscribed is authorised; where nothing is, the configuration speaks (TS 29.512 §4.2.2.2). */
  function decide({ subsSessAmbr, subsDefQos }: Pick<SmPolicyContextData, "subsSessAmbr" | "subsDefQos">): SmPolicyDecision {
    const { fiveQi, arp } = defaultQos;
    const authDefQos = {
      "5qi": subsDefQos?.["5qi"] ?? fiveQi,
      arp: subsDefQos?.arp ?? { priorityLevel: arp, preemptCap: "NOT_PREEMPT", preemptVuln: "PREEMPTABLE" },
      ...(subsDefQos?.priorityLevel !== undefined && { priorityLevel: subsDefQos.priorityLevel }),
    } as const;
    return {
      sessRules: { default: { sessRuleId: "default", authSessAmbr: subsSessAmbr ?? ambrJson(defaultAmbr), authDefQos } },
      policyCtrlReqTriggers: ["SE_AMBR_CH", "DEF_QOS_CH"],
      suppFeat: "0",
    };
  }

  /** True when the operator's policy data say that the subscriber may not have this session; without an UDR nothing is said. */
  async function denied({ supi, sliceInfo, dnn }: SmPolicyContextData): Promise<"USER_UNKNOWN" | "POLICY_CONTEXT_DENIED" | undefined> {
    try {
      const read = await udr.getSmPolicyData({ ueId: supi, snssai: sliceInfo, dnn });
      if (!read.ok) return read.problem.cause === "USER_NOT_FOUND" ? "USER_UNKNOWN" : undefined;
      const slice = Object.values(read.value.smPolicySnssaiData).find(
        ({ snssai }) => snssai.sst === sliceInfo.sst && snssai.sd?.toLowerCase() === sliceInfo.sd?.toLowerCase(),
      );
      const allowed = Object.keys(slice?.smPolicyDnnData ?? {}).some((name) => name.toLowerCase() === dnn.toLowerCase());
      return allowed ? undefined : "POLICY_CONTEXT_DENIED";
    } catch (error) {
      if (!(error instanceof SbiTransportError)) throw error;
      world.log.warn("the UDR gives no policy data: the subscription alone decides", { ue: name(supi), why: error.message });
      return undefined;
    }
  }

  return {
    async create({ body }, { apiRoot }) {
      const why = await denied(body);
      if (why !== undefined) return refuse(why === "USER_UNKNOWN" ? 400 : 403, why);
      const decision = decide(body);
      const smPolicyId = associations.add({ context: body, decision });
      return created(decision, `${apiRoot}/npcf-smpolicycontrol/v1/sm-policies/${smPolicyId}`);
    },
    get({ smPolicyId }) {
      const association = associations.get(smPolicyId);
      return association === undefined ? unknown() : answer({ context: association.context, policy: association.decision });
    },
    /** A change of what is subscribed changes what is authorised (TS 29.512 §4.2.4). */
    update({ smPolicyId, body }) {
      const association = associations.get(smPolicyId);
      if (association === undefined) return unknown();
      const { subsSessAmbr = association.context.subsSessAmbr, subsDefQos = association.context.subsDefQos } = body;
      const context = { ...association.context, subsSessAmbr, subsDefQos };
      const decision = decide(context);
      associations.set(smPolicyId, { context, decision });
      return answer(decision);
    },
    delete: ({ smPolicyId }) => (associations.remove(smPolicyId) ? noContent() : unknown()),
  };
}
