/** Values of the IEs: TS 29.244 §8.2. Names are the clause's; a comment says the clause where the name does not. */
import {
  type IpAddress,
  type Ipv4,
  type Ipv6,
  ipFromOctets,
  ipOctets,
  isIpv4,
  type Seid,
  type SNssai,
  seid,
  sNssai as sNssaiOf,
  type Teid,
  teid,
} from "@freehold/model";
import {
  type BitField,
  bits,
  choice,
  coded,
  codes,
  custom,
  field,
  flag,
  flagged,
  fromText,
  hex,
  mapped,
  octets,
  on,
  type Pick,
  type Reader,
  type Schema,
  sampleOctets,
  sized,
  struct,
  type TypeOf,
  text,
  toHex,
  toText,
  u64,
  uint,
  type Writer,
} from "@freehold/wire";
import {
  Cause,
  DestinationInterfaces,
  FlowDirections,
  Gates,
  OuterHeader,
  OuterHeaderRemovals,
  PdnTypes,
  RuleTypes,
  SourceInterfaces,
} from "./codes.ts";

/** Flags of which those that are not set may be left out: `{ forw: true }`. */
const flags = <const F extends { readonly [name: string]: BitField }>(
  count: number,
  fields: F,
  options?: { least?: number },
): Schema<Partial<TypeOf<ReturnType<typeof bits<F>>>>> =>
  bits(count, fields, options) as Schema<Partial<TypeOf<ReturnType<typeof bits<F>>>>>;

function addressOf(raw: Uint8Array): IpAddress {
  const made = ipFromOctets(raw);
  if (!made.ok) throw new RangeError(made.error.detail);
  return made.value;
}
export const ipv4: Schema<Ipv4> = mapped(octets(4), { read: (raw) => addressOf(raw) as Ipv4, write: ipOctets });
export const ipv6: Schema<Ipv6> = mapped(octets(16), { read: (raw) => addressOf(raw) as Ipv6, write: ipOctets });

/** An address in the field of its family, as F-SEID, F-TEID and UE IP Address have them. */
export const inFamily = (a: IpAddress): { ipv4: Ipv4 | undefined; ipv6: Ipv6 | undefined } =>
  isIpv4(a) ? { ipv4: a, ipv6: undefined } : { ipv4: undefined, ipv6: a };

/** Labels, each after its length, without the zero octet at the end (RFC 1035 §3.1; TS 23.003 §9.1 for APN and DNN). */
const labels = (lenient: boolean): Schema<string> =>
  custom<string>({
    name: "labels",
    read: (reader) => {
      const at = reader.at;
      const raw = reader.rest();
      const parts: string[] = [];
      for (let i = 0; i < raw.length; ) {
        const length = raw[i]!;
        if (length === 0 && i === raw.length - 1 && i > 0) break;
        if (length === 0 || length > 63 || i + 1 + length > raw.length) {
          // some peers send the name as plain text
          if (lenient && raw.every((c) => c > 0x20 && c < 0x7f)) return toText(raw);
          throw reader.fault("invalid", "labels", `a label of ${length} octets`, at + i);
        }
        const part = raw.subarray(i + 1, i + 1 + length);
        if (part.some((c) => c <= 0x20 || c >= 0x7f || c === 0x2e))
          throw reader.fault("invalid", "labels", "a label with other than letters", at + i);
        parts.push(toText(part));
        i += 1 + length;
      }
      if (parts.length === 0) throw reader.fault("invalid", "labels", "no label", at);
      return parts.join(".");
    },
    write: (writer, value) => {
      for (const part of value.split(".")) {
        const raw = fromText(part);
        if (raw.length === 0 || raw.length > 63) throw new RangeError(`"${value}" has a label of ${raw.length} octets`);
        writer.u8(raw.length).octets(raw);
      }
    },
    sample: (pick) => Array.from({ length: 1 + pick(3) }, () => `n${pick(1000)}`).join("."),
  });

export const fqdn = labels(false);
/** §8.2.117 APN/DNN. */
export const dnn = labels(true);
/** §8.2.4 Network Instance: an octet string. */
export const networkInstance: Schema<string> = text(1, 65_535);

