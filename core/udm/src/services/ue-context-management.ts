import { pseudonyms } from "@freehold/model";
import {
  type Amf3GppAccessRegistration,
  answer,
  created,
  type DeregistrationData,
  type Face,
  type Guami,
  type Nudm_UECM,
  Nudm_UECM_Callback,
  type Nudr_DR,
  noContent,
  type PatchItem,
  type Producer,
  refuse,
  SbiTransportError,
} from "@freehold/sbi";
import type { UdmWorld } from "../udm.ts";

export interface UeContextParts {
  readonly udr: Face<typeof Nudr_DR>;
  readonly world: UdmWorld;
}

const sameGuami = (a: Guami, b: Guami): boolean =>
  a.plmnId.mcc === b.plmnId.mcc && a.plmnId.mnc === b.plmnId.mnc && a.amfId.toLowerCase() === b.amfId.toLowerCase();

/** Nudm_UEContextManagement, TS 29.503 §5.3: which AMF serves the UE, and which SMF each of its PDU sessions. */
export function ueContextManagement({ udr, world }: UeContextParts): Producer<typeof Nudm_UECM> {
  const { sbi, log, random } = world;
  const name = world.pseudonym ?? pseudonyms(random(16));

  /** TS 29.503 §5.3.2.3.2: nobody waits for the AMF that was. */
  async function deregister(supi: string, old: Amf3GppAccessRegistration, now: Amf3GppAccessRegistration): Promise<void> {
    const body: DeregistrationData = {
      deregReason: now.initialRegistrationInd ? "UE_INITIAL_REGISTRATION" : "UE_REGISTRATION_AREA_CHANGE",
      accessType: "3GPP_ACCESS",
      oldGuami: old.guami,
    };
    try {
      const told = await sbi.consume(Nudm_UECM_Callback, old.deregCallbackUri).deregistrationNotification({ body }, { ue: supi });
      if (!told.ok) log.warn("the old AMF refuses to let a UE go", { ue: name(supi), status: told.status, cause: told.problem.cause });
    } catch (error) {
      if (!(error instanceof SbiTransportError)) throw error;
      log.warn("the old AMF does not answer", { ue: name(supi), why: error.message });
    }
  }

  /** An AMF that purges a UE wants to hear nothing more of it: neither by a subscription that it never had the answer to. */
  async function endSubscriptions(ueId: string, amfInstanceId: string): Promise<void> {
    const kept = await udr.listSdmSubscriptions({ ueId });
    if (!kept.ok) return;
    for (const { nfInstanceId, subscriptionId } of kept.value)
      if (nfInstanceId === amfInstanceId && subscriptionId !== undefined) await udr.deleteSdmSubscription({ ueId, subsId: subscriptionId });
  }

  return {
    async register3gppAccess({ ueId, body }, { apiRoot }) {
      const before = await udr.getAmfContext3gpp({ ueId });
      if (!before.ok && before.status !== 404) return before;
      const kept = await udr.createAmfContext3gpp({ ueId, body: { ...body, supi: ueId } });
      if (!kept.ok) return kept.status === 404 ? refuse(404, "USER_NOT_FOUND") : kept;
      const old = before.ok ? before.value : undefined;
      // An AMF that registers again (also under another instance after a restart: then it is called back at the same place), or that
      // purged the UE, has nothing to be told.
      const same = old?.amfInstanceId === body.amfInstanceId || old?.deregCallbackUri === body.deregCallbackUri;
      if (old !== undefined && !old.purgeFlag && !same) void deregister(ueId, old, body);
      return old === undefined ? created(body, `${apiRoot}/nudm-uecm/v1/${ueId}/registrations/amf-3gpp-access`) : answer(body);
    },

    async update3gppAccess({ ueId, body }) {
      const kept = await udr.getAmfContext3gpp({ ueId });
      if (!kept.ok) return kept.status === 404 ? refuse(404, "CONTEXT_NOT_FOUND") : kept;
      if (!sameGuami(kept.value.guami, body.guami)) return refuse(403, "INVALID_GUAMI", "another AMF serves the UE");
      const items = Object.entries(body)
        .filter(([key]) => key !== "guami")
        .map(([key, value]): PatchItem => (value === null ? { op: "remove", path: `/${key}` } : { op: "add", path: `/${key}`, value }));
      if (items.length === 0) return noContent();
      if (body.purgeFlag === true) await endSubscriptions(ueId, kept.value.amfInstanceId);
      const patched = await udr.updateAmfContext3gpp({ ueId, body: items });
      return patched.ok ? noContent() : patched;
    },

    async get3gppAccess({ ueId }) {
      const kept = await udr.getAmfContext3gpp({ ueId });
      if (!kept.ok) return kept.status === 404 ? refuse(404, "CONTEXT_NOT_FOUND") : kept;
      return kept.value.purgeFlag ? refuse(404, "CONTEXT_NOT_FOUND") : answer(kept.value);
    },

    async registerSmf({ ueId, pduSessionId, body }, { apiRoot }) {
      if (body.pduSessionId !== pduSessionId) {
        return refuse(400, "MANDATORY_IE_INCORRECT", undefined, [{ param: "/pduSessionId", reason: "is not the one of the URI" }]);
      }
      const kept = await udr.createSmfRegistration({ ueId, pduSessionId, body });
      if (!kept.ok) return kept.status === 404 ? refuse(404, "USER_NOT_FOUND") : kept;
      if (kept.status !== 201) return answer(body);
      return created(body, `${apiRoot}/nudm-uecm/v1/${ueId}/registrations/smf-registrations/${pduSessionId}`);
    },
    async getSmf({ ueId, pduSessionId }) {
      const kept = await udr.getSmfRegistration({ ueId, pduSessionId });
      return !kept.ok && kept.status === 404 ? refuse(404, "CONTEXT_NOT_FOUND") : kept;
    },
    async listSmf({ ueId }) {
      const kept = await udr.listSmfRegistrations({ ueId });
      if (kept.ok) return answer({ smfRegistrationList: kept.value });
      return kept.status === 404 ? refuse(404, "CONTEXT_NOT_FOUND") : kept;
    },
    async deregisterSmf({ ueId, pduSessionId, "smf-instance-id": smfInstanceId }) {
      const kept = await udr.getSmfRegistration({ ueId, pduSessionId });
      if (!kept.ok) return kept.status === 404 ? refuse(404, "CONTEXT_NOT_FOUND") : kept;
      // Another SMF has the session by now: the one that was may not take it away.
      if (smfInstanceId !== undefined && kept.value.smfInstanceId !== smfInstanceId) return noContent();
      const gone = await udr.deleteSmfRegistration({ ueId, pduSessionId });
      return gone.ok ? noContent() : gone;
    },
  };
}
