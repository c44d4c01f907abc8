import { bad, good, type Result } from "@freehold/wire";

/** Aggregate Maximum Bit Rate, in bits per second. */
export interface Ambr {
  readonly uplink: number;
  readonly downlink: number;
}

const units = { bps: 1, Kbps: 1e3, Mbps: 1e6, Gbps: 1e9, Tbps: 1e12 } as const;

/** BitRate of TS 29.571, "1.5 Gbps", as bits per second, rounded to a whole bit. */
export function parseBitRate(text: string): Result<number> {
  const m = /^([0-9]{1,16}(?:\.[0-9]{1,12})?) (bps|Kbps|Mbps|Gbps|Tbps)$/.exec(text);
  if (m === null) return bad("invalid", "bitRate", 0, 'wants a number, a space and a unit, for example "1 Gbps"');
  const bits = Math.round(Number(m[1]) * units[m[2] as keyof typeof units]);
  return Number.isSafeInteger(bits) ? good(bits) : bad("limit", "bitRate", 0, "above 2^53 bit/s");
}

/** The largest unit in which the rate is a whole number: not every peer reads a fraction. RangeError when not a whole number of bits. */
export function bitRateText(bitsPerSecond: number): string {
  if (!Number.isSafeInteger(bitsPerSecond) || bitsPerSecond < 0) throw new RangeError(`${bitsPerSecond} is not a bit rate`);
  for (const unit of ["Tbps", "Gbps", "Mbps", "Kbps"] as const) {
    if (bitsPerSecond > 0 && bitsPerSecond % units[unit] === 0) return `${bitsPerSecond / units[unit]} ${unit}`;
  }
  return `${bitsPerSecond} bps`;
}

/** Ambr of TS 29.571. */
export interface AmbrJson {
  readonly uplink: string;
  readonly downlink: string;
}
export const ambrJson = (a: Ambr): AmbrJson => ({ uplink: bitRateText(a.uplink), downlink: bitRateText(a.downlink) });
export function ambrFromJson(value: unknown): Result<Ambr> {
  const { uplink, downlink } = (typeof value === "object" && value !== null ? value : {}) as { uplink?: unknown; downlink?: unknown };
  const up = parseBitRate(typeof uplink === "string" ? uplink : "");
  if (!up.ok) return up;
  const down = parseBitRate(typeof downlink === "string" ? downlink : "");
  return down.ok ? good({ uplink: up.value, downlink: down.value }) : down;
}
