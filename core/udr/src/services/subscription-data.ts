import {
  type Amf3GppAccessRegistration,
  type Answer,
  type AuthEvent,
  answer,
  checkType,
  created,
  type Nudr_DR,
  noContent,
  type PatchItem,
  type Producer,
  refuse,
  type SdmSubscription,
  type SmfRegistration,
} from "@freehold/sbi";
import { type Row, StoreConflict } from "@freehold/store";
import { applyPatch, timeOf, toHex } from "@freehold/wire";
import { ContextRows, own, type UeContextData, without } from "../context-data.ts";
import { amData, smData, smfSelectionData, snssaiKey } from "../provisioned-data.ts";
import { type SubscriberRow, type Subscription, tables } from "../subscriber.ts";
import type { UdrWorld } from "../udr.ts";

const userNotFound = (): Answer<never> => refuse(404, "USER_NOT_FOUND");
const dataNotFound = (): Answer<never> => refuse(404, "DATA_NOT_FOUND");

/** Only the attributes asked for (TS 29.504 §6.1.3: `fields`); JSON pointers below the top are taken whole. */
function only<T>(value: T, fields: readonly string[] | undefined): T {
  if (fields === undefined || fields.length === 0 || typeof value !== "object" || value === null) return value;
  const names = new Set(fields.map((f) => f.replace(/^\//, "").split("/", 1)[0]));
  return Object.fromEntries(Object.entries(value).filter(([key]) => names.has(key))) as T;
}

/** The registration as the patch leaves it, or why it does not. */
function patchedAccess(
  access: Amf3GppAccessRegistration | undefined,
  body: readonly PatchItem[],
): { readonly value?: Amf3GppAccessRegistration; readonly refused?: Answer<never> } {
  if (access === undefined) return { refused: dataNotFound() };
  const patched = applyPatch(access, body);
  if (!patched.ok) return { refused: refuse(403, "MODIFICATION_NOT_ALLOWED", patched.detail) };
  if (checkType("Amf3GppAccessRegistration", patched.value).length > 0) return { refused: refuse(400, "MANDATORY_IE_INCORRECT") };
  return { value: patched.value as Amf3GppAccessRegistration };
}

/** Nudr_DataRepository for subscription data, TS 29.505 §5.2. */
export function subscriptionData({ store, vault, random, clock }: UdrWorld): Producer<typeof Nudr_DR> {
  // What the last authentications came to. Lost with the process: the next authentication says it again.
  const authenticationStatus = new Map<string, AuthEvent>();

  const ueContexts = new ContextRows<UeContextData>(store, tables.ueContext);
  const smfRegistrations = new ContextRows<Readonly<Record<string, SmfRegistration>>>(store, tables.smfRegistration);

  const subscriber = (ueId: string): Promise<Row<SubscriberRow> | undefined> => store.get<SubscriberRow>(tables.subscriber, ueId);

  const provisioned = async <T>(ueId: string, view: (s: Subscription) => T | undefined): Promise<Answer<T>> => {
    const row = await subscriber(ueId);
    if (row === undefined) return userNotFound();
    const value = view(row.value);
    return value === undefined ? dataNotFound() : answer(value);
  };

  return {
    async getAuthenticationSubscription({ ueId }) {
      const [row, sqn] = await Promise.all([subscriber(ueId), store.get<string>(tables.sqn, ueId)]);
      if (row === undefined || sqn === undefined) return userNotFound();
      // K and OPc leave sealed: who may use them has the vault's key (protectionParameterId says which).
      return answer({
        authenticationMethod: "5G_AKA",
        encPermanentKey: toHex(row.value.sealedK),
        encOpcKey: toHex(row.value.sealedOpc),
        protectionParameterId: vault.id,
        algorithmId: "milenage",
        authenticationManagementField: row.value.amf,
        sequenceNumber: { sqnScheme: "NON_TIME_BASED", sqn: sqn.value, indLength: 5 },
        supi: ueId,
      });
    },

    /** Only SQN may change, and only from the value that the caller saw: `test`, then `replace`. */
    async updateAuthenticationSubscription({ ueId, body }) {
      if (body.some((item) => item.path !== "/sequenceNumber/sqn"))
        return refuse(403, "MODIFICATION_NOT_ALLOWED", "only /sequenceNumber/sqn");
      const row = await store.get<string>(tables.sqn, ueId);
      if (row === undefined) return userNotFound();
      const patched = applyPatch({ sequenceNumber: { sqn: row.value } }, body);
      if (!patched.ok) return refuse(409, "SQN_CHANGED", patched.detail);
      const { sequenceNumber } = patched.value as { sequenceNumber: { sqn: string } };
      if (checkType("SequenceNumber", sequenceNumber).length > 0) return refuse(400, "MANDATORY_IE_INCORRECT");
      try {
        await store.commit([{ table: tables.sqn, key: ueId, value: sequenceNumber.sqn.toLowerCase(), expect: row.version }]);
      } catch (error) {
        if (error instanceof StoreConflict) return refuse(409, "SQN_CHANGED");
        throw error;
      }
      return noContent();
    },

    async createAuthenticationStatus({ ueId, body }) {
      if ((await subscriber(ueId)) === undefined) return userNotFound();
      authenticationStatus.set(ueId, body);
      return noContent();
    },
    getAuthenticationStatus({ ueId, fields }) {
      const event = authenticationStatus.get(ueId);
      return event === undefined ? dataNotFound() : answer(only(event, fields));
    },
    deleteAuthenticationStatus: ({ ueId }) => (authenticationStatus.delete(ueId) ? noContent() : dataNotFound()),

    getAmData: ({ ueId, fields }) => provisioned(ueId, (s) => only(amData(s), fields)),
    getSmfSelectionData: ({ ueId, fields }) => provisioned(ueId, (s) => only(smfSelectionData(s), fields)),
    getSmData: ({ ueId, dnn, "single-nssai": snssai }) =>
      provisioned(ueId, (s) => {
        const data = smData(s, { snssai: snssai && snssaiKey(snssai), dnn });
        return data.length === 0 ? undefined : data;
      }),

    async createAmfContext3gpp({ ueId, body }, { apiRoot }) {
      if ((await subscriber(ueId)) === undefined) return userNotFound();
      let isNew = true;
      await ueContexts.edit(ueId, (row) => {
        isNew = row?.amf3gppAccess === undefined;
        return { ...row, amf3gppAccess: body };
      });
      return isNew ? created(body, `${apiRoot}/nudr-dr/v2/subscription-data/${ueId}/context-data/amf-3gpp-access`) : answer(body);
    },
    async updateAmfContext3gpp({ ueId, body }) {
      let refused: Answer<never> | undefined;
      await ueContexts.edit(ueId, (row) => {
        const patched = patchedAccess(row?.amf3gppAccess, body);
        refused = patched.refused;
        return patched.value && { ...row, amf3gppAccess: patched.value };
      });
      return refused ?? noContent();
    },
    async getAmfContext3gpp({ ueId, fields }) {
      const found = (await ueContexts.get(ueId))?.amf3gppAccess;
      return found === undefined ? dataNotFound() : answer(only(found, fields));
    },

    async createSmfRegistration({ ueId, pduSessionId, body }, { apiRoot }) {
      if ((await subscriber(ueId)) === undefined) return userNotFound();
      let isNew = true;
      await smfRegistrations.edit(ueId, (all) => {
        isNew = own(all, String(pduSessionId)) === undefined;
        return { ...all, [pduSessionId]: body };
      });
      return isNew
        ? created(body, `${apiRoot}/nudr-dr/v2/subscription-data/${ueId}/context-data/smf-registrations/${pduSessionId}`)
        : answer(body);
    },
    async getSmfRegistration({ ueId, pduSessionId, fields }) {
      const found = own(await smfRegistrations.get(ueId), String(pduSessionId));
      return found === undefined ? dataNotFound() : answer(only(found, fields));
    },
    async deleteSmfRegistration({ ueId, pduSessionId }) {
      let found = false;
      await smfRegistrations.edit(ueId, (all) => {
        found = own(all, String(pduSessionId)) !== undefined;
        return all && found ? without(all, String(pduSessionId)) : undefined;
      });
      return found ? noContent() : dataNotFound();
    },
    async listSmfRegistrations({ ueId }) {
      const found = Object.values((await smfRegistrations.get(ueId)) ?? {});
      return found.length === 0 ? dataNotFound() : answer(found);
    },

    async createSdmSubscription({ ueId, body }, { apiRoot }) {
      if ((await subscriber(ueId)) === undefined) return userNotFound();
      const subscriptionId = body.subscriptionId ?? toHex(random(8));
      const value: SdmSubscription = { ...body, subscriptionId };
      // A consumer that subscribes again at the same place has lost the first subscription, with its memory or with our answer.
      const another = ([, other]: [string, SdmSubscription]): boolean =>
        other.nfInstanceId !== body.nfInstanceId || other.callbackReference !== body.callbackReference;
      await ueContexts.edit(ueId, (row) => {
        const kept = Object.fromEntries(Object.entries(row?.sdmSubscriptions ?? {}).filter(another));
        return { ...row, sdmSubscriptions: { ...kept, [subscriptionId]: value } };
      });
      return created(value, `${apiRoot}/nudr-dr/v2/subscription-data/${ueId}/context-data/sdm-subscriptions/${subscriptionId}`);
    },
    async listSdmSubscriptions({ ueId }) {
      const now = clock.now();
      const found = Object.values((await ueContexts.get(ueId))?.sdmSubscriptions ?? {});
      return answer(found.filter(({ expires }) => expires === undefined || !(timeOf(expires) <= now)));
    },
    async deleteSdmSubscription({ ueId, subsId }) {
      let found = false;
      await ueContexts.edit(ueId, (row) => {
        found = own(row?.sdmSubscriptions, subsId) !== undefined;
        if (row?.sdmSubscriptions === undefined || !found) return undefined;
        const { sdmSubscriptions, ...rest } = row;
        const left = without(sdmSubscriptions, subsId);
        return Object.keys(left).length === 0 ? rest : { ...rest, sdmSubscriptions: left };
      });
      return found ? noContent() : dataNotFound();
    },
  };
}
