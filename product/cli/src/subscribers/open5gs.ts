import { bitRateText } from "@freehold/model";
import type { SubscribedDnn, SubscribedSlice } from "@freehold/udr";
import { type Entry, EntryFault } from "./entry.ts";

/** A subscriber document as Open5GS keeps it in MongoDB and mongoexport writes it: nested, rates as value and unit. All scalars are text here. */
type Document = { readonly [key: string]: unknown };

export const isOpen5gs = (document: Document): boolean => typeof document["security"] === "object" && document["security"] !== null;

const types: Readonly<Record<string, SubscribedDnn["type"]>> = { "1": "IPV4", "2": "IPV6", "3": "IPV4V6" };
const units = [1, 1e3, 1e6, 1e9, 1e12];

const object = (value: unknown): Document => (typeof value === "object" && value !== null ? (value as Document) : {});
const list = (value: unknown): readonly Document[] => (Array.isArray(value) ? value.map(object) : []);

/** Text, also where mongoexport wraps a number (`{"$numberLong": "32"}`); what says null is absent. */
function text(value: unknown): string | undefined {
  const bare = typeof value === "object" && value !== null && !Array.isArray(value) ? Object.values(value)[0] : value;
  return typeof bare === "string" && bare !== "" && bare !== "null" ? bare : undefined;
}

function rate(value: unknown): number {
  const { value: amount, unit } = object(value);
  const bits = Number(text(amount) ?? 1) * (units[Number(text(unit) ?? (text(amount) === undefined ? 3 : 0))] ?? Number.NaN);
  if (!Number.isSafeInteger(bits)) throw new EntryFault("ambr: a value and a unit of 0 to 4 are wanted");
  return bits;
}

const ambr = (value: unknown) => ({ uplink: rate(object(value)["uplink"]), downlink: rate(object(value)["downlink"]) });

function session(document: Document): SubscribedDnn {
  const qos = object(document["qos"]);
  const fiveQi = text(qos["index"]);
  const arp = text(object(qos["arp"])["priority_level"]);
  const staticIp = text(object(document["ue"])["ipv4"]) ?? text(object(document["ue"])["addr"]);
  return {
    dnn: text(document["name"]) ?? "internet",
    type: types[text(document["type"]) ?? "1"] ?? "IPV4",
    ambr: ambr(document["ambr"]),
    ...(fiveQi !== undefined && { fiveQi: Number(fiveQi) }),
    ...(arp !== undefined && { arp: Number(arp) }),
    ...(staticIp !== undefined && { staticIp }),
  };
}

function slice(document: Document): SubscribedSlice {
  const sd = text(document["sd"]);
  return {
    sst: Number(text(document["sst"]) ?? 1),
    ...(sd !== undefined && { sd }),
    ...(text(document["default_indicator"]) === "true" && { default: true }),
    dnns: list(document["session"]).map(session),
  };
}

/** Throws `EntryFault` for a rate that is none; the rest is judged as any entry. */
export function fromOpen5gs(document: Document): Entry {
  const security = object(document["security"]);
  const { uplink, downlink } = ambr(document["ambr"]);
  const slices = list(document["slice"]).map(slice);
  const sqn = text(security["sqn"]);
  const msisdn = Array.isArray(document["msisdn"]) ? text(document["msisdn"][0]) : undefined;
  const opc = text(security["opc"]);
  return {
    supi: text(document["imsi"]),
    k: text(security["k"]),
    opc,
    op: opc === undefined ? text(security["op"]) : undefined,
    amf: text(security["amf"]),
    // There it is a number, never hexadecimal digits.
    sqn: sqn === undefined ? undefined : Number(sqn).toString(16).padStart(12, "0"),
    msisdn,
    ambr: `${bitRateText(uplink)}/${bitRateText(downlink)}`,
    whole: slices.length > 0 ? slices : undefined,
  };
}