/** §8.2.38 Node ID. */
export const nodeId = choice(1, field(4, 1), { ipv4: [0, ipv4], ipv6: [1, ipv6], fqdn: [2, fqdn] });
export type NodeId = TypeOf<typeof nodeId>;
/** A node by its address. */
export const nodeIdOf = (a: IpAddress): NodeId => (isIpv4(a) ? { is: "ipv4", value: a } : { is: "ipv6", value: a });
/** The key of a node in a Map: its address or FQDN. FQDNs do not differ by case. */
export const nodeIdText = (id: NodeId): string => (id.is === "fqdn" ? id.value.toLowerCase() : id.value);

/** §8.2.3 F-TEID: given, or to be chosen by the UP function. */
export type FTeid =
  | { readonly is: "fTeid"; readonly teid: Teid; readonly ipv4?: Ipv4 | undefined; readonly ipv6?: Ipv6 | undefined }
  | { readonly is: "choose"; readonly v4: boolean; readonly v6: boolean; readonly chooseId?: number | undefined };

const read4 = (reader: Reader, name: string): Ipv4 => addressOf(reader.octets(4, name)) as Ipv4;
const read6 = (reader: Reader, name: string): Ipv6 => addressOf(reader.octets(16, name)) as Ipv6;
const writeIp = (writer: Writer, value: IpAddress): Writer => writer.octets(ipOctets(value));
const sample4 = (pick: Pick): Ipv4 => addressOf(sampleOctets(4, pick)) as Ipv4;
const sample6 = (pick: Pick): Ipv6 => addressOf(sampleOctets(16, pick)) as Ipv6;

/** An F-TEID at one address. */
export const fTeidAt = (at: Teid, a: IpAddress): FTeid => ({ is: "fTeid", teid: at, ...inFamily(a) });

export const fTeid: Schema<FTeid> = custom<FTeid>({
  name: "F-TEID",
  read: (reader) => {
    const at = reader.at;
    const flags = reader.u8("flags");
    const v4 = (flags & 1) !== 0;
    const v6 = (flags & 2) !== 0;
    // a peer (OAI's SMF of 2021) asks to choose without saying of which family: of any, then
    if ((flags & 4) !== 0) return { is: "choose", v4, v6, chooseId: (flags & 8) !== 0 ? reader.u8("chooseId") : undefined };
    if (!v4 && !v6) throw reader.fault("invalid", "flags", "neither V4 nor V6", at);
    if ((flags & 8) !== 0) throw reader.fault("invalid", "flags", "CHID without CH", at);
    return {
      is: "fTeid",
      teid: teid(reader.u32("teid")),
      ipv4: v4 ? read4(reader, "ipv4") : undefined,
      ipv6: v6 ? read6(reader, "ipv6") : undefined,
    };
  },
  write: (writer, value) => {
    if (value.is === "choose") {
      writer.u8((value.v4 ? 1 : 0) | (value.v6 ? 2 : 0) | 4 | (value.chooseId === undefined ? 0 : 8));
      if (value.chooseId !== undefined) writer.u8(value.chooseId);
      return;
    }
    if (value.ipv4 === undefined && value.ipv6 === undefined) throw new RangeError("an F-TEID has an address");
    writer.u8((value.ipv4 === undefined ? 0 : 1) | (value.ipv6 === undefined ? 0 : 2)).u32(value.teid);
    if (value.ipv4 !== undefined) writeIp(writer, value.ipv4);
    if (value.ipv6 !== undefined) writeIp(writer, value.ipv6);
  },
  sample: (pick) => {
    const both = 1 + pick(3);
    if (pick(3) === 0) return { is: "choose", v4: (both & 1) !== 0, v6: (both & 2) !== 0, chooseId: pick(2) === 0 ? undefined : pick(256) };
    return {
      is: "fTeid",
      teid: teid(pick(2 ** 31)),
      ipv4: (both & 1) !== 0 ? sample4(pick) : undefined,
      ipv6: (both & 2) !== 0 ? sample6(pick) : undefined,
    };
  },
});

