import {
  deconceal,
  deriveKausf,
  deriveResStar,
  type HomeNetworkKey,
  Milenage,
  parseServingNetworkName,
  separationBit,
} from "@freehold/crypto";
import { ProtectionScheme, parseSuci, parseSupi, pseudonyms, Secret, type Supi } from "@freehold/model";
import {
  type AuthenticationSubscription,
  answer,
  created,
  type Face,
  type Nudm_UEAuthentication,
  type Nudr_DR,
  noContent,
  type Producer,
  SbiReject,
} from "@freehold/sbi";
import { parseHex, toHex } from "@freehold/wire";
import type { SequenceNumbers } from "../sequence-numbers.ts";
import type { UdmWorld } from "../udm.ts";

export interface UeAuthenticationParts {
  readonly udr: Face<typeof Nudr_DR>;
  readonly keys: ReadonlyMap<number, HomeNetworkKey>;
  readonly nullScheme: boolean;
  readonly sequenceNumbers: SequenceNumbers;
  readonly world: UdmWorld;
}

/** Why a SUCI could not be opened, as TS 29.503 table 6.3.3.2.4.2.2-2 (unchecked) names it. */
const sucis = {
  "unknown scheme": [501, "UNSUPPORTED_PROTECTION_SCHEME"],
  "unknown key": [403, "INVALID_HN_PUBLIC_KEY_IDENTIFIER"],
  "too short": [403, "INVALID_SCHEME_OUTPUT"],
  "invalid point": [403, "INVALID_SCHEME_OUTPUT"],
  "wrong MAC": [403, "INVALID_SCHEME_OUTPUT"],
  "invalid identity": [403, "INVALID_SCHEME_OUTPUT"],
} as const;

/** Nudm_UEAuthentication, TS 29.503 §5.4: the ARPF and the SIDF. */
export function ueAuthentication({
  udr,
  keys,
  nullScheme,
  sequenceNumbers,
  world,
}: UeAuthenticationParts): Producer<typeof Nudm_UEAuthentication> {
  const { vault, random, log } = world;
  const name = world.pseudonym ?? pseudonyms(random(16));

  /** SIDF, TS 33.501 §6.12.5. */
  function supiOf(supiOrSuci: string): Supi {
    if (!supiOrSuci.startsWith("suci-")) {
      const supi = parseSupi(supiOrSuci);
      if (!supi.ok) throw new SbiReject(404, "USER_NOT_FOUND", supi.error.detail);
      return supi.value;
    }
    const suci = parseSuci(supiOrSuci);
    if (!suci.ok) throw new SbiReject(403, "INVALID_SCHEME_OUTPUT", suci.error.detail);
    if (suci.value.protectionScheme === ProtectionScheme.null && !nullScheme) {
      throw new SbiReject(403, "AUTHENTICATION_REJECTED", "the null scheme is not allowed here: the phone must conceal its identity");
    }
    const opened = deconceal(suci.value, keys);
    if (opened.ok) return opened.supi;
    const [status, cause] = sucis[opened.error.why];
    log.warn("a SUCI could not be opened", { why: opened.error.why, homeNetworkPublicKeyId: suci.value.homeNetworkPublicKeyId });
    throw new SbiReject(status, cause, opened.error.detail);
  }

  async function subscriptionOf(supi: Supi): Promise<AuthenticationSubscription> {
    const read = await udr.getAuthenticationSubscription({ ueId: supi });
    if (read.ok) return read.value;
    if (read.status === 404) throw new SbiReject(404, "USER_NOT_FOUND");
    throw new SbiReject(read.status, read.problem.cause ?? "UNSPECIFIED_NF_FAILURE", "UDR");
  }

  /** ARPF: K and OPc are open only inside this call. */
  function milenage(supi: Supi, subscription: AuthenticationSubscription): Milenage {
    const { encPermanentKey, encOpcKey, protectionParameterId, algorithmId = "milenage", authenticationMethod } = subscription;
    const k = parseHex(encPermanentKey ?? "");
    const opc = parseHex(encOpcKey ?? "");
    if (authenticationMethod !== "5G_AKA" || algorithmId !== "milenage") {
      throw new SbiReject(501, "UNSUPPORTED_AUTHENTICATION_METHOD", `${authenticationMethod} with ${algorithmId}`);
    }
    if (k === undefined || opc === undefined || protectionParameterId !== vault.id) {
      throw new SbiReject(500, "UNSPECIFIED_NF_FAILURE", "the subscriber's keys are sealed with another key than ours");
    }
    const row = `subscriber/${supi}`; // what the UDR sealed them to
    return new Milenage(new Secret(vault.open(row, "k", k)), new Secret(vault.open(row, "opc", opc)));
  }

  return {
    /** TS 29.503 §5.4.2.2; the vector is that of TS 33.501 §6.1.3.2.0 step 1. */
    async get({ supiOrSuci, body }) {
      const snn = parseServingNetworkName(body.servingNetworkName);
      if (!snn.ok) throw new SbiReject(403, "SERVING_NETWORK_NOT_AUTHORIZED", snn.error.detail);
      const supi = supiOf(supiOrSuci);
      const subscription = await subscriptionOf(supi);
      const functions = milenage(supi, subscription);
      const { resynchronizationInfo } = body;
      if (resynchronizationInfo !== undefined) {
        const told = functions.checkAuts({
          rand: parseHex(resynchronizationInfo.rand) ?? new Uint8Array(),
          auts: parseHex(resynchronizationInfo.auts) ?? new Uint8Array(),
        });
        if (!told.ok) throw new SbiReject(403, "AUTHENTICATION_REJECTED", `AUTS: ${told.why}`);
        await sequenceNumbers.resynchronise(supi, told.sqnMs);
        log.info("a phone's sequence number was taken over", { ue: name(supi) });
      }
      const sqn = await sequenceNumbers.next(supi, subscription.sequenceNumber?.sqn);
      const amf = Number.parseInt(subscription.authenticationManagementField ?? "8000", 16) | separationBit;
      const vector = functions.generate({ rand: random(16), sqn, amf });
      const xresStar = deriveResStar(vector, snn.value, vector.rand, vector.xres);
      const kausf = deriveKausf(vector, snn.value, vector.autn);
      return answer({
        authType: "5G_AKA",
        supi,
        authenticationVector: {
          avType: "5G_HE_AKA",
          rand: toHex(vector.rand),
          autn: toHex(vector.autn),
          xresStar: toHex(xresStar),
          kausf: toHex(kausf.reveal()),
        },
      });
    },

    /** TS 29.503 §5.4.2.3: what the authentication came to, for later checks against fraud (TS 33.501 §6.1.4). */
    async resultConfirmation({ supi, body }, { apiRoot }) {
      const kept = await udr.createAuthenticationStatus({ ueId: supi, body });
      if (!kept.ok) return kept;
      return created(body, `${apiRoot}/nudm-ueau/v1/${supi}/auth-events/${toHex(random(8))}`);
    },

    async deleteResult({ supi }) {
      const gone = await udr.deleteAuthenticationStatus({ ueId: supi });
      return gone.ok || gone.status === 404 ? noContent() : gone;
    },
  };
}
