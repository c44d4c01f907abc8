import { abba, deriveHresStar, deriveKamf, sameMac, servingNetworkName } from "@freehold/crypto";
import { Cause5gmm, parseSupi, problemTo5gmm, Secret, type Supi } from "@freehold/model";
import { type AuthenticationInfo, type Face, Nausf_UEAuthentication } from "@freehold/sbi";
import { parseHex, toHex } from "@freehold/wire";
import { T3560 } from "../config.ts";
import { AuthenticationRejected, Reject } from "../reject.ts";
import { type Step, servingPlmn } from "./step.ts";

/** What authentication proves and makes. */
export interface Authenticated {
  readonly supi: Supi;
  readonly kamf: Secret;
  readonly ngKsi: number;
  /** apiRoot of the AUSF that did it. */
  readonly ausf: string;
}

/** How the UE named itself, and the ngKSI that it uses: the new one differs. */
export interface Claim {
  readonly suci: string;
  readonly ngKsi: number;
}

/** Bounds on what a UE may make the network repeat, per registration. */
const most = { synchFailures: 1, ngKsiInUse: 2 };

/**
 * Primary authentication by 5G-AKA, TS 33.501 §6.1.3.2, TS 24.501 §5.4.1.3; the SEAF's half. Every branch of failure ends in a further
 * challenge within its bound, in AUTHENTICATION REJECT, or in a cause of TS 29.524.
 */
export async function authenticate(step: Step, claim: Claim): Promise<Authenticated> {
  const { amf, ue, scope } = step;
  const snn = servingNetworkName(servingPlmn(step));
  const found = await amf.discovery.find(Nausf_UEAuthentication);
  if (found === undefined) throw new Reject(Cause5gmm.congestion, "no AUSF is registered at the NRF", "TS 23.501 §6.3.4");
  const ausf = amf.world.sbi.consume(Nausf_UEAuthentication, found.apiRoot);
  const { suci } = claim;
  let ngKsi = nextKsi(claim.ngKsi);
  let resynchronizationInfo: AuthenticationInfo["resynchronizationInfo"];
  const seen = { synchFailures: 0, ngKsiInUse: 0 };
  let challenge: Challenge | undefined;
  for (;;) {
    challenge ??= await vector(step, ausf, { supiOrSuci: suci, servingNetworkName: snn, resynchronizationInfo });
    const { rand, autn, hxresStar, authCtxId } = challenge;
    const answer = await ue.n1.ask(scope, { is: "Authentication request", ngKsi, abba: abba(), rand, autn }, T3560, (heard) =>
      heard.is === "Authentication response" || heard.is === "Authentication failure" ? heard : undefined,
    );
    if (answer.is === "Authentication response") {
      const { resStar } = answer;
      if (resStar !== undefined && sameMac(deriveHresStar(rand, resStar), hxresStar)) {
        const { supi, kseaf } = await confirm(step, ausf, authCtxId, resStar);
        return { supi, kamf: deriveKamf(kseaf, supi, abba()), ngKsi, ausf: found.apiRoot };
      }
      // TS 24.501 §5.4.1.3.5: the identity is a SUCI, never a GUTI whose mapping may be wrong, so there is nothing to ask for first.
      throw new AuthenticationRejected(
        resStar === undefined ? "Authentication response without RES*" : "RES* differs from the expected one",
      );
    } else {
      ue.log.info("Authentication failure from the phone (TS 24.501 §5.4.1.3.7)", { cause: answer.cause });
      switch (answer.cause) {
        case Cause5gmm.synchFailure:
          if (answer.auts === undefined || ++seen.synchFailures > most.synchFailures)
            throw new AuthenticationRejected("repeated synch failure, or one without AUTS");
          resynchronizationInfo = { rand: toHex(rand), auts: toHex(answer.auts) };
          challenge = undefined;
          continue;
        case Cause5gmm.ngKsiAlreadyInUse:
          if (++seen.ngKsiInUse > most.ngKsiInUse) throw new AuthenticationRejected("the phone refuses every ngKSI");
          ngKsi = nextKsi(ngKsi); // e): the same challenge under another one
          continue;
        case Cause5gmm.macFailure:
        case Cause5gmm.non5gAuthenticationUnacceptable:
          throw new AuthenticationRejected("the phone finds the network's challenge wrong");
        default:
          throw new AuthenticationRejected(`Authentication failure with cause ${answer.cause}`);
      }
    }
  }
}

/** Another one of 0 to 6 than the UE named (7: it has none). */
const nextKsi = (ngKsi: number): number => (ngKsi >= 6 ? 0 : ngKsi + 1);

interface Challenge {
  readonly authCtxId: string;
  readonly rand: Uint8Array;
  readonly autn: Uint8Array;
  readonly hxresStar: Uint8Array;
}

type Ausf = Face<typeof Nausf_UEAuthentication>;

async function vector({ scope }: Step, ausf: Ausf, body: AuthenticationInfo): Promise<Challenge> {
  const given = await ausf.authenticate({ body }, { scope });
  if (!given.ok) throw failure("Nausf_UEAuthentication", given.problem);
  const data = given.value["5gAuthData"];
  const href = (given.value._links["5g-aka"] as { href?: string } | undefined)?.href ?? given.location ?? "";
  const authCtxId = /\/ue-authentications\/([^/?#]+)/.exec(href)?.[1];
  if (typeof data !== "object" || data === null || !("rand" in data) || authCtxId === undefined) {
    throw new Reject(
      Cause5gmm.protocolErrorUnspecified,
      `the AUSF chose ${given.value.authType}, which is not offered here`,
      "TS 33.501 §6.1.2",
    );
  }
  const [rand, autn, hxresStar] = [parseHex(data.rand), parseHex(data.autn), parseHex(data.hxresStar)];
  if (rand === undefined || autn === undefined || hxresStar === undefined)
    throw new Reject(Cause5gmm.protocolErrorUnspecified, "the AUSF's vector does not read", "TS 29.509 §6.1");
  return { authCtxId: decodeURIComponent(authCtxId), rand, autn, hxresStar };
}

async function confirm({ scope }: Step, ausf: Ausf, authCtxId: string, resStar: Uint8Array): Promise<{ supi: Supi; kseaf: Secret }> {
  const given = await ausf.confirm({ authCtxId, body: { resStar: toHex(resStar) } }, { scope });
  if (!given.ok) throw failure("Nausf_UEAuthentication", given.problem);
  const { authResult, supi, kseaf } = given.value;
  if (authResult !== "AUTHENTICATION_SUCCESS") throw new AuthenticationRejected(`the AUSF says ${authResult}`);
  const [who, key] = [parseSupi(supi ?? ""), parseHex(kseaf ?? "")];
  if (!who.ok || key === undefined || key.length !== 32)
    throw new Reject(Cause5gmm.protocolErrorUnspecified, "the AUSF gave no SUPI or no KSEAF", "TS 29.509 §6.1");
  return { supi: who.value, kseaf: new Secret(key) };
}

/** A problem of another function as the phone's cause: one table, TS 29.524. */
export function failure(service: string, problem: { status?: number; cause?: string; detail?: string }): Error {
  const row = problemTo5gmm(service, problem);
  const why = `${service}: ${problem.status ?? "-"} ${problem.cause ?? ""} ${problem.detail ?? ""}`.trim();
  return row.cause === "authenticationReject" ? new AuthenticationRejected(why) : new Reject(row.cause, why, row.clause);
}