/** §8.2.37 F-SEID. */
export interface FSeid {
  readonly seid: Seid;
  readonly ipv4?: Ipv4 | undefined;
  readonly ipv6?: Ipv6 | undefined;
}
export const fSeid: Schema<FSeid> = custom<FSeid>({
  name: "F-SEID",
  read: (reader) => {
    const at = reader.at;
    const flags = reader.u8("flags");
    if ((flags & 3) === 0) throw reader.fault("invalid", "flags", "neither V4 nor V6", at);
    return {
      seid: seid(reader.u64("seid")),
      ipv4: (flags & 2) !== 0 ? read4(reader, "ipv4") : undefined,
      ipv6: (flags & 1) !== 0 ? read6(reader, "ipv6") : undefined,
    };
  },
  write: (writer, { seid: id, ipv4, ipv6 }) => {
    if (ipv4 === undefined && ipv6 === undefined) throw new RangeError("an F-SEID has an address");
    writer.u8((ipv4 === undefined ? 0 : 2) | (ipv6 === undefined ? 0 : 1)).u64(id);
    if (ipv4 !== undefined) writeIp(writer, ipv4);
    if (ipv6 !== undefined) writeIp(writer, ipv6);
  },
  sample: (pick) => {
    const both = 1 + pick(3);
    return {
      seid: seid((BigInt(pick(2 ** 31)) << 32n) | BigInt(pick(2 ** 31))),
      ipv4: (both & 1) !== 0 ? sample4(pick) : undefined,
      ipv6: (both & 2) !== 0 ? sample6(pick) : undefined,
    };
  },
});

/** §8.2.56 Outer Header Creation: `description` is octets 5 and 6 as `OuterHeader` names their bits. */
export interface OuterHeaderCreation {
  readonly description: number;
  readonly teid?: Teid | undefined;
  readonly ipv4?: Ipv4 | undefined;
  readonly ipv6?: Ipv6 | undefined;
  readonly port?: number | undefined;
  readonly cTag?: number | undefined;
  readonly sTag?: number | undefined;
}
const gtpu = OuterHeader.gtpuUdpIpv4 | OuterHeader.gtpuUdpIpv6;
const over4 = OuterHeader.gtpuUdpIpv4 | OuterHeader.udpIpv4 | OuterHeader.ipv4;
const over6 = OuterHeader.gtpuUdpIpv6 | OuterHeader.udpIpv6 | OuterHeader.ipv6;
const overUdp = OuterHeader.udpIpv4 | OuterHeader.udpIpv6;
export const outerHeaderCreation: Schema<OuterHeaderCreation> = custom<OuterHeaderCreation>({
  name: "Outer Header Creation",
  read: (reader) => {
    const at = reader.at;
    const description = reader.u16("description");
    if (description === 0) throw reader.fault("invalid", "description", "no header named", at);
    const has = (mask: number): boolean => (description & mask) !== 0;
    return {
      description,
      teid: has(gtpu) ? teid(reader.u32("teid")) : undefined,
      ipv4: has(over4) ? read4(reader, "ipv4") : undefined,
      ipv6: has(over6) ? read6(reader, "ipv6") : undefined,
      port: has(overUdp) ? reader.u16("port") : undefined,
      cTag: has(OuterHeader.cTag) ? reader.u24("cTag") : undefined,
      sTag: has(OuterHeader.sTag) ? reader.u24("sTag") : undefined,
    };
  },
  write: (writer, value) => {
    writer.u16(value.description);
    const wants = (mask: number, name: string, present: boolean): boolean => {
      if (((value.description & mask) !== 0) !== present)
        throw new RangeError(`${name} and the description of the outer header contradict`);
      return present;
    };
    if (wants(gtpu, "teid", value.teid !== undefined)) writer.u32(value.teid!);
    if (wants(over4, "ipv4", value.ipv4 !== undefined)) writeIp(writer, value.ipv4!);
    if (wants(over6, "ipv6", value.ipv6 !== undefined)) writeIp(writer, value.ipv6!);
    if (wants(overUdp, "port", value.port !== undefined)) writer.u16(value.port!);
    if (wants(OuterHeader.cTag, "cTag", value.cTag !== undefined)) writer.u24(value.cTag!);
    if (wants(OuterHeader.sTag, "sTag", value.sTag !== undefined)) writer.u24(value.sTag!);
  },
  sample: (pick) => {
    const description = [
      OuterHeader.gtpuUdpIpv4,
      OuterHeader.gtpuUdpIpv6,
      gtpu,
      OuterHeader.udpIpv4,
      OuterHeader.ipv6,
      OuterHeader.cTag | OuterHeader.sTag,
    ][pick(6)]!;
    const has = (mask: number): boolean => (description & mask) !== 0;
    return {
      description,
      teid: has(gtpu) ? teid(pick(2 ** 31)) : undefined,
      ipv4: has(over4) ? sample4(pick) : undefined,
      ipv6: has(over6) ? sample6(pick) : undefined,
      port: has(overUdp) ? pick(65_536) : undefined,
      cTag: has(OuterHeader.cTag) ? pick(2 ** 24) : undefined,
      sTag: has(OuterHeader.sTag) ? pick(2 ** 24) : undefined,
    };
  },
});
/** Outer header creation towards a GTP-U peer, by the family of its address. */
export const gtpuTo = (at: Teid, a: IpAddress): OuterHeaderCreation => ({
  description: isIpv4(a) ? OuterHeader.gtpuUdpIpv4 : OuterHeader.gtpuUdpIpv6,
  teid: at,
  ...inFamily(a),
});

