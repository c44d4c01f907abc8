import { Cause5gsm, cause5gsmText, problemTo5gsm } from "@freehold/model";
import { type ProblemDetails, type Refused, refuseWith, type SmContextCreateError } from "@freehold/sbi";

export type SessionCause = (typeof Cause5gsm)[keyof typeof Cause5gsm];

/** Stops a procedure of a PDU session; the door turns it into the procedure's reject message. */
export class Reject extends Error {
  override readonly cause: SessionCause;
  constructor(cause: SessionCause, why: string) {
    super(why);
    this.name = "Reject";
    this.cause = cause;
  }
  get text(): string {
    return cause5gsmText(this.cause);
  }
}

/** What another function's problem means for the phone, TS 29.524 §5. */
export function problemReject(service: string, { status, problem }: { readonly status: number; readonly problem: ProblemDetails }): Reject {
  const { cause } = problemTo5gsm(service, { status, ...(problem.cause !== undefined && { cause: problem.cause }) });
  return new Reject(
    typeof cause === "number" ? cause : Cause5gsm.networkFailure,
    `${service} answers ${status} ${problem.cause ?? ""}`.trim(),
  );
}

/** TS 29.502 table 6.1.7.3-1 (unchecked): what the AMF is told beside the 5GSM cause that the phone is told. */
const applicationErrors: ReadonlyMap<number, readonly [status: number, cause: string]> = new Map<number, readonly [number, string]>([
  [Cause5gsm.insufficientResources, [500, "INSUFFICIENT_RESOURCES_SLICE_DNN"]],
  [Cause5gsm.missingOrUnknownDnn, [403, "DNN_NOT_SUPPORTED"]],
  [Cause5gsm.missingOrUnknownDnnInASlice, [403, "DNN_NOT_SUPPORTED"]],
  [Cause5gsm.unknownPduSessionType, [403, "PDUTYPE_NOT_SUPPORTED"]],
  [Cause5gsm.pduSessionTypeIpv4OnlyAllowed, [403, "PDUTYPE_DENIED"]],
  [Cause5gsm.notSupportedSscMode, [403, "SSC_DENIED"]],
  [Cause5gsm.requestedServiceOptionNotSubscribed, [403, "SUBSCRIPTION_DENIED"]],
  [Cause5gsm.userAuthenticationOrAuthorizationFailed, [403, "SUBSCRIPTION_DENIED"]],
  [Cause5gsm.pduSessionDoesNotExist, [404, "CONTEXT_NOT_FOUND"]],
  [Cause5gsm.networkFailure, [504, "NETWORK_FAILURE"]],
]);

/** The answer that refuses CreateSMContext, with the N1 message for the phone in it. */
export function createError(cause: number, n1SmMsg: Uint8Array, detail: string): Refused<SmContextCreateError> {
  const [status, error] = applicationErrors.get(cause) ?? [403, "N1_SM_ERROR"];
  return refuseWith(status, { error: { status, cause: error, detail }, n1SmMsg });
}
