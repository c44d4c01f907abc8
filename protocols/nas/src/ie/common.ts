import { type Dnn, dnn, dnnFromOctets, dnnOctets } from "@freehold/model";
import { bits, coded, custom, field, mapped, octets, type Reader, type Schema, uint, WireFault } from "@freehold/wire";

/** Access type, §9.11.2.1A; with the third value of §9.11.3.20 where that clause applies. */
export const AccessTypeIe = bits(1, { value: coded({ "3GPP access": 1, "non-3GPP access": 2 }, 2, 1) });

/** Four bits whose inner structure nobody here needs yet. */
export const halfOctet: Schema<number> = uint(1, { max: 15 });

/** One flag in bit 1 of a half octet or octet, as in §9.11.4.3, §9.11.4.4, §9.11.3.50A: `true` when set. */
export const flagOctet: Schema<boolean> = mapped(uint(1), { read: (raw) => (raw & 1) === 1, write: (set) => (set ? 1 : 0) });

/** EAP message, §9.11.2.2: a packet of RFC 3748, not looked into here. */
export const EapMessage = octets(4, 1500);

/** DNN, §9.11.2.1B: labels with their lengths. */
export const DnnIe: Schema<Dnn> = custom({
  name: "DNN",
  read: (reader) => {
    const at = reader.at;
    const read = dnnFromOctets(reader.rest());
    if (!read.ok) throw new WireFault(read.error.kind, "dnn", at + read.error.at, read.error.detail);
    return read.value;
  },
  write: (writer, value) => writer.octets(dnnOctets(value)),
  sample: (pick) => dnn(["internet", "ims", "a", "Lab-1.mnc001.mcc001.gprs", `n${pick(1000)}.example`][pick(5)]!),
});

/** Time that a timer does not run. */
export const deactivated = "deactivated";
/** Seconds, or that the timer is deactivated. */
export type TimerValue = number | typeof deactivated;

/** Codes of three bits for the unit, in seconds; a code that the table lacks counts in `other`. */
interface Units {
  readonly name: string;
  readonly seconds: readonly (readonly [code: number, seconds: number])[];
  readonly other: number;
}

/**
 * Seconds are written in the finest unit that says them exactly; else rounded up in the finest unit that reaches. Above the longest
 * time of the timer: RangeError.
 */
function timer({ name, seconds: units, other }: Units): Schema<TimerValue> {
  const bySize = [...units].sort((a, b) => a[1] - b[1]);
  const secondsOf = new Map(units);
  return custom({
    name,
    read: (reader) => {
      const octet = reader.u8("timer");
      const code = octet >> 5;
      return code === 7 ? deactivated : (octet & 31) * (secondsOf.get(code) ?? other);
    },
    write: (writer, value) => {
      if (value === deactivated) return writer.u8(0xe0);
      if (value === 0) return writer.u8(0);
      const [code, unit] =
        bySize.find(([, unit]) => value % unit === 0 && value / unit <= 31) ?? bySize.find(([, unit]) => value / unit <= 31) ?? [];
      if (code === undefined || unit === undefined || value < 0) throw new RangeError(`${value} s is not a ${name}`);
      return writer.u8((code << 5) | Math.ceil(value / unit));
    },
    print: (value) => (value === deactivated ? value : `${value} s`),
    sample: (pick) => {
      const code = pick(8);
      return code === 7 ? deactivated : pick(32) * (secondsOf.get(code) ?? other);
    },
  });
}

/** GPRS timer and GPRS timer 2, TS 24.008 §10.5.7.3, §10.5.7.4: multiples of 2 s, 1 min, 6 min. */
export const GprsTimer = timer({
  name: "GPRS timer",
  seconds: [
    [0, 2],
    [1, 60],
    [2, 360],
  ],
  other: 60,
});
export const GprsTimer2 = GprsTimer;

/** GPRS timer 3, TS 24.008 §10.5.7.4a: multiples of 10 min, 1 h, 10 h, 2 s, 30 s, 1 min, 320 h. */
export const GprsTimer3 = timer({
  name: "GPRS timer 3",
  seconds: [
    [0, 600],
    [1, 3600],
    [2, 36_000],
    [3, 2],
    [4, 30],
    [5, 60],
    [6, 1_152_000],
  ],
  other: 60,
});

/** Time zone, TS 24.008 §10.5.3.8: minutes east of UTC in steps of 15; the tens digit carries the sign in its bit 4. */
export const TimeZone: Schema<number> = custom({
  name: "time zone",
  read: (reader) => zoneMinutes(reader, "timeZone"),
  write: (writer, minutes) => writer.u8(zoneOctet(minutes)),
  print: (minutes) => `${minutes < 0 ? "-" : "+"}${Math.abs(minutes)} min`,
  sample: (pick) => (pick(80) - 40) * 15,
});

/** Two digits in one octet, the first one in bits 4 to 1. */
function twoDigits(reader: Reader, field: string, octet = reader.u8(field)): number {
  if ((octet & 15) > 9 || octet >> 4 > 9) throw reader.fault("invalid", field, "not two digits", reader.at - 1);
  return (octet & 15) * 10 + (octet >> 4);
}

function zoneMinutes(reader: Reader, field: string): number {
  const octet = reader.u8(field);
  const quarters = twoDigits(reader, field, octet & 0xf7);
  return octet & 8 ? 0 - quarters * 15 : quarters * 15;
}

function zoneOctet(minutes: number): number {
  const quarters = Math.abs(minutes) / 15;
  if (!Number.isInteger(quarters) || quarters > 79) throw new RangeError(`${minutes} min is not a time zone`);
  return ((quarters % 10) << 4) | (minutes < 0 ? 8 : 0) | Math.floor(quarters / 10);
}

/** Universal time and local time zone, TS 24.008 §10.5.3.9. */
export interface TimeAndZone {
  /** Two digits: years since 2000. */
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Minutes east of UTC. */
  readonly zone: number;
}

const swapped = (value: number): number => ((value % 10) << 4) | Math.floor(value / 10);

export const TimeZoneAndTime: Schema<TimeAndZone> = custom({
  name: "time zone and time",
  read: (reader) => ({
    year: twoDigits(reader, "year"),
    month: twoDigits(reader, "month"),
    day: twoDigits(reader, "day"),
    hour: twoDigits(reader, "hour"),
    minute: twoDigits(reader, "minute"),
    second: twoDigits(reader, "second"),
    zone: zoneMinutes(reader, "zone"),
  }),
  write: (writer, { year, month, day, hour, minute, second, zone }) => {
    for (const value of [year, month, day, hour, minute, second]) writer.u8(swapped(value));
    writer.u8(zoneOctet(zone));
  },
  sample: (pick) => ({
    year: pick(100),
    month: 1 + pick(12),
    day: 1 + pick(28),
    hour: pick(24),
    minute: pick(60),
    second: pick(60),
    zone: (pick(80) - 40) * 15,
  }),
});

/** Daylight saving time, TS 24.008 §10.5.3.12: hours of adjustment, 0 to 2. */
export const DaylightSavingTime = mapped(bits(1, { hours: field(2, 1) }), {
  read: ({ hours }) => hours,
  write: (hours: number) => ({ hours }),
});
