import { readSNssai, type SNssai, sdOctets, sNssaiText } from "@freehold/model";
import { custom, list, type Pick, type Reader, read, type Schema, sized, type Writer, write } from "@freehold/wire";
import { GprsTimer3, type TimerValue } from "./common.ts";
import { sampleSNssai } from "./samples.ts";

/** S-NSSAI of the serving network with the S-NSSAI of the home network that it stands for, §9.11.2.8. */
export interface MappedSNssai extends SNssai {
  readonly mapped?: SNssai;
}

const print = (value: MappedSNssai): string =>
  value.mapped === undefined ? sNssaiText(value) : `${sNssaiText(value)} (home ${sNssaiText(value.mapped)})`;

/** SST, SD or FFFFFF when there must be octets for one. */
function writeFull(writer: Writer, value: SNssai): void {
  writer.u8(value.sst).octets(sdOctets(value) ?? Uint8Array.of(255, 255, 255));
}

/** Contents of an S-NSSAI whose length says what is in it: 1, 2, 4, 5 or 8 octets. */
function readContents(reader: Reader): MappedSNssai {
  const { left, at } = reader;
  switch (left) {
    case 1:
    case 4:
      return readSNssai(reader, left === 4);
    case 2:
    case 5:
      return { ...readSNssai(reader, left === 5), mapped: readSNssai(reader, false) };
    case 8:
      return { ...readSNssai(reader, true), mapped: readSNssai(reader, true) };
    default:
      throw reader.fault("invalid", "sNssai.length", `length ${left} is reserved`, at);
  }
}

function writeContents(writer: Writer, value: MappedSNssai): void {
  const { mapped } = value;
  if (mapped !== undefined && sdOctets(mapped) !== undefined) {
    writeFull(writer, value);
    writeFull(writer, mapped);
    return;
  }
  writer.u8(value.sst);
  const sd = sdOctets(value);
  if (sd !== undefined) writer.octets(sd);
  if (mapped !== undefined) writer.u8(mapped.sst);
}

function sampleMapped(pick: Pick): MappedSNssai {
  const own = sampleSNssai(pick);
  return pick(3) === 0 ? { ...own, mapped: sampleSNssai(pick) } : own;
}

export const SNssaiIe: Schema<MappedSNssai> = custom({
  name: "S-NSSAI",
  read: readContents,
  write: writeContents,
  print,
  sample: sampleMapped,
});

/** NSSAI, §9.11.3.37. A receiver takes all of a list; who needs at most eight (or sixteen) cuts it. */
export const Nssai: Schema<MappedSNssai[]> = list(sized(1, SNssaiIe), { min: 1 });

/** Why a slice is rejected, §9.11.3.46 and §9.11.3.75. */
export const RejectedSNssaiCause = {
  "not available in the current PLMN or SNPN": 0,
  "not available in the current registration area": 1,
  "failed or revoked network slice-specific authentication and authorization": 2,
  "maximum number of UEs reached": 3,
} as const;

export interface RejectedSNssai extends MappedSNssai {
  /** A number of `RejectedSNssaiCause`; others are reserved. */
  readonly cause: number;
}

function readRejected(reader: Reader): RejectedSNssai {
  const head = reader.u8("length");
  const contents = readContents(reader.sub(head >> 4, "sNssai"));
  return { ...contents, cause: head & 15 };
}

function contentLength({ sst: _, mapped, ...rest }: MappedSNssai): number {
  if (mapped?.sd !== undefined) return 8;
  return (rest.sd === undefined ? 1 : 4) + (mapped === undefined ? 0 : 1);
}

function writeRejected(writer: Writer, value: RejectedSNssai): void {
  writer.u8((contentLength(value) << 4) | value.cause);
  writeContents(writer, value);
}

const printRejected = (value: RejectedSNssai): string => `${print(value)} cause ${value.cause}`;

/** Rejected NSSAI, §9.11.3.46. */
export const RejectedNssai: Schema<RejectedSNssai[]> = list(
  custom<RejectedSNssai>({
    name: "rejected S-NSSAI",
    read: readRejected,
    write: writeRejected,
    print: printRejected,
    sample: (pick) => ({ ...sampleSNssai(pick), cause: pick(3) }),
  }),
  { min: 1 },
);

/** One partial list of an extended rejected NSSAI: its back-off timer holds for all slices in it. */
export interface PartialRejectedNssai {
  readonly backOff?: TimerValue;
  /** One to eight. */
  readonly slices: readonly RejectedSNssai[];
}

/** Extended rejected NSSAI, §9.11.3.75. */
export const ExtendedRejectedNssai: Schema<PartialRejectedNssai[]> = list(
  custom<PartialRejectedNssai>({
    name: "partial extended rejected NSSAI list",
    read: (reader) => {
      const at = reader.at;
      const head = reader.u8("type");
      const type = (head >> 4) & 7;
      if (type > 1) throw reader.fault("invalid", "type", `type of list ${type} is reserved`, at);
      const backOff = type === 1 ? read(GprsTimer3, reader, "backOff") : undefined;
      // "All other values are interpreted as 8", table 9.11.3.75.1.
      const count = Math.min((head & 15) + 1, 8);
      const slices: RejectedSNssai[] = [];
      while (slices.length < count) slices.push(readRejected(reader));
      return { backOff, slices };
    },
    write: (writer, { backOff, slices }) => {
      if (slices.length < 1 || slices.length > 8) throw new RangeError(`${slices.length} rejected S-NSSAIs, not 1 to 8`);
      writer.u8((backOff === undefined ? 0 : 0x10) | (slices.length - 1));
      if (backOff !== undefined) write(GprsTimer3, writer, backOff);
      for (const slice of slices) writeRejected(writer, slice);
    },
    sample: (pick) => ({
      backOff: pick(2) === 0 ? undefined : pick(31) * 2,
      slices: Array.from({ length: 1 + pick(2) }, () => ({ ...sampleMapped(pick), cause: pick(4) })),
    }),
  }),
  { min: 1, max: 8 },
);
