import { Cause5gmm, Cause5gsm } from "./causes.ts";

/** What the phone is told for a problem that another function answered, TS 29.524. */
export interface ProblemRow<Cause> {
  readonly service: string;
  readonly status: number;
  readonly problem: string;
  /** Cause to the phone; `authenticationReject` where the phone gets AUTHENTICATION REJECT, which has no cause. */
  readonly cause: Cause | "authenticationReject";
  readonly clause: string;
}

const {
  servingNetworkNotAuthorized,
  roamingNotAllowedInThisTrackingArea,
  noSuitableCellsInTrackingArea,
  n1ModeNotAllowed,
  fiveGsServicesNotAllowed,
} = Cause5gmm;
const ausf = "TS 29.524 §4.2.2.2";
const udm = "TS 29.524 §4.3 (unchecked)";

/** AMF: problems of AUSF and UDM to 5GMM causes, TS 29.524 §4. Rows marked (unchecked) follow the meaning of the cause, not the table.
 *  Of the four causes that §4.2.2.2 allows for SERVING_NETWORK_NOT_AUTHORIZED, #73 says what happened. #11, which makes a phone forbid the PLMN, is used nowhere. */
export const problemsTo5gmm = [
  {
    service: "Nausf_UEAuthentication",
    status: 403,
    problem: "SERVING_NETWORK_NOT_AUTHORIZED",
    cause: servingNetworkNotAuthorized,
    clause: ausf,
  },
  {
    service: "Nausf_UEAuthentication",
    status: 403,
    problem: "AUTHENTICATION_REJECTED",
    cause: "authenticationReject",
    clause: ausf,
  },
  {
    service: "Nausf_UEAuthentication",
    status: 403,
    problem: "INVALID_HN_PUBLIC_KEY_IDENTIFIER",
    cause: "authenticationReject",
    clause: ausf,
  },
  {
    service: "Nausf_UEAuthentication",
    status: 403,
    problem: "INVALID_SCHEME_OUTPUT",
    cause: "authenticationReject",
    clause: `${ausf} (unchecked)`,
  },
  {
    service: "Nausf_UEAuthentication",
    status: 501,
    problem: "UNSUPPORTED_PROTECTION_SCHEME",
    cause: "authenticationReject",
    clause: `${ausf} (unchecked)`,
  },
  {
    service: "Nausf_UEAuthentication",
    status: 404,
    problem: "CONTEXT_NOT_FOUND",
    cause: "authenticationReject",
    clause: ausf,
  },
  {
    service: "Nausf_UEAuthentication",
    status: 404,
    problem: "USER_NOT_FOUND",
    cause: fiveGsServicesNotAllowed,
    clause: `${ausf} (unchecked)`,
  },
  { service: "Nudm_UECM", status: 403, problem: "UNKNOWN_5GS_SUBSCRIPTION", cause: fiveGsServicesNotAllowed, clause: udm },
  { service: "Nudm_UECM", status: 403, problem: "NO_PS_SUBSCRIPTION", cause: fiveGsServicesNotAllowed, clause: udm },
  { service: "Nudm_UECM", status: 403, problem: "ROAMING_NOT_ALLOWED", cause: roamingNotAllowedInThisTrackingArea, clause: udm },
  { service: "Nudm_UECM", status: 403, problem: "ACCESS_NOT_ALLOWED", cause: noSuitableCellsInTrackingArea, clause: udm },
  { service: "Nudm_UECM", status: 403, problem: "RAT_NOT_ALLOWED", cause: n1ModeNotAllowed, clause: udm },
  { service: "Nudm_UECM", status: 404, problem: "USER_NOT_FOUND", cause: fiveGsServicesNotAllowed, clause: udm },
  { service: "Nudm_SDM", status: 404, problem: "USER_NOT_FOUND", cause: fiveGsServicesNotAllowed, clause: udm },
  { service: "Nudm_SDM", status: 404, problem: "DATA_NOT_FOUND", cause: fiveGsServicesNotAllowed, clause: udm },
] as const satisfies readonly ProblemRow<Cause5gmm>[];

const { missingOrUnknownDnn, userAuthenticationOrAuthorizationFailed, requestRejectedUnspecified } = Cause5gsm;
const { insufficientResourcesForSpecificSliceAndDnn, requestedServiceOptionNotSubscribed, networkFailure } = Cause5gsm;
const pcf = "TS 29.524 §5.2.2.2";
const n10 = "TS 29.524 §5.3 (unchecked)";

