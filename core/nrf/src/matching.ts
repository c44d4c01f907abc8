import type { InputOf, NFProfile, NFService, Nnrf_NFDiscovery, PlmnId, Snssai, Tai } from "@freehold/sbi";

export type Search = InputOf<(typeof Nnrf_NFDiscovery)["operations"]["search"]>;

const samePlmn = (a: PlmnId, b: PlmnId): boolean => a.mcc === b.mcc && a.mnc === b.mnc;
const sd = (s: { readonly sd?: string }): string => {
  const lower = s.sd?.toLowerCase() ?? "ffffff";
  return lower;
};
const sameSnssai = (a: Snssai, b: Snssai): boolean => a.sst === b.sst && sd(a) === sd(b);
const sameTai = (a: Tai, b: Tai): boolean => samePlmn(a.plmnId, b.plmnId) && a.tac.toLowerCase() === b.tac.toLowerCase();

export const servicesOf = (p: NFProfile): readonly NFService[] => [...(p.nfServices ?? []), ...Object.values(p.nfServiceList ?? {})];

/** Every info of an NF type in a profile: the one, and those of the map that Rel-16 added. */
function infos<T>(one: T | undefined, many: { readonly [key: string]: T } | undefined): readonly T[] {
  return [...(one === undefined ? [] : [one]), ...Object.values(many ?? {})];
}

/** A range of the profile holds the SUPI (TS 29.510 §6.1.6.2.9); text of equal length compares as digits do. Patterns from outside are not run. */
function inRange(supi: string, ranges: readonly { readonly start?: string; readonly end?: string }[] | undefined): boolean {
  if (ranges === undefined || ranges.length === 0) return true;
  const digits = /^imsi-(\d+)$/.exec(supi)?.[1];
  return ranges.some(
    ({ start, end }) =>
      digits !== undefined && start?.length === digits.length && end?.length === digits.length && start <= digits && digits <= end,
  );
}

const ownInfos = (p: NFProfile) => [
  ...infos(p.udmInfo, p.udmInfoList),
  ...infos(p.ausfInfo, p.ausfInfoList),
  ...infos(p.udrInfo, p.udrInfoList),
  ...infos(p.pcfInfo, p.pcfInfoList),
];

const smfSlices = (p: NFProfile) => infos(p.smfInfo, p.smfInfoList).flatMap((i) => i.sNssaiSmfInfoList);

/** True when an NF that says nothing about something is taken to serve all of it. */
const any = <T>(list: readonly T[] | undefined, fits: (item: T) => boolean): boolean =>
  list === undefined || list.length === 0 || list.some(fits);

type Filter<K extends keyof Search> = (profile: NFProfile, wanted: NonNullable<Search[K]>, search: Search) => boolean;

