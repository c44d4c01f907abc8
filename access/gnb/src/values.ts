/** Values of NGAP from and to those of the model. */
import { ipFromOctets, ipOctets, ngapPlmnOctets, type Plmn, parseIp, type SNssai, sdOctets, sNssai } from "@freehold/model";
import {
  bitsOf,
  type Cause,
  type CauseMisc,
  type CauseNas,
  type CauseRadioNetwork,
  type CauseTransport,
  type ProtocolCause,
  type SNSSAI,
  type TAI,
  type UPTransportLayerInformation,
  type UserLocationInformation,
} from "@freehold/ngap";
import { toHex, Writer } from "@freehold/wire";
import type { CheckedConfig } from "./config.ts";

export const radio = (value: CauseRadioNetwork): Cause => ({ choice: "radioNetwork", value });
export const protocol = (value: ProtocolCause): Cause => ({ choice: "protocol", value });
export const transport = (value: CauseTransport): Cause => ({ choice: "transport", value });
export const nas = (value: CauseNas): Cause => ({ choice: "nas", value });
export const misc = (value: CauseMisc): Cause => ({ choice: "misc", value });
export const causeText = (cause: Cause | undefined): string =>
  cause === undefined
    ? "no cause"
    : cause.choice === "choice-Extensions"
      ? "a cause of a later release"
      : `${cause.choice}: ${cause.value}`;

export const tacOctets = (tac: number): Uint8Array => new Writer(3).u24(tac).done();
export const ngapTai = (plmn: Plmn, tac: number): TAI => ({ pLMNIdentity: ngapPlmnOctets(plmn), tAC: tacOctets(tac) });

export function ngapSNssai(slice: SNssai): SNSSAI {
  const sD = sdOctets(slice);
  return { sST: Uint8Array.of(slice.sst), ...(sD === undefined ? {} : { sD }) };
}
export const sNssaiOf = ({ sST, sD }: SNSSAI): SNssai => sNssai(sST[0]!, sD === undefined ? undefined : toHex(sD));

/** NR cell identity: gNB ID, then the cell's own bits; 36 in all (TS 38.413 §9.3.1.7). */
export const nrCellIdentity = ({ gnbId, gnbIdBits, cellId }: CheckedConfig): number => gnbId * 2 ** (36 - gnbIdBits) + cellId;

/** User Location Information of a phone in our cell, on `plmn`. */
export const userLocation = (config: CheckedConfig, plmn: Plmn): UserLocationInformation => ({
  choice: "userLocationInformationNR",
  value: {
    nRCGI: { pLMNIdentity: ngapPlmnOctets(plmn), nRCellIdentity: bitsOf(nrCellIdentity(config), 36) },
    tAI: ngapTai(plmn, config.tac),
  },
});

export interface Tunnel {
  readonly host: string;
  readonly teid: number;
}

export function ngapTunnel({ host, teid }: Tunnel): UPTransportLayerInformation {
  const address = parseIp(host);
  if (!address.ok) throw new RangeError(`not an IP address: ${host}`);
  const bits = ipOctets(address.value);
  return {
    choice: "gTPTunnel",
    value: { transportLayerAddress: { bits, length: bits.length * 8 }, gTPTEID: new Writer(4).u32(teid).done() },
  };
}

/** The tunnel of an IE; of an IPv4 and IPv6 address together (160 bits) the one of `family`. Undefined when there is none to use. */
export function tunnelOf(information: UPTransportLayerInformation, family: 4 | 6): Tunnel | undefined {
  if (information.choice !== "gTPTunnel") return undefined;
  const { transportLayerAddress: address, gTPTEID } = information.value;
  if (![32, 128, 160].includes(address.length) || gTPTEID.length !== 4) return undefined;
  const part = address.length !== 160 ? address.bits : family === 4 ? address.bits.subarray(0, 4) : address.bits.subarray(4);
  const host = ipFromOctets(part.slice());
  const teid = ((gTPTEID[0]! << 24) | (gTPTEID[1]! << 16) | (gTPTEID[2]! << 8) | gTPTEID[3]!) >>> 0;
  return host.ok && part.some((octet) => octet !== 0) ? { host: host.value, teid } : undefined;
}
