/** Usage reports: TS 29.244 §5.2.2 and §7.5.5.2, §7.5.7.2, §7.5.8.3. */
import { type ies, ntpSeconds } from "@freehold/pfcp";
import type { Usage } from "./session.ts";

type ReportOf<I> = I extends { readonly "~type"?: infer T } ? NonNullable<T> : never;
export type UsageReport = ReportOf<typeof ies.UsageReportInDeletion>;
export type Trigger = UsageReport["usageReportTrigger"];

/** The report of what was counted since the last one; counting begins anew. */
export function takeReport(usage: Usage, usageReportTrigger: Trigger, now: number): UsageReport {
  const { rule, uplink, downlink, uplinkPackets, downlinkPackets, since } = usage;
  const report: UsageReport = {
    urrId: rule.id,
    urSeqn: usage.sequence,
    usageReportTrigger,
    startTime: ntpSeconds(since),
    endTime: ntpSeconds(now),
    volumeMeasurement: rule.volume
      ? {
          total: BigInt(uplink + downlink),
          uplink: BigInt(uplink),
          downlink: BigInt(downlink),
          totalPackets: BigInt(uplinkPackets + downlinkPackets),
          uplinkPackets: BigInt(uplinkPackets),
          downlinkPackets: BigInt(downlinkPackets),
        }
      : undefined,
    durationMeasurement: rule.duration ? Math.round((now - since) / 1000) : undefined,
  };
  usage.sequence = (usage.sequence + 1) % 2 ** 32;
  usage.since = now;
  usage.uplink = 0;
  usage.downlink = 0;
  usage.uplinkPackets = 0;
  usage.downlinkPackets = 0;
  return report;
}
