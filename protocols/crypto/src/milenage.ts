import type { Cipheriv } from "node:crypto";
import { Secret } from "@freehold/model";
import { concat } from "@freehold/wire";
import { aes } from "./aes.ts";
import { numberOf, plain, sameMac, uint, wants, xor } from "./octets.ts";

/** Bit 0 of AMF, the separation bit: 1 in every authentication vector for 5G (TS 33.501 §6.1.3.2, TS 33.102 annex H). */
export const separationBit = 0x8000;

/** What f1 to f5 make of one RAND, TS 33.102 §6.3.2. */
export interface AuthenticationVector {
  readonly rand: Uint8Array;
  /** SQN xor AK (6), AMF (2), MAC-A (8). */
  readonly autn: Uint8Array;
  readonly xres: Uint8Array;
  readonly ck: Secret;
  readonly ik: Secret;
  readonly ak: Secret;
}

/** What a USIM finds in RAND and AUTN once MAC-A is right. Whether `sqn` is fresh is for SqnWindow to say. */
export interface VerifiedAutn {
  readonly sqn: number;
  /** The AMF field: look at `separationBit`. */
  readonly amf: number;
  readonly res: Uint8Array;
  readonly ck: Secret;
  readonly ik: Secret;
}

export type AutnVerdict =
  | { readonly ok: true; readonly value: VerifiedAutn }
  | { readonly ok: false; readonly why: "length" | "mac failure" };
export type AutsVerdict = { readonly ok: true; readonly sqnMs: number } | { readonly ok: false; readonly why: "length" | "mac failure" };

/** MILENAGE, TS 35.206 §4.1, with its recommended constants, for one subscriber. Keeps its AES key schedule: make it once for several runs. */
export class Milenage {
  readonly #opc: Uint8Array;
  readonly #aes: Cipheriv;

  /** RangeError when K or OPc has not 16 octets. */
  constructor(k: Secret, opc: Secret) {
    wants(opc, 16, "OPc");
    wants(k, 16, "K");
    this.#aes = aes("aes-128-ecb", k);
    this.#opc = opc.reveal();
  }

  /** OPc = OP xor E_K(OP), TS 35.206 §4.1. */
  static opcOf(k: Secret, op: Secret): Secret {
    wants(k, 16, "K");
    wants(op, 16, "OP");
    return new Secret(xor(op.reveal(), aes("aes-128-ecb", k).update(op.reveal())));
  }

  // E_K((rot(block xor OPc, r) xor c)) xor OPc for several r and c at once: ECB, so one call ciphers them all.
  #out(inputs: readonly Uint8Array[]): Uint8Array[] {
    const ciphered = this.#aes.update(concat(...inputs));
    return inputs.map((_, i) => xor(ciphered.subarray(16 * i, 16 * i + 16), this.#opc));
  }

  #temp(rand: Uint8Array): Uint8Array {
    wants(rand, 16, "RAND");
    return plain(this.#aes.update(xor(rand, this.#opc)));
  }

  /** rot(TEMP xor OPc, octets) xor c, the input of OUT2 to OUT5. */
  #turned(temp: Uint8Array, octets: number, c: number): Uint8Array {
    const out = new Uint8Array(16);
    for (let i = 0; i < 16; i++) out[i] = temp[(i + octets) % 16]! ^ this.#opc[(i + octets) % 16]!;
    out[15] = out[15]! ^ c;
    return out;
  }

