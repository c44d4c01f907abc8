import {
  AlgorithmType,
  type CkIk,
  deriveAlgorithmKey,
  deriveKamf,
  deriveKausf,
  deriveKgnb,
  deriveKseaf,
  type Nea,
  type Nia,
  type ServingNetworkName,
} from "@freehold/crypto";
import { AccessType, type Secret, type Supi } from "@freehold/model";
import { NasSecurity, type NasSecurityState, type UeSecurityCapability } from "@freehold/nas";

/** A 5G NAS security context that is current: TS 24.501 §4.4.2. */
export interface SecurityContext {
  readonly ngKsi: number;
  readonly kamf: Secret;
  readonly nas: NasSecurity;
}

/** KAMF of an authentication that no security mode command has taken into use yet: a partial native context. */
export interface PartialContext {
  readonly ngKsi: number;
  readonly kamf: Secret;
}

export function kamfOf(keys: CkIk, snn: ServingNetworkName, autn: Uint8Array, supi: Supi, abba: Uint8Array): Secret {
  return deriveKamf(deriveKseaf(deriveKausf(keys, snn, autn), snn), supi, abba);
}

/** The context that KAMF and algorithms make; `counts` when an old KAMF goes on with other algorithms. */
export function contextOf({ ngKsi, kamf }: PartialContext, nea: Nea, nia: Nia, counts?: NasSecurityState["counts"]): SecurityContext {
  const nas = new NasSecurity({
    side: "UE",
    nea,
    nia,
    integrityKey: deriveAlgorithmKey(kamf, AlgorithmType.nasInt, nia),
    cipheringKey: deriveAlgorithmKey(kamf, AlgorithmType.nasEnc, nea),
    ...(counts === undefined ? {} : { counts }),
  });
  return { ngKsi, kamf, nas };
}

/** Whether the octets are right for a COUNT that was taken already: what a replay looks like, or a sender that uses a COUNT twice. */
export function isReplay({ kamf, nas, ngKsi }: SecurityContext, bytes: Uint8Array): boolean {
  const { counts, nea, nia } = nas.state();
  const { send, receive } = counts[AccessType.threeGpp];
  const sqn = bytes[6] ?? 0;
  // The highest COUNT below the one expected next that has this sequence number.
  const before = receive - 1 - ((((receive - 1 - sqn) % 256) + 256) % 256);
  if (before < 0) return false;
  const probe = contextOf({ ngKsi, kamf }, nea, nia, { ...counts, [AccessType.threeGpp]: { send, receive: before } });
  return probe.nas.unprotect(bytes).ok;
}

/** All the security state of the phone. */
export class Security {
  readonly capability: UeSecurityCapability;
  current: SecurityContext | undefined;
  partial: PartialContext | undefined;
  /** The initial message of this N1 connection was protected by `current`, or a security mode procedure has run since. */
  used = false;
  /** TS 24.501 §4.4.2.5: from here on nothing goes or is taken without protection. Of this N1 connection. */
  exchange = false;
  /** Uplink COUNT for KgNB: of the latest SECURITY MODE COMPLETE or initial message (TS 33.501 §6.8.1.2.2, unchecked). */
  kgnbCount = 0;

  constructor(capability: UeSecurityCapability) {
    this.capability = capability;
  }

  /** KgNB of now, or undefined without a context. */
  kgnb(): Secret | undefined {
    return this.current === undefined ? undefined : deriveKgnb(this.current.kamf, this.kgnbCount, AccessType.threeGpp);
  }

  /** COUNT of the message that `protect` made last. */
  noteKgnbCount(): void {
    if (this.current !== undefined) this.kgnbCount = this.current.nas.counts().send - 1;
  }

  connectionEnded(): void {
    this.used = false;
    this.exchange = false;
    this.partial = undefined;
  }

  forget(): void {
    this.current = undefined;
    this.connectionEnded();
  }
}

/** The capability as the core must give it to the gNB: the four bit strings of TS 38.413 §9.3.1.86, where the first bit is algorithm 1. */
export function ngapCapability({ nea, nia, eea = [], eia = [] }: UeSecurityCapability): Uint8Array {
  const out = new Uint8Array(8);
  [nea, nia, eea, eia].forEach((numbers, i) => {
    for (const n of numbers) if (n > 0) out[2 * i] = out[2 * i]! | (0x80 >> (n - 1));
  });
  return out;
}
