import { type Ambr, ambrFromJson } from "@freehold/model";
import { defaultQosRule, type QosFlowDescription, type QosRule } from "@freehold/nas";
import type { PDUSessionAggregateMaximumBitRate, QosFlowSetupRequestItem } from "@freehold/ngap";
import type { ies } from "@freehold/pfcp";
import type { Arp, DnnConfiguration, SmPolicyDecision } from "@freehold/sbi";
import type { DefaultQos } from "./config.ts";
import type { SessionQos } from "./session-context.ts";

/** QFI of the flow with the default QoS rule. */
const defaultQfi = 1;
/** TS 23.501 table 5.7.4-1: 5QIs of guaranteed bit rate; none may carry the default flow (§5.7.1.1). */
const guaranteed = new Set([1, 2, 3, 4, 65, 66, 67, 71, 72, 73, 74, 75, 76, 82, 83, 84, 85, 86, 87, 88, 89, 90]);
/** TS 38.413 §9.3.1.4: bits per second at most. */
const mostNgap = 4_000_000_000_000;
/** TS 29.244 §8.2.8: five octets of kilobits per second. */
const mostPfcp = 2 ** 40 - 1;
/** TS 24.501 §9.11.4.14 says more than anybody has; less than one kbit/s it cannot say. */
const leastNas = 1_000;

interface Wanted {
  readonly "5qi"?: number;
  readonly arp?: Arp;
  readonly priorityLevel?: number | null;
}

/** What the policy authorised, else what is subscribed, else what is configured (TS 23.503 §6.3.1 (unchecked)). */
export function sessionQos(
  decision: SmPolicyDecision | undefined,
  subscribed: Pick<DnnConfiguration, "5gQosProfile" | "sessionAmbr">,
  config: DefaultQos,
): SessionQos {
  const rule = Object.values(decision?.sessRules ?? {}).find((r) => r !== null);
  const usable = (q: Wanted | undefined): q is Wanted & { "5qi": number } => q?.["5qi"] !== undefined && !guaranteed.has(q["5qi"]);
  const wanted = [rule?.authDefQos, subscribed["5gQosProfile"]].find(usable);
  const arp = wanted?.arp ?? subscribed["5gQosProfile"]?.arp;
  return {
    qfi: defaultQfi,
    fiveQi: wanted?.["5qi"] ?? config.fiveQi,
    ...(typeof wanted?.priorityLevel === "number" && { priorityLevel: wanted.priorityLevel }),
    arp: {
      priorityLevel: arp?.priorityLevel ?? config.arp,
      mayPreempt: arp?.preemptCap === "MAY_PREEMPT",
      preemptable: arp?.preemptVuln !== "NOT_PREEMPTABLE",
    },
    ambr: [rule?.authSessAmbr, subscribed.sessionAmbr].map(ambrOf).find((a) => a !== undefined) ?? config.ambr,
  };
}

function ambrOf(json: unknown): Ambr | undefined {
  const read = ambrFromJson(json);
  return read.ok ? read.value : undefined;
}

/** For N1, TS 24.501 §9.11.4.13, §9.11.4.12 and §9.11.4.14. */
export const qosRules = (qos: SessionQos): QosRule[] => [defaultQosRule(qos.qfi)];
export const qosFlowDescriptions = (qos: SessionQos): QosFlowDescription[] => [
  { qfi: qos.qfi, operation: "create new QoS flow description", fiveQi: qos.fiveQi },
];
export const nasAmbr = ({ uplink, downlink }: Ambr): Ambr => ({
  uplink: Math.max(uplink, leastNas),
  downlink: Math.max(downlink, leastNas),
});

/** For N2, TS 38.413 §9.3.4.1. */
export const ngapAmbr = ({ uplink, downlink }: Ambr): PDUSessionAggregateMaximumBitRate => ({
  pDUSessionAggregateMaximumBitRateDL: Math.min(downlink, mostNgap),
  pDUSessionAggregateMaximumBitRateUL: Math.min(uplink, mostNgap),
});
export const ngapFlow = ({ qfi, fiveQi, priorityLevel, arp }: SessionQos): QosFlowSetupRequestItem => ({
  qosFlowIdentifier: qfi,
  qosFlowLevelQosParameters: {
    qosCharacteristics: {
      choice: "nonDynamic5QI",
      value: { fiveQI: fiveQi, ...(priorityLevel !== undefined && { priorityLevelQos: priorityLevel }) },
    },
    allocationAndRetentionPriority: {
      priorityLevelARP: arp.priorityLevel,
      preEmptionCapability: arp.mayPreempt ? "may-trigger-pre-emption" : "shall-not-trigger-pre-emption",
      preEmptionVulnerability: arp.preemptable ? "pre-emptable" : "not-pre-emptable",
    },
  },
});

/** For N4, TS 29.244 §8.2.8: kilobits per second, rounded up so that what the phone was promised passes. */
export const pfcpRates = ({ uplink, downlink }: Ambr): NonNullable<(typeof ies.Mbr)["~type"]> => ({
  uplink: Math.min(Math.ceil(uplink / 1000), mostPfcp),
  downlink: Math.min(Math.ceil(downlink / 1000), mostPfcp),
});