/** §8.2.62. `destination` is S/D: in a PDI the address is the destination of packets. */
export const ueIpAddress = flagged(1, {
  destination: flag(3),
  chooseIpv4: flag(5),
  chooseIpv6: flag(6),
  ipv4: on(2, ipv4),
  ipv6: on(1, ipv6),
  ipv6PrefixDelegationBits: on(4, uint(1)),
  ipv6PrefixLength: on(7, uint(1)),
});

/** A UE's address in a PDI: the source of uplink packets, the destination of downlink packets. */
export const ueIpAddressOf = (a: IpAddress, as: "source" | "destination"): TypeOf<typeof ueIpAddress> => ({
  destination: as === "destination",
  chooseIpv4: false,
  chooseIpv6: false,
  ...inFamily(a),
});

/** §8.2.5. */
export const sdfFilter = flagged(2, {
  flowDescription: on(1, sized(2, text(0, 65_535))),
  tosTrafficClass: on(2, uint(2)),
  securityParameterIndex: on(3, uint(4)),
  flowLabel: on(4, uint(3)),
  filterId: on(5, uint(4)),
});

/** §8.2.176; `sd` absent is FFFFFF on the wire. */
export const sNssai: Schema<SNssai> = mapped(struct({ sst: uint(1), sd: uint(3) }), {
  read: ({ sst, sd }) => sNssaiOf(sst, sd.toString(16).padStart(6, "0")),
  write: ({ sst, sd }) => ({ sst, sd: sd === undefined ? 0xffffff : Number.parseInt(sd, 16) }),
});

export const cause = uint(1, { names: Cause });
export const sourceInterface = mapped(bits(1, { value: coded(SourceInterfaces, 4, 1) }), {
  read: ({ value }) => value,
  write: (value) => ({ value }),
});
export const destinationInterface = mapped(bits(1, { value: coded(DestinationInterfaces, 4, 1) }), {
  read: ({ value }) => value,
  write: (value) => ({ value }),
});
export const outerHeaderRemoval = struct({ description: codes(1, OuterHeaderRemovals) });
export const pdnType = mapped(bits(1, { value: coded(PdnTypes, 3, 1) }), { read: ({ value }) => value, write: (value) => ({ value }) });
export const qfi = mapped(bits(1, { value: field(6, 1) }), { read: ({ value }) => value, write: (value) => ({ value }) });
export const rqi = mapped(bits(1, { value: flag(1) }), { read: ({ value }) => value, write: (value) => ({ value }) });

/** §8.2.26. */
export const applyAction = flags(
  2,
  {
    drop: flag(1),
    forw: flag(2),
    buff: flag(3),
    nocp: flag(4),
    dupl: flag(5),
    ipma: flag(6),
    ipmd: flag(7),
    dfrt: flag(8),
    edrt: flag(1, 2),
    bdpn: flag(2, 2),
    ddpn: flag(3, 2),
    fssm: flag(4, 2),
    mbsu: flag(5, 2),
  },
  { least: 1 },
);

/** §8.2.7. */
export const gateStatus = bits(1, { uplink: coded(Gates, 4, 3), downlink: coded(Gates, 2, 1) });
/** §8.2.8 and §8.2.9: kilobits (1000 bits) per second. */
export const bitRates = struct({ uplink: uint(5), downlink: uint(5) });

/** §8.2.21. */
export const reportType = flags(1, {
  downlinkData: flag(1),
  usage: flag(2),
  errorIndication: flag(3),
  userPlaneInactivity: flag(4),
  tscManagement: flag(5),
  session: flag(6),
  ueIpAddress: flag(7),
});

