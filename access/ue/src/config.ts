import type { AirPort } from "@freehold/air";
import type { HomeNetworkPublicKey, Nea, Nia } from "@freehold/crypto";
import { type Dnn, imsiOf, type Secret, type SNssai, type Supi, splitImsi } from "@freehold/model";
import type { World } from "@freehold/runtime";
import type { TapeSink } from "@freehold/tape";

/** What is asked for in a PDU session. What is left out is the network's to choose. */
export interface SessionRequest {
  readonly dnn?: Dnn;
  /** IPv4v6 unless given. */
  readonly type?: "IPv4" | "IPv6" | "IPv4v6";
  readonly sNssai?: SNssai;
  /** 1 to 15; the first free one unless given. */
  readonly pduSessionId?: number;
}

/** A phone with its USIM. */
export interface UeConfig {
  readonly supi: Supi;
  /** Digits of the home network's MNC; 2 unless given. */
  readonly mncDigits?: 2 | 3;
  readonly k: Secret;
  /** OPc, or OP to derive it from: one of the two. */
  readonly opc?: Secret;
  readonly op?: Secret;
  /** 15 digits. */
  readonly imei?: string;
  /** 16 digits; made of the IMEI with software version 00 unless given. */
  readonly imeisv?: string;
  /** Conceals the SUPI by profile A or B; left out, the null scheme. */
  readonly homeNetworkKey?: HomeNetworkPublicKey;
  /** "0" unless given. */
  readonly routingIndicator?: string;
  /** Requested NSSAI; left out, none is requested. */
  readonly slices?: readonly SNssai[];
  /** What `bringUp` establishes after registration. */
  readonly sessions?: readonly SessionRequest[];
  readonly nea?: readonly Nea[];
  readonly nia?: readonly Nia[];
  /** EPS algorithms by number, for a phone that also does S1 mode; left out, the octets are not sent. */
  readonly eea?: readonly number[];
  readonly eia?: readonly number[];
  /** Where its cell is on the air. */
  readonly air: string;
  /** State of the USIM's SQN window, from `state().sqn` of an earlier life. */
  readonly sqn?: readonly number[];
  /** Put N1 on the tape, in clear: only where nobody else records it. */
  readonly record?: boolean;
}

export interface UeWorld extends World {
  readonly air: AirPort;
  readonly tape: TapeSink;
}

export interface CheckedUeConfig extends UeConfig {
  readonly mncDigits: 2 | 3;
  readonly routingIndicator: string;
  readonly imeisv: string;
  readonly nea: readonly Nea[];
  readonly nia: readonly Nia[];
}

/** Completes a configuration. RangeError naming the key that cannot be. */
export function checkedUeConfig(config: UeConfig): CheckedUeConfig {
  const { mncDigits = 2, routingIndicator = "0", nea = [0, 1, 2, 3], nia = [1, 2, 3] } = config;
  const want = (holds: boolean, key: string, why: string): void => {
    if (!holds) throw new RangeError(`UE: ${key}: ${why}`);
  };
  want(config.k.length === 16, "k", "wants 16 octets");
  want((config.opc === undefined) !== (config.op === undefined), "opc", "wants either OPc or OP");
  want((config.opc ?? config.op)?.length === 16, "opc", "wants 16 octets");
  want(imsiOf(config.supi) === undefined || splitImsi(config.supi, mncDigits) !== undefined, "supi", "is too short for its MNC");
  want(/^[0-9]{1,4}$/.test(routingIndicator), "routingIndicator", "wants one to four digits");
  want(config.imei === undefined || /^[0-9]{15}$/.test(config.imei), "imei", "wants 15 digits");
  want(config.imeisv === undefined || /^[0-9]{16}$/.test(config.imeisv), "imeisv", "wants 16 digits");
  want(nea.includes(0), "nea", "every phone has NEA0");
  want(
    nia.some((one) => one !== 0),
    "nia",
    "wants an algorithm that protects",
  );
  want((config.eea === undefined) === (config.eia === undefined), "eea", "wants EIA beside EEA");
  want((config.slices?.length ?? 0) <= 8, "slices", "wants at most eight");
  // TS 23.003 §6.2.2 (unchecked): an IMEISV is TAC, serial number and two digits of software version. Type allocation code 00101701 is for tests.
  const serial = (imsiOf(config.supi) ?? "000000").slice(-6);
  const imeisv = config.imeisv ?? `${config.imei?.slice(0, 14) ?? `00101701${serial}`}00`;
  return { ...config, mncDigits, routingIndicator, imeisv, nea, nia };
}
