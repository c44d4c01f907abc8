import { Milenage } from "@freehold/crypto";
import { type Ambr, parseBitRate, parseSNssai, Secret, type SNssai } from "@freehold/model";
import type { FreeholdConfig } from "@freehold/system";
import { fault, type SubscribedDnn, type SubscribedSlice, type Subscriber } from "@freehold/udr";

/** A subscriber as it was typed or stood in a file: text, nothing checked. What is left out comes from the configuration. */
export interface Entry {
  /** Digits, with or without "imsi-". */
  readonly supi?: string | undefined;
  readonly k?: string | undefined;
  readonly opc?: string | undefined;
  readonly op?: string | undefined;
  readonly amf?: string | undefined;
  readonly sqn?: string | undefined;
  readonly msisdn?: string | undefined;
  /** "UPLINK/DOWNLINK", each "1 Gbps"; one rate is both. */
  readonly ambr?: string | undefined;
  readonly sessionAmbr?: string | undefined;
  /** "SST" or "SST-SD". */
  readonly slices?: readonly string[] | undefined;
  /** Reached in each slice. */
  readonly dnns?: readonly string[] | undefined;
  readonly staticIp?: string | undefined;
  /** Slices that a file describes whole: then `slices`, `dnns` and `sessionAmbr` say nothing. */
  readonly whole?: readonly SubscribedSlice[] | undefined;
}

/** Why an entry is no subscriber, in one sentence that repeats no key. */
export class EntryFault extends Error {}

/** What subscribers get that name no slice and no data network: those of the configuration. */
export interface Defaults {
  readonly slices: readonly SNssai[];
  readonly dnns: readonly string[];
}

export const defaultsOf = (config: FreeholdConfig): Defaults => ({
  slices: config.network.plmns[0]?.slices ?? [{ sst: 1 }],
  dnns: config.dataNetworks.map(({ dnn }) => dnn),
});

const gigabit: Ambr = { uplink: 1e9, downlink: 1e9 };

/** The subscriber of an entry. Throws `EntryFault`. */
export function subscriberOf(entry: Entry, defaults: Defaults): Subscriber {
  const { supi, msisdn, amf, sqn } = entry;
  if (supi === undefined) throw new EntryFault("no IMSI: 5 to 15 digits are wanted");
  const { k, opc } = keysOf(entry);
  const subscriber: Subscriber = {
    supi: supiOf(supi),
    k,
    opc,
    ...(amf !== undefined && { amf }),
    ...(sqn !== undefined && { sqn: sqnOf(sqn) }),
    ...(msisdn !== undefined && { gpsi: `msisdn-${digitsOf(msisdn, "MSISDN")}` }),
    ueAmbr: entry.ambr === undefined ? gigabit : ambrOf(entry.ambr),
    slices: entry.whole ?? slicesOf(entry, defaults),
  };
  const wrong = fault(subscriber);
  if (wrong !== undefined) throw new EntryFault(wrong);
  return subscriber;
}

/** "001010000000001" and "imsi-001010000000001" are one. */
export const supiOf = (text: string): string => {
  const bare = text.trim().replace(/^imsi-/i, "");
  return /^\d+$/.test(bare) ? `imsi-${bare}` : text.trim();
};

const digitsOf = (text: string, what: string): string => {
  if (!/^\+?\d{5,15}$/.test(text)) throw new EntryFault(`${what} "${text}" is none: 5 to 15 digits`);
  return text.replace("+", "");
};

function keysOf({ k, opc, op }: Entry): { k: Secret; opc: Secret } {
  if (k === undefined) throw new EntryFault("no K: 32 hexadecimal digits are wanted");
  const key = keyOf(k, "K");
  if (opc !== undefined && op !== undefined) throw new EntryFault("OPc and OP are both there; OPc follows from OP: give one");
  if (opc !== undefined) return { k: key, opc: keyOf(opc, "OPc") };
  if (op !== undefined) return { k: key, opc: Milenage.opcOf(key, keyOf(op, "OP")) };
  throw new EntryFault("no OPc: 32 hexadecimal digits are wanted, or OP to make it from");
}

function keyOf(text: string, name: string): Secret {
  const digits = text.replace(/[\s:]/g, "");
  if (/^[0-9a-fA-F]{32}$/.test(digits)) return Secret.fromHex(digits);
  const wrong = /^[0-9a-fA-F]*$/.test(digits) ? `${digits.length} digits are there` : "something else is among them";
  throw new EntryFault(`${name}: 32 hexadecimal digits are wanted; ${wrong}`);
}

/** Twelve digits are hexadecimal, as SIM tools print SQN; any other count is decimal. */
function sqnOf(text: string): number {
  if (/^[0-9a-fA-F]{12}$/.test(text)) return Number.parseInt(text, 16);
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new EntryFault(`SQN "${text}" is none: twelve hexadecimal digits, or a decimal number`);
}

/** Of "UPLINK/DOWNLINK" or one rate for both. */
export function ambrOf(text: string): Ambr {
  const [uplink = "", downlink = uplink, ...more] = text.split("/").map((rate) => rate.trim());
  const [up, down] = [parseBitRate(spaced(uplink)), parseBitRate(spaced(downlink))];
  if (!up.ok || !down.ok || more.length > 0) {
    throw new EntryFault(`bit rate "${text}" is none: for example "1 Gbps", or "100 Mbps/1 Gbps" for uplink and downlink`);
  }
  return { uplink: up.value, downlink: down.value };
}

const spaced = (rate: string): string => rate.replace(/^([\d.]+)\s*([a-zA-Z])/, "$1 $2");

function slicesOf({ slices, dnns, staticIp, sessionAmbr }: Entry, defaults: Defaults): SubscribedSlice[] {
  const named = (slices ?? []).map((text) => {
    const read = parseSNssai(text.trim());
    if (!read.ok) throw new EntryFault(`slice "${text}" is none: SST or SST-SD, for example 1 or 1-010203`);
    return read.value;
  });
  const chosen = named.length > 0 ? named : defaults.slices;
  const networks = dnns !== undefined && dnns.length > 0 ? dnns : defaults.dnns;
  if (staticIp !== undefined && (chosen.length !== 1 || networks.length !== 1)) {
    throw new EntryFault("a fixed address belongs to one data network in one slice: name them");
  }
  const ambr = sessionAmbr === undefined ? gigabit : ambrOf(sessionAmbr);
  const reached = networks.map((dnn, i): SubscribedDnn => {
    return { dnn, ...(i === 0 && { default: true }), type: "IPV4", ambr, ...(staticIp !== undefined && { staticIp }) };
  });
  return chosen.map((slice, i) => ({ ...slice, ...(i === 0 && { default: true }), dnns: reached }));
}
