import {
  fromBlank,
  octetOf,
  Pen,
  type Pick,
  print as printValue,
  Reader,
  read,
  sample as sampleValue,
  toHex,
  WireFault,
  Writer,
  within,
  write,
} from "@freehold/wire";
import type { Diagnostic, NasError, ProtocolError } from "./errors.ts";
import { Epd, type NamedRow, nibbles, type Shape, type UnknownIe } from "./rows.ts";

/** A message as the walks see it. */
export type Plain = Record<string, unknown> & { readonly is: string };

export type Decoded<M> =
  | { readonly ok: true; readonly value: M; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly error: NasError };

const nothing: readonly Diagnostic[] = Object.freeze([]);

/** Octets of the length field. */
const lengthOctets = { LV: 1, "LV-E": 2, TLV: 1, "TLV-E": 2 } as const;

const ofNibble = (row: NamedRow, nibble: number): unknown => read(row.schema, new Reader(nibbles, nibble, nibble + 1), row.name);

const nibbleOf = (row: NamedRow, value: unknown): number => octetOf(row.schema, value) & 15;

/** The value of a row in exactly `length` octets. Octets that the schema leaves are of a later release: not an error (TS 24.007 §11.2.1.1.4, unchecked). */
function contents(row: NamedRow, reader: Reader, length: number, head: number): unknown {
  if (length + head < row.min) {
    throw reader.fault("invalid", row.name, `${length} octet(s) of contents, at least ${row.min - head}`);
  }
  return read(row.schema, reader.sub(length, row.name), row.name);
}

function readImperative(shape: Shape, reader: Reader, value: Record<string, unknown>): void {
  const rows = shape.imperative;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    try {
      switch (row.format) {
        case "half": {
          const octet = reader.u8(row.name);
          value[row.name] = ofNibble(row, octet & 15);
          const next = rows[i + 1];
          if (next?.format === "half") {
            value[next.name] = ofNibble(next, octet >> 4);
            i++;
          }
          break;
        }
        case "LV":
          value[row.name] = contents(row, reader, reader.u8(row.name), 1);
          break;
        case "LV-E":
          value[row.name] = contents(row, reader, reader.u16(row.name), 2);
          break;
        default:
          value[row.name] = contents(row, reader, row.max, 0);
      }
    } catch (fault) {
      throw within(shape.name, within(row.name, fault));
    }
  }
}

/** Length of the IE that starts with `first`, after its first octet and length field; TS 24.007 §11.2.4 (unchecked). */
function unknownIe(first: number, reader: Reader): UnknownIe {
  if (first & 0x80) return { iei: first & 0xf0, octets: Uint8Array.of(first & 15) };
  const length = first >> 4 === 7 ? reader.u16("length") : reader.u8("length");
  return { iei: first, octets: reader.octets(length, "contents") };
}

function known(row: NamedRow, first: number, reader: Reader): unknown {
  switch (row.format) {
    case "TV1":
      return ofNibble(row, first & 15);
    case "TV":
      return contents(row, reader, row.max - 1, 1);
    case "TLV":
      return contents(row, reader, reader.u8(row.name), 2);
    default:
      return contents(row, reader, reader.u16(row.name), 3);
  }
}

/** Where the IE that starts at `at` ends, whatever is in it; the end of the message when it would reach beyond. */
function endOf(row: NamedRow, at: number, { bytes, end }: Reader): number {
  let length = row.max;
  if (row.format === "TLV") length = at + 1 < end ? 2 + bytes[at + 1]! : 2;
  if (row.format === "TLV-E") length = at + 2 < end ? 3 + bytes[at + 1]! * 256 + bytes[at + 2]! : 3;
  return Math.min(at + length, end);
}

