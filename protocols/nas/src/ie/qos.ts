import { type Ipv4, type Ipv6, ipFromOctets, ipOctets } from "@freehold/model";
import {
  choice,
  custom,
  field,
  list,
  octets,
  type Pick,
  type Reader,
  read,
  type Schema,
  sample,
  sampleOctets,
  sized,
  struct,
  type TypeOf,
  uint,
  type Writer,
  write,
} from "@freehold/wire";
import { readBitRate, writeBitRate } from "./session.ts";

const address = <T extends Ipv4 | Ipv6>(count: 4 | 16): Schema<T> =>
  custom({
    name: "address",
    read: (reader) => {
      const at = reader.at;
      const made = ipFromOctets(reader.octets(count, "address"));
      if (!made.ok) throw reader.fault("invalid", "address", made.error.detail, at);
      return made.value as T;
    },
    write: (writer, value) => writer.octets(ipOctets(value)),
    sample: (pick) => {
      const made = ipFromOctets(sampleOctets(count, pick));
      if (!made.ok) throw new RangeError(made.error.detail);
      return made.value as T;
    },
  });

const ipv4 = struct({ address: address<Ipv4>(4), mask: address<Ipv4>(4) });
const ipv6 = struct({ address: address<Ipv6>(16), prefixLength: uint(1, { max: 128 }) });
const port = uint(2);
const portRange = struct({ low: uint(2), high: uint(2) });
const mac = octets(6);
const macRange = struct({ low: octets(6), high: octets(6) });
const nothing = struct({});

/** Packet filter component, table 9.11.4.13.1; "local" is the UE. */
export const PacketFilterComponent = choice(1, field(8, 1), {
  "match-all": [0x01, nothing],
  "IPv4 remote address": [0x10, ipv4],
  "IPv4 local address": [0x11, ipv4],
  "IPv6 remote address/prefix length": [0x21, ipv6],
  "IPv6 local address/prefix length": [0x23, ipv6],
  "protocol identifier/next header": [0x30, uint(1)],
  "single local port": [0x40, port],
  "local port range": [0x41, portRange],
  "single remote port": [0x50, port],
  "remote port range": [0x51, portRange],
  "security parameter index": [0x60, uint(4)],
  "type of service/traffic class": [0x70, struct({ value: uint(1), mask: uint(1) })],
  "flow label": [0x80, uint(3)],
  "destination MAC address": [0x81, mac],
  "source MAC address": [0x82, mac],
  "802.1Q C-TAG VID": [0x83, uint(2)],
  "802.1Q S-TAG VID": [0x84, uint(2)],
  "802.1Q C-TAG PCP/DEI": [0x85, uint(1)],
  "802.1Q S-TAG PCP/DEI": [0x86, uint(1)],
  ethertype: [0x87, uint(2)],
  "destination MAC address range": [0x88, macRange],
  "source MAC address range": [0x89, macRange],
  "extended 802.1Q C-TAG PCP/DEI": [0x8a, uint(1)],
  "extended 802.1Q S-TAG PCP/DEI": [0x8b, uint(1)],
  // A count of entries, each with its own length: kept as octets, so nothing may follow it in the filter.
  "(S)RTP multiplexed media identification": [0x91, octets(1, 254)],
});
export type PacketFilterComponent = TypeOf<typeof PacketFilterComponent>;

export interface PacketFilter {
  /** 0 to 15. */
  readonly id: number;
  readonly direction: "downlink only" | "uplink only" | "bidirectional" | "reserved";
  readonly components: readonly PacketFilterComponent[];
}

/** Rule operation code, table 9.11.4.13.1. */
export const RuleOperation = {
  "create new QoS rule": 1,
  "delete existing QoS rule": 2,
  "modify existing QoS rule and add packet filters": 3,
  "modify existing QoS rule and replace all packet filters": 4,
  "modify existing QoS rule and delete packet filters": 5,
  "modify existing QoS rule without modifying packet filters": 6,
} as const;
export type RuleOperation = keyof typeof RuleOperation;
const operations = Object.keys(RuleOperation) as RuleOperation[];

/** One QoS rule, figure 9.11.4.13.2. */
export interface QosRule {
  /** 1 to 255; 0 when the UE asks for a new one. */
  readonly id: number;
  readonly operation: RuleOperation;
  /** DQR: the default QoS rule of the session. */
  readonly isDefault: boolean;
  /** Empty unless the operation has filters. */
  readonly packetFilters: readonly PacketFilter[];
  /** Identifiers of the filters to delete, only in "… and delete packet filters". */
  readonly deletedFilters?: readonly number[];
  /** 0 to 255, never 80; the lower the earlier. */
  readonly precedence?: number;
  /** 0 to 63. */
  readonly qfi?: number;
  readonly segregation?: boolean;
}

const directions = ["reserved", "downlink only", "uplink only", "bidirectional"] as const;
const Components = list(PacketFilterComponent, { min: 1, max: 255 });

