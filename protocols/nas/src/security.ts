import { cipher, Direction, mac, type Nea, type Nia, sameMac } from "@freehold/crypto";
import { AccessType, accessTypeValue, type Secret } from "@freehold/model";
import { concat, type WireError } from "@freehold/wire";
import { SecurityModeCommand } from "./messages/index.ts";
import { decodeSecured, encodeSecured, type Secured, SecurityHeaderType } from "./secured.ts";

/** NAS COUNTs of one access, TS 33.501 §6.4.3.1; 24 bits. */
export interface NasCounts {
  /** COUNT of the next message that we send. */
  readonly send: number;
  /** The lowest COUNT that we still take: one above the last one taken. */
  readonly receive: number;
}

/** What must be kept of a context beside its keys, which follow from KAMF and the algorithms. Plain data. */
export interface NasSecurityState {
  readonly nea: Nea;
  readonly nia: Nia;
  readonly counts: { readonly [A in AccessType]: NasCounts };
}

export interface NasSecurityInit extends Pick<NasSecurityState, "nea" | "nia"> {
  /** Which side we are: the network sends downlink. */
  readonly side: "network" | "UE";
  /** KNASint and KNASenc, 16 octets each. */
  readonly integrityKey: Secret;
  readonly cipheringKey: Secret;
  /** Left out: all zero, the start values of a new KAMF (TS 33.501 §6.4.5). */
  readonly counts?: NasSecurityState["counts"];
}

/** What became of a received message. */
export type Unprotected =
  | {
      readonly ok: true;
      /** The plain message. */
      readonly message: Uint8Array;
      readonly securityHeaderType: Secured["securityHeaderType"];
      /** Its whole NAS COUNT, for KgNB and for a ciphered NAS message container. */
      readonly count: number;
      /** False with 5G-IA0 only: nothing was there to verify. */
      readonly verified: boolean;
    }
  | {
      readonly ok: false;
      readonly is: "malformed" | "MAC failure" | "COUNT exhausted" | "header type of another message";
      readonly error?: WireError;
    };

const start: NasCounts = { send: 0, receive: 0 };
const countEnd = 2 ** 24;

const typeOf = (message: Uint8Array): number | undefined => (message[0] === 0x7e && message[1] === 0 ? message[2] : undefined);

/**
 * NAS security context in use: keys, algorithms and a COUNT pair per access, TS 33.501 §6.4 and TS 24.501 §4.4.3. Every message sent
 * takes a COUNT of its own, also a retransmission; a received COUNT counts only when its MAC is right.
 */
export class NasSecurity {
  readonly nea: Nea;
  readonly nia: Nia;
  readonly side: "network" | "UE";
  readonly #integrityKey: Secret;
  readonly #cipheringKey: Secret;
  readonly #counts: Record<AccessType, { send: number; receive: number }>;