/** The non-imperative part: TS 24.501 §7.5.1 b), §7.6, §7.7. */
function readRest(shape: Shape, reader: Reader, value: Record<string, unknown>): readonly Diagnostic[] {
  let diagnostics: Diagnostic[] | undefined;
  let rest: UnknownIe[] | undefined;
  let last = -1;
  const note = (is: ProtocolError, iei: number, fault: WireFault): void => {
    diagnostics ??= [];
    diagnostics.push({ is, iei, ...fault.error });
  };
  while (reader.left > 0) {
    const at = reader.at;
    const first = reader.u8("iei");
    const row = shape.byIei[first];
    try {
      if (row === undefined) {
        if ((first & 0xf0) === 0) {
          const detail = "unknown IE, encoded as comprehension required";
          throw new NasFault("unknown IE, comprehension required", new WireFault("unknown", `${shape.name}.iei`, at, detail));
        }
        rest ??= [];
        rest.push(unknownIe(first, reader));
        note("unknown IE", first, new WireFault("unknown", `${shape.name}.iei`, at, `IEI 0x${first.toString(16)} is not of this message`));
        continue;
      }
      if (value[row.name] !== undefined) {
        reader.at = endOf(row, at, reader);
        note("IE repeated", first, new WireFault("unexpected", `${shape.name}.${row.name}`, at, "repeated: only the first counts"));
        continue;
      }
      if (row.index < last) {
        note(
          "IE out of sequence",
          first,
          new WireFault("unexpected", `${shape.name}.${row.name}`, at, "after an IE that its table has later"),
        );
      }
      last = row.index;
      value[row.name] = known(row, first, reader);
    } catch (fault) {
      if (!(fault instanceof WireFault)) throw fault;
      const is = row?.presence === "C" ? "conditional IE missing or malformed" : "optional IE malformed";
      note(is, first, within(shape.name, within(row?.name ?? "unknown IE", fault)) as WireFault);
      reader.at = row === undefined ? reader.end : endOf(row, at, reader);
    }
  }
  if (rest !== undefined) value["rest"] = rest;
  for (const { name, iei = 0, condition } of shape.conditional) {
    if (condition === undefined || value[name] !== undefined || !condition.values.includes(value[condition.row])) continue;
    const detail = `missing where ${condition.row} is ${String(value[condition.row])}`;
    note("conditional IE missing or malformed", iei, new WireFault("missing", `${shape.name}.${name}`, reader.end, detail));
  }
  return diagnostics ?? nothing;
}

/** A fault that is not a mandatory IE's. */
class NasFault extends Error {
  readonly is: ProtocolError;
  readonly fault: WireFault;
  constructor(is: ProtocolError, fault: WireFault) {
    super(fault.message);
    this.is = is;
    this.fault = fault;
  }
}

/** The body of a message of which the reader has passed the header. */
export function readBody(shape: Shape, reader: Reader, header: Readonly<Record<string, unknown>>): Decoded<Plain> {
  const value = fromBlank(shape.blank);
  for (const key in header) value[key] = header[key];
  try {
    readImperative(shape, reader, value);
    return { ok: true, value: value as Plain, diagnostics: readRest(shape, reader, value) };
  } catch (thrown) {
    const is = thrown instanceof NasFault ? thrown.is : "mandatory IE missing or malformed";
    const fault = thrown instanceof NasFault ? thrown.fault : thrown;
    if (!(fault instanceof WireFault)) throw thrown;
    return { ok: false, error: { ...fault.error, is, epd: shape.epd, messageType: shape.type, ...header } };
  }
}

function writeRow(row: NamedRow, writer: Writer, value: unknown): void {
  switch (row.format) {
    case "TV1":
      writer.u8((row.iei! << 4) | nibbleOf(row, value));
      return;
    case "V":
    case "TV": {
      if (row.iei !== undefined) writer.u8(row.iei);
      const before = writer.length;
      write(row.schema, writer, value);
      const length = row.max - (row.iei === undefined ? 0 : 1);
      if (writer.length - before !== length) throw new RangeError(`${writer.length - before} octet(s), not ${length}`);
      return;
    }
    default: {
      if (row.iei !== undefined) writer.u8(row.iei);
      const width = lengthOctets[row.format as keyof typeof lengthOctets];
      const start = writer.open(width);
      write(row.schema, writer, value);
      writer.close(start, width);
    }
  }
}

