import { ambrFromJson, Cause5gmm, guamiJson, type Pei, type SNssai, type Supi } from "@freehold/model";
import { Npcf_AMPolicyControl, Nudm_SDM, Nudm_UECM, SbiTransportError } from "@freehold/sbi";
import type { Amf } from "../amf.ts";
import { Reject } from "../reject.ts";
import type { Subscribed, UeContext } from "../ue-context.ts";
import { failure } from "./authentication.ts";
import { plmnJson, type Step, servingPlmn, snssaiJson, threeGpp, userLocation } from "./step.ts";

export interface Subscription {
  readonly subscribed: Subscribed;
  readonly sdmSubscription: string | undefined;
  readonly udm: string;
}

/** Registers this AMF at the UDM and gets what the UE may do: TS 23.502 §4.2.2.2.2 steps 14a to 14c. */
export async function subscribe(step: Step, supi: Supi, pei: Pei | undefined, initial: boolean): Promise<Subscription> {
  const { amf, scope } = step;
  const { sbi } = amf.world;
  const options = { ue: supi, scope };
  const found = await scope.guard(amf.discovery.find(Nudm_UECM));
  if (found === undefined) throw new Reject(Cause5gmm.congestion, "no UDM is registered at the NRF", "TS 23.501 §6.3.8");
  const [uecm, sdm] = [sbi.consume(Nudm_UECM, found.apiRoot), sbi.consume(Nudm_SDM, found.apiRoot)];
  const registered = await uecm.register3gppAccess(
    {
      ueId: supi,
      body: {
        amfInstanceId: sbi.nfInstanceId,
        deregCallbackUri: amf.callbacks.deregistration(supi),
        guami: guamiJson(amf.guamiFor(servingPlmn(step))),
        ratType: "NR",
        initialRegistrationInd: initial,
        ...(pei === undefined ? {} : { pei }),
        imsVoPs: amf.config.imsVoiceOverPs ? "HOMOGENEOUS_SUPPORT" : "HOMOGENEOUS_NON_SUPPORT",
      },
    },
    options,
  ); // 14a
  if (!registered.ok) throw failure("Nudm_UECM", registered.problem);
  // What was committed stays: a UE that is registered here, from before or from now, is registered at the UDM.
  scope.undo(() => (step.ue.context?.access[threeGpp].rm === "REGISTERED" ? undefined : purge(amf, supi)));
  const plmn = { "plmn-id": plmnJson(servingPlmn(step)) };
  const am = await sdm.getAmData({ supi, ...plmn }, options); // 14b
  if (!am.ok) throw failure("Nudm_SDM", am.problem);
  const { nssai, subscribedUeAmbr } = am.value;
  const ambr = subscribedUeAmbr === undefined ? undefined : ambrFromJson(subscribedUeAmbr);
  const defaults = nssai?.defaultSingleNssais ?? [];
  const sdmSubscription = await subscribeToChanges(step, sdm, supi);
  return {
    subscribed: { ueAmbr: ambr?.ok ? ambr.value : undefined, defaults, slices: [...defaults, ...(nssai?.singleNssais ?? [])] },
    sdmSubscription,
    udm: found.apiRoot,
  };
}

async function subscribeToChanges(
  step: Step,
  sdm: ReturnType<typeof step.amf.world.sbi.consume<typeof Nudm_SDM>>,
  supi: Supi,
): Promise<string | undefined> {
  const { amf, ue, scope } = step;
  if (ue.context?.sdmSubscription !== undefined) return ue.context.sdmSubscription;
  const given = await sdm.subscribe(
    {
      ueId: supi,
      body: {
        nfInstanceId: amf.world.sbi.nfInstanceId,
        callbackReference: amf.callbacks.sdm(supi),
        monitoredResourceUris: [`/nudm-sdm/v2/${supi}/am-data`],
        singleNssai: undefined,
      },
    },
    { ue: supi, scope },
  ); // 14c
  if (given.ok) return given.location ?? given.value.subscriptionId;
  amf.world.log.info("no subscription to changes at the UDM", { status: given.status, cause: given.problem.cause });
  return undefined;
}

