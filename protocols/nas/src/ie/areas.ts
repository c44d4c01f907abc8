import { type Plmn, plmnOctets, plmnText, readPlmn, readTai, samePlmn, type Tai, taiOctets, taiText } from "@freehold/model";
import { custom, list, type Pick, type Reader, type Schema, type Writer } from "@freehold/wire";
import { samplePlmn, sampleTai } from "./samples.ts";

export const TaiIe: Schema<Tai> = custom({
  name: "5GS tracking area identity",
  read: (reader) => readTai(reader),
  write: (writer, tai) => writer.octets(taiOctets(tai)),
  print: taiText,
  sample: sampleTai,
});

export const PlmnIe: Schema<Plmn> = custom({
  name: "PLMN identity",
  read: (reader) => readPlmn(reader),
  write: (writer, plmn) => writer.octets(plmnOctets(plmn)),
  print: plmnText,
  sample: samplePlmn,
});

/** PLMN list, TS 24.008 §10.5.1.13. */
export const PlmnList: Schema<Plmn[]> = list(PlmnIe, { min: 1, max: 15 });

/** One partial tracking area identity list, figures 9.11.3.9.2 to 9.11.3.9.4; each has 1 to 16 tracking areas. */
export type PartialTaiList =
  | { readonly is: "one PLMN"; readonly plmn: Plmn; readonly tacs: readonly number[] }
  | { readonly is: "one PLMN, consecutive"; readonly plmn: Plmn; readonly firstTac: number; readonly count: number }
  | { readonly is: "different PLMNs"; readonly tais: readonly Tai[] };

function readPartial(reader: Reader): PartialTaiList {
  const at = reader.at;
  const head = reader.u8("type");
  // "All other values are interpreted as 16", table 9.11.3.9.1.
  const count = Math.min((head & 31) + 1, 16);
  switch ((head >> 5) & 3) {
    case 0: {
      const plmn = readPlmn(reader, "plmn");
      return { is: "one PLMN", plmn, tacs: Array.from({ length: count }, () => reader.u24("tac")) };
    }
    case 1:
      return { is: "one PLMN, consecutive", plmn: readPlmn(reader, "plmn"), firstTac: reader.u24("tac"), count };
    case 2:
      return { is: "different PLMNs", tais: Array.from({ length: count }, () => readTai(reader)) };
    default:
      throw reader.fault("invalid", "type", "type of list 3 is reserved", at);
  }
}

function head(type: number, count: number): number {
  if (count < 1 || count > 16) throw new RangeError(`${count} tracking areas in a partial list, not 1 to 16`);
  return (type << 5) | (count - 1);
}

function writePartial(writer: Writer, partial: PartialTaiList): void {
  switch (partial.is) {
    case "one PLMN":
      writer.u8(head(0, partial.tacs.length)).octets(plmnOctets(partial.plmn));
      for (const tac of partial.tacs) writer.u24(tac);
      return;
    case "one PLMN, consecutive":
      writer.u8(head(1, partial.count)).octets(plmnOctets(partial.plmn)).u24(partial.firstTac);
      return;
    case "different PLMNs":
      writer.u8(head(2, partial.tais.length));
      for (const tai of partial.tais) writer.octets(taiOctets(tai));
      return;
  }
}

function samplePartial(pick: Pick): PartialTaiList {
  const count = 1 + pick(3);
  switch (pick(3)) {
    case 0:
      return { is: "one PLMN", plmn: samplePlmn(pick), tacs: Array.from({ length: count }, () => pick(2 ** 24)) };
    case 1:
      return { is: "one PLMN, consecutive", plmn: samplePlmn(pick), firstTac: pick(2 ** 24 - 16), count };
    default:
      return { is: "different PLMNs", tais: Array.from({ length: count }, () => sampleTai(pick)) };
  }
}

/** 5GS tracking area identity list, §9.11.3.9. `taisOf` gives the TAIs, `taiList` the shortest list of some. */
export const TaiList: Schema<PartialTaiList[]> = list(
  custom<PartialTaiList>({ name: "partial tracking area identity list", read: readPartial, write: writePartial, sample: samplePartial }),
  { min: 1 },
);

/** The TAIs of a list: the first sixteen count (table 9.11.3.9.1). */
export function taisOf(partials: readonly PartialTaiList[]): Tai[] {
  const tais: Tai[] = [];
  for (const partial of partials) {
    if (partial.is === "different PLMNs") tais.push(...partial.tais);
    else if (partial.is === "one PLMN") tais.push(...partial.tacs.map((tac) => ({ plmn: partial.plmn, tac })));
    else for (let i = 0; i < partial.count; i++) tais.push({ plmn: partial.plmn, tac: (partial.firstTac + i) & 0xffffff });
  }
  return tais.slice(0, 16);
}

/** A list of 1 to 16 TAIs: one partial list per PLMN, consecutive TACs said by the first. RangeError for none or more than sixteen. */
export function taiList(tais: readonly Tai[]): PartialTaiList[] {
  if (tais.length < 1 || tais.length > 16) throw new RangeError(`${tais.length} TAIs in a list, not 1 to 16`);
  const groups: { plmn: Plmn; tacs: number[] }[] = [];
  for (const { plmn, tac } of tais) {
    const group = groups.find((one) => samePlmn(one.plmn, plmn));
    if (group === undefined) groups.push({ plmn, tacs: [tac] });
    else group.tacs.push(tac);
  }
  return groups.map(({ plmn, tacs }) =>
    tacs.length > 1 && tacs.every((tac, i) => tac === tacs[0]! + i)
      ? { is: "one PLMN, consecutive", plmn, firstTac: tacs[0]!, count: tacs.length }
      : { is: "one PLMN", plmn, tacs },
  );
}