function readFilter(reader: Reader): PacketFilter {
  const head = reader.u8("packetFilter");
  const contents = reader.sub(reader.u8("packetFilter.length"), "packetFilter");
  return { id: head & 15, direction: directions[(head >> 4) & 3]!, components: read(Components, contents, "packetFilter.components") };
}

function writeFilter(writer: Writer, { id, direction, components }: PacketFilter): void {
  writer.u8((directions.indexOf(direction) << 4) | id).counted(1, () => write(Components, writer, [...components]));
}

const deleting: RuleOperation = "modify existing QoS rule and delete packet filters";

function readRule(reader: Reader): QosRule {
  const id = reader.u8("id");
  const rule = reader.sub(reader.u16("length"), "rule");
  const at = rule.at;
  const head = rule.u8("operation");
  const operation = operations[(head >> 5) - 1];
  if (operation === undefined) throw rule.fault("invalid", "operation", `rule operation code ${head >> 5} is reserved`, at);
  const count = head & 15;
  const onlyNames = operation === deleting;
  const packetFilters = onlyNames ? [] : Array.from({ length: count }, () => readFilter(rule));
  const deletedFilters = onlyNames ? Array.from({ length: count }, () => rule.u8("packetFilter") & 15) : undefined;
  const precedence = rule.left > 0 ? rule.u8("precedence") : undefined;
  const flow = rule.left > 0 ? rule.u8("qfi") : undefined;
  return {
    id,
    operation,
    isDefault: (head & 16) !== 0,
    packetFilters,
    deletedFilters,
    precedence,
    qfi: flow === undefined ? undefined : flow & 63,
    segregation: flow === undefined ? undefined : (flow & 64) !== 0,
  };
}

function writeRule(writer: Writer, rule: QosRule): void {
  const { operation, packetFilters, deletedFilters = [], precedence, qfi } = rule;
  const count = operation === deleting ? deletedFilters.length : packetFilters.length;
  if (count > 15) throw new RangeError(`${count} packet filters in a rule, 15 at most`);
  if (qfi !== undefined && precedence === undefined) throw new RangeError("QFI without precedence (table 9.11.4.13.1, note 1)");
  writer.u8(rule.id).counted(2, () => {
    writer.u8((RuleOperation[operation] << 5) | (rule.isDefault ? 16 : 0) | count);
    if (operation === deleting) for (const id of deletedFilters) writer.u8(id);
    else for (const filter of packetFilters) writeFilter(writer, filter);
    if (precedence !== undefined) writer.u8(precedence);
    if (qfi !== undefined) writer.u8((rule.segregation ? 64 : 0) | qfi);
  });
}

function sampleFilter(pick: Pick): PacketFilter {
  return { id: pick(16), direction: directions[1 + pick(3)]!, components: [sampleComponent(pick)] };
}

/** The (S)RTP component takes all that follows it, so a sample has one component of a kind. */
const sampleComponent = (pick: Pick): PacketFilterComponent => sample(PacketFilterComponent, pick);

function sampleRule(pick: Pick): QosRule {
  const operation = operations[pick(operations.length)]!;
  const id = 1 + pick(255);
  const none = { id, operation, isDefault: false, packetFilters: [], deletedFilters: undefined };
  switch (operation) {
    case "delete existing QoS rule":
      return { ...none, precedence: undefined, qfi: undefined, segregation: undefined };
    case deleting:
      return { ...none, deletedFilters: [pick(16)], precedence: pick(256), qfi: undefined, segregation: undefined };
    case "modify existing QoS rule without modifying packet filters":
      return { ...none, precedence: pick(256), qfi: pick(64), segregation: false };
    default: {
      const packetFilters = Array.from({ length: 1 + pick(2) }, () => sampleFilter(pick));
      return { ...none, isDefault: pick(2) === 1, packetFilters, precedence: pick(80), qfi: 1 + pick(63), segregation: pick(2) === 1 };
    }
  }
}

/** QoS rules, §9.11.4.13. */
export const QosRules: Schema<QosRule[]> = list(custom({ name: "QoS rule", read: readRule, write: writeRule, sample: sampleRule }), {
  min: 1,
});

/** The rule that every session has, §6.2.5.1.1.2 (unchecked): default, matches all, last in precedence. `qfi` is 1 to 63. */
export const defaultQosRule = (qfi: number, { id = 1, precedence = 255 }: { id?: number; precedence?: number } = {}): QosRule => ({
  id,
  operation: "create new QoS rule",
  isDefault: true,
  packetFilters: [{ id: 1, direction: "bidirectional", components: [{ is: "match-all", value: {} }] }],
  precedence,
  qfi,
  segregation: false,
});

