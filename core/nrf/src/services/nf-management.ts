import {
  type Answer,
  answer,
  checkType,
  created,
  type NFProfile,
  type Nnrf_NFManagement,
  noContent,
  type Producer,
  parseUri,
  refuse,
} from "@freehold/sbi";
import { applyPatch } from "@freehold/wire";
import { servicesOf, withServices } from "../matching.ts";
import type { NfTable } from "../nf-table.ts";
import type { SubscriptionTable } from "../subscription-table.ts";

const MOST_SERVICES = 64;
/** Characters of JSON: what one NF may have kept here. Ours take less than one thousand. */
const LONGEST_PROFILE = 65_536;
const LONGEST_SUBSCRIPTION = 16_384;

const tooLarge = (value: unknown, most: number): Answer<never> | undefined =>
  JSON.stringify(value).length > most ? refuse(413, "PAYLOAD_TOO_LARGE", `more than ${most} characters of JSON`) : undefined;

/** What the schema leaves open, yet would be handed to others: a sensible NF type, a bounded number of services. */
function profileFault(profile: NFProfile, nfInstanceId: string): Answer<never> | undefined {
  const wrong = (param: string, reason: string) => refuse(400, "MANDATORY_IE_INCORRECT", undefined, [{ param, reason }]);
  if (profile.nfInstanceId !== nfInstanceId) return wrong("/nfInstanceId", "is not the one of the URI");
  if (!/^[A-Z0-9_]{2,32}$/.test(profile.nfType)) return wrong("/nfType", "is no NF type");
  if (servicesOf(profile).length > MOST_SERVICES) return wrong("/nfServices", `more than ${MOST_SERVICES}`);
  return tooLarge(profile, LONGEST_PROFILE);
}

const unknown = (): Answer<never> => refuse(404, "RESOURCE_URI_STRUCTURE_NOT_FOUND", "no such NF instance");

/** Nnrf_NFManagement, TS 29.510 §5.2. */
export const nfManagement = (nfs: NfTable, subscriptions: SubscriptionTable): Producer<typeof Nnrf_NFManagement> => ({
  register({ nfInstanceID, body }, { apiRoot }) {
    const fault = profileFault(body, nfInstanceID);
    if (fault !== undefined) return fault;
    const known = nfs.get(body.nfInstanceId) !== undefined;
    const profile = nfs.put(withServices(body));
    if (profile === undefined) return refuse(507, "INSUFFICIENT_RESOURCES", "no room for another NF");
    return known ? answer(profile) : created(profile, `${apiRoot}/nnrf-nfm/v1/nf-instances/${body.nfInstanceId}`);
  },

  update({ nfInstanceID, body }) {
    const profile = nfs.get(nfInstanceID);
    if (profile === undefined) return unknown();
    const patched = applyPatch(profile, body);
    if (!patched.ok) {
      return refuse(400, "MANDATORY_IE_INCORRECT", patched.detail, [{ param: `/${patched.at}`, reason: patched.detail }]);
    }
    const errors = checkType("NFProfile", patched.value);
    const [error] = errors;
    if (error !== undefined) return refuse(400, "MANDATORY_IE_INCORRECT", error.detail, [{ param: error.pointer, reason: error.detail }]);
    const next = { ...withServices(patched.value as NFProfile), heartBeatTimer: profile.heartBeatTimer };
    const fault = profileFault(next, nfInstanceID);
    if (fault !== undefined) return fault;
    // A heartbeat only says what was so already; load changes often and is not news.
    const news = body.some((item) => !["/nfStatus", "/load", "/loadTimeStamp"].includes(item.path)) || next.nfStatus !== profile.nfStatus;
    nfs.update(next, news);
    return news ? answer(next) : noContent();
  },

  deregister: ({ nfInstanceID }) => (nfs.remove(nfInstanceID) ? noContent() : unknown()),

  get({ nfInstanceID }) {
    const profile = nfs.get(nfInstanceID);
    return profile === undefined ? unknown() : answer(profile);
  },

  list(wanted, { apiRoot }) {
    const type = wanted["nf-type"];
    const found = nfs.all().filter((p) => type === undefined || p.nfType === type);
    const item = found.slice(0, wanted.limit ?? 256).map((p) => ({ href: `${apiRoot}/nnrf-nfm/v1/nf-instances/${p.nfInstanceId}` }));
    return answer({ _links: { self: { href: `${apiRoot}/nnrf-nfm/v1/nf-instances` }, item }, totalItemCount: found.length });
  },

  subscribe({ body }, { apiRoot }) {
    if (parseUri(body.nfStatusNotificationUri) === undefined) {
      return refuse(400, "MANDATORY_IE_INCORRECT", undefined, [
        { param: "/nfStatusNotificationUri", reason: "wants an absolute http URI" },
      ]);
    }
    const large = tooLarge(body, LONGEST_SUBSCRIPTION);
    if (large !== undefined) return large;
    const data = subscriptions.add(body);
    if (data === undefined) return refuse(507, "INSUFFICIENT_RESOURCES", "no room for another subscription");
    return created(data, `${apiRoot}/nnrf-nfm/v1/subscriptions/${data.subscriptionId}`);
  },

  updateSubscription({ subscriptionID, body }) {
    const known = subscriptions.get(subscriptionID);
    if (known === undefined) return refuse(404, "SUBSCRIPTION_NOT_FOUND");
    const patched = applyPatch(known, body);
    if (!patched.ok || checkType("SubscriptionData", patched.value).length > 0) return refuse(400, "MANDATORY_IE_INCORRECT");
    const data = subscriptions.extend(subscriptionID, (patched.value as { validityTime?: string }).validityTime);
    return data === undefined ? refuse(404, "SUBSCRIPTION_NOT_FOUND") : answer(data);
  },

  unsubscribe: ({ subscriptionID }) => (subscriptions.remove(subscriptionID) ? noContent() : refuse(404, "SUBSCRIPTION_NOT_FOUND")),
});
