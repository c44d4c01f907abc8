/** SDF filters: TS 29.244 §8.2.5 with the flow description of TS 29.212 §5.4.2 (IPFilterRule of RFC 6733 §4.3.1). */
import { type IpPrefix, ipOctets, parsePrefix } from "@freehold/model";
import { bad, good, type Result } from "@freehold/wire";
import type { IpPacket } from "./packet.ts";

interface Ports {
  readonly from: number;
  readonly to: number;
}

/** One end of a flow: an address prefix (undefined: any) and ports (empty: any). */
interface End {
  readonly address: Uint8Array | undefined;
  readonly bits: number;
  readonly ports: readonly Ports[];
}

/** A filter seen from the network: `remote` sends downlink packets, `ue` receives them. */
export interface SdfFilter {
  /** -1: any. */
  readonly protocol: number;
  readonly remote: End;
  readonly ue: End;
  /** Type of Service and its mask; -1: any. */
  readonly tos: number;
  readonly tosMask: number;
}

const anything: End = { address: undefined, bits: 0, ports: [] };
const maxPortRanges = 16;

/** `permit out ip from any to assigned`, `permit out 17 from 10.0.0.0/8 5060,6000-6100 to assigned 1024-65535`. */
export function parseFlowDescription(text: string): Result<Pick<SdfFilter, "protocol" | "remote" | "ue">> {
  const words = text.trim().split(/\s+/);
  const wrong = (why: string) => bad("invalid", "flowDescription", 0, `"${text.slice(0, 80)}": ${why}`);
  const [action, direction, protocolWord, fromWord, ...rest] = words;
  if (action !== "permit") return wrong("the action is permit");
  if (direction !== "out" && direction !== "in") return wrong("the direction is out or in");
  if (protocolWord === undefined || fromWord !== "from") return wrong("a protocol, then from");
  if (protocolWord !== "ip" && !/^\d{1,3}$/.test(protocolWord)) return wrong("the protocol is ip or a number");
  const protocol = protocolWord === "ip" ? -1 : Number(protocolWord);
  if (protocol > 255) return wrong("the protocol is at most 255");
  const to = rest.indexOf("to");
  if (to < 1) return wrong("an address, then to");
  const source = parseEnd(rest.slice(0, to));
  if (!source.ok) return wrong(source.error.detail);
  const destination = parseEnd(rest.slice(to + 1));
  if (!destination.ok) return wrong(destination.error.detail);
  // "in" is from the UE
  const [remote, ue] = direction === "out" ? [source.value, destination.value] : [destination.value, source.value];
  return good({ protocol, remote, ue });
}

function parseEnd(words: readonly string[]): Result<End> {
  const [address, ports, extra] = words;
  const wrong = (why: string) => bad("invalid", "flowDescription", 0, why);
  if (address === undefined) return wrong("an address is missing");
  // options of IPFilterRule would narrow the filter: leaving them out would let through more than was asked
  if (extra !== undefined) return wrong(`"${extra}" is not understood`);
  let prefix: IpPrefix | undefined;
  if (address !== "any" && address !== "assigned") {
    const parsed = parsePrefix(address);
    if (!parsed.ok) return wrong(`${address} is not an address`);
    prefix = parsed.value;
  }
  const list = ports === undefined ? [] : parsePorts(ports);
  if (list === undefined) return wrong(`${ports} are not ports`);
  return good({ address: prefix && ipOctets(prefix.address), bits: prefix?.length ?? 0, ports: list });
}

function parsePorts(text: string): Ports[] | undefined {
  const list: Ports[] = [];
  for (const part of text.split(",")) {
    const range = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part);
    if (range === null || list.length === maxPortRanges) return undefined;
    const from = Number(range[1]);
    const to = Number(range[2] ?? range[1]);
    if (from > to || to > 65_535) return undefined;
    list.push({ from, to });
  }
  return list;
}

export interface SdfFilterIe {
  readonly flowDescription?: string | undefined;
  readonly tosTrafficClass?: number | undefined;
  readonly securityParameterIndex?: number | undefined;
  readonly flowLabel?: number | undefined;
}

/** The filter of an IE. What is not matched here is refused, because without it the filter would match more than was asked. */
export function sdfFilter(ie: SdfFilterIe): Result<SdfFilter> {
  if (ie.securityParameterIndex !== undefined || ie.flowLabel !== undefined) {
    return bad("invalid", "sdfFilter", 0, "SPI and flow label are not matched");
  }
  const flow =
    ie.flowDescription === undefined ? good({ protocol: -1, remote: anything, ue: anything }) : parseFlowDescription(ie.flowDescription);
  if (!flow.ok) return flow;
  const tos = ie.tosTrafficClass;
  return good({ ...flow.value, tos: tos === undefined ? -1 : tos >> 8, tosMask: tos === undefined ? 0 : tos & 0xff });
}

function endHolds(end: End, bytes: Uint8Array, at: number, octets: number, port: number): boolean {
  const { address, bits, ports } = end;
  if (address !== undefined) {
    if (address.length !== octets) return false;
    const whole = bits >> 3;
    for (let i = 0; i < whole; i++) if (address[i] !== bytes[at + i]) return false;
    const part = bits & 7;
    if (part !== 0 && ((address[whole]! ^ bytes[at + whole]!) & (0xff00 >> part) & 0xff) !== 0) return false;
  }
  if (ports.length === 0) return true;
  if (port < 0) return false;
  for (let i = 0; i < ports.length; i++) if (port >= ports[i]!.from && port <= ports[i]!.to) return true;
  return false;
}

/** Whether a packet is of the flow; uplink packets have the ends exchanged (TS 29.244 §5.2.1A.2A, unchecked). */
export function sdfMatches(filter: SdfFilter, bytes: Uint8Array, packet: IpPacket, uplink: boolean): boolean {
  if (filter.protocol >= 0 && filter.protocol !== packet.protocol) return false;
  if (filter.tos >= 0 && (packet.tos & filter.tosMask) !== (filter.tos & filter.tosMask)) return false;
  const octets = packet.version === 4 ? 4 : 16;
  return (
    endHolds(uplink ? filter.ue : filter.remote, bytes, packet.source, octets, packet.sourcePort) &&
    endHolds(uplink ? filter.remote : filter.ue, bytes, packet.destination, octets, packet.destinationPort)
  );
}
