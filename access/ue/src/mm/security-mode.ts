/** TS 24.501 §5.4.2 Security mode control, in the phone. */
import { deriveKamfPrime, type Nea, type Nia } from "@freehold/crypto";
import { Cause5gmm } from "@freehold/model";
import { encode, type SecurityModeCommand, SecurityModeComplete, SecurityModeReject, type UeSecurityCapability } from "@freehold/nas";
import type { Phone, RefusalReason } from "../phone.ts";
import { contextOf, type SecurityContext } from "../security.ts";
import { challengeOver } from "./authentication.ts";

const sameNumbers = (a: readonly number[] = [], b: readonly number[] = []): boolean => [...a].sort().join() === [...b].sort().join();

/** Octet for octet: also an octet that was not sent is an alteration. */
function sameCapability(sent: UeSecurityCapability, replayed: UeSecurityCapability): boolean {
  return (
    sameNumbers(sent.nea, replayed.nea) &&
    sameNumbers(sent.nia, replayed.nia) &&
    (sent.eea === undefined) === (replayed.eea === undefined) &&
    sameNumbers(sent.eea, replayed.eea) &&
    (sent.eia === undefined) === (replayed.eia === undefined) &&
    sameNumbers(sent.eia, replayed.eia) &&
    replayed.spare === undefined
  );
}

/** `bytes` is the command as protected: its MAC is right under the context that the command itself describes, or it is refused. */
export function securityModeCommand(phone: Phone, command: SecurityModeCommand, bytes: Uint8Array, chosen: { nea: Nea; nia: Nia }): void {
  const { security } = phone;
  const reject = (cause: number, reason: RefusalReason, detail: Readonly<Record<string, unknown>> = {}): void => {
    phone.refuse(reason, detail);
    phone.tell("Security mode reject", { cause });
    phone.n1.send(SecurityModeReject({ cause }));
  };
  if (chosen.nia === 0) return reject(Cause5gmm.ueSecurityCapabilitiesMismatch, "null integrity");
  if (!security.capability.nia.includes(chosen.nia) || !security.capability.nea.includes(chosen.nea)) {
    return reject(Cause5gmm.ueSecurityCapabilitiesMismatch, "algorithm not supported", chosen);
  }
  const made = contextFor(phone, command, chosen);
  if (made === undefined)
    return reject(Cause5gmm.securityModeRejectedUnspecified, "security mode command refused", { ngKsi: command.ngKsi });
  const verdict = made.nas.unprotect(bytes);
  if (!verdict.ok) return reject(Cause5gmm.securityModeRejectedUnspecified, "security mode command refused", { why: verdict.is });
  if (!sameCapability(security.capability, command.replayedUeSecurityCapabilities)) {
    return reject(Cause5gmm.ueSecurityCapabilitiesMismatch, "capabilities altered", { replayed: command.replayedUeSecurityCapabilities });
  }
  phone.tell("Security mode command", { nea: chosen.nea, nia: chosen.nia });
  // §5.4.2.3: the whole initial message goes again when it went in part, or when the network asks for it.
  const again = !security.used || command.additionalSecurityInformation?.retransmissionOfInitialNasMessageRequested === true;
  security.current = made;
  if (security.partial?.ngKsi === command.ngKsi) security.partial = undefined;
  challengeOver(phone);
  const request = again ? phone.n1.initialMessage : undefined;
  phone.n1.sendSecurityModeComplete(
    SecurityModeComplete({
      ...(command.imeisvRequest === true ? { imeisv: { is: "IMEISV" as const, imeisv: phone.config.imeisv } } : {}),
      ...(request === undefined ? {} : { nasMessageContainer: encode(request) }),
    }),
  );
}

/** The context that ngKSI names: of the last authentication, or the current one with other algorithms; undefined when it names none. */
function contextFor(
  phone: Phone,
  { ngKsi, additionalSecurityInformation }: SecurityModeCommand,
  { nea, nia }: { nea: Nea; nia: Nia },
): SecurityContext | undefined {
  const { partial, current } = phone.security;
  if (partial?.ngKsi === ngKsi) return contextOf(partial, nea, nia);
  if (current?.ngKsi !== ngKsi) return undefined;
  if (additionalSecurityInformation?.horizontalDerivation === true) {
    // TS 33.501 §A.13: the COUNT of the initial message, which was the last one sent.
    const kamf = deriveKamfPrime(current.kamf, "idle", phone.security.kgnbCount);
    return contextOf({ ngKsi, kamf }, nea, nia);
  }
  return contextOf(current, nea, nia, current.nas.state().counts);
}
