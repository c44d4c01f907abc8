import { type Ipv4, ip, ipFromOctets, ipOctets, parsePrefix } from "@freehold/model";

const numberOf = (address: Ipv4): number => ipOctets(address).reduce((n, octet) => n * 256 + octet, 0);

function addressAt(n: number): Ipv4 {
  const made = ipFromOctets(Uint8Array.of(n / 2 ** 24, n / 2 ** 16, n / 2 ** 8, n));
  if (!made.ok) throw new RangeError(made.error.detail);
  return made.value as Ipv4;
}

/**
 * IPv4 addresses of one data network (TS 23.501 §5.8.2.2): each to one session at a time. A freed address comes last again, so that
 * packets for who had it before do not reach who has it next.
 */
export class AddressPool {
  readonly #first: number;
  readonly #size: number;
  readonly #used = new Set<number>();
  readonly #kept = new Set<number>();
  #next: number;

  /** `reserved` are never given, nor are the network's own address, the first host (the router) and the broadcast address. */
  constructor(cidr: string, reserved: readonly string[] = []) {
    const prefix = parsePrefix(cidr);
    if (!prefix.ok) throw new RangeError(`pool "${cidr}": ${prefix.error.detail}`);
    const { address, length } = prefix.value;
    if (address.includes(":") || length > 29 || length < 8)
      throw new RangeError(`pool "${cidr}": wants IPv4 with a prefix of 8 to 29 bits`);
    this.#first = numberOf(address as Ipv4);
    this.#size = 2 ** (32 - length);
    for (const n of [0, 1, this.#size - 1]) this.#kept.add(this.#first + n);
    for (const text of reserved) if (!text.includes(":")) this.#kept.add(numberOf(ip(text) as Ipv4));
    this.#next = this.#first;
  }

  get used(): number {
    return this.#used.size;
  }

  /** An address that nobody has, or undefined when all are taken. */
  take(): Ipv4 | undefined {
    for (let tries = 0; tries < this.#size; tries++) {
      const n = this.#next;
      this.#next = n + 1 < this.#first + this.#size ? n + 1 : this.#first;
      if (this.#used.has(n) || this.#kept.has(n)) continue;
      this.#used.add(n);
      return addressAt(n);
    }
    return undefined;
  }

  /** Takes this very address, of the pool or a subscriber's own; false when somebody has it. */
  reserve(address: Ipv4): boolean {
    const n = numberOf(address);
    if (this.#used.has(n)) return false;
    this.#used.add(n);
    return true;
  }

  release(address: Ipv4): void {
    this.#used.delete(numberOf(address));
  }
}