  constructor({ nea, nia, side, integrityKey, cipheringKey, counts }: NasSecurityInit) {
    this.nea = nea;
    this.nia = nia;
    this.side = side;
    this.#integrityKey = integrityKey;
    this.#cipheringKey = cipheringKey;
    this.#counts = {
      [AccessType.threeGpp]: { ...(counts?.[AccessType.threeGpp] ?? start) },
      [AccessType.nonThreeGpp]: { ...(counts?.[AccessType.nonThreeGpp] ?? start) },
    };
  }

  /** A copy of what must be kept. */
  state(): NasSecurityState {
    const { [AccessType.threeGpp]: threeGpp, [AccessType.nonThreeGpp]: nonThreeGpp } = this.#counts;
    return {
      nea: this.nea,
      nia: this.nia,
      counts: { [AccessType.threeGpp]: { ...threeGpp }, [AccessType.nonThreeGpp]: { ...nonThreeGpp } },
    };
  }

  counts(access: AccessType = AccessType.threeGpp): NasCounts {
    return { ...this.#counts[access] };
  }

  /** Messages that can still be sent; near 0 a new authentication is due (TS 24.501 §4.4.3.5, unchecked). */
  left(access: AccessType = AccessType.threeGpp): number {
    return countEnd - this.#counts[access].send;
  }

  #input(count: number, access: AccessType, sent: boolean) {
    const uplink = (this.side === "UE") === sent;
    return { count, bearer: accessTypeValue(access), direction: uplink ? Direction.uplink : Direction.downlink };
  }

  /** The security protected message of a plain one. RangeError when every COUNT is used up. */
  protect(
    message: Uint8Array,
    securityHeaderType: Secured["securityHeaderType"] = SecurityHeaderType.integrityProtectedAndCiphered,
    access: AccessType = AccessType.threeGpp,
  ): Uint8Array {
    const counts = this.#counts[access];
    if (counts.send >= countEnd) throw new RangeError("NAS COUNT exhausted");
    const count = counts.send++;
    const input = this.#input(count, access, true);
    const payload = ciphered(securityHeaderType) ? cipher(this.nea, this.#cipheringKey, input, message) : message;
    const sqn = count & 0xff;
    const code = mac(this.nia, this.#integrityKey, input, concat(Uint8Array.of(sqn), payload));
    return encodeSecured({ securityHeaderType, mac: code, sqn, payload });
  }

  /** Verifies and deciphers. Nothing of the context changes unless the message is taken. */
  unprotect(bytes: Uint8Array, access: AccessType = AccessType.threeGpp): Unprotected {
    const read = decodeSecured(bytes);
    if (!read.ok) return { ok: false, is: "malformed", error: read.error };
    const { securityHeaderType, sqn, payload } = read.value;
    const counts = this.#counts[access];
    const count = this.nia === 0 ? nearest(counts.receive, sqn) : next(counts.receive, sqn);
    if (count >= countEnd) return { ok: false, is: "COUNT exhausted" };
    const input = this.#input(count, access, false);
    const code = mac(this.nia, this.#integrityKey, input, bytes.subarray(6));
    // With 5G-IA0 there is no code to be right or wrong (TS 33.501 §D.1): what stands there is not looked at.
    if (this.nia !== 0 && !sameMac(code, read.value.mac)) return { ok: false, is: "MAC failure" };
    const message = ciphered(securityHeaderType) ? cipher(this.nea, this.#cipheringKey, input, payload) : payload;
    if (!mayCarry(securityHeaderType, message)) return { ok: false, is: "header type of another message" };
    counts.receive = Math.max(counts.receive, count + 1);
    return { ok: true, message, securityHeaderType, count, verified: this.nia !== 0 };
  }

  /**
   * The value of a NAS message container in an initial message that the UE sends next, TS 24.501 §4.4.6: ciphered with the COUNT that
   * `protect` takes right after.
   */
  protectContainer(message: Uint8Array, access: AccessType = AccessType.threeGpp): Uint8Array {
    return cipher(this.nea, this.#cipheringKey, this.#input(this.#counts[access].send, access, true), message);
  }

  /** The plain message in a ciphered container; `count` is that of the message which carried it. */
  unprotectContainer(container: Uint8Array, count: number, access: AccessType = AccessType.threeGpp): Uint8Array {
    return cipher(this.nea, this.#cipheringKey, this.#input(count, access, false), container);
  }
}

const ciphered = (type: SecurityHeaderType): boolean =>
  type === SecurityHeaderType.integrityProtectedAndCiphered || type === SecurityHeaderType.integrityProtectedAndCipheredWithNewContext;

/** The lowest COUNT from `least` on with this sequence number: the overflow counter is estimated, never sent (TS 24.501 §4.4.3.1). */
function next(least: number, sqn: number): number {
  const count = least - (least & 0xff) + sqn;
  return count < least ? count + 256 : count;
}

/** Without integrity there is no replay protection either (TS 33.501 §6.4.3.2): the COUNT nearest to the expected one. */
function nearest(expected: number, sqn: number): number {
  const count = next(expected, sqn);
  return count - expected > 128 && count >= 256 ? count - 256 : count;
}

/**
 * Note 1 of table 9.3.1: type 3, the one protected type that a downlink message may have unciphered, is only of a SECURITY MODE COMMAND.
 * Note 2 (type 4 is only of the SECURITY MODE COMPLETE) is not insisted on: OAI's phone sends type 4 from then on, and it protects as much.
 */
function mayCarry(type: Secured["securityHeaderType"], message: Uint8Array): boolean {
  return type !== SecurityHeaderType.integrityProtectedWithNewContext || typeOf(message) === SecurityModeCommand.shape.type;
}