/** §8.2.13 and §8.2.50: octets. */
export const volumes = flagged(1, { total: on(1, u64), uplink: on(2, u64), downlink: on(3, u64) });
/** §8.2.44. */
export const volumeMeasurement = flagged(1, {
  total: on(1, u64),
  uplink: on(2, u64),
  downlink: on(3, u64),
  totalPackets: on(4, u64),
  uplinkPackets: on(5, u64),
  downlinkPackets: on(6, u64),
});
/** §8.2.49. */
export const droppedDlTrafficThreshold = flagged(1, { packets: on(1, u64), octets: on(2, u64) });

const triggers = {
  perio: flag(1),
  volth: flag(2),
  timth: flag(3),
  quhti: flag(4),
  start: flag(5),
  stopt: flag(6),
  droth: flag(7),
} as const;
/** §8.2.19. */
export const reportingTriggers = flags(
  3,
  {
    ...triggers,
    liusa: flag(8),
    volqu: flag(1, 2),
    timqu: flag(2, 2),
    envcl: flag(3, 2),
    macar: flag(4, 2),
    eveth: flag(5, 2),
    evequ: flag(6, 2),
    ipmjl: flag(7, 2),
    quvti: flag(8, 2),
    reemr: flag(1, 3),
    upint: flag(2, 3),
  },
  { least: 2 },
);
/** §8.2.41. */
export const usageReportTrigger = flags(
  3,
  {
    ...triggers,
    immer: flag(8),
    volqu: flag(1, 2),
    timqu: flag(2, 2),
    liusa: flag(3, 2),
    termr: flag(4, 2),
    monit: flag(5, 2),
    envcl: flag(6, 2),
    macar: flag(7, 2),
    eveth: flag(8, 2),
    evequ: flag(1, 3),
    tebur: flag(2, 3),
    ipmjl: flag(3, 3),
    quvti: flag(4, 3),
    emrre: flag(5, 3),
    upint: flag(6, 3),
  },
  { least: 2 },
);
/** §8.2.40. */
export const measurementMethod = flags(1, { duration: flag(1), volume: flag(2), event: flag(3) });
/** §8.2.68. */
export const measurementInformation = flags(1, {
  mbqe: flag(1),
  inam: flag(2),
  radi: flag(3),
  istm: flag(4),
  mnop: flag(5),
  sspoc: flag(6),
  aspoc: flag(7),
  ciam: flag(8),
});
/** §8.2.59. */
export const usageInformation = flags(1, { before: flag(1), after: flag(2), unchargedAfter: flag(3), unchargedBefore: flag(4) });

/** §8.2.25: octets 5 to 16 of the IE; the least that a UP function sends is two. */
export const upFunctionFeatures = flags(
  12,
  {
    bucp: flag(1),
    ddnd: flag(2),
    dlbd: flag(3),
    trst: flag(4),
    ftup: flag(5),
    pfdm: flag(6),
    heeu: flag(7),
    treu: flag(8),
    empu: flag(1, 2),
    pdiu: flag(2, 2),
    udbc: flag(3, 2),
    quoac: flag(4, 2),
    trace: flag(5, 2),
    frrt: flag(6, 2),
    pfde: flag(7, 2),
    epfar: flag(8, 2),
    dpdra: flag(1, 3),
    adpdp: flag(2, 3),
    ueip: flag(3, 3),
    sset: flag(4, 3),
    mnop: flag(5, 3),
    mte: flag(6, 3),
    bundl: flag(7, 3),
    gcom: flag(8, 3),
    mpas: flag(1, 4),
    rttl: flag(2, 4),
    vtime: flag(3, 4),
    norp: flag(4, 4),
    iptv: flag(5, 4),
    ip6pl: flag(6, 4),
    tsn: flag(7, 4),
    mptcp: flag(8, 4),
    atsssLl: flag(1, 5),
    qfqm: flag(2, 5),
    gpqm: flag(3, 5),
    mtEdt: flag(4, 5),
    ciot: flag(5, 5),
    ethar: flag(6, 5),
    ddds: flag(7, 5),
    rds: flag(8, 5),
    rttwp: flag(1, 6),
    quasf: flag(2, 6),
    nspoc: flag(3, 6),
    l2tp: flag(4, 6),
    upber: flag(5, 6),
    resps: flag(6, 6),
    iprep: flag(7, 6),
    dnsts: flag(8, 6),
    drqos: flag(1, 7),
    mbsn4: flag(2, 7),
    psuprm: flag(3, 7),
    epppi: flag(4, 7),
    ratp: flag(5, 7),
    upidp: flag(6, 7),
    later: field(8, 7, 7),
    later8: field(8, 1, 8),
    later9: field(8, 1, 9),
    later10: field(8, 1, 10),
    later11: field(8, 1, 11),
    later12: field(8, 1, 12),
  },
  { least: 1 },
);
/** §8.2.58. */
export const cpFunctionFeatures = flags(
  3,
  {
    load: flag(1),
    ovrl: flag(2),
    epfar: flag(3),
    sset: flag(4),
    bundl: flag(5),
    mpas: flag(6),
    ardr: flag(7),
    uiaur: flag(8),
    psucc: flag(1, 2),
    rpgur: flag(2, 2),
    papfd: flag(3, 2),
  },
  { least: 1 },
);

