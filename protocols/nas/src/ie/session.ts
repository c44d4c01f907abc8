import { type Ambr, Cause5gmm, Cause5gsm, type Ipv4, type Ipv6, ipFromOctets, ipOctets } from "@freehold/model";
import {
  bits,
  type Codes,
  coded,
  custom,
  features,
  field,
  flag,
  list,
  mapped,
  type Reader,
  type Schema,
  sampleOctets,
  struct,
  uint,
  type Writer,
} from "@freehold/wire";

/** 5GMM cause, §9.11.3.2; the numbers are `Cause5gmm`. */
export const MmCause: Schema<number> = uint(1, { names: Cause5gmm });
/** 5GSM cause, §9.11.4.2; the numbers are `Cause5gsm`. */
export const SmCause: Schema<number> = uint(1, { names: Cause5gsm });

/** A half octet that is one code by its name; a code without name stays a number. */
const named = <const C extends Codes>(table: C, high = 3): Schema<(keyof C & string) | number> =>
  mapped(bits(1, { value: coded(table, high, 1) }), {
    read: ({ value }) => value as (keyof C & string) | number,
    write: (value) => ({ value }) as never,
  });

/** PDU session type, §9.11.4.11. A number is a value that is not used: it stands for IPv4v6. */
export const PduSessionTypes = { IPv4: 1, IPv6: 2, IPv4v6: 3, Unstructured: 4, Ethernet: 5 } as const;
export const PduSessionType = named(PduSessionTypes);

/** SSC mode, §9.11.4.16: 1 to 3; 4, 5, 6 stand for 1, 2, 3 at the network. */
export const SscMode: Schema<number> = mapped(bits(1, { mode: field(3, 1) }), { read: ({ mode }) => mode, write: (mode) => ({ mode }) });

/** Allowed SSC mode, §9.11.4.5. */
export const AllowedSscMode = bits(1, { ssc1: flag(1), ssc2: flag(2), ssc3: flag(3) });

/** Request type, §9.11.3.47. */
export const RequestTypes = {
  "initial request": 1,
  "existing PDU session": 2,
  "initial emergency request": 3,
  "existing emergency PDU session": 4,
  "modification request": 5,
  "MA PDU request": 6,
} as const;
export const RequestType = named(RequestTypes);

/** Payload container type, §9.11.3.40. */
export const PayloadContainerTypes = {
  "N1 SM information": 1,
  SMS: 2,
  "LTE Positioning Protocol message container": 3,
  "SOR transparent container": 4,
  "UE policy container": 5,
  "UE parameters update transparent container": 6,
  "Location services message container": 7,
  "CIoT user data container": 8,
  "Service-level-AA container": 9,
  "Event notification": 10,
  "UPP-CMI container": 11,
  "SLPP message container": 12,
  "Multiple payloads": 15,
} as const;
export const PayloadContainerType = named(PayloadContainerTypes, 4);

/** Integrity protection maximum data rate, §9.11.4.7. */
const IntegrityRates = { "64 kbps": 0, NULL: 1, "Full data rate": 255 } as const;
export const IntegrityProtectionMaximumDataRate = bits(2, {
  uplink: coded(IntegrityRates, 8, 1, 1),
  downlink: coded(IntegrityRates, 8, 1, 2),
});

/** 5GSM capability, §9.11.4.1: only what is set. */
export const Capability5gsm = features(1, 13, {
  rqos: flag(1, 1),
  mh6Pdu: flag(2, 1),
  eptS1: flag(3, 1),
  atsssSt: field(7, 4, 1),
  tpmic: flag(8, 1),
  apmqf: flag(1, 2),
  sdnaepc: flag(2, 2),
  rtpmmii: flag(3, 2),
  atsssLl: field(5, 4, 2),
  mptcp: flag(6, 2),
  mpquicUdp: flag(7, 2),
  mpquicIp: flag(8, 2),
  mpquicE: flag(1, 3),
  e8pcpdei: flag(2, 3),
});

/** 5GSM network feature support, §9.11.4.18: only what is set. */
export const NetworkFeatureSupport5gsm = features(1, 13, { eptS1: flag(1), naps: flag(2) });

/** Maximum number of supported packet filters, §9.11.4.9: 17 to 1024. */
export const MaximumNumberOfPacketFilters: Schema<number> = mapped(bits(2, { count: field(8, 6, 1, 2) }), {
  read: ({ count }) => count,
  write: (count) => ({ count }),
});

/** Re-attempt indicator, §9.11.4.17. */
export const ReAttemptIndicator = bits(1, { notInS1Mode: flag(1), notInEquivalentPlmn: flag(2) });

/** 5GSM congestion re-attempt indicator, §9.11.4.21. */
export const CongestionReAttemptIndicator = bits(1, { allPlmns: flag(1), currentAccessTypeOnly: flag(2) });

/** PDU session reactivation result error cause, §9.11.3.43. */
export const ReactivationErrorCauses = list(struct({ pduSessionId: uint(1), cause: MmCause }), { min: 1, max: 256 });