const pen = new Pen();

/** RangeError naming the row when a mandatory IE is missing or a value does not fit: the message is ours. */
export const writeMessage = (shape: Shape, message: Plain): Uint8Array => pen.write((writer) => writeBody(shape, writer, message));

function writeBody(shape: Shape, writer: Writer, message: Plain): void {
  writer.u8(shape.epd);
  if (shape.epd === Epd.sm) writer.u8(message["pduSessionId"] as number).u8(message["pti"] as number);
  else writer.u8(0);
  writer.u8(shape.type);
  for (let i = 0; i < shape.rows.length; i++) {
    const row = shape.rows[i]!;
    const value = message[row.name];
    try {
      if (value === undefined) {
        if (row.presence === "M") throw new RangeError("mandatory and missing");
      } else if (row.format === "half") {
        const next = shape.rows[i + 1];
        const pair = next?.format === "half" ? next : undefined;
        writer.u8(nibbleOf(row, value) | (pair === undefined ? 0 : nibbleOf(pair, message[pair.name]) << 4));
        if (pair !== undefined) i++;
      } else writeRow(row, writer, value);
    } catch (wrong) {
      throw new RangeError(`${shape.name}.${row.name}: ${wrong instanceof Error ? wrong.message : String(wrong)}`, { cause: wrong });
    }
  }
  for (const { iei, octets } of (message["rest"] as readonly UnknownIe[] | undefined) ?? []) {
    if (iei & 0x80) writer.u8(iei | octets[0]!);
    else writer.u8(iei).counted(iei >> 4 === 7 ? 2 : 1, () => writer.octets(octets));
  }
}

/** The name, then one line per IE that is there. */
export function printMessage(shape: Shape, message: Plain, indent = 0): string {
  const margin = `\n${"  ".repeat(indent + 1)}`;
  const lines = [shape.name];
  if (shape.epd === Epd.sm) lines.push(`PDU session ${String(message["pduSessionId"])}, PTI ${String(message["pti"])}`);
  for (const row of shape.rows) {
    const value = message[row.name];
    if (value !== undefined) lines.push(`${row.name}: ${printValue(row.schema, value, indent + 1)}`);
  }
  for (const { iei, octets } of (message["rest"] as readonly UnknownIe[] | undefined) ?? []) {
    lines.push(`IEI 0x${iei.toString(16)} (unknown): ${toHex(octets)}`);
  }
  return lines.join(margin);
}

/** A random message of the shape: mandatory IEs, and each optional one with a chance of `density` in eight. */
export function sampleMessage(shape: Shape, pick: Pick, density = 2): Plain {
  const message: Record<string, unknown> = { ...shape.blank };
  if (shape.epd === Epd.sm) Object.assign(message, { pduSessionId: 1 + pick(15), pti: 1 + pick(254) });
  for (const row of shape.rows) {
    const { condition } = row;
    const due = row.presence === "M" || (condition?.values.includes(message[condition.row]) ?? false);
    if (due || pick(8) < density) message[row.name] = fitting(row, pick);
  }
  return message as Plain;
}

/** A value within the lengths of its row. */
function fitting(row: NamedRow, pick: Pick): unknown {
  for (let i = 0; i < 200; i++) {
    const value = sampleValue(row.schema, pick);
    const writer = new Writer();
    if (row.format === "half" || row.format === "TV1") return value;
    writeRow(row, writer, value);
    if (writer.length >= row.min && writer.length <= row.max) return value;
  }
  throw new TypeError(`no random value of ${row.name} fits ${row.min} to ${row.max} octets`);
}
