import { type Plmn, plmnText } from "@freehold/model";
import {
  type Answer,
  answer,
  created,
  type Face,
  type Nssai,
  type Nudm_SDM,
  type Nudr_DR,
  noContent,
  type PduSession,
  type PlmnIdNid,
  type Producer,
  refuse,
  type SmfRegistration,
  type Snssai,
  type SubscriptionDataSets,
  type UeContextInSmfData,
} from "@freehold/sbi";
import { timeOf, timeText, toHex } from "@freehold/wire";
import type { UdmWorld } from "../udm.ts";

export interface SubscriberDataParts {
  readonly udr: Face<typeof Nudr_DR>;
  readonly home: Plmn;
  readonly world: UdmWorld;
}

/** Longest life of a subscription to data changes. */
const SUBSCRIPTION_MS = 7 * 86_400_000;

function pduSessions(registrations: readonly SmfRegistration[]): UeContextInSmfData {
  const rows = registrations.map(({ pduSessionId, dnn = "", smfInstanceId, plmnId, singleNssai }): [string, PduSession] => [
    String(pduSessionId),
    { dnn, smfInstanceId, plmnId, singleNssai },
  ]);
  return { pduSessions: Object.fromEntries(rows) };
}

/** Nudm_SubscriberDataManagement, TS 29.503 §5.2. */
export function subscriberDataManagement({ udr, home, world }: SubscriberDataParts): Producer<typeof Nudm_SDM> {
  const { random, clock } = world;
  const serving = (plmn: PlmnIdNid | undefined): string => plmnText(plmn ?? home);

  const amData = (supi: string, plmn?: PlmnIdNid) => udr.getAmData({ ueId: supi, servingPlmnId: serving(plmn) });
  const smfSelection = (supi: string, plmn?: PlmnIdNid) => udr.getSmfSelectionData({ ueId: supi, servingPlmnId: serving(plmn) });
  const smfContexts = async (supi: string): Promise<Answer<UeContextInSmfData>> => {
    const read = await udr.listSmfRegistrations({ ueId: supi });
    if (read.ok) return answer(pduSessions(read.value));
    return read.problem.cause === "DATA_NOT_FOUND" ? answer({}) : read;
  };
  const smData = (supi: string, plmn: PlmnIdNid | undefined, singleNssai: Snssai | undefined, dnn: string | undefined) =>
    udr.getSmData({ ueId: supi, servingPlmnId: serving(plmn), "single-nssai": singleNssai, dnn });

  return {
    async getDataSets(input) {
      const { supi, dnn, "plmn-id": plmn, "single-nssai": singleNssai, "dataset-names": names } = input;
      const sets: { -readonly [K in keyof SubscriptionDataSets]: SubscriptionDataSets[K] } = {};
      for (const name of new Set(names)) {
        if (name === "AM") {
          const read = await amData(supi, plmn);
          if (!read.ok) return read;
          sets.amData = read.value;
        } else if (name === "SMF_SEL") {
          const read = await smfSelection(supi, plmn);
          if (!read.ok) return read;
          sets.smfSelData = read.value;
        } else if (name === "UEC_SMF") {
          const read = await smfContexts(supi);
          if (!read.ok) return read;
          sets.uecSmfData = read.value;
        } else if (name === "SM") {
          const read = await smData(supi, plmn, singleNssai, dnn);
          if (!read.ok) return read;
          sets.smData = read.value;
        }
      }
      return Object.keys(sets).length === 0 ? refuse(404, "DATA_NOT_FOUND") : answer(sets);
    },

    async getNssai({ supi, "plmn-id": plmn }) {
      const read = await amData(supi, plmn);
      if (!read.ok) return read;
      const { nssai } = read.value;
      return nssai ? answer<Nssai>(nssai) : refuse(404, "DATA_NOT_FOUND");
    },
    getAmData: ({ supi, "plmn-id": plmn }) => amData(supi, plmn),
    getSmfSelectData: ({ supi, "plmn-id": plmn }) => smfSelection(supi, plmn),
    getUeContextInSmfData: ({ supi }) => smfContexts(supi),
    getSmData: ({ supi, dnn, "plmn-id": plmn, "single-nssai": singleNssai }) => smData(supi, plmn, singleNssai, dnn),

    async subscribe({ ueId, body }, { apiRoot }) {
      const longest = clock.now() + SUBSCRIPTION_MS;
      const asked = body.expires === undefined ? longest : timeOf(body.expires);
      const expires = timeText(asked > clock.now() ? Math.min(asked, longest) : longest);
      const kept = await udr.createSdmSubscription({ ueId, body: { ...body, subscriptionId: toHex(random(8)), expires } });
      if (!kept.ok) return kept;
      return created(kept.value, `${apiRoot}/nudm-sdm/v2/${ueId}/sdm-subscriptions/${kept.value.subscriptionId}`);
    },
    async unsubscribe({ ueId, subscriptionId }) {
      const gone = await udr.deleteSdmSubscription({ ueId, subsId: subscriptionId });
      if (gone.ok) return noContent();
      return gone.problem.cause === "DATA_NOT_FOUND" ? refuse(404, "SUBSCRIPTION_NOT_FOUND") : gone;
    },
  };
}
