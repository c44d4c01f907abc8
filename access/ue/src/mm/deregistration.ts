/** TS 24.501 §5.5.2 De-registration, both ways. */
import { Cause5gmm } from "@freehold/model";
import {
  DeregistrationAcceptUeTerminated,
  DeregistrationRequestUeOriginating,
  type DeregistrationRequestUeTerminated,
  deactivated,
  noKey,
} from "@freehold/nas";
import { ask, type Scope, TimerExpired } from "@freehold/runtime";
import { mmCauseText } from "../errors.ts";
import type { Phone } from "../phone.ts";
import { timers } from "../timers.ts";

/** §5.5.2.2: resolves when the phone is deregistered and the connection released. At the fifth expiry of T3521 it deregisters alone. */
export async function deregistration(phone: Phone, scope: Scope, switchOff: boolean): Promise<void> {
  if (phone.mm === "5GMM-DEREGISTERED" && !phone.connection.connected) return;
  phone.mm = "5GMM-DEREGISTERED-INITIATED";
  phone.stop("T3512");
  const request = DeregistrationRequestUeOriginating({
    deregistrationType: { switchOff, reRegistrationRequired: false, accessType: "3GPP access" },
    ngKsi: phone.security.current?.ngKsi ?? noKey,
    mobileIdentity: phone.identity(),
  });
  const send = (): Promise<void> =>
    phone.n1.sendInitial(scope, { clear: request, whole: request, contain: () => request }, "mo-Signalling");
  phone.tell("Deregistration request (UE originating)", { switchOff });
  try {
    if (switchOff) await send();
    else {
      await ask({
        inbox: phone.mmInbox,
        scope,
        timer: timers.T3521,
        send,
        expect: (message) => (message.is === "Deregistration accept (UE originating)" ? message : undefined),
      });
    }
  } catch (error) {
    scope.check();
    phone.tell("Deregistration without an answer", { why: error instanceof TimerExpired ? "T3521 expired" : String(error) });
  }
  phone.deregistered(switchOff ? "switched off" : "deregistered");
  await scope.guard(phone.connection.released(switchOff ? 2_000 : timers.T3540.ms));
}

/** §5.5.2.3.2: accepted at once, whatever runs. */
export function deregistrationRequest(phone: Phone, { deregistrationType, cause, t3346 }: DeregistrationRequestUeTerminated): void {
  phone.n1.send(DeregistrationAcceptUeTerminated({}));
  const why = cause === undefined ? "deregistered by the network" : `deregistered by the network: ${mmCauseText(cause)}`;
  phone.deregistered(why);
  const again = deregistrationType.reRegistrationRequired;
  if (cause !== undefined && !again) {
    const keep: readonly number[] = [Cause5gmm.congestion];
    if (!keep.includes(cause)) {
      phone.guti = undefined;
      phone.lastTai = undefined;
    }
  }
  if (t3346 !== undefined && t3346 !== deactivated && t3346 > 0) phone.start("T3346", () => {}, t3346 * 1000);
  phone.start("T3540", () => phone.connection.release("T3540 expired"));
  if (again) phone.registerAgain();
}