/** Operation code of a QoS flow description, table 9.11.4.12.1. */
export const FlowOperation = {
  "create new QoS flow description": 1,
  "delete existing QoS flow description": 2,
  "modify existing QoS flow description": 3,
} as const;
export type FlowOperation = keyof typeof FlowOperation;
const flowOperations = Object.keys(FlowOperation) as FlowOperation[];

/** One QoS flow description, figure 9.11.4.12.2. Rates in bit/s. */
export interface QosFlowDescription {
  /** 0 to 63. */
  readonly qfi: number;
  readonly operation: FlowOperation;
  /** E bit; left out it follows the operation: set to create, clear to delete, set (replaces all parameters) to modify. */
  readonly e?: boolean;
  readonly fiveQi?: number;
  readonly gfbrUplink?: number;
  readonly gfbrDownlink?: number;
  readonly mfbrUplink?: number;
  readonly mfbrDownlink?: number;
  /** Milliseconds. */
  readonly averagingWindow?: number;
  readonly epsBearerIdentity?: number;
  /** Parameters that nobody here knows. */
  readonly more?: readonly { readonly id: number; readonly octets: Uint8Array }[];
}

const Unknown = struct({ id: uint(1), octets: sized(1, octets(0, 255)) });
/** Parameter identifiers of bit rates, in the order of the table. */
const rates = [
  [2, "gfbrUplink"],
  [3, "gfbrDownlink"],
  [4, "mfbrUplink"],
  [5, "mfbrDownlink"],
] as const;

function readFlow(reader: Reader): QosFlowDescription {
  const qfi = reader.u8("qfi") & 63;
  const at = reader.at;
  const code = reader.u8("operation") >> 5;
  const operation = flowOperations[code - 1];
  if (operation === undefined) throw reader.fault("invalid", "operation", `operation code ${code} is reserved`, at);
  const head = reader.u8("parameters");
  const found: { -readonly [K in keyof QosFlowDescription]?: QosFlowDescription[K] } = {};
  const more: { id: number; octets: Uint8Array }[] = [];
  for (let i = 0; i < (head & 63); i++) {
    const id = reader.u8("parameter");
    const contents = reader.sub(reader.u8("parameter.length"), "parameter");
    const rate = rates.find(([of]) => of === id)?.[1];
    if (id === 1) found.fiveQi = contents.u8("fiveQi");
    else if (rate !== undefined) found[rate] = readBitRate(contents, rate);
    else if (id === 6) found.averagingWindow = contents.u16("averagingWindow");
    else if (id === 7) found.epsBearerIdentity = contents.u8("epsBearerIdentity") >> 4;
    else more.push({ id, octets: contents.rest() });
  }
  return { qfi, operation, e: (head & 64) !== 0, ...found, ...(more.length > 0 ? { more } : {}) };
}

function writeFlow(writer: Writer, flow: QosFlowDescription): void {
  const { operation, e = operation !== "delete existing QoS flow description", more = [] } = flow;
  const known = [flow.fiveQi, ...rates.map(([, name]) => flow[name]), flow.averagingWindow, flow.epsBearerIdentity];
  const count = known.filter((value) => value !== undefined).length + more.length;
  if (count > 63) throw new RangeError(`${count} parameters in a QoS flow description, 63 at most`);
  writer
    .u8(flow.qfi)
    .u8(FlowOperation[operation] << 5)
    .u8((e ? 64 : 0) | count);
  if (flow.fiveQi !== undefined) writer.u8(1).u8(1).u8(flow.fiveQi);
  for (const [id, name] of rates) {
    const rate = flow[name];
    if (rate !== undefined) {
      writer.u8(id).u8(3);
      writeBitRate(writer, rate);
    }
  }
  if (flow.averagingWindow !== undefined) writer.u8(6).u8(2).u16(flow.averagingWindow);
  if (flow.epsBearerIdentity !== undefined)
    writer
      .u8(7)
      .u8(1)
      .u8(flow.epsBearerIdentity << 4);
  for (const one of more) write(Unknown, writer, one);
}

function sampleFlow(pick: Pick): QosFlowDescription {
  const operation = flowOperations[pick(3)]!;
  const qfi = 1 + pick(63);
  if (operation === "delete existing QoS flow description") return { qfi, operation, e: false };
  const gbr = pick(2) === 1;
  return {
    qfi,
    operation,
    e: true,
    fiveQi: 1 + pick(9),
    ...(gbr ? { gfbrUplink: pick(1000) * 1000, gfbrDownlink: 64e6, mfbrUplink: 128e6, mfbrDownlink: 1e9, averagingWindow: 2000 } : {}),
    ...(pick(3) === 0 ? { epsBearerIdentity: 5 + pick(11) } : {}),
  };
}

/** QoS flow descriptions, §9.11.4.12. */
export const QosFlowDescriptions: Schema<QosFlowDescription[]> = list(
  custom({ name: "QoS flow description", read: readFlow, write: writeFlow, sample: sampleFlow }),
  { min: 1 },
);
