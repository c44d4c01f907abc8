import { type SNssai, sameSNssai } from "@freehold/model";
import { type RejectedSNssai, RejectedSNssaiCause } from "@freehold/nas";
import { Nnssf_NSSelection } from "@freehold/sbi";
import type { Subscribed } from "../ue-context.ts";
import { plmnJson, type Step, servingPlmn, snssaiJson } from "./step.ts";

export interface Slices {
  readonly allowed: readonly SNssai[];
  /** Requested and not allowed, each with why (TS 24.501 §9.11.3.46). */
  readonly rejected: readonly RejectedSNssai[];
  /** What the UE may ask for in this PLMN: all that is subscribed and served. */
  readonly configured: readonly SNssai[];
  /** For the log when nothing is allowed. */
  readonly why: string;
}

const here = "not available in the current registration area";
const anywhere = "not available in the current PLMN or SNPN";

const text = (slices: readonly SNssai[]): string =>
  slices.map((s) => `${s.sst}${s.sd === undefined ? "" : `-${s.sd}`}`).join(", ") || "none";
const has = (slices: readonly SNssai[], s: SNssai): boolean => slices.some((other) => sameSNssai(other, s));

/**
 * Slices for this registration, TS 23.501 §5.15.5.2.1: requested, subscribed and served here; where none is requested, or none of those
 * requested is permitted, the default subscribed ones. The NSSF decides where there is one (TS 29.531); without, this AMF's own
 * configuration does.
 */
export async function selectSlices(step: Step, requested: readonly SNssai[] | undefined, subscribed: Subscribed): Promise<Slices> {
  const served =
    step.amf.config.plmns.find(({ plmn }) => plmn.mcc === servingPlmn(step).mcc && plmn.mnc === servingPlmn(step).mnc)?.slices ?? [];
  const wanted = requested ?? subscribed.defaults;
  const configured = subscribed.slices.filter((s) => has(served, s));
  const why = `requested ${text(wanted)}; subscribed ${text(subscribed.slices)}; served ${text(served)}`;
  const decided = await ask(step, wanted, subscribed);
  // The NSSF may narrow what this AMF can serve, never widen it.
  const permitted = (list: readonly SNssai[]): SNssai[] =>
    list.filter((s) => has(configured, s) && (decided === undefined || has(decided, s)));
  const asked = permitted(wanted);
  const allowed = dedupe(asked.length > 0 ? asked : permitted(subscribed.defaults)).slice(0, 8);
  return {
    allowed,
    rejected: dedupe((requested ?? []).filter((s) => !has(allowed, s))).map((s) => ({
      ...s,
      cause: has(configured, s) ? RejectedSNssaiCause[here] : RejectedSNssaiCause[anywhere],
    })),
    configured: dedupe(configured),
    why,
  };
}

function dedupe(slices: readonly SNssai[]): SNssai[] {
  const list: SNssai[] = [];
  for (const { sst, sd } of slices) if (!has(list, { sst, sd })) list.push(sd === undefined ? { sst } : { sst, sd });
  return list;
}

async function ask(step: Step, wanted: readonly SNssai[], subscribed: Subscribed): Promise<readonly SNssai[] | undefined> {
  const { amf, connection, scope } = step;
  const nssf = amf.discovery.peer(Nnssf_NSSelection);
  const given = await scope.guard(
    nssf.get(
      {
        "nf-type": "AMF",
        "nf-id": amf.world.sbi.nfInstanceId,
        "slice-info-request-for-registration": {
          subscribedNssai: subscribed.slices.map((s) => ({
            subscribedSnssai: snssaiJson(s),
            defaultIndication: has(subscribed.defaults, s),
          })),
          requestedNssai: wanted.map(snssaiJson),
        },
        tai: { plmnId: plmnJson(connection.tai.plmn), tac: connection.tai.tac.toString(16).padStart(6, "0") },
      },
      { scope },
    ),
  );
  if (!given.ok) {
    if (given.problem.cause === "SNSSAI_NOT_SUPPORTED") return [];
    amf.world.log.info("slices selected without the NSSF", { status: given.status, cause: given.problem.cause });
    return undefined;
  }
  return given.value.allowedNssaiList?.flatMap(({ allowedSnssaiList }) => allowedSnssaiList.map(({ allowedSnssai }) => allowedSnssai));
}