/** AM policy association, TS 23.502 §4.16.1.2: without a PCF the UE is served by subscription alone. */
export async function associatePolicy(
  step: Step,
  supi: Supi,
  allowed: readonly SNssai[],
  before: string | undefined,
): Promise<string | undefined> {
  if (before !== undefined) return before;
  const { amf, connection, scope } = step;
  const found = await scope.guard(amf.discovery.find(Npcf_AMPolicyControl));
  if (found === undefined) return undefined;
  const given = await amf.world.sbi.consume(Npcf_AMPolicyControl, found.apiRoot).create(
    {
      body: {
        notificationUri: amf.callbacks.amPolicy(supi),
        supi,
        accessType: threeGpp,
        ratType: "NR",
        servingPlmn: plmnJson(servingPlmn(step)),
        userLoc: userLocation(connection),
        allowedSnssais: allowed.map(snssaiJson),
        guami: guamiJson(amf.guamiFor(servingPlmn(step))),
        suppFeat: "0",
      },
    },
    { ue: supi, scope },
  );
  if (!given.ok) {
    amf.world.log.warn("the PCF gives no AM policy; the UE is served without", { status: given.status, cause: given.problem.cause });
    return undefined;
  }
  const { location } = given;
  if (location !== undefined) scope.undo(() => (step.ue.context?.amPolicy === location ? undefined : endPolicy(amf, location, supi)));
  return location;
}

async function endPolicy(amf: Amf, resource: string, supi: string): Promise<void> {
  const at = /^(.*)\/npcf-am-policy-control\/v1\/policies\/([^/]+)$/.exec(resource);
  if (at === null) return;
  const pcf = amf.world.sbi.consume(Npcf_AMPolicyControl, at[1]!);
  await told(amf, "AM policy association not deleted", pcf.delete({ polAssoId: decodeURIComponent(at[2]!) }, { ue: supi }));
}

/** The end of something elsewhere: whoever does not answer, or refuses, does not keep the UE from leaving. */
async function told(amf: Amf, otherwise: string, call: Promise<{ readonly ok: boolean; readonly status: number }>): Promise<void> {
  try {
    const gone = await call;
    if (!gone.ok) amf.world.log.info(otherwise, { status: gone.status });
  } catch (error) {
    if (!(error instanceof SbiTransportError)) throw error;
    amf.world.log.warn(otherwise, { why: error.message });
  }
}

async function purge(amf: Amf, supi: Supi): Promise<void> {
  const found = await amf.discovery.find(Nudm_UECM);
  if (found === undefined) return;
  const udm = amf.world.sbi.consume(Nudm_UECM, found.apiRoot);
  const body = { guami: guamiJson(amf.guamiOf(0)), purgeFlag: true };
  await told(amf, "the UDM's registration is not purged", udm.update3gppAccess({ ueId: supi, body }, { ue: supi }));
}

/** What registration set up elsewhere ends with it: TS 23.502 §4.2.2.3.2 steps 6 to 8 and TS 29.503 §5.3.2.4.
 *  Of a UE that has registered `elsewhere` the UDM knows already. */
export async function releaseSubscription(amf: Amf, context: UeContext, elsewhere: boolean): Promise<void> {
  const { supi, amPolicy, sdmSubscription, peers } = context;
  if (amPolicy !== undefined) await endPolicy(amf, amPolicy, supi);
  if (sdmSubscription !== undefined && peers.udm !== "") {
    const subscriptionId = decodeURIComponent(sdmSubscription.slice(sdmSubscription.lastIndexOf("/") + 1));
    const udm = amf.world.sbi.consume(Nudm_SDM, peers.udm);
    await told(amf, "UDM subscription not ended", udm.unsubscribe({ ueId: supi, subscriptionId }, { ue: supi }));
  }
  if (!elsewhere) await purge(amf, supi);
}
