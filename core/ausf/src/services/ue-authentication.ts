import { deriveHresStar, deriveKseaf, parseServingNetworkName, type ServingNetworkName, sameMac } from "@freehold/crypto";
import { type Pseudonyms, Secret } from "@freehold/model";
import type { Clock, Log } from "@freehold/runtime";
import {
  type Av5GHeAka,
  answer,
  created,
  type Face,
  type Nausf_UEAuthentication,
  type Nudm_UEAuthentication,
  noContent,
  type Producer,
  refuse,
  SbiTransportError,
} from "@freehold/sbi";
import { parseHex, timeText, toHex } from "@freehold/wire";
import type { AuthenticationTable } from "../authentication-table.ts";

export interface UeAuthenticationParts {
  readonly udm: Face<typeof Nudm_UEAuthentication>;
  readonly table: AuthenticationTable;
  readonly servingNetworks: ReadonlySet<string>;
  readonly nfInstanceId: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Log name of a SUPI. */
  readonly name: Pseudonyms;
}

interface HomeVector {
  readonly rand: Uint8Array;
  readonly autn: Uint8Array;
  readonly xresStar: Uint8Array;
  readonly kausf: Secret;
}

/** The octets of a 5G HE AV, or undefined for another kind of vector. */
function vectorOf(vector: object | undefined): HomeVector | undefined {
  const { avType, rand, autn, xresStar, kausf } = (vector ?? {}) as Partial<Av5GHeAka>;
  const octets = [rand, autn, xresStar, kausf].map((text) => (text === undefined ? undefined : parseHex(text)));
  const [r, a, x, k] = octets;
  if (avType !== "5G_HE_AKA" || r?.length !== 16 || a?.length !== 16 || x?.length !== 16 || k?.length !== 32) return undefined;
  return { rand: r, autn: a, xresStar: x, kausf: new Secret(k) };
}

/** Nausf_UEAuthentication, TS 29.509 §5.2: the home network's word on who the phone is. */
export function ueAuthentication(parts: UeAuthenticationParts): Producer<typeof Nausf_UEAuthentication> {
  const { udm, table, servingNetworks, nfInstanceId, clock, log, name } = parts;

  /** TS 33.501 §6.1.4.1a: the UDM hears the result; the phone does not wait for that. */
  async function report(supi: string, servingNetworkName: ServingNetworkName, success: boolean): Promise<void> {
    const timeStamp = timeText(clock.now());
    try {
      const kept = await udm.resultConfirmation({
        supi,
        body: { nfInstanceId, success, timeStamp, authType: "5G_AKA", servingNetworkName },
      });
      if (!kept.ok)
        log.warn("the UDM refuses an authentication result", { ue: name(supi), status: kept.status, cause: kept.problem.cause });
    } catch (error) {
      if (!(error instanceof SbiTransportError)) throw error;
      log.warn("the UDM does not take an authentication result", { ue: name(supi), why: error.message });
    }
  }

  return {
    /** TS 33.501 §6.1.3.2.0, steps 1 to 5 (the AUSF's). */
    async authenticate({ body }, { apiRoot }) {
      const { supiOrSuci, servingNetworkName, resynchronizationInfo, cellCagInfo } = body;
      const snn = parseServingNetworkName(servingNetworkName);
      if (!snn.ok || !servingNetworks.has(snn.value)) {
        log.warn("a serving network that is not authorised asks for a vector", { servingNetworkName });
        return refuse(403, "SERVING_NETWORK_NOT_AUTHORIZED", servingNetworkName);
      }
      const given = await udm.get({
        supiOrSuci,
        body: { servingNetworkName, ausfInstanceId: nfInstanceId, resynchronizationInfo, cellCagInfo },
      });
      if (!given.ok) return { ok: false, status: given.status, problem: given.problem };
      const { supi, authType, authenticationVector } = given.value;
      const vector = vectorOf(authenticationVector);
      if (supi === undefined || authType !== "5G_AKA" || vector === undefined) {
        return refuse(501, "UNSUPPORTED_AUTHENTICATION_METHOD", `${authType}`);
      }
      const { rand, autn, xresStar, kausf } = vector;
      const authCtxId = table.add({ supi, snn: snn.value, xresStar, kausf });
      const location = `${apiRoot}/nausf-auth/v1/ue-authentications/${authCtxId}`;
      return created(
        {
          authType: "5G_AKA",
          "5gAuthData": { rand: toHex(rand), autn: toHex(autn), hxresStar: toHex(deriveHresStar(rand, xresStar)) },
          _links: { "5g-aka": { href: `${location}/5g-aka-confirmation` } },
          servingNetworkName,
        },
        location,
      );
    },

    /** Steps 10 to 12: RES* against XRES*; KSEAF and the SUPI leave only now. */
    confirm({ authCtxId, body }) {
      const authentication = table.get(authCtxId);
      if (authentication === undefined) return refuse(404, "CONTEXT_NOT_FOUND");
      if (authentication.result === undefined) {
        const { supi, snn, xresStar, kausf } = authentication;
        const resStar = parseHex(body.resStar ?? "") ?? new Uint8Array();
        const right = sameMac(resStar, xresStar);
        authentication.result = right
          ? { authResult: "AUTHENTICATION_SUCCESS", supi, kseaf: toHex(deriveKseaf(kausf, snn).reveal()) }
          : { authResult: "AUTHENTICATION_FAILURE" };
        if (!right) log.warn("RES* is not XRES*", { ue: name(supi) });
        void report(supi, snn, right);
      }
      return answer(authentication.result);
    },

    deleteResult: ({ authCtxId }) => (table.remove(authCtxId) ? noContent() : refuse(404, "CONTEXT_NOT_FOUND")),
  };
}