/** TS 29.510 table 6.2.3.2.3.1-1: query parameters to what a profile must be. A parameter that is not here selects nothing and refuses nothing. */
const filters: { readonly [K in keyof Search]?: Filter<K> } = {
  "target-nf-type": (p, type) => p.nfType === type,
  "requester-nf-type": (p, type) => any(p.allowedNfTypes, (t) => t === type),
  "requester-plmn-list": (p, list) => any(p.allowedPlmns, (a) => list.some((b) => samePlmn(a, b))),
  "service-names": (p, names) => servicesOf(p).some((s) => names.includes(s.serviceName) && s.nfServiceStatus === "REGISTERED"),
  "target-nf-instance-id": (p, id) => p.nfInstanceId === id,
  "target-nf-set-id": (p, id) => p.nfSetIdList?.includes(id) ?? false,
  "target-plmn-list": (p, list) => any(p.plmnList, (a) => list.some((b) => samePlmn(a, b))),
  snssais: (p, list) => {
    const slices = p.nfType === "SMF" && smfSlices(p).length > 0 ? smfSlices(p).map((i) => i.sNssai) : (p.sNssais ?? []);
    return any(slices, (a) => list.some((b) => sameSnssai(a, b)));
  },
  dnn: (p, dnn, { snssais }) => {
    const fits = (d: string): boolean => d === "*" || d.toLowerCase() === dnn.toLowerCase();
    if (p.pcfInfo !== undefined) return any(p.pcfInfo.dnnList, fits);
    const slices = smfSlices(p).filter((i) => snssais === undefined || snssais.some((s) => sameSnssai(i.sNssai, s)));
    return any(smfSlices(p), () => slices.some((i) => any(i.dnnSmfInfoList, (d) => fits(String(d.dnn)))));
  },
  tai: (p, tai) =>
    any([...infos(p.smfInfo, p.smfInfoList), ...infos(p.amfInfo, p.amfInfoList)], (i) => any(i.taiList, (t) => sameTai(t, tai))),
  "amf-region-id": (p, id) => infos(p.amfInfo, p.amfInfoList).some((i) => i.amfRegionId.toLowerCase() === id.toLowerCase()),
  "amf-set-id": (p, id) => infos(p.amfInfo, p.amfInfoList).some((i) => i.amfSetId.toLowerCase() === id.toLowerCase()),
  guami: (p, g) =>
    infos(p.amfInfo, p.amfInfoList).some((i) =>
      i.guamiList.some((h) => samePlmn(g.plmnId, h.plmnId) && g.amfId.toLowerCase() === h.amfId.toLowerCase()),
    ),
  supi: (p, supi) => any(ownInfos(p), (i) => inRange(supi, i.supiRanges)),
  "routing-indicator": (p, ri) =>
    any([...infos(p.udmInfo, p.udmInfoList), ...infos(p.ausfInfo, p.ausfInfoList)], (i) => any(i.routingIndicators, (r) => r === ri)),
  "group-id-list": (p, list) => ownInfos(p).some((i) => i.groupId !== undefined && list.includes(i.groupId)),
};

/** Profiles that fit a search, those in the preferred locality first. Only what is registered is found. */
export function search(profiles: readonly NFProfile[], wanted: Search): readonly NFProfile[] {
  const given = (Object.keys(filters) as (keyof Search)[]).filter((key) => wanted[key] !== undefined);
  const found = profiles.filter(
    (p) =>
      p.nfStatus === "REGISTERED" &&
      given.every((key) => (filters[key] as Filter<typeof key> | undefined)?.(p, wanted[key] as never, wanted)),
  );
  const here = wanted["preferred-locality"];
  const ordered = here === undefined ? found : [...found].sort((a, b) => Number(b.locality === here) - Number(a.locality === here));
  return ordered.slice(0, wanted.limit ?? 64);
}

/** The profile as this requester may see it: the services it asked for and may use, none of the access rules (TS 29.510 §6.2.6.2.3). */
export function shown(profile: NFProfile, wanted: Search): NFProfile {
  const requester = wanted["requester-nf-type"];
  const names = wanted["service-names"];
  const visible = (s: NFService): boolean =>
    (names === undefined || names.includes(s.serviceName)) &&
    any(s.allowedNfTypes, (t) => t === requester) &&
    s.nfServiceStatus === "REGISTERED";
  const { allowedNfTypes: _types, allowedPlmns: _plmns, allowedNfDomains: _domains, allowedNssais: _slices, ...rest } = profile;
  return withServices(rest, visible);
}

/** A profile with some of its services; a list or map of none, which no NFProfile may hold, is left out. */
export function withServices(profile: NFProfile, which: (service: NFService) => boolean = () => true): NFProfile {
  const { nfServices, nfServiceList, ...rest } = profile;
  const list = nfServices?.filter(which) ?? [];
  const map = Object.entries(nfServiceList ?? {}).filter(([, service]) => which(service));
  return {
    ...rest,
    ...(list.length > 0 && { nfServices: list }),
    ...(map.length > 0 && { nfServiceList: Object.fromEntries(map) }),
  };
}
