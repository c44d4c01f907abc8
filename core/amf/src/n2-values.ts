import { type Ambr, type Guami, ngapPlmnFromOctets, ngapPlmnOctets, type Plmn, type SNssai, sdOctets, type Tai } from "@freehold/model";
import {
  bitsOf,
  type Cause,
  type GlobalRANNodeID,
  type GUAMI,
  numberOf,
  type SNSSAI,
  type SupportedTAItem,
  type TAI,
  type UEAggregateMaximumBitRate,
  type UserLocationInformation,
} from "@freehold/ngap";
import { toHex } from "@freehold/wire";
import type { RanNode } from "./ran.ts";

/** Between NGAP's values and the house's, TS 38.413 §9.3. What comes from a gNB may be no PLMN at all: then undefined. */

export const plmnOf = (octets: Uint8Array): Plmn | undefined => {
  const read = ngapPlmnFromOctets(octets);
  return read.ok ? read.value : undefined;
};

export const sNssaiOf = (s: SNSSAI): SNssai => {
  const sd = s.sD === undefined ? undefined : toHex(s.sD);
  return sd === undefined || sd === "ffffff" ? { sst: s.sST[0] ?? 0 } : { sst: s.sST[0] ?? 0, sd };
};

export const ngapSNssai = (s: SNssai): SNSSAI => {
  const sd = sdOctets(s);
  return { sST: Uint8Array.of(s.sst), ...(sd === undefined ? {} : { sD: sd }) };
};

/** Bit Rate, TS 38.413 §9.3.1.4: 4 Tbit/s is the most within its root, and so the most that every gNB reads. */
const mostBitRate = 4e12;
export const ngapUeAmbr = ({ uplink, downlink }: Ambr): UEAggregateMaximumBitRate => ({
  uEAggregateMaximumBitRateDL: Math.min(downlink, mostBitRate),
  uEAggregateMaximumBitRateUL: Math.min(uplink, mostBitRate),
});

const number24 = (octets: Uint8Array): number => ((octets[0] ?? 0) << 16) | ((octets[1] ?? 0) << 8) | (octets[2] ?? 0);

export const taiOf = (t: TAI): Tai | undefined => {
  const plmn = plmnOf(t.pLMNIdentity);
  return plmn === undefined ? undefined : { plmn, tac: number24(t.tAC) };
};

export const ngapGuami = (g: Guami): GUAMI => ({
  pLMNIdentity: ngapPlmnOctets(g.plmn),
  aMFRegionID: bitsOf(g.amfRegionId, 8),
  aMFSetID: bitsOf(g.amfSetId, 10),
  aMFPointer: bitsOf(g.amfPointer, 6),
});

/** Where the UE is: TAI and cell of NR; other access types have no TAI that this AMF serves. */
export function locationOf(location: UserLocationInformation): { readonly tai: Tai; readonly nrCellId: string } | undefined {
  if (location.choice !== "userLocationInformationNR") return undefined;
  const tai = taiOf(location.value.tAI);
  if (tai === undefined) return undefined;
  return { tai, nrCellId: numberOf(location.value.nRCGI.nRCellIdentity).toString(16).padStart(9, "0") };
}

/** The key of a RAN node: kind, PLMN and its identity with its length in bits. Undefined when its PLMN is none. */
export function nodeIdOf(id: GlobalRANNodeID): string | undefined {
  if (id.choice === "choice-Extensions")
    return `extension-${toHex(new TextEncoder().encode(JSON.stringify(id.value, (_, v) => (v instanceof Uint8Array ? toHex(v) : v))))}`;
  const plmn = plmnOf(id.value.pLMNIdentity);
  if (plmn === undefined) return undefined;
  const node = "gNBID" in id.value ? id.value.gNBID : "ngENBID" in id.value ? id.value.ngENBID : id.value.n3IWFID;
  const bits = node.choice === "choice-Extensions" ? undefined : (node.value as { bits: Uint8Array; length: number });
  return `${id.choice}-${plmn.mcc}${plmn.mnc}-${bits === undefined ? "extension" : `${toHex(bits.bits)}/${bits.length}`}`;
}

/** What a node broadcasts; items whose PLMN is none are left out. */
export function areasOf(list: readonly SupportedTAItem[]): RanNode["areas"] {
  return list.flatMap((item) =>
    item.broadcastPLMNList.flatMap((broadcast) => {
      const plmn = plmnOf(broadcast.pLMNIdentity);
      if (plmn === undefined) return [];
      return [{ tai: { plmn, tac: number24(item.tAC) }, slices: broadcast.tAISliceSupportList.map((s) => sNssaiOf(s.sNSSAI)) }];
    }),
  );
}

export const causeText = (cause: Cause | undefined): string =>
  cause === undefined ? "none" : `${cause.choice}: ${typeof cause.value === "string" ? cause.value : "extension"}`;
