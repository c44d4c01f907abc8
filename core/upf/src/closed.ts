/** Destinations that no UE packet is delivered to: the core's own addresses, the host's, and addresses that are nobody's beyond a link. */
import { type IpPrefix, ipOctets, isIpv4 } from "@freehold/model";
import { type IpPacket, u32 } from "./packet.ts";

const broadcast = 0xffffffff;

interface Ranges {
  readonly v4: readonly (readonly [first: number, last: number])[];
  readonly v6: readonly { readonly octets: Uint8Array; readonly bits: number }[];
}

function rangesOf(prefixes: readonly IpPrefix[]): Ranges {
  return {
    v4: prefixes
      .filter(({ address }) => isIpv4(address))
      .map(({ address, length }) => {
        const first = u32(ipOctets(address), 0);
        return [first, first + 2 ** (32 - length) - 1];
      }),
    v6: prefixes.filter(({ address }) => !isIpv4(address)).map(({ address, length }) => ({ octets: ipOctets(address), bits: length })),
  };
}

/** What UEs may not reach, whatever their rules say. Prefixes that are always closed, and the host's addresses, which may change. */
export class ClosedDestinations {
  readonly #always: Ranges;
  #host: Ranges = { v4: [], v6: [] };

  constructor(prefixes: readonly IpPrefix[]) {
    this.#always = rangesOf(prefixes);
  }

  /** The addresses that the host has now, in place of those that it had. */
  set host(prefixes: readonly IpPrefix[]) {
    this.#host = rangesOf(prefixes);
  }

  /** Whether the destination of `packet`, read from `octets`, is closed. */
  holds(packet: IpPacket, octets: Uint8Array): boolean {
    if (packet.version === 4) {
      const to = packet.destination4;
      if (to === broadcast || to >>> 28 === 14 || to >>> 24 === 127 || to >>> 24 === 0 || to >>> 16 === 0xa9fe) return true;
      return within4(this.#always, to) || within4(this.#host, to);
    }
    const at = packet.destination;
    const first = octets[at]!;
    // multicast; link-local; ::/16, which holds ::, ::1 and the mapped IPv4 addresses
    if (first === 0xff || (first === 0xfe && octets[at + 1]! >> 6 === 2) || (first === 0 && octets[at + 1] === 0)) return true;
    return within6(this.#always, octets, at) || within6(this.#host, octets, at);
  }
}

function within4({ v4 }: Ranges, address: number): boolean {
  for (const [first, last] of v4) if (address >= first && address <= last) return true;
  return false;
}

function within6({ v6 }: Ranges, octets: Uint8Array, at: number): boolean {
  for (const { octets: prefix, bits } of v6) if (samePrefix(prefix, octets, at, bits)) return true;
  return false;
}

/** Whether the address at `at` begins with the first `bits` of `prefix`. */
export function samePrefix(prefix: Uint8Array, bytes: Uint8Array, at: number, bits: number): boolean {
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (prefix[i] !== bytes[at + i]) return false;
  const part = bits & 7;
  return part === 0 || ((prefix[whole]! ^ bytes[at + whole]!) & (0xff00 >> part) & 0xff) === 0;
}