/** PDU address, §9.11.4.10: the phone makes its IPv6 link local address of the interface identifier. */
export interface PduAddress {
  readonly type: "IPv4" | "IPv6" | "IPv4v6";
  readonly ipv4?: Ipv4;
  /** Eight octets. */
  readonly interfaceIdentifier?: Uint8Array;
  /** SMF's IPv6 link local address, network to UE. */
  readonly smfLinkLocal?: Ipv6;
}

function readIp(reader: Reader, octets: 4 | 16, name: string): string {
  const at = reader.at;
  const address = ipFromOctets(reader.octets(octets, name));
  if (!address.ok) throw reader.fault("invalid", name, address.error.detail, at);
  return address.value;
}

export const PduAddressIe: Schema<PduAddress> = custom({
  name: "PDU address",
  read: (reader) => {
    const at = reader.at;
    const head = reader.u8("type");
    const type = ([undefined, "IPv4", "IPv6", "IPv4v6"] as const)[head & 7];
    if (type === undefined) throw reader.fault("invalid", "type", `PDU session type ${head & 7} has no address`, at);
    const interfaceIdentifier = type === "IPv4" ? undefined : reader.octets(8, "interfaceIdentifier");
    const ipv4 = type === "IPv6" ? undefined : (readIp(reader, 4, "ipv4") as Ipv4);
    const smfLinkLocal = (head & 8) !== 0 ? (readIp(reader, 16, "smfLinkLocal") as Ipv6) : undefined;
    return { type, ipv4, interfaceIdentifier, smfLinkLocal };
  },
  write: (writer, { type, ipv4, interfaceIdentifier, smfLinkLocal }) => {
    writer.u8(PduSessionTypes[type] | (smfLinkLocal === undefined ? 0 : 8));
    if ((interfaceIdentifier === undefined) !== (type === "IPv4") || (ipv4 === undefined) !== (type === "IPv6")) {
      throw new RangeError(`PDU address of type ${type} with another's address`);
    }
    if (interfaceIdentifier !== undefined) {
      if (interfaceIdentifier.length !== 8) throw new RangeError(`interface identifier of ${interfaceIdentifier.length} octets`);
      writer.octets(interfaceIdentifier);
    }
    if (ipv4 !== undefined) writer.octets(ipOctets(ipv4));
    if (smfLinkLocal !== undefined) writer.octets(ipOctets(smfLinkLocal));
  },
  sample: (pick) => {
    const type = (["IPv4", "IPv6", "IPv4v6"] as const)[pick(3)]!;
    const address = (octets: number): string => {
      const made = ipFromOctets(sampleOctets(octets, pick));
      return made.ok ? made.value : "";
    };
    return {
      type,
      ipv4: type === "IPv6" ? undefined : (address(4) as Ipv4),
      interfaceIdentifier: type === "IPv4" ? undefined : sampleOctets(8, pick),
      smfLinkLocal: pick(4) === 0 ? (address(16) as Ipv6) : undefined,
    };
  },
});

/** Bits per second of one step of a unit: 1, 4, 16, 64, 256 kbit/s, then the same of each higher prefix up to 256 Pbit/s. */
const units: readonly number[] = Array.from({ length: 26 }, (_, code) => {
  const step = code === 0 ? 0 : code - 1;
  return 4 ** (step % 5) * 1000 ** (1 + Math.floor(step / 5));
});
/** Units of one kbit/s, Mbit/s, … are tried first: they say the usual rates as people do. */
const byPreference = [1, 6, 11, 16, 21, ...units.keys()].filter((code) => code > 0);

/** A rate in three octets, unit and value, §9.11.4.14: bit/s. Unit 0 counts as 1 kbit/s and one above 25 as 256 Pbit/s. */
export function readBitRate(reader: Reader, name: string): number {
  const unit = reader.u8(name);
  return reader.u16(name) * units[Math.min(unit, 25)]!;
}

/** Exact where a unit says it exactly; else rounded up in the finest unit that reaches. */
export function writeBitRate(writer: Writer, rate: number): void {
  const exact = byPreference.find((code) => rate % units[code]! === 0 && rate / units[code]! <= 0xffff);
  const code = exact ?? units.findIndex((unit, i) => i > 0 && rate / unit <= 0xffff);
  if (code < 0 || rate < 0) throw new RangeError(`${rate} bit/s is not a bit rate`);
  writer.u8(code).u16(Math.ceil(rate / units[code]!));
}

/** Session-AMBR, §9.11.4.14: bit/s. */
export const SessionAmbr: Schema<Ambr> = custom({
  name: "session-AMBR",
  read: (reader) => {
    const downlink = readBitRate(reader, "downlink");
    return { uplink: readBitRate(reader, "uplink"), downlink };
  },
  write: (writer, { uplink, downlink }) => {
    writeBitRate(writer, downlink);
    writeBitRate(writer, uplink);
  },
  sample: (pick) => ({ uplink: (1 + pick(65_000)) * units[1 + pick(25)]!, downlink: (1 + pick(65_000)) * units[1 + pick(25)]! }),
});
