/** TS 24.501 §5.4.1.3 5G AKA in the phone and its USIM. */
import { deriveResStar, separationBit } from "@freehold/crypto";
import { Cause5gmm } from "@freehold/model";
import {
  AuthenticationFailure,
  type AuthenticationReject,
  type AuthenticationRequest,
  AuthenticationResponse,
  noKey,
  Status5gmm,
} from "@freehold/nas";
import { equal } from "@freehold/wire";
import { mmCauseText, NetworkRefused, Rejected } from "../errors.ts";
import type { Phone, RefusalReason } from "../phone.ts";
import { kamfOf } from "../security.ts";

/** §5.4.1.3.7: after this many failures in a row the network is taken for false. */
const failuresInARow = 3;

/** What the phone remembers between two challenges. */
export class Challenge {
  failures = 0;
  /** The last RAND answered and its RES*, until T3516 ends (§5.4.1.3.2). */
  answered: { readonly rand: Uint8Array; readonly resStar: Uint8Array; readonly ngKsi: number } | undefined;
}

export function authenticationRequest(phone: Phone, { ngKsi, abba, rand, autn, eapMessage }: AuthenticationRequest): void {
  const memory = phone.challenge;
  if (rand === undefined || autn === undefined) {
    // EAP-AKA' is not spoken here; a challenge of 5G AKA has both.
    phone.refuse("malformed message", { message: "Authentication request", eap: eapMessage !== undefined });
    return phone.n1.send(Status5gmm({ cause: Cause5gmm.conditionalIeError }));
  }
  phone.stop("T3520");
  const before = memory.answered;
  if (before !== undefined && equal(before.rand, rand) && before.ngKsi === ngKsi) {
    return phone.n1.send(AuthenticationResponse({ resStar: before.resStar }));
  }
  const fail = (cause: number, reason: RefusalReason, auts?: Uint8Array): void => {
    phone.refuse(reason, { cause: mmCauseText(cause) });
    phone.n1.send(AuthenticationFailure({ cause, ...(auts === undefined ? {} : { auts }) }));
    memory.answered = undefined;
    phone.stop("T3516");
    if (++memory.failures >= failuresInARow) return falseNetwork(phone, `${failuresInARow} challenges in a row did not hold`);
    // §5.4.1.3.7: whatever the phone waits for waits until the network has proved itself.
    phone.suspend("T3510", "T3517");
    phone.start("T3520", () => falseNetwork(phone, "T3520 expired: no other challenge came"));
  };
  // §5.4.1.3.6 e: the identifier of a context that the phone has would name two keys.
  if (ngKsi === noKey || phone.security.current?.ngKsi === ngKsi) return fail(Cause5gmm.ngKsiAlreadyInUse, "ngKSI in use");
  const verified = phone.milenage.verifyAutn({ rand, autn });
  if (!verified.ok) return fail(Cause5gmm.macFailure, "AUTN: MAC failure");
  const { amf, sqn, res, ck, ik } = verified.value;
  if ((amf & separationBit) === 0) return fail(Cause5gmm.non5gAuthenticationUnacceptable, "AUTN: separation bit");
  if (!phone.sqn.accept(sqn)) {
    return fail(Cause5gmm.synchFailure, "AUTN: synch failure", phone.milenage.auts({ rand, sqnMs: phone.sqn.sqnMs }));
  }
  const snn = phone.servingNetworkName;
  const resStar = deriveResStar({ ck, ik }, snn, rand, res);
  phone.security.partial = { ngKsi, kamf: kamfOf({ ck, ik }, snn, autn, phone.config.supi, abba) };
  memory.failures = 0;
  phone.resume();
  memory.answered = { rand, resStar, ngKsi };
  phone.start("T3516", () => {
    memory.answered = undefined;
  });
  phone.n1.send(AuthenticationResponse({ resStar }));
}

/** §5.4.1.3.7: as if the cell were barred. */
function falseNetwork(phone: Phone, why: string): void {
  phone.stop("T3520");
  phone.challenge.failures = 0;
  phone.abort(new NetworkRefused("Authentication", why));
  phone.connection.release("the network failed the authentication check");
}

/** Forgets RAND and RES*: a security mode procedure has taken them into use, or the connection is gone (§5.4.1.3.2). */
export function challengeOver(phone: Phone): void {
  phone.stop("T3516");
  phone.stop("T3520");
  phone.challenge.answered = undefined;
}

/** §5.4.1.3.5: the USIM is invalid until the phone is switched off. */
export function authenticationReject(phone: Phone, _: AuthenticationReject): void {
  challengeOver(phone);
  phone.guti = undefined;
  phone.security.forget();
  phone.abort(new Rejected("Authentication reject", "the network does not accept this subscription's answer"));
  phone.deregistered("Authentication reject");
  phone.start("T3540", () => phone.connection.release("T3540 expired"));
}
