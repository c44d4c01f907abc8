/** Telling the peer what was wrong with its message (TS 38.413 clauses 8.7.5 and 10.3). */
import type { Acceptance, Message, Pdu, Refusal } from "./codec.ts";
import type { Cause, CriticalityDiagnostics, TriggeringMessage } from "./generated/types.d.ts";

const triggering: Readonly<Record<string, TriggeringMessage>> = {
  initiatingMessage: "initiating-message",
  successfulOutcome: "successful-outcome",
  unsuccessfulOutcome: "unsuccessful-outcome",
};
/** maxnoofErrors (9.4.7). */
const most = 256;

/**
 * The Criticality Diagnostics IE (9.3.1.3) for a message that was refused or accepted with findings. With the header of the
 * message for an Error Indication; a response message carries the IEs only (10.3.4.2).
 */
export function criticalityDiagnostics(
  of: Acceptance<Pdu> | Refusal,
  into: "error-indication" | "response" = "error-indication",
): CriticalityDiagnostics {
  const { procedureCode, kind, criticality } = of.ok ? of.value : of;
  const ies = of.findings
    .filter((f) => f.criticality !== "ignore" && (f.kind === "missing" || f.kind === "not-understood"))
    .slice(0, most)
    .map((f) => ({
      iECriticality: f.criticality,
      iEID: f.id,
      typeOfError: f.kind === "missing" ? ("missing" as const) : ("not-understood" as const),
    }));
  return {
    ...(into === "error-indication" && {
      procedureCode,
      ...(kind !== undefined && { triggeringMessage: triggering[kind] }),
      procedureCriticality: criticality,
    }),
    ...(ies.length > 0 && { iEsCriticalityDiagnostics: ies }),
  };
}

/** The AP IDs of a message that has them, for the answer (10.6). */
export function apIds(ies: object): { readonly amfUeNgapId?: number; readonly ranUeNgapId?: number } {
  const { amfUeNgapId, ranUeNgapId } = ies as { amfUeNgapId?: unknown; ranUeNgapId?: unknown };
  return {
    ...(typeof amfUeNgapId === "number" && { amfUeNgapId }),
    ...(typeof ranUeNgapId === "number" && { ranUeNgapId }),
  };
}

/** The ERROR INDICATION (9.2.7.1) that answers a message; `cause` when it is another than that of the syntax error. */
export function errorIndication(of: Acceptance<Pdu> | Refusal, cause?: Cause): Message<"ErrorIndication"> {
  const protocol = of.ok ? "abstract-syntax-error-ignore-and-notify" : of.cause;
  return {
    is: "ErrorIndication",
    ies: {
      ...apIds(of.ok ? of.value.ies : of.ies),
      cause: cause ?? { choice: "protocol", value: protocol },
      criticalityDiagnostics: criticalityDiagnostics(of),
    },
  };
}