  #in1(temp: Uint8Array, sqn: Uint8Array, amf: Uint8Array): Uint8Array {
    const in1 = concat(sqn, amf, sqn, amf);
    const out = new Uint8Array(16);
    for (let i = 0; i < 16; i++) out[i] = temp[i]! ^ in1[(i + 8) % 16]! ^ this.#opc[(i + 8) % 16]!;
    return out;
  }

  /** f1 (first eight octets, MAC-A) and f1* (last eight, MAC-S). */
  #f1(temp: Uint8Array, sqn: Uint8Array, amf: Uint8Array): Uint8Array {
    return this.#out([this.#in1(temp, sqn, amf)])[0]!;
  }

  #f2345(temp: Uint8Array): { res: Uint8Array; ak: Uint8Array; ck: Secret; ik: Secret } {
    const [out2, out3, out4] = this.#out([this.#turned(temp, 0, 1), this.#turned(temp, 4, 2), this.#turned(temp, 8, 4)]);
    return { res: out2!.slice(8), ak: out2!.slice(0, 6), ck: new Secret(out3!), ik: new Secret(out4!) };
  }

  #f5Star(temp: Uint8Array): Uint8Array {
    return this.#out([this.#turned(temp, 12, 8)])[0]!.slice(0, 6);
  }

  /** The home network's side. `sqn` is SQN as a number of 48 bits, `amf` of 16; the 5G default has the separation bit and nothing else. */
  generate({ rand, sqn, amf = separationBit }: { rand: Uint8Array; sqn: number; amf?: number }): AuthenticationVector {
    const temp = this.#temp(rand);
    const sqnOctets = uint(sqn, 6, "SQN");
    const amfOctets = uint(amf, 2, "AMF");
    const { res, ak, ck, ik } = this.#f2345(temp);
    const mac = this.#f1(temp, sqnOctets, amfOctets).subarray(0, 8);
    return { rand, autn: concat(xor(sqnOctets, ak), amfOctets, mac), xres: res, ck, ik, ak: new Secret(ak) };
  }

  /** The USIM's side: recovers SQN and checks MAC-A. AUTN comes from outside, so a wrong one is a verdict, not an exception. */
  verifyAutn({ rand, autn }: { rand: Uint8Array; autn: Uint8Array }): AutnVerdict {
    if (rand.length !== 16 || autn.length !== 16) return { ok: false, why: "length" };
    const temp = this.#temp(rand);
    const { res, ak, ck, ik } = this.#f2345(temp);
    const sqn = xor(autn.subarray(0, 6), ak);
    const amf = autn.subarray(6, 8);
    if (!sameMac(this.#f1(temp, sqn, amf).subarray(0, 8), autn.subarray(8))) return { ok: false, why: "mac failure" };
    return { ok: true, value: { sqn: numberOf(sqn), amf: numberOf(amf), res, ck, ik } };
  }

  /** AUTS of a USIM whose SQN is `sqnMs`: SQNms xor AK* (6), MAC-S (8), with AMF* = 0 (TS 33.102 §6.3.3). */
  auts({ rand, sqnMs }: { rand: Uint8Array; sqnMs: number }): Uint8Array {
    const temp = this.#temp(rand);
    const sqn = uint(sqnMs, 6, "SQN");
    return concat(xor(sqn, this.#f5Star(temp)), this.#f1(temp, sqn, new Uint8Array(2)).subarray(8));
  }

  /** The home network's check of AUTS from a phone, TS 33.102 §6.3.5. */
  checkAuts({ rand, auts }: { rand: Uint8Array; auts: Uint8Array }): AutsVerdict {
    if (rand.length !== 16 || auts.length !== 14) return { ok: false, why: "length" };
    const temp = this.#temp(rand);
    const sqn = xor(auts.subarray(0, 6), this.#f5Star(temp));
    const macS = this.#f1(temp, sqn, new Uint8Array(2)).subarray(8);
    return sameMac(macS, auts.subarray(6)) ? { ok: true, sqnMs: numberOf(sqn) } : { ok: false, why: "mac failure" };
  }

  /** All seven functions for one RAND, SQN and AMF: for conformance sets (TS 35.207, TS 35.208). */
  functions({
    rand,
    sqn,
    amf,
  }: {
    rand: Uint8Array;
    sqn: number;
    amf: number;
  }): Record<"f1" | "f1Star" | "f2" | "f3" | "f4" | "f5" | "f5Star", Secret> {
    const temp = this.#temp(rand);
    const out1 = this.#f1(temp, uint(sqn, 6, "SQN"), uint(amf, 2, "AMF"));
    const { res, ak, ck, ik } = this.#f2345(temp);
    return {
      f1: new Secret(out1.slice(0, 8)),
      f1Star: new Secret(out1.slice(8)),
      f2: new Secret(res),
      f3: ck,
      f4: ik,
      f5: new Secret(ak),
      f5Star: new Secret(this.#f5Star(temp)),
    };
  }
}
