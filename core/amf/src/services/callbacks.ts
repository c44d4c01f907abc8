import type {
  Npcf_AMPolicyControl_Callback,
  Nsmf_PDUSession_Callback,
  Nudm_SDM_Callback,
  Nudm_UECM_Callback,
  Producer,
} from "@freehold/sbi";
import { noContent } from "@freehold/sbi";
import type { Amf } from "../amf.ts";
import { endingOf, networkDeregistration } from "../procedures/deregistration.ts";
import { forget } from "../procedures/pdu-session.ts";

/** URIs that this AMF gives to others, absolute as TS 29.501 asks. */
export function callbackPaths(apiRoot: string) {
  const at = (...parts: (string | number)[]): string => `${apiRoot}/namf-callback/v1/${parts.map((p) => encodeURIComponent(p)).join("/")}`;
  return {
    smContextStatus: (supi: string, pduSessionId: number): string => at("smcontexts", supi, pduSessionId),
    deregistration: (supi: string): string => at("deregistration", supi),
    sdm: (supi: string): string => at("sdm", supi),
    amPolicy: (supi: string): string => at("am-policy", supi),
  };
}

type WithSupi = { readonly supi: string };

/** What others tell this AMF. Answered at once; what follows from it runs by itself. */
export function callbacks(amf: Amf): {
  readonly smContextStatus: Producer<typeof Nsmf_PDUSession_Callback, WithSupi & { readonly pduSessionId: string }>;
  readonly deregistration: Producer<typeof Nudm_UECM_Callback, WithSupi>;
  readonly dataChange: Producer<typeof Nudm_SDM_Callback, WithSupi>;
  readonly amPolicy: Producer<typeof Npcf_AMPolicyControl_Callback, WithSupi>;
} {
  return {
    smContextStatus: {
      smContextStatusNotify({ supi, pduSessionId, body }) {
        const ue = amf.ues.bySupi(supi);
        const psi = Number(pduSessionId);
        // The phone may ask for the same PDU session ID again before this one's lane is free: only the session that ended is forgotten.
        const ended = ue?.context?.sessions[psi]?.smContext;
        if (ue !== undefined && ended !== undefined && body.statusInfo.resourceStatus === "RELEASED") {
          amf.start("SM context status", () =>
            ue.sessionLane(psi).run("released by the SMF", async () => {
              if (ue.context?.sessions[psi]?.smContext === ended) await forget(ue, psi);
            }),
          );
        }
        return noContent();
      },
    },
    deregistration: {
      deregistrationNotification({ supi, body }) {
        const ue = amf.ues.bySupi(supi);
        if (ue !== undefined) {
          amf.start("deregistration by the UDM", async () => {
            await networkDeregistration(amf, ue, endingOf(body.deregReason));
          });
        }
        return noContent();
      },
    },
    dataChange: {
      dataChangeNotification({ supi }) {
        amf.ues.bySupi(supi)?.log.info("subscription data changed at the UDM: taken with the next registration");
        return noContent();
      },
    },
    amPolicy: {
      updateNotify({ supi }) {
        amf.ues.bySupi(supi)?.log.info("AM policy changed at the PCF");
        return noContent();
      },
      terminateNotify({ supi }) {
        amf.ues.bySupi(supi)?.log.info("AM policy association ended by the PCF");
        return noContent();
      },
    },
  };
}
