import { createHmac, timingSafeEqual } from "node:crypto";
import type { Random } from "@freehold/runtime";
import { concat, fromText, Reader, toText, WireFault, Writer } from "@freehold/wire";

/** All that an association needs, carried by the peer until it proves that it can receive (§5.1.3): we keep nothing meanwhile. */
export interface Cookie {
  /** Clock milliseconds when it was made, and for how long it is good. */
  readonly made: number;
  readonly life: number;
  readonly localPort: number;
  readonly remotePort: number;
  readonly localTag: number;
  readonly peerTag: number;
  /** Tags of the association that was there when the INIT came, or 0 (§5.2.2). */
  readonly localTieTag: number;
  readonly peerTieTag: number;
  readonly localTsn: number;
  readonly peerTsn: number;
  readonly peerWindow: number;
  /** Streams after negotiation: ours towards the peer, the peer's towards us. */
  readonly outbound: number;
  readonly inbound: number;
  /** Addresses of the peer, the source of its INIT first. */
  readonly addresses: readonly string[];
}

const macLength = 32;
const secretLife = 3_600_000;

/** Signs and checks state cookies with a secret that changes every hour; the one before stays good for cookies still on their way. */
export class CookieJar {
  readonly #random: Random;
  #secret: Uint8Array;
  #before: Uint8Array | undefined;
  #since: number;

  constructor(random: Random, now: number) {
    this.#random = random;
    this.#secret = random(32);
    this.#since = now;
  }

  seal(cookie: Cookie): Uint8Array {
    if (cookie.made - this.#since > secretLife) {
      this.#before = this.#secret;
      this.#secret = this.#random(32);
      this.#since = cookie.made;
    }
    const body = encode(cookie);
    return concat(mac(this.#secret, body), body);
  }

  /** The cookie, or undefined when it is not one of ours. Its age is the caller's to judge. */
  open(octets: Uint8Array): Cookie | undefined {
    if (octets.length <= macLength) return undefined;
    const claimed = octets.subarray(0, macLength);
    const body = octets.subarray(macLength);
    const ours = [this.#secret, this.#before].some((secret) => secret !== undefined && timingSafeEqual(claimed, mac(secret, body)));
    return ours ? decode(body) : undefined;
  }
}

const mac = (secret: Uint8Array, body: Uint8Array): Uint8Array => createHmac("sha256", secret).update(body).digest();

function encode(c: Cookie): Uint8Array {
  const w = new Writer(160);
  w.uint(Math.floor(c.made), 6).u32(c.life).u16(c.localPort).u16(c.remotePort);
  w.u32(c.localTag).u32(c.peerTag).u32(c.localTieTag).u32(c.peerTieTag);
  w.u32(c.localTsn).u32(c.peerTsn).u32(c.peerWindow).u16(c.outbound).u16(c.inbound);
  for (const address of c.addresses) w.counted(1, () => w.octets(fromText(address)));
  return w.done();
}

function decode(body: Uint8Array): Cookie | undefined {
  try {
    const r = new Reader(body);
    const made = r.uint(6, "made");
    const life = r.u32("life");
    const [localPort, remotePort] = [r.u16("localPort"), r.u16("remotePort")];
    const [localTag, peerTag, localTieTag, peerTieTag] = [r.u32("tag"), r.u32("tag"), r.u32("tie"), r.u32("tie")];
    const [localTsn, peerTsn, peerWindow] = [r.u32("tsn"), r.u32("tsn"), r.u32("window")];
    const [outbound, inbound] = [r.u16("outbound"), r.u16("inbound")];
    const addresses: string[] = [];
    while (r.left > 0) addresses.push(toText(r.octets(r.u8("address.length"), "address")));
    return {
      ...{ made, life, localPort, remotePort, localTag, peerTag, localTieTag, peerTieTag },
      ...{ localTsn, peerTsn, peerWindow, outbound, inbound, addresses },
    };
  } catch (fault) {
    if (fault instanceof WireFault) return undefined;
    throw fault;
  }
}
