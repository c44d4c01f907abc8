import {
  AF_INET,
  c,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  memory,
  must,
  plain,
  SO_RCVBUF,
  SO_SNDBUF,
  SOCK_OURS,
  SOCK_RAW,
  SOL_SOCKET,
  setOption,
} from "./libc.ts";
import { READABLE, Watch } from "./loop.ts";
import { familyOf, formatIp, ipWithin, sockaddr, sockaddrSize } from "./sockaddr.ts";

const largest = 65_535;
/** Packets taken in one turn before others have theirs. */
const perTurn = 64;

/** A raw socket of one IP protocol on one address: payloads without IP header in and out. Needs CAP_NET_RAW in its namespace. */
export class RawIp {
  readonly address: string;
  readonly #fd: number;
  readonly #family: number;
  readonly #octets = memory(largest);
  readonly #view = plain(this.#octets);
  readonly #from = memory(sockaddrSize);
  readonly #fromLength = memory(4);
  #to: { host: string; name: Buffer } | undefined;
  #watch: Watch | undefined;
  #open = true;

  private constructor(fd: number, address: string) {
    this.#fd = fd;
    this.#family = familyOf(address);
    this.address = address;
  }

  /** Opens in the network namespace of this thread. Throws `LinuxError`: EPERM, EADDRNOTAVAIL, EINVAL. */
  static open(protocol: number, address: string): RawIp {
    const name = sockaddr(address, 0);
    const fd = must(c.socket(familyOf(address), SOCK_RAW | SOCK_OURS, protocol), `socket raw IP ${protocol}`);
    try {
      setOption(fd, SOL_SOCKET, SO_RCVBUF, 4 << 20);
      setOption(fd, SOL_SOCKET, SO_SNDBUF, 4 << 20);
      must(c.bind(fd, name, name.byteLength), `bind raw IP ${address}`);
      return new RawIp(fd, address);
    } catch (error) {
      c.close(fd);
      throw error;
    }
  }

  /** Gives each packet's payload, copied, with its source. */
  watch(onPacket: (payload: Uint8Array, from: string) => void, fault: (error: unknown) => void): void {
    const onReady = (): void => {
      for (let i = 0; i < perTurn && this.#open; i++) {
        this.#fromLength.writeUInt32LE(sockaddrSize);
        const length = c.recvfrom(this.#fd, this.#octets, this.#octets.byteLength, MSG_DONTWAIT, this.#from, this.#fromLength);
        if (length < 0) return;
        const start = this.#headerLength(length);
        if (start === undefined) continue;
        try {
          onPacket(this.#view.slice(start, length), formatIp(ipWithin(this.#from, 0)));
        } catch (error) {
          fault(error);
        }
      }
    };
    this.#watch ??= new Watch(this.#fd, onReady, fault);
    this.#watch.want(READABLE);
  }

  /** Over IPv4 a raw socket gives the IP header too (raw(7)), over IPv6 it does not (RFC 3542 §3). */
  #headerLength(length: number): number | undefined {
    if (this.#family !== AF_INET) return 0;
    const header = (this.#octets[0]! & 0x0f) * 4;
    return length >= 20 && header >= 20 && header <= length ? header : undefined;
  }

  send(payload: Uint8Array, to: string): void {
    if (!this.#open || familyOf(to) !== this.#family || payload.length > largest) return;
    if (this.#to?.host !== to) this.#to = { host: to, name: sockaddr(to, 0) };
    const { name } = this.#to;
    c.sendto(this.#fd, payload, payload.byteLength, MSG_DONTWAIT | MSG_NOSIGNAL, name, name.byteLength); // lost silently
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    const closed = this.#watch?.close();
    c.close(this.#fd);
    await closed;
  }
}
