import { ip, ipOctets } from "@freehold/model";
import { PcoIdentifier, type PcoItem, type ProtocolConfigurationOptions } from "@freehold/nas";
import { concat } from "@freehold/wire";

export interface PcoFacts {
  readonly dns: readonly string[];
  readonly mtu: number;
  readonly pcscf?: readonly string[];
}

/** RFC 1877 §1.1 and §1.3; RFC 1661 §5: codes of configuration packets. */
const ipcp = { primaryDns: 129, secondaryDns: 131 } as const;
const ppp = { request: 1, ack: 2, nak: 3, reject: 4 } as const;

const octetsOf = (addresses: readonly string[], family: 4 | 6): Uint8Array[] =>
  addresses.filter((a) => a.includes(":") === (family === 6)).map((a) => ipOctets(ip(a)));

/** A PPP packet: code, identifier, length, data; undefined when the length does not fit. */
function packetOf(octets: Uint8Array): { code: number; id: number; data: Uint8Array } | undefined {
  if (octets.length < 4) return undefined;
  const length = (octets[2]! << 8) | octets[3]!;
  if (length < 4 || length > octets.length) return undefined;
  return { code: octets[0]!, id: octets[1]!, data: octets.subarray(4, length) };
}
const packet = (code: number, id: number, data: Uint8Array = new Uint8Array()): Uint8Array =>
  concat(Uint8Array.of(code, id, (data.length + 4) >> 8, (data.length + 4) & 255), data);

/** The DNS servers in a Configure-Nak; without servers the options are rejected as they came (RFC 1661 §5.3, §5.4). */
function answerIpcp(octets: Uint8Array, dns: readonly Uint8Array[]): Uint8Array | undefined {
  const asked = packetOf(octets);
  if (asked?.code !== ppp.request) return undefined;
  const options: Uint8Array[] = [];
  for (let at = 0; at + 2 <= asked.data.length; ) {
    const length = asked.data[at + 1]!;
    if (length < 2 || at + length > asked.data.length) return undefined;
    options.push(asked.data.subarray(at, at + length));
    at += length;
  }
  const servers = [
    [ipcp.primaryDns, dns[0]],
    [ipcp.secondaryDns, dns[1]],
  ] as const;
  const better = servers.flatMap(([type, server]) =>
    server !== undefined && options.some((o) => o[0] === type) ? [concat(Uint8Array.of(type, 6), server)] : [],
  );
  if (better.length > 0) return packet(ppp.nak, asked.id, concat(...better));
  return options.length === 0 ? packet(ppp.ack, asked.id) : packet(ppp.reject, asked.id, concat(...options));
}

/** RFC 1334 §2.2.2: any name and password pass; who the phone is was proved before. */
function answerPap(octets: Uint8Array): Uint8Array | undefined {
  const asked = packetOf(octets);
  return asked?.code === 1 ? packet(2, asked.id, Uint8Array.of(0)) : undefined;
}

/** RFC 1994 §4.2: success to the Response; the phone made the Challenge itself. */
function answerChap(octets: Uint8Array): Uint8Array | undefined {
  const asked = packetOf(octets);
  return asked?.code === 2 ? packet(3, asked.id) : undefined;
}

/** What the phone asked for and this network has, TS 24.008 §10.5.6.3 (unchecked); undefined when nothing is left to say. */
export function answerPco(
  asked: ProtocolConfigurationOptions | undefined,
  { dns, mtu, pcscf = [] }: PcoFacts,
): ProtocolConfigurationOptions | undefined {
  const dns4 = octetsOf(dns, 4);
  const answers = (id: number, contents: readonly (Uint8Array | undefined)[]): PcoItem[] =>
    contents.flatMap((octets) => (octets === undefined ? [] : [{ id, octets }]));
  const told = new Set<number>();
  const items = (asked?.items ?? []).flatMap(({ id, octets }): PcoItem[] => {
    switch (id) {
      case PcoIdentifier.ipcp:
        return answers(id, [answerIpcp(octets, dns4)]);
      case PcoIdentifier.pap:
        return answers(id, [answerPap(octets)]);
      case PcoIdentifier.chap:
        return answers(id, [answerChap(octets)]);
    }
    if (told.has(id)) return [];
    told.add(id);
    switch (id) {
      case PcoIdentifier.dnsServerIpv4Address:
        return answers(id, dns4);
      case PcoIdentifier.dnsServerIpv6Address:
        return answers(id, octetsOf(dns, 6));
      case PcoIdentifier.pCscfIpv4Address:
        return answers(id, octetsOf(pcscf, 4));
      case PcoIdentifier.pCscfIpv6Address:
        return answers(id, octetsOf(pcscf, 6));
      case PcoIdentifier.ipv4LinkMtu:
        return answers(id, [Uint8Array.of(mtu >> 8, mtu & 255)]);
      default:
        return [];
    }
  });
  return items.length === 0 ? undefined : { configurationProtocol: 0, items };
}
