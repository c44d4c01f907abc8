import { attempt, Reader, type Result, Writer } from "@freehold/wire";
import { formatAddress, parseAddress } from "./addresses.ts";
import { ParameterType } from "./codes.ts";
import { chunkHeader, inRow, octets32, padded, typed } from "./packet.ts";

/** What INIT (§3.3.2) and INIT ACK (§3.3.3) say. */
export interface Init {
  readonly tag: number;
  /** a_rwnd, octets. */
  readonly window: number;
  readonly outbound: number;
  readonly inbound: number;
  readonly tsn: number;
  /** Addresses listed; the packet's source address is one more. */
  readonly addresses: readonly string[];
  readonly cookie?: Uint8Array;
  /** Milliseconds by which the peer asks the cookie to live longer. */
  readonly preservative?: number;
  /** A Host Name Address was there, which §3.3.2.1 has an endpoint refuse. */
  readonly hostName: boolean;
  /** Address types 5 and 6 that the peer can use; undefined when it did not say, which means all. */
  readonly addressTypes?: readonly number[];
  /** Parameters not known whose type asks for a report, whole, for Unrecognized Parameter (§3.2.2). */
  readonly unrecognized: readonly Uint8Array[];
}

/** No more addresses than this are taken from one INIT: each costs a path with its timers. */
const maxAddresses = 8;
const maxReported = 16;

/** Reads the body of an INIT or INIT ACK chunk whose header is at `at`. Errors: `truncated` or `invalid`, with the field. */
export function parseInit(packet: Uint8Array, at: number, end: number): Result<Init> {
  return attempt(() => {
    const r = new Reader(packet, at + chunkHeader, end);
    const tag = r.u32("init.initiateTag");
    const window = r.u32("init.a_rwnd");
    const outbound = r.u16("init.outboundStreams");
    const inbound = r.u16("init.inboundStreams");
    const tsn = r.u32("init.initialTsn");
    const addresses: string[] = [];
    const unrecognized: Uint8Array[] = [];
    let cookie: Uint8Array | undefined;
    let preservative: number | undefined;
    let addressTypes: number[] | undefined;
    let hostName = false;
    while (r.left >= 4) {
      const from = r.at;
      const type = r.u16("init.parameter.type");
      const length = r.u16("init.parameter.length");
      if (length < 4) throw r.fault("invalid", "init.parameter.length", `${length} is less than its own header`, from + 2);
      const value = r.sub(length - 4, "init.parameter.value");
      r.at = Math.min(r.end, from + padded(length));
      if (type === ParameterType.ipv4Address || type === ParameterType.ipv6Address) {
        const address = formatAddress(value.octets(type === ParameterType.ipv4Address ? 4 : 16, "init.address"));
        if (addresses.length < maxAddresses && !addresses.includes(address)) addresses.push(address);
      } else if (type === ParameterType.stateCookie) {
        cookie = value.rest();
      } else if (type === ParameterType.cookiePreservative) {
        preservative = value.u32("init.cookiePreservative");
      } else if (type === ParameterType.supportedAddressTypes) {
        addressTypes = [];
        while (value.left >= 2) addressTypes.push(value.u16("init.supportedAddressTypes"));
      } else if (type === ParameterType.hostNameAddress) {
        hostName = true;
      } else if (type !== ParameterType.ecnCapable && type !== ParameterType.unrecognizedParameter) {
        // The two high bits say what to do (§3.2.1): report it if the second is set, go no further if the first is not.
        if (type & 0x4000 && unrecognized.length < maxReported) unrecognized.push(packet.slice(from, from + length));
        if (!(type & 0x8000)) break;
      }
    }
    return { tag, window, outbound, inbound, tsn, addresses, cookie, preservative, hostName, addressTypes, unrecognized };
  });
}

/** The value part of an INIT or INIT ACK chunk. */
export function initBody(
  init: Pick<Init, "tag" | "window" | "outbound" | "inbound" | "tsn"> & {
    readonly addresses?: readonly string[];
    readonly cookie?: Uint8Array;
    readonly preservative?: number;
    readonly unrecognized?: readonly Uint8Array[];
  },
): Uint8Array {
  const w = new Writer(20);
  w.u32(init.tag).u32(init.window).u16(init.outbound).u16(init.inbound).u32(init.tsn);
  const parts = [w.done()];
  for (const text of init.addresses ?? []) {
    const address = parseAddress(text);
    if (address !== undefined) parts.push(typed(address.length === 4 ? ParameterType.ipv4Address : ParameterType.ipv6Address, address));
  }
  if (init.preservative !== undefined) parts.push(typed(ParameterType.cookiePreservative, octets32(init.preservative)));
  if (init.cookie !== undefined) parts.push(typed(ParameterType.stateCookie, init.cookie));
  for (const parameter of init.unrecognized ?? []) parts.push(typed(ParameterType.unrecognizedParameter, parameter));
  return inRow(...parts);
}
