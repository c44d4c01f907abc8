import { ambrJson } from "@freehold/model";
import type {
  AccessAndMobilitySubscriptionData,
  DnnConfiguration,
  SessionManagementSubscriptionData,
  SmfSelectionSubscriptionData,
  SmPolicyData,
  Snssai,
} from "@freehold/sbi";
import type { SubscribedDnn, SubscribedSlice, Subscription } from "./subscriber.ts";

const snssai = ({ sst, sd }: SubscribedSlice): Snssai => ({ sst, ...(sd !== undefined && { sd }) });

/** Key of a slice in the maps of TS 29.503 and TS 29.519: "1" or "1-000001" (VarSnssai, TS 29.571). */
export const snssaiKey = ({ sst, sd }: Snssai): string => (sd === undefined ? `${sst}` : `${sst}-${sd}`);

/** The default ones first, as the standard asks; the first slice when none is. */
function byDefault(slices: readonly SubscribedSlice[]): { defaults: Snssai[]; others: Snssai[] } {
  const marked = slices.filter((s) => s.default);
  const defaults = marked.length > 0 ? marked : slices.slice(0, 1);
  return { defaults: defaults.map(snssai), others: slices.filter((s) => !defaults.includes(s)).map(snssai) };
}

/** TS 29.503 §6.1.6.2.4 */
export function amData({ gpsi, ueAmbr, slices }: Subscription): AccessAndMobilitySubscriptionData {
  const { defaults, others } = byDefault(slices);
  return {
    ...(gpsi !== undefined && { gpsis: [gpsi] }),
    subscribedUeAmbr: ambrJson(ueAmbr),
    nssai: { defaultSingleNssais: defaults, ...(others.length > 0 && { singleNssais: others }) },
  };
}

const isDefault = (slice: SubscribedSlice, dnn: SubscribedDnn): boolean => dnn === (slice.dnns.find((d) => d.default) ?? slice.dnns[0]);

/** TS 29.503 §6.1.6.2.7 */
export const smfSelectionData = ({ slices }: Subscription): SmfSelectionSubscriptionData => ({
  subscribedSnssaiInfos: Object.fromEntries(
    slices.map((slice) => [
      snssaiKey(snssai(slice)),
      { dnnInfos: slice.dnns.map((d) => ({ dnn: d.dnn, ...(isDefault(slice, d) && { defaultDnnIndicator: true }) })) },
    ]),
  ),
});

function dnnConfiguration({ type, ambr, fiveQi = 9, arp = 8, staticIp }: SubscribedDnn): DnnConfiguration {
  return {
    pduSessionTypes: { defaultSessionType: type, allowedSessionTypes: type === "IPV4V6" ? ["IPV4V6", "IPV4", "IPV6"] : [type] },
    sscModes: { defaultSscMode: "SSC_MODE_1", allowedSscModes: ["SSC_MODE_1"] },
    "5gQosProfile": {
      "5qi": fiveQi,
      arp: { priorityLevel: arp, preemptCap: "NOT_PREEMPT", preemptVuln: "PREEMPTABLE" },
    },
    sessionAmbr: ambrJson(ambr),
    ...(staticIp !== undefined && { staticIpAddress: [{ ipv4Addr: staticIp }] }),
  };
}

/** TS 29.503 §6.1.6.2.8, narrowed to a slice and a DNN where asked. */
export function smData({ slices }: Subscription, wanted: { snssai?: string; dnn?: string }): SessionManagementSubscriptionData[] {
  return slices.flatMap((slice) => {
    const singleNssai = snssai(slice);
    if (wanted.snssai !== undefined && wanted.snssai.toLowerCase() !== snssaiKey(singleNssai)) return [];
    const dnns = slice.dnns.filter((d) => wanted.dnn === undefined || d.dnn.toLowerCase() === wanted.dnn.toLowerCase());
    if (dnns.length === 0) return [];
    return [{ singleNssai, dnnConfigurations: Object.fromEntries(dnns.map((d) => [d.dnn, dnnConfiguration(d)])) }];
  });
}

/** TS 29.519 §5.4.2.4 (unchecked): which DNNs the PCF may let the subscriber use. */
export const smPolicyData = ({ slices }: Subscription): SmPolicyData => ({
  smPolicySnssaiData: Object.fromEntries(
    slices.map((slice) => [
      snssaiKey(snssai(slice)),
      { snssai: snssai(slice), smPolicyDnnData: Object.fromEntries(slice.dnns.map((d) => [d.dnn, { dnn: d.dnn }])) },
    ]),
  ),
});
