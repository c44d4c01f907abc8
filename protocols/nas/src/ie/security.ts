import { bits, custom, field, flag, list, mapped, octets, type Reader, type Schema, sampleOctets, uint } from "@freehold/wire";

/** UE security capability, §9.11.3.54: numbers of the algorithms supported. Lossless, so that it can be replayed octet for octet. */
export interface UeSecurityCapability {
  readonly nea: readonly number[];
  readonly nia: readonly number[];
  /** Absent when octet 5 (6) is. */
  readonly eea?: readonly number[];
  readonly eia?: readonly number[];
  /** Octets 7 to 10 as received. */
  readonly spare?: Uint8Array;
}

function algorithms(octet: number): number[] {
  const numbers: number[] = [];
  for (let i = 0; i < 8; i++) if (octet & (0x80 >> i)) numbers.push(i);
  return numbers;
}

const octetOf = (numbers: readonly number[]): number => numbers.reduce((octet, n) => octet | (0x80 >> n), 0);

export const SecurityCapability: Schema<UeSecurityCapability> = custom({
  name: "UE security capability",
  read: (reader: Reader) => ({
    nea: algorithms(reader.u8("nea")),
    nia: algorithms(reader.u8("nia")),
    eea: reader.left > 0 ? algorithms(reader.u8("eea")) : undefined,
    eia: reader.left > 0 ? algorithms(reader.u8("eia")) : undefined,
    spare: reader.left > 0 ? reader.rest() : undefined,
  }),
  write: (writer, { nea, nia, eea, eia, spare }) => {
    writer.u8(octetOf(nea)).u8(octetOf(nia));
    if (eea === undefined && (eia !== undefined || spare !== undefined)) throw new RangeError("EIA without EEA");
    if (eia === undefined && spare !== undefined) throw new RangeError("spare octets without EIA");
    if (eea !== undefined) writer.u8(octetOf(eea));
    if (eia !== undefined) writer.u8(octetOf(eia));
    if (spare !== undefined) writer.octets(spare);
  },
  print: ({ nea, nia, eea, eia }) =>
    [
      `NEA ${nea.join(",")}`,
      `NIA ${nia.join(",")}`,
      ...(eea === undefined ? [] : [`EEA ${eea.join(",")}`]),
      ...(eia === undefined ? [] : [`EIA ${eia.join(",")}`]),
    ].join("  "),
  sample: (pick) => {
    const some = (): number[] => algorithms(pick(256));
    // EEA and EIA come together.
    const eps = pick(3) > 0;
    return {
      nea: some(),
      nia: some(),
      eea: eps ? some() : undefined,
      eia: eps ? some() : undefined,
      spare: eps && pick(4) === 0 ? sampleOctets(2, pick) : undefined,
    };
  },
});

/** NAS security algorithms, §9.11.3.34: numbers of the 5G-EA and 5G-IA chosen. */
export const SecurityAlgorithms = bits(1, { ciphering: field(8, 5), integrity: field(4, 1) });

/** EPS NAS security algorithms, TS 24.301 §9.9.3.23. */
export const EpsSecurityAlgorithms = bits(1, { ciphering: field(7, 5), integrity: field(3, 1) });

/** Additional 5G security information, §9.11.3.12. */
export const AdditionalSecurityInformation = bits(1, {
  /** HDP: a new KAMF must be derived. */
  horizontalDerivation: flag(1),
  /** RINMR: the whole initial NAS message must come again. */
  retransmissionOfInitialNasMessageRequested: flag(2),
});

/** IMEISV request, TS 24.008 §10.5.5.10. */
export const ImeisvRequest: Schema<boolean> = mapped(uint(1), {
  read: (raw) => (raw & 7) === 1,
  write: (requested) => (requested ? 1 : 0),
});

/** ABBA, §9.11.3.10. */
export const Abba = octets(2, 255);

export const Rand = octets(16);
export const Autn = octets(16);
/** Authentication response parameter, TS 24.301 §9.9.3.4 (unchecked): RES* has 16 octets in 5GS. */
export const ResStar = octets(16);
/** Authentication failure parameter, TS 24.301 §9.9.3.1 (unchecked): SQN concealed and MAC-S. */
export const Auts = octets(14);

/** PDU session identities of a bitmap of two octets, §9.11.3.44, §9.11.3.57, §9.11.3.13, §9.11.3.42: numbers 1 to 15, ascending. */
export const PduSessions: Schema<number[]> = mapped(list(uint(1), { min: 2 }), {
  read: ([low = 0, high = 0]) => {
    const bitmap = low | (high << 8);
    const identities: number[] = [];
    for (let psi = 1; psi <= 15; psi++) if (bitmap & (1 << psi)) identities.push(psi);
    return identities;
  },
  write: (identities) => {
    let bitmap = 0;
    for (const psi of identities) {
      if (!Number.isInteger(psi) || psi < 1 || psi > 15) throw new RangeError(`${psi} is not a PDU session identity`);
      bitmap |= 1 << psi;
    }
    return [bitmap & 0xff, bitmap >> 8];
  },
});
