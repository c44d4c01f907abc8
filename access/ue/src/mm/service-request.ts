/** TS 24.501 §5.6.1 Service request: from idle to connected. */
import { Cause5gmm, sTmsiOf } from "@freehold/model";
import { deactivated, ServiceRequest } from "@freehold/nas";
import { type Scope, TimerExpired } from "@freehold/runtime";
import { mmCauseText, NoAnswer, NotAllowed, Rejected } from "../errors.ts";
import type { Phone } from "../phone.ts";
import { unknownHere } from "./registration.ts";

export type ServiceKind = "signalling" | "data" | "mobile terminated services";

/** Runs in the 5GMM lane. Nothing to do when a connection is there. Rejects with a `UeError`. */
export async function serviceRequest(phone: Phone, scope: Scope, serviceType: ServiceKind, wanted: readonly number[] = []): Promise<void> {
  const { guti, security } = phone;
  if (phone.mm !== "5GMM-REGISTERED" || guti === undefined || security.current === undefined) {
    throw new NotAllowed("Service request", "the phone is not registered");
  }
  if (phone.connection.connected && wanted.every((id) => phone.connection.bearers.has(id))) return;
  phone.mm = "5GMM-SERVICE-REQUEST-INITIATED";
  phone.stop("T3512");
  const common = { ngKsi: security.current.ngKsi, serviceType, sTmsi: { is: "5G-S-TMSI" as const, sTmsi: sTmsiOf(guti) } };
  const clear = ServiceRequest(common);
  const whole = ServiceRequest({
    ...common,
    ...(wanted.length === 0 ? {} : { uplinkDataStatus: [...wanted] }),
    ...(phone.sessions.size === 0 ? {} : { pduSessionStatus: [...phone.sessions.keys()] }),
  });
  const inner = scope.child("service request");
  try {
    phone.tell("Service request", { serviceType, sessions: wanted });
    const answered = phone.mmInbox.expect(
      (message) => (message.is === "Service accept" || message.is === "Service reject" ? message : undefined),
      { scope: inner },
    );
    answered.catch(() => {});
    phone.start("T3517", () => void inner.close(new TimerExpired("T3517")).catch(() => {}));
    const cause = serviceType === "signalling" ? "mo-Signalling" : serviceType === "data" ? "mo-Data" : "mt-Access";
    await phone.n1.sendInitial(
      inner,
      { clear, whole, contain: (nasMessageContainer) => ServiceRequest({ ...common, nasMessageContainer }) },
      cause,
    );
    const answer = await inner.race([answered, phone.connection.lost]);
    phone.mm = "5GMM-REGISTERED";
    if (answer.pduSessionStatus !== undefined) {
      for (const [id, session] of phone.sessions) if (!answer.pduSessionStatus.includes(id)) session.gone("not in PDU session status");
    }
    if (answer.is === "Service accept") return;
    // §5.6.1.5: the network does not know us, or not here.
    if (answer.cause === Cause5gmm.congestion && answer.t3346 !== undefined && answer.t3346 !== deactivated) {
      phone.start("T3346", () => {}, answer.t3346 * 1000);
    } else if (answer.cause !== Cause5gmm.congestion && answer.cause !== Cause5gmm.restrictedServiceArea) {
      phone.guti = undefined;
      phone.lastTai = undefined;
      phone.security.current = undefined;
      phone.deregistered(`Service reject ${mmCauseText(answer.cause)}`);
      if (unknownHere.has(answer.cause)) phone.registerAgain();
    }
    phone.start("T3540", () => phone.connection.release("T3540 expired"));
    throw new Rejected("Service reject", mmCauseText(answer.cause), { cause: answer.cause });
  } catch (error) {
    if (phone.mm === "5GMM-SERVICE-REQUEST-INITIATED") phone.mm = "5GMM-REGISTERED";
    if (!(error instanceof TimerExpired)) throw error;
    phone.connection.release("T3517 expired");
    throw new NoAnswer("Service request", "T3517 expired: the network does not answer", { error });
  } finally {
    phone.stop("T3517");
    await inner.close();
  }
}
