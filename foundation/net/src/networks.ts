import { BlockList, isIP } from "node:net";
import type { Endpoint } from "./connections.ts";

/** The two lengths of an address by family. */
const bits = { 4: 32, 6: 128 } as const;

/** Which addresses and ports a list of endpoints means. */
export class Reach {
  readonly #parts: readonly { readonly port: number | undefined; readonly holds: (host: string, family: 4 | 6) => boolean }[];

  /** RangeError when a network is neither an address, a CIDR nor `any`. */
  constructor(endpoints: readonly Endpoint[]) {
    this.#parts = endpoints.map(({ network, port }) => ({ port, holds: networkOf(network) }));
  }

  /** @param host an address, never a name. */
  has(host: string, port: number): boolean {
    const family = isIP(host);
    if (family !== 4 && family !== 6) return false;
    return this.#parts.some((part) => (part.port === undefined || part.port === port) && part.holds(host, family));
  }
}

function networkOf(text: string): (host: string, family: 4 | 6) => boolean {
  if (text === "any") return () => true;
  const slash = text.lastIndexOf("/");
  const address = slash < 0 ? text : text.slice(0, slash);
  const family = isIP(address);
  if (family !== 4 && family !== 6) throw new RangeError(`${text} is neither an address, a network like 10.20.0.0/16, nor any`);
  const length = slash < 0 ? bits[family] : Number(text.slice(slash + 1));
  if (!Number.isInteger(length) || length < 0 || length > bits[family]) throw new RangeError(`${text}: the length is 0 to ${bits[family]}`);
  if (length === 0) return (_, of) => of === family;
  const list = new BlockList();
  list.addSubnet(address, length, `ipv${family}`);
  return (host, of) => list.check(host, `ipv${of}`);
}