/** §8.2.80: the length of the rule ID follows its type. */
export type RuleType = keyof typeof RuleTypes;
export interface FailedRuleId {
  readonly rule: RuleType;
  readonly id: number;
}
const ruleIdOctets: Readonly<Record<RuleType, number>> = { pdr: 2, far: 4, qer: 4, urr: 4, bar: 1, mar: 2, srr: 1 };
const ruleNames = Object.keys(RuleTypes) as RuleType[];
export const failedRuleId: Schema<FailedRuleId> = custom<FailedRuleId>({
  name: "Failed Rule ID",
  read: (reader) => {
    const rule = ruleNames.find((name) => RuleTypes[name] === (reader.bytes[reader.at]! & 0x1f)) ?? "far";
    reader.skip(1, "ruleIdType");
    return { rule, id: reader.uint(ruleIdOctets[rule], "ruleId") };
  },
  write: (writer, { rule, id }) => writer.u8(RuleTypes[rule]).uint(id, ruleIdOctets[rule]),
  sample: (pick) => {
    const rule = ruleNames[pick(ruleNames.length)]!;
    return { rule, id: pick(256 ** Math.min(3, ruleIdOctets[rule])) };
  },
});

/** §8.2.185. */
export const offendingIeInformation = struct({ type: uint(2), value: octets(0, 65_535) });

/** §8.2.27. */
export const downlinkDataServiceInformation = flagged(1, {
  pagingPolicyIndication: on(1, uint(1)),
  qfi: on(2, uint(1)),
  dlDataPacketsSize: on(3, uint(2)),
});

/** §8.2.61. */
export const flowInformation = struct({
  direction: mapped(bits(1, { value: coded(FlowDirections, 3, 1) }), { read: ({ value }) => value, write: (value) => ({ value }) }),
  flowDescription: sized(2, text(0, 65_535)),
});