/** SMF: problems of PCF and UDM to 5GSM causes, TS 29.524 §5. */
export const problemsTo5gsm = [
  { service: "Npcf_SMPolicyControl", status: 400, problem: "USER_UNKNOWN", cause: userAuthenticationOrAuthorizationFailed, clause: pcf },
  { service: "Npcf_SMPolicyControl", status: 400, problem: "ERROR_INITIAL_PARAMETERS", cause: requestRejectedUnspecified, clause: pcf },
  { service: "Npcf_SMPolicyControl", status: 400, problem: "ERROR_TRIGGER_EVENT", cause: requestRejectedUnspecified, clause: pcf },
  {
    service: "Npcf_SMPolicyControl",
    status: 403,
    problem: "ERROR_TRAFFIC_MAPPING_INFO_REJECTED",
    cause: userAuthenticationOrAuthorizationFailed,
    clause: pcf,
  },
  {
    service: "Npcf_SMPolicyControl",
    status: 403,
    problem: "ERROR_CONFLICTING_REQUEST",
    cause: insufficientResourcesForSpecificSliceAndDnn,
    clause: pcf,
  },
  {
    service: "Npcf_SMPolicyControl",
    status: 403,
    problem: "POLICY_CONTEXT_DENIED",
    cause: userAuthenticationOrAuthorizationFailed,
    clause: pcf,
  },
  {
    service: "Npcf_SMPolicyControl",
    status: 403,
    problem: "VALIDATION_CONDITION_NOT_MET",
    cause: userAuthenticationOrAuthorizationFailed,
    clause: pcf,
  },
  { service: "Nudm_UECM", status: 403, problem: "ROAMING_NOT_ALLOWED", cause: userAuthenticationOrAuthorizationFailed, clause: n10 },
  { service: "Nudm_UECM", status: 403, problem: "DNN_NOT_ALLOWED", cause: missingOrUnknownDnn, clause: n10 },
  { service: "Nudm_UECM", status: 404, problem: "USER_NOT_FOUND", cause: userAuthenticationOrAuthorizationFailed, clause: n10 },
  { service: "Nudm_SDM", status: 404, problem: "USER_NOT_FOUND", cause: userAuthenticationOrAuthorizationFailed, clause: n10 },
  { service: "Nudm_SDM", status: 404, problem: "DATA_NOT_FOUND", cause: requestedServiceOptionNotSubscribed, clause: n10 },
] as const satisfies readonly ProblemRow<Cause5gsm>[];

/** What an NF answered: a ProblemDetails, of which status and cause count here. */
export interface ProblemLike {
  readonly status?: number;
  readonly cause?: string;
}

function row<Cause>(rows: readonly ProblemRow<Cause>[], service: string, problem: ProblemLike): ProblemRow<Cause> | undefined {
  const of = rows.filter((r) => r.service === service);
  return of.find((r) => r.problem === problem.cause && r.status === problem.status) ?? of.find((r) => r.problem === problem.cause);
}

/** The row for a problem that `service` answered. One that no row has, a server error or a time-out among them, is the network's fault and may pass:
 *  congestion, #22, with T3346 (TS 24.501 §5.5.1.2.5). */
export function problemTo5gmm(service: string, problem: ProblemLike): ProblemRow<Cause5gmm> {
  return (
    row<Cause5gmm>(problemsTo5gmm, service, problem) ?? {
      service,
      status: problem.status ?? 500,
      problem: problem.cause ?? "UNSPECIFIED",
      cause: Cause5gmm.congestion,
      clause: "TS 24.501 §5.5.1.2.5",
    }
  );
}

/** The same for the SMF; what no row has is network failure, #38 (TS 24.501 §6.4.1.4 (unchecked)). */
export function problemTo5gsm(service: string, problem: ProblemLike): ProblemRow<Cause5gsm> {
  return (
    row<Cause5gsm>(problemsTo5gsm, service, problem) ?? {
      service,
      status: problem.status ?? 500,
      problem: problem.cause ?? "UNSPECIFIED",
      cause: networkFailure,
      clause: "TS 24.501 §6.4.1.4 (unchecked)",
    }
  );
}
