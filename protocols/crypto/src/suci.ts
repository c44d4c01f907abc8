// Concealment of the SUPI: TS 33.501 §6.12, schemes of annex C.
import {
  createCipheriv,
  createECDH,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type ECDH,
  type KeyObject,
} from "node:crypto";
import {
  bcdDigits,
  bcdOctets,
  ProtectionScheme,
  parseSupi,
  Secret,
  type Suci,
  type Supi,
  SupiFormat,
  splitImsi,
  supiValue,
} from "@freehold/model";
import { concat, fromText, toText } from "@freehold/wire";
import { plain, sameMac, wants } from "./octets.ts";

/** Profile A is X25519, profile B secp256r1 with compressed points: §C.3.4. */
export type EciesProfile = typeof ProtectionScheme.profileA | typeof ProtectionScheme.profileB;

/** What a USIM holds of its home network (TS 31.102 §4.4.11.8 (unchecked)). */
export interface HomeNetworkPublicKey {
  readonly profile: EciesProfile;
  /** Home network public key identifier, 0 to 255. */
  readonly id: number;
  /** 32 octets for profile A, 33 for profile B. */
  readonly publicKey: Uint8Array;
}

const publicKeyOctets = { [ProtectionScheme.profileA]: 32, [ProtectionScheme.profileB]: 33 } as const;
const macOctets = 8;

/** A private key of either profile; gives shared secrets. The key itself stays inside. */
class EciesKey {
  readonly profile: EciesProfile;
  readonly publicKey: Uint8Array;
  readonly #x25519: KeyObject | undefined;
  readonly #p256: ECDH | undefined;

