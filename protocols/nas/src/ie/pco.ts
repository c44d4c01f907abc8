import { custom, type Schema, sampleOctets, toHex } from "@freehold/wire";

/**
 * Identifiers of protocols and containers, TS 24.008 §10.5.6.3 (unchecked). The same number asks from the UE (no octets) and answers
 * from the network. 0x0023 and above named "TwoOctets" have a length of two octets.
 */
export const PcoIdentifier = {
  pCscfIpv6Address: 0x0001,
  imCnSubsystemSignallingFlag: 0x0002,
  dnsServerIpv6Address: 0x0003,
  msSupportOfNetworkRequestedBearerControl: 0x0005,
  ipAddressAllocationViaNasSignalling: 0x000a,
  ipv4AddressAllocationViaDhcpv4: 0x000b,
  pCscfIpv4Address: 0x000c,
  dnsServerIpv4Address: 0x000d,
  msisdn: 0x000e,
  ipv4LinkMtu: 0x0010,
  localAddressInTft: 0x0011,
  pCscfReselectionSupport: 0x0012,
  nonIpLinkMtu: 0x0015,
  apnRateControl: 0x0016,
  psDataOff: 0x0017,
  reliableDataService: 0x0018,
  pduSessionId: 0x001a,
  ethernetFramePayloadMtu: 0x0020,
  unstructuredLinkMtu: 0x0021,
  fiveGsmCause: 0x0022,
  qosRulesTwoOctets: 0x0023,
  qosFlowDescriptionsTwoOctets: 0x0024,
  atsssResponseTwoOctets: 0x0030,
  dnsServerSecurityInformationTwoOctets: 0x0031,
  ecsConfigurationInformationTwoOctets: 0x0032,
  serviceLevelAaTwoOctets: 0x0041,
  lcp: 0xc021,
  pap: 0xc023,
  chap: 0xc223,
  ipcp: 0x8021,
} as const;

const longOnes: ReadonlySet<number> = new Set([
  PcoIdentifier.qosRulesTwoOctets,
  PcoIdentifier.qosFlowDescriptionsTwoOctets,
  PcoIdentifier.atsssResponseTwoOctets,
  PcoIdentifier.dnsServerSecurityInformationTwoOctets,
  PcoIdentifier.ecsConfigurationInformationTwoOctets,
  PcoIdentifier.serviceLevelAaTwoOctets,
]);
const names: ReadonlyMap<number, string> = new Map(Object.entries(PcoIdentifier).map(([name, id]) => [id, name]));

/** One protocol or container. */
export interface PcoItem {
  readonly id: number;
  readonly octets: Uint8Array;
}

/** (Extended) protocol configuration options, TS 24.008 §10.5.6.3, §10.5.6.3A. */
export interface ProtocolConfigurationOptions {
  /** 0: PPP for use with IP; the only one there is. */
  readonly configurationProtocol?: number;
  readonly items: readonly PcoItem[];
}

export const ProtocolConfigurationOptionsIe: Schema<ProtocolConfigurationOptions> = custom({
  name: "protocol configuration options",
  read: (reader) => {
    const configurationProtocol = reader.u8("configurationProtocol") & 7;
    const items: PcoItem[] = [];
    while (reader.left > 0) {
      const id = reader.u16("id");
      const length = longOnes.has(id) ? reader.u16("length") : reader.u8("length");
      items.push({ id, octets: reader.octets(length, "contents") });
    }
    return { configurationProtocol, items };
  },
  write: (writer, { configurationProtocol = 0, items }) => {
    writer.u8(0x80 | configurationProtocol);
    for (const { id, octets } of items) writer.u16(id).counted(longOnes.has(id) ? 2 : 1, () => writer.octets(octets));
  },
  print: ({ items }, indent) => {
    const margin = `\n${"  ".repeat(indent + 1)}`;
    return items.map(({ id, octets }) => `${margin}${names.get(id) ?? id.toString(16).padStart(4, "0")}: ${toHex(octets)}`).join("");
  },
  sample: (pick) => {
    const ids = [...names.keys(), 0xff00];
    return {
      configurationProtocol: 0,
      items: Array.from({ length: pick(5) }, () => ({ id: ids[pick(ids.length)]!, octets: sampleOctets(pick(20), pick) })),
    };
  },
});