/** §8.2.31: PFCPSMReq-Flags. */
export const pfcpSmReqFlags = flags(1, {
  drobu: flag(1),
  sndem: flag(2),
  qaurr: flag(3),
  sumpc: flag(4),
  rumuc: flag(5),
  deteid: flag(6),
  hrsbom: flag(7),
});
/** §8.2.32, §8.2.119, §8.2.120, §8.2.134, §8.2.136, §8.2.178. */
export const pfcpSrRspFlags = flags(1, { drobu: flag(1) });
export const pfcpSrReqFlags = flags(1, { psdbu: flag(1), pppcp: flag(2) });
export const pfcpAuReqFlags = flags(1, { parps: flag(1) });
export const pfcpAsRspFlags = flags(1, { psrei: flag(1), uupsi: flag(2) });
export const pfcpAsReqFlags = flags(1, { uupsi: flag(1) });
export const pfcpSeReqFlags = flags(1, { resti: flag(1), sumpc: flag(2), hrsbom: flag(3), epri: flag(4) });
/** §8.2.77. */
export const pfcpAssociationReleaseRequest = flags(1, { sarr: flag(1), urss: flag(2) });
/** §8.2.69. */
export const nodeReportType = flags(1, {
  upfr: flag(1),
  uprr: flag(2),
  ckdr: flag(3),
  gpqr: flag(4),
  purr: flag(5),
  vsr: flag(6),
  n6dr: flag(7),
});
/** §8.2.70. */
export const remoteGtpuPeer = flagged(1, {
  ipv4: on(2, ipv4),
  ipv6: on(1, ipv6),
  destinationInterface: on(3, sized(2, octets(1, 255))),
  networkInstance: on(4, sized(2, text(1, 255))),
  recoveryTimeStamp: on(5, uint(4)),
});
/** §8.2.129. */
export const alternativeSmfIpAddress = flagged(1, { preferred: flag(3), ipv4: on(2, ipv4), ipv6: on(1, ipv6) });
/** §8.2.135. */
export const cpPfcpEntityIpAddress = flagged(1, { ipv4: on(2, ipv4), ipv6: on(1, ipv6) });
/** §8.2.138. */
export const sourceIpAddress = flagged(1, { ipv4: on(2, ipv4), ipv6: on(1, ipv6), prefixLength: on(3, uint(1)) });
/** §8.2.29, §8.2.35 and §8.2.78: unit and value; unit 0 counts 2 s, 1 a minute, 2 ten minutes, 3 an hour, 4 ten hours, 7 is infinite. */
export const timer = bits(1, { unit: field(8, 6), value: field(5, 1) });
/** §8.2.131. */
export const smfSetId = mapped(struct({ spare: octets(1), fqdn }), {
  read: ({ fqdn }) => fqdn,
  write: (value) => ({ spare: new Uint8Array(1), fqdn: value }),
});
/** §8.2.23. */
export const forwardingPolicy = sized(1, text(1, 255));
/** §8.2.128. */
export const ueIpAddressPoolIdentity = sized(2, text(1, 255));
/** §8.2.82 in TS 29.244 V15 and V16, since removed (IE type 116): where the UP function's F-TEIDs come from without FTUP. */
export interface UserPlaneIpResourceInformation {
  readonly teidRange?: { readonly bits: number; readonly value: number } | undefined;
  readonly ipv4?: Ipv4 | undefined;
  readonly ipv6?: Ipv6 | undefined;
  readonly networkInstance?: string | undefined;
  readonly sourceInterface?: number | undefined;
}
export const userPlaneIpResourceInformation: Schema<UserPlaneIpResourceInformation> = custom<UserPlaneIpResourceInformation>({
  name: "User Plane IP Resource Information",
  read: (reader) => {
    const flags = reader.u8("flags");
    const range = (flags >> 2) & 7;
    return {
      teidRange: range > 0 ? { bits: range, value: reader.u8("teidRange") } : undefined,
      ipv4: (flags & 1) !== 0 ? read4(reader, "ipv4") : undefined,
      ipv6: (flags & 2) !== 0 ? read6(reader, "ipv6") : undefined,
      networkInstance:
        (flags & 0x20) !== 0 ? toText(reader.octets(reader.left - ((flags & 0x40) !== 0 ? 1 : 0), "networkInstance")) : undefined,
      sourceInterface: (flags & 0x40) !== 0 ? reader.u8("sourceInterface") & 15 : undefined,
    };
  },
  write: (writer, { teidRange, ipv4, ipv6, networkInstance, sourceInterface }) => {
    const flag = (value: unknown, bit: number): number => (value === undefined ? 0 : bit);
    writer.u8(flag(ipv4, 1) | flag(ipv6, 2) | ((teidRange?.bits ?? 0) << 2) | flag(networkInstance, 0x20) | flag(sourceInterface, 0x40));
    if (teidRange !== undefined) writer.u8(teidRange.value);
    if (ipv4 !== undefined) writeIp(writer, ipv4);
    if (ipv6 !== undefined) writeIp(writer, ipv6);
    if (networkInstance !== undefined) writer.octets(fromText(networkInstance));
    if (sourceInterface !== undefined) writer.u8(sourceInterface);
  },
  sample: (pick) => ({
    teidRange: pick(2) === 0 ? undefined : { bits: 1 + pick(7), value: pick(256) },
    ipv4: pick(2) === 0 ? undefined : sample4(pick),
    ipv6: pick(2) === 0 ? undefined : sample6(pick),
    networkInstance: pick(2) === 0 ? undefined : `n6-${pick(100)}`,
    sourceInterface: pick(2) === 0 ? undefined : pick(4),
  }),
});

/** An IE whose inside nothing here looks at; `example` is what random messages carry. */
export const opaque = (example: string): Schema<Uint8Array> =>
  custom<Uint8Array>({
    name: "octets",
    read: (reader) => reader.rest(),
    write: (writer, value) => writer.octets(value),
    print: (value) => toHex(value),
    sample: () => hex(example),
  });
