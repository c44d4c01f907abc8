/** A data network: its name, its address pools, the UEs that are in it. */
import { type IpAddress, type IpPrefix, ipFromOctets, ipOctets, isIpv4, parsePrefix, prefixHolds } from "@freehold/model";
import { samePrefix } from "./closed.ts";
import type { N6 } from "./n6/n6.ts";
import { u32 } from "./packet.ts";
import { prefixKey, type Session } from "./session.ts";

export interface NetworkConfig {
  /** The DNN; network instances are compared with it and with `networkInstances`, without regard to case. */
  readonly dnn: string;
  readonly networkInstances?: readonly string[];
  /** CIDR. UE addresses outside are refused; the first host address of the first pool of a family is our own, for ICMP. */
  readonly pools: readonly string[];
  /** Whether its UEs reach each other; the UPF's `ueToUe` when left out. */
  readonly ueToUe?: boolean | undefined;
  /** Largest packet towards its UEs; the UPF's `mtu` when left out. */
  readonly mtu?: number | undefined;
}

/** Upper case does not count, and labels with lengths in front are the same name as labels with dots. */
export function networkKey(name: string): string {
  const first = name.charCodeAt(0);
  const dotted = first < 64 && first + 1 <= name.length && first > 0 && first < 33 ? unlabel(name) : name;
  return dotted.toLowerCase();
}
function unlabel(name: string): string {
  const parts: string[] = [];
  for (let at = 0; at < name.length; ) {
    const length = name.charCodeAt(at);
    parts.push(name.slice(at + 1, at + 1 + length));
    at += 1 + length;
  }
  return parts.join(".");
}

/** A pool of our configuration; RangeError when it is none. */
export function poolOf(text: string): IpPrefix {
  const made = parsePrefix(text);
  if (!made.ok) throw new RangeError(`pool ${text}: ${made.error.detail}`);
  return made.value;
}

/** The first host address of a pool. */
export function firstHost(pool: IpPrefix): IpAddress {
  const octets = ipOctets(pool.address);
  octets[octets.length - 1]! |= 1;
  const made = ipFromOctets(octets);
  return made.ok ? made.value : pool.address;
}

export class Network {
  readonly dnn: string;
  readonly keys: readonly string[];
  readonly pools: readonly IpPrefix[];
  readonly n6: N6;
  readonly ueToUe: boolean;
  readonly mtu: number;
  readonly ue4 = new Map<number, Session>();
  readonly ue6 = new Map<string, Session>();
  /** Our own address in the network, for ICMP. */
  readonly gateway4: number | undefined;
  readonly gateway6: Uint8Array | undefined;
  /** First and last address of each IPv4 pool, and the IPv6 pools: is a destination a UE's, though none has it now? */
  readonly #ranges4: readonly (readonly [number, number])[];
  readonly #ranges6: readonly { readonly octets: Uint8Array; readonly bits: number }[];

  constructor(config: NetworkConfig, n6: N6) {
    this.dnn = config.dnn;
    this.keys = [config.dnn, ...(config.networkInstances ?? [])].map(networkKey);
    this.pools = config.pools.map(poolOf);
    this.n6 = n6;
    this.ueToUe = config.ueToUe ?? false;
    this.mtu = config.mtu ?? 1_400;
    const pool4 = this.pools.find((pool) => isIpv4(pool.address));
    const pool6 = this.pools.find((pool) => !isIpv4(pool.address));
    this.gateway4 = pool4 && u32(ipOctets(firstHost(pool4)), 0);
    this.gateway6 = pool6 && ipOctets(firstHost(pool6));
    this.#ranges4 = this.pools
      .filter((pool) => isIpv4(pool.address))
      .map((pool) => {
        const first = u32(ipOctets(pool.address), 0);
        return [first, first + 2 ** (32 - pool.length) - 1];
      });
    this.#ranges6 = this.pools
      .filter((pool) => !isIpv4(pool.address))
      .map((pool) => ({ octets: ipOctets(pool.address), bits: pool.length }));
  }

  /** Whether a UE may have this address. */
  serves(address: IpAddress): boolean {
    return this.pools.length === 0 || this.pools.some((pool) => prefixHolds(pool, address));
  }

  inPool4(address: number): boolean {
    for (const [first, last] of this.#ranges4) if (address >= first && address <= last) return true;
    return false;
  }

  /** Whether the IPv6 address at `at` is one of a pool. */
  inPool6(octets: Uint8Array, at: number): boolean {
    for (const { octets: prefix, bits } of this.#ranges6) if (samePrefix(prefix, octets, at, bits)) return true;
    return false;
  }

  owner(address: IpAddress): Session | undefined {
    const octets = ipOctets(address);
    return isIpv4(address) ? this.ue4.get(u32(octets, 0)) : this.ue6.get(prefixKey(octets, 0));
  }

  add(session: Session): void {
    for (const address of session.ue4) this.ue4.set(address, session);
    for (const prefix of session.ue6) this.ue6.set(prefix, session);
  }

  remove(session: Session): void {
    for (const address of session.ue4) if (this.ue4.get(address) === session) this.ue4.delete(address);
    for (const prefix of session.ue6) if (this.ue6.get(prefix) === session) this.ue6.delete(prefix);
  }
}
