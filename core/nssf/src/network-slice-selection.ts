import {
  type AllowedSnssai,
  type AuthorizedNetworkSliceInfo,
  answer,
  type Nnssf_NSSelection,
  type NsiInformation,
  type Producer,
  refuse,
  type SliceInfoForRegistration,
  type Snssai,
  type Tai,
} from "@freehold/sbi";
import type { ConfiguredSlice, NssfConfig } from "./nssf.ts";

const sd = (s: { readonly sd?: string }): string => s.sd?.toLowerCase() ?? "ffffff";
const same = (a: Snssai, b: Snssai): boolean => a.sst === b.sst && sd(a) === sd(b);
const snssai = (s: Snssai): Snssai => ({ sst: s.sst, ...(sd(s) !== "ffffff" && { sd: sd(s) }) });

/** Nnssf_NSSelection, TS 29.531 §5.2. */
export function networkSliceSelection({ slices, nrf }: NssfConfig): Producer<typeof Nnssf_NSSelection> {
  const configured = (wanted: Snssai): ConfiguredSlice | undefined => slices.find((s) => same(s, wanted));
  const here = (slice: ConfiguredSlice, tai: Tai | undefined): boolean =>
    slice.tacs === undefined || tai === undefined || slice.tacs.some((tac) => tac.toLowerCase() === tai.tac.toLowerCase());

  const instances = (slice: ConfiguredSlice): NsiInformation[] =>
    (slice.nsis ?? []).map((nsi) => ({ nrfId: `${nsi.nrf ?? nrf}/nnrf-disc/v1/nf-instances`, nsiId: nsi.id }));

  const allowed = (slice: ConfiguredSlice): AllowedSnssai => {
    const nsiInformationList = instances(slice);
    return { allowedSnssai: snssai(slice), ...(nsiInformationList.length > 0 && { nsiInformationList }) };
  };

  /**
   * TS 23.501 §5.15.5.2.1: of the requested slices those subscribed and present are allowed; when none is left, the default subscribed ones.
   * What is asked for and not given is rejected, for the network or for the area.
   */
  function registration(info: SliceInfoForRegistration, tai: Tai | undefined): AuthorizedNetworkSliceInfo {
    const subscribed = info.subscribedNssai ?? [];
    const defaults = subscribed.filter((s) => s.defaultIndication).map((s) => s.subscribedSnssai);
    const isSubscribed = (s: Snssai): boolean => subscribed.some((t) => same(t.subscribedSnssai, s));
    const requested = info.requestedNssai ?? [];
    const serve = (list: readonly Snssai[]): ConfiguredSlice[] =>
      list.flatMap((s) => {
        const slice = isSubscribed(s) ? configured(s) : undefined;
        return slice !== undefined && here(slice, tai) ? [slice] : [];
      });
    const wanted = serve(requested);
    const given = wanted.length > 0 ? wanted : serve(defaults);
    const unserved = requested.filter((s) => !given.some((g) => same(g, s)));
    const elsewhere = (s: Snssai): boolean => isSubscribed(s) && configured(s) !== undefined;
    const rejectedNssaiInTa = unserved.filter(elsewhere).map(snssai);
    const rejectedNssaiInPlmn = unserved.filter((s) => !elsewhere(s)).map(snssai);
    const known = subscribed.map((s) => s.subscribedSnssai).filter((s) => configured(s) !== undefined);
    return {
      ...(given.length > 0 && { allowedNssaiList: [{ allowedSnssaiList: given.slice(0, 8).map(allowed), accessType: "3GPP_ACCESS" }] }),
      ...(known.length > 0 && { configuredNssai: known.slice(0, 16).map((s) => ({ configuredSnssai: snssai(s) })) }),
      ...(rejectedNssaiInTa.length > 0 && { rejectedNssaiInTa }),
      ...(rejectedNssaiInPlmn.length > 0 && { rejectedNssaiInPlmn }),
    };
  }

  return {
    get(query) {
      const info = query["slice-info-request-for-registration"];
      const session = query["slice-info-request-for-pdu-session"];
      if (info !== undefined) return answer(registration(info, query.tai));
      if (session === undefined) {
        const param = "slice-info-request-for-registration";
        return refuse(400, "MANDATORY_QUERY_PARAM_MISSING", undefined, [
          { param, reason: "this or the one for a PDU session is required" },
        ]);
      }
      const slice = configured(session.sNssai);
      if (slice === undefined || !here(slice, query.tai)) return refuse(403, "SNSSAI_NOT_SUPPORTED");
      const [nsiInformation] = instances(slice);
      return answer<AuthorizedNetworkSliceInfo>({ nsiInformation: nsiInformation ?? { nrfId: `${nrf}/nnrf-disc/v1/nf-instances` } });
    },
  };
}