  /** RangeError when the octets are no private key of the profile. */
  constructor(profile: EciesProfile, privateKey: Secret) {
    wants(privateKey, 32, "private key");
    this.profile = profile;
    if (profile === ProtectionScheme.profileA) {
      this.#x25519 = createPrivateKey({ key: privateKey.reveal(), format: "raw-private", asymmetricKeyType: "x25519" });
      this.publicKey = plain(createPublicKey(this.#x25519).export({ format: "raw-public" }));
    } else {
      this.#p256 = createECDH("prime256v1");
      try {
        this.#p256.setPrivateKey(privateKey.reveal());
      } catch {
        throw new RangeError("private key is not one of secp256r1");
      }
      this.publicKey = plain(this.#p256.getPublicKey(undefined, "compressed"));
    }
  }

  /** Undefined when the other side's octets are no point, or one without a secret (all zero, RFC 7748 §6.1). */
  sharedWith(publicKey: Uint8Array): Uint8Array | undefined {
    if (publicKey.length !== publicKeyOctets[this.profile]) return undefined;
    try {
      if (this.#x25519 === undefined) return this.#p256?.computeSecret(publicKey);
      const peer = createPublicKey({ key: publicKey, format: "raw-public", asymmetricKeyType: "x25519" });
      return diffieHellman({ privateKey: this.#x25519, publicKey: peer });
    } catch {
      return undefined;
    }
  }
}

/** One key pair of the home network, kept by the SIDF of the UDM. */
export class HomeNetworkKey implements HomeNetworkPublicKey {
  readonly id: number;
  readonly profile: EciesProfile;
  readonly publicKey: Uint8Array;
  readonly #key: EciesKey;

  /** `privateKey` has 32 octets. RangeError when it is none of the profile, or the identifier does not fit an octet. */
  constructor(profile: EciesProfile, id: number, privateKey: Secret) {
    if (!Number.isInteger(id) || id < 0 || id > 255) throw new RangeError(`home network public key identifier ${id} is not in 0 to 255`);
    this.#key = new EciesKey(profile, privateKey);
    this.id = id;
    this.profile = profile;
    this.publicKey = this.#key.publicKey;
  }

  sharedWith(ephemeral: Uint8Array): Uint8Array | undefined {
    return this.#key.sharedWith(ephemeral);
  }
}

/** §C.3.4: ANSI X9.63 KDF to encryption key (16), initial counter block (16), MAC key (32). SharedInfo1 is the ephemeral public key. */
function keyingData(shared: Uint8Array, ephemeral: Uint8Array): { encKey: Uint8Array; icb: Uint8Array; macKey: Uint8Array } {
  const block = (counter: number) =>
    createHash("sha256")
      .update(shared)
      .update(Uint8Array.of(0, 0, 0, counter))
      .update(ephemeral)
      .digest();
  const first = block(1);
  return { encKey: first.subarray(0, 16), icb: first.subarray(16), macKey: block(2) };
}

// The counter is of 32 bits (§C.3.4.0), OpenSSL's of 128: they part only where a name of more than 16 octets meets a counter block that ends in 32 ones.
const ctr = (encKey: Uint8Array, icb: Uint8Array, octets: Uint8Array): Uint8Array =>
  plain(createCipheriv("aes-128-ctr", encKey, icb).update(octets));
const tagOf = (macKey: Uint8Array, ciphertext: Uint8Array): Uint8Array =>
  plain(createHmac("sha256", macKey).update(ciphertext).digest().subarray(0, macOctets));

/** The part of a SUPI that is concealed, and what stays in the open. */
function open(supi: Supi, mncDigits: 2 | 3): { supiFormat: SupiFormat; home: Suci["home"]; secret: Uint8Array } {
  if (supi.startsWith("imsi-")) {
    const split = splitImsi(supi, mncDigits);
    if (split === undefined) throw new RangeError("IMSI is too short for its MNC");
    return { supiFormat: SupiFormat.imsi, home: split.home, secret: bcdOctets(split.msin) };
  }
  const supiFormat = supi.startsWith("gci-")
    ? SupiFormat.gci
    : supi.startsWith("gli-")
      ? SupiFormat.gli
      : SupiFormat.networkSpecificIdentifier;
  const nai = supiValue(supi);
  const at = nai.lastIndexOf("@");
  if (at <= 0 || at === nai.length - 1) throw new RangeError("NAI has no user name or no realm");
  return { supiFormat, home: nai.slice(at + 1), secret: fromText(nai.slice(0, at)) };
}

/** What of a subscription decides its SUCI. */
export interface Concealment {
  readonly supi: Supi;
  /** How long the home network's MNC is; an IMSI does not tell. */
  readonly mncDigits: 2 | 3;
  readonly routingIndicator: string;
  /** Absent: null scheme. */
  readonly homeNetworkKey?: HomeNetworkPublicKey;
}

/** The phone's side, §6.12.2: a fresh SUCI with an ephemeral key from `random`, or the null scheme. RangeError when the configuration cannot be. */
export function conceal({ supi, mncDigits, routingIndicator, homeNetworkKey }: Concealment, random: (octets: number) => Uint8Array): Suci {
  const { secret, ...clear } = open(supi, mncDigits);
  if (homeNetworkKey === undefined) {
    return { ...clear, routingIndicator, protectionScheme: ProtectionScheme.null, homeNetworkPublicKeyId: 0, schemeOutput: secret };
  }
  const { profile, id, publicKey } = homeNetworkKey;
  const ephemeral = ephemeralKey(profile, random);
  const shared = ephemeral.sharedWith(publicKey);
  if (shared === undefined) throw new RangeError(`home network public key ${id} is not a key of its profile`);
  const { encKey, icb, macKey } = keyingData(shared, ephemeral.publicKey);
  const ciphertext = ctr(encKey, icb, secret);
  const schemeOutput = concat(ephemeral.publicKey, ciphertext, tagOf(macKey, ciphertext));
  return { ...clear, routingIndicator, protectionScheme: profile, homeNetworkPublicKeyId: id, schemeOutput };
}

function ephemeralKey(profile: EciesProfile, random: (octets: number) => Uint8Array): EciesKey {
  // About one in 2^32 draws is not below the order of secp256r1; eight in a row come from a broken source.
  for (let draw = 0; draw < 8; draw++) {
    try {
      return new EciesKey(profile, new Secret(random(32)));
    } catch (fault) {
      if (!(fault instanceof RangeError)) throw fault;
    }
  }
  throw new RangeError("the random source gives no private key");
}

export interface DeconcealFailure {
  readonly why: /** a scheme that is neither null nor A nor B */
    | "unknown scheme"
    /** no key with this identifier and profile: INVALID_HN_PUBLIC_KEY_IDENTIFIER */
    | "unknown key"
    /** the rest: INVALID_SCHEME_OUTPUT */
    | "too short"
    | "invalid point"
    | "wrong MAC"
    | "invalid identity";
  readonly detail: string;
}
export type Deconcealed = { readonly ok: true; readonly supi: Supi } | { readonly ok: false; readonly error: DeconcealFailure };

/** The home network's side, the SIDF of TS 33.501 §6.12.5. `keys` is by identifier. Whether the null scheme is allowed is for the caller to say first. */
export function deconceal(suci: Suci, keys: ReadonlyMap<number, HomeNetworkKey>): Deconcealed {
  const failed = (why: DeconcealFailure["why"], detail: string): Deconcealed => ({ ok: false, error: { why, detail } });
  if (suci.protectionScheme === ProtectionScheme.null) return identity(suci, suci.schemeOutput);
  if (suci.protectionScheme !== ProtectionScheme.profileA && suci.protectionScheme !== ProtectionScheme.profileB) {
    return failed("unknown scheme", `protection scheme ${suci.protectionScheme}`);
  }
  const key = keys.get(suci.homeNetworkPublicKeyId);
  if (key === undefined || key.profile !== suci.protectionScheme) {
    return failed("unknown key", `home network public key ${suci.homeNetworkPublicKeyId} for protection scheme ${suci.protectionScheme}`);
  }
  const output = suci.schemeOutput;
  const start = publicKeyOctets[key.profile];
  // An empty ciphertext would name nobody.
  if (output.length <= start + macOctets)
    return failed("too short", `scheme output of ${output.length} octets, wants more than ${start + macOctets}`);
  const ephemeral = output.subarray(0, start);
  const shared = key.sharedWith(ephemeral);
  if (shared === undefined) return failed("invalid point", "ephemeral public key is not a point of its curve");
  const { encKey, icb, macKey } = keyingData(shared, ephemeral);
  const ciphertext = output.subarray(start, output.length - macOctets);
  if (!sameMac(tagOf(macKey, ciphertext), output.subarray(output.length - macOctets))) return failed("wrong MAC", "MAC tag does not match");
  return identity(suci, ctr(encKey, icb, ciphertext));
}

/** The SUPI of a scheme input. */
function identity({ supiFormat, home }: Suci, secret: Uint8Array): Deconcealed {
  const failed = (detail: string): Deconcealed => ({ ok: false, error: { why: "invalid identity", detail } });
  let text: string;
  if (supiFormat === SupiFormat.imsi) {
    if (typeof home === "string") return failed("an IMSI's SUCI has a PLMN, not a realm");
    const msin = bcdDigits(secret, "msin");
    if (!msin.ok) return failed("MSIN holds a nibble that is no digit");
    text = `imsi-${home.mcc}${home.mnc}${msin.value}`;
  } else {
    const kind = supiFormat === SupiFormat.gci ? "gci" : supiFormat === SupiFormat.gli ? "gli" : "nai";
    text = `${kind}-${toText(secret)}@${typeof home === "string" ? home : ""}`;
  }
  const supi = parseSupi(text);
  return supi.ok ? { ok: true, supi: supi.value } : failed("what the scheme output holds makes no SUPI");
}
