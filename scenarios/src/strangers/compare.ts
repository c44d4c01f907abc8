/** What differs between two cores' answers, IE by IE. */
import { decode as decodeNas } from "@freehold/nas";
import { decodeType, type Pdu } from "@freehold/ngap";
import { equal, toHex } from "@freehold/wire";
import { nasKeys, nasOf, readNas } from "./capture.ts";

/** One IE in which two messages differ. */
export interface Difference {
  /** The message: of NGAP, 5GMM, 5GSM, or a transfer of a PDU session; "sequence" for what only one side sends. */
  readonly in: string;
  readonly ie: string;
  readonly theirs: string;
  readonly ours: string;
}

/** A difference that is known, and why it is right that it exists. Values that are left out may be any. */
export interface KnownDifference {
  readonly in: string;
  readonly ie: string;
  readonly theirs?: string;
  readonly ours?: string;
  readonly why: string;
}

/** What a PDU is called where the order of messages is compared: its name and those of the NAS in it. */
export function nameOf(pdu: Pdu): string {
  const nas = nasOf(pdu).map(({ is }) => is);
  return nas.length === 0 ? pdu.is : `${pdu.is} with ${nas.join(", ")}`;
}

type Tree = { readonly [key: string]: unknown };
/** The messages that one PDU is made of, by name. */
type Sections = Map<string, Tree>;

const transfers = [
  "PDUSessionResourceSetupRequestTransfer",
  "PDUSessionResourceSetupResponseTransfer",
  "PDUSessionResourceReleaseCommandTransfer",
] as const;
const transferOf = (key: string) => transfers.find((type) => type.toLowerCase() === key.toLowerCase());

/** IEs that are not compared: ids that each AMF gives by itself (the replay maps them), and the order in which IEs came. */
const own: ReadonlySet<string> = new Set(["amfUeNgapId", "ueNgapIDs", "received"]);

/** Takes a PDU apart into its messages; where one stood in another its name is left. */
function sectionsOf(pdu: Pdu): Sections {
  const sections: Sections = new Map();
  const add = (name: string, value: object): string => {
    sections.set(name, readable(value) as Tree);
    return `‹${name}›`;
  };
  const readable = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return toHex(value);
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(readable);
    if ("bits" in value && "length" in value && value.bits instanceof Uint8Array) return `${toHex(value.bits)}/${String(value.length)}`;
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, inner]) => (own.has(key) || inner === undefined ? [] : [[key, component(key, inner)]])),
    );
  };
  const component = (key: string, value: unknown): unknown => {
    if (!(value instanceof Uint8Array)) return readable(value);
    if (nasKeys.has(key)) return nas(value);
    if (key === "payloadContainer") return session(value);
    const type = transferOf(key);
    if (type === undefined) return toHex(value);
    const read = decodeType(type, value, { order: "any" });
    return read.ok ? add(type, read.value) : `unreadable ${toHex(value)}`;
  };
  const nas = (bytes: Uint8Array): string => {
    const { is, message, secured, innerHeaderType, plain } = readNas(bytes);
    const header = secured === undefined ? {} : { securityHeaderType: secured.headerType, sequenceNumber: secured.sqn, innerHeaderType };
    const { is: _, ...ies } = message ?? { is, octets: plain };
    return add(is, { ...header, ...ies });
  };
  const session = (bytes: Uint8Array): string => {
    const read = decodeNas(bytes);
    if (!read.ok) return toHex(bytes);
    const { is, ...ies } = read.value;
    return add(is, ies);
  };
  add(pdu.is, pdu.ies);
  return sections;
}

const show = (value: unknown): string => (value === undefined ? "absent" : typeof value === "string" ? value : JSON.stringify(value));
const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

function* unequal(section: string, ie: string, theirs: unknown, ours: unknown): Generator<Difference> {
  if (show(theirs) === show(ours)) return;
  if (isTree(theirs) && isTree(ours)) {
    for (const key of new Set([...Object.keys(theirs), ...Object.keys(ours)])) {
      yield* unequal(section, ie === "" ? key : `${ie}.${key}`, theirs[key], ours[key]);
    }
  } else if (Array.isArray(theirs) && Array.isArray(ours) && theirs.length === ours.length) {
    for (const [i, value] of theirs.entries()) yield* unequal(section, `${ie}[${i}]`, value, ours[i]);
  } else yield { in: section, ie, theirs: show(theirs), ours: show(ours) };
}

/** Differences of two PDUs of one name. A MAC is compared where the message under it is the same: then it must be, too. */
export function differences(theirs: Pdu, ours: Pdu): readonly Difference[] {
  const [a, b] = [sectionsOf(theirs), sectionsOf(ours)];
  const found = [...a.keys()].flatMap((name) => [...unequal(name, "", a.get(name), b.get(name) ?? {})]);
  const macs = nasOf(theirs).flatMap((t, i) => {
    const o = nasOf(ours)[i];
    if (t.secured === undefined || o?.secured === undefined || !equal(t.plain, o.plain) || t.secured.sqn !== o.secured.sqn) return [];
    return [...unequal(t.is, "messageAuthenticationCode", toHex(t.secured.mac), toHex(o.secured.mac))];
  });
  return [...found, ...macs];
}

/** NAS messages that are the same to the octet in both, MAC and all. */
export function identicalNas(theirs: Pdu, ours: Pdu): readonly string[] {
  const others = nasOf(ours);
  return nasOf(theirs).flatMap((t, i) => {
    const o = others[i];
    const same = o !== undefined && equal(t.plain, o.plain) && t.secured?.sqn === o.secured?.sqn;
    return same &&
      t.secured?.headerType === o.secured?.headerType &&
      toHex(t.secured?.mac ?? new Uint8Array()) === toHex(o.secured?.mac ?? new Uint8Array())
      ? [t.is]
      : [];
  });
}

const covers = (known: KnownDifference, found: Difference): boolean =>
  known.in === found.in &&
  known.ie === found.ie &&
  (known.theirs ?? found.theirs) === found.theirs &&
  (known.ours ?? found.ours) === found.ours;

/** What a table of known differences does not hold, and what it holds in vain. */
export function judge(found: readonly Difference[], known: readonly KnownDifference[]) {
  return {
    unlisted: found.filter((f) => !known.some((k) => covers(k, f))),
    noLonger: known.filter((k) => !found.some((f) => covers(k, f))),
  };
}
