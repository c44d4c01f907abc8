// Key derivations of TS 33.501 annex A, in its order.
import { createHash } from "node:crypto";
import { type AccessType, accessTypeValue, type Brand, type Plmn, Secret, type Supi, supiValue } from "@freehold/model";
import { bad, concat, fromText, good, type Result } from "@freehold/wire";
import { kdf, kdfKey } from "./kdf.ts";
import { plain, uint, wants } from "./octets.ts";

/** Serving network name, TS 24.501 §9.12.1: "5G:mnc001.mcc001.3gppnetwork.org". */
export type ServingNetworkName = Brand<string, "ServingNetworkName">;

/** The MNC always has three digits here; an SNPN's NID follows after a colon. */
export function servingNetworkName(plmn: Plmn, nid?: string): ServingNetworkName {
  const name = `5G:mnc${plmn.mnc.padStart(3, "0")}.mcc${plmn.mcc}.3gppnetwork.org`;
  return (nid === undefined ? name : `${name}:${nid.toUpperCase()}`) as ServingNetworkName;
}

/** A name as another function sends it (TS 29.503 and TS 29.509, servingNetworkName). */
export function parseServingNetworkName(text: string): Result<ServingNetworkName> {
  return /^5G:mnc[0-9]{3}\.mcc[0-9]{3}\.3gppnetwork\.org(?::[A-F0-9]{11})?$/.test(text)
    ? good(text as ServingNetworkName)
    : bad(
        "invalid",
        "servingNetworkName",
        0,
        "wants 5G:mncNNN.mccNNN.3gppnetwork.org, an NID of eleven upper-case digits after a colon for an SNPN",
      );
}

/** ABBA, §A.7.1: two zero octets; a phone uses what it was sent. */
export const abba: () => Uint8Array = () => new Uint8Array(2);

/** CK and IK as `Milenage` gives them. */
export interface CkIk {
  readonly ck: Secret;
  readonly ik: Secret;
}

function ckIk({ ck, ik }: CkIk): Uint8Array {
  wants(ck, 16, "CK");
  wants(ik, 16, "IK");
  return concat(ck.reveal(), ik.reveal());
}

/** The first six octets of AUTN. */
function sqnXorAk(autn: Uint8Array): Uint8Array {
  wants(autn, 16, "AUTN");
  return autn.subarray(0, 6);
}

/** §A.2 KAUSF for 5G AKA; AUTN brings SQN xor AK. */
export const deriveKausf = (keys: CkIk, snn: ServingNetworkName, autn: Uint8Array): Secret =>
  new Secret(kdf(ckIk(keys), 0x6a, fromText(snn), sqnXorAk(autn)));

/** §A.3 CK' and IK' for EAP-AKA' (TS 33.402 §A.2). `networkName` is the serving network name in 5G. */
export function deriveCkIkPrime(keys: CkIk, networkName: string, autn: Uint8Array): CkIk {
  const both = kdf(ckIk(keys), 0x20, fromText(networkName), sqnXorAk(autn));
  return { ck: new Secret(both.slice(0, 16)), ik: new Secret(both.slice(16)) };
}

/** §A.4 RES* from RES in the phone, XRES* from XRES in the home network: 16 octets. */
export function deriveResStar(keys: CkIk, snn: ServingNetworkName, rand: Uint8Array, res: Uint8Array): Uint8Array {
  wants(rand, 16, "RAND");
  if (res.length < 4 || res.length > 16) throw new RangeError(`RES has ${res.length} octets, wants 4 to 16`);
  return kdf(ckIk(keys), 0x6b, fromText(snn), rand, res).slice(16);
}

/** §A.5 HRES* from RES* in the SEAF, HXRES* from XRES* in the AUSF: 16 octets. */
export function deriveHresStar(rand: Uint8Array, resStar: Uint8Array): Uint8Array {
  wants(rand, 16, "RAND");
  wants(resStar, 16, "RES*");
  return plain(createHash("sha256").update(rand).update(resStar).digest()).slice(16);
}

/** §A.6 KSEAF from KAUSF. */
export const deriveKseaf = (kausf: Secret, snn: ServingNetworkName): Secret => kdfKey(key256(kausf, "KAUSF"), 0x6c, fromText(snn));

/** §A.7 KAMF from KSEAF; of an IMSI the digits alone count. */
export const deriveKamf = (kseaf: Secret, supi: Supi, abbaSent: Uint8Array): Secret =>
  kdfKey(key256(kseaf, "KSEAF"), 0x6d, fromText(supiValue(supi)), abbaSent);

/** Table A.8-1, algorithm type distinguishers. */
export const AlgorithmType = { nasEnc: 1, nasInt: 2, rrcEnc: 3, rrcInt: 4, upEnc: 5, upInt: 6 } as const;
export type AlgorithmType = (typeof AlgorithmType)[keyof typeof AlgorithmType];

/** §A.8 the 128-bit key of one algorithm from KAMF (NAS) or KgNB (RRC, UP): 16 octets. */
export const deriveAlgorithmKey = (key: Secret, type: AlgorithmType, algorithm: number): Secret =>
  new Secret(kdf(key256(key, "key").reveal(), 0x69, Uint8Array.of(type), uint(algorithm & 0xf, 1, "algorithm")).slice(16));

/** §A.9 KgNB for 3GPP access, KN3IWF (KTNGF, KWAGF, KTWIF) for non-3GPP access, from the uplink NAS COUNT. */
export const deriveKgnb = (kamf: Secret, uplinkNasCount: number, access: AccessType): Secret =>
  kdfKey(key256(kamf, "KAMF"), 0x6e, uint(uplinkNasCount, 4, "uplink NAS COUNT"), Uint8Array.of(accessTypeValue(access)));

/** §A.10 NH; SYNC-input is the new KgNB first, then each time the NH before. */
export const deriveNh = (kamf: Secret, syncInput: Secret): Secret =>
  kdfKey(key256(kamf, "KAMF"), 0x6f, key256(syncInput, "SYNC-input").reveal());

/** §A.11 KNG-RAN* for a target gNB, from NH (vertical) or KgNB (horizontal). `arfcnDl` is the SSB's absolute frequency. */
export const deriveKngRanStar = (key: Secret, pci: number, arfcnDl: number): Secret =>
  kdfKey(key256(key, "NH or KgNB"), 0x70, uint(pci, 2, "PCI"), uint(arfcnDl, 3, "ARFCN-DL"));

/** §A.12 KNG-RAN* for a target ng-eNB. */
export const deriveKngRanStarEnb = (key: Secret, pci: number, earfcnDl: number): Secret =>
  kdfKey(key256(key, "NH or KgNB"), 0x71, uint(pci, 2, "PCI"), uint(earfcnDl, 3, "EARFCN-DL"));

/** §A.13 KAMF' when the AMF changes: `handover` takes the downlink NAS COUNT, `idle` (mobility registration update) the uplink NAS COUNT. */
export const deriveKamfPrime = (kamf: Secret, mobility: "idle" | "handover", nasCount: number): Secret =>
  kdfKey(key256(kamf, "KAMF"), 0x72, Uint8Array.of(mobility === "handover" ? 1 : 0), uint(nasCount, 4, "NAS COUNT"));

function key256(key: Secret, name: string): Secret {
  wants(key, 32, name);
  return key;
}
