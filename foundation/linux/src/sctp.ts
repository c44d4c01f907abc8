// The kernel's SCTP by its one-to-one sockets (RFC 6458 §4): a descriptor an association. Struct offsets are those of linux/sctp.h.
import {
  AF_INET6,
  addressOf,
  c,
  EAGAIN,
  EINPROGRESS,
  errno,
  LinuxError,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  memory,
  must,
  pendingError,
  plain,
  SO_LINGER,
  SO_SNDBUF,
  SOCK_OURS,
  SOCK_STREAM,
  SOL_SOCKET,
  setOption,
} from "./libc.ts";
import { Watch } from "./loop.ts";
import { type Endpoint, familyOf, getSockaddr, localOf, sockaddr, sockaddrSize } from "./sockaddr.ts";

const IPPROTO_SCTP = 132;
const SCTP = { INITMSG: 2, NODELAY: 3, EVENTS: 11, STATUS: 14, BINDX_ADD: 100, SNDRCV: 1 } as const;
const MSG_NOTIFICATION = 0x8000;
const MSG_EOR = 0x80;
const ASSOC_CHANGE = 0x8001;
const COMM_LOST = 1;
const RESTART = 2;
const SHUTDOWN_COMP = 3;
const ECONNRESET = 104;
const SHUT_WR = 1;
/** A cmsghdr and a struct sctp_sndrcvinfo: stream 0, ssn 2, flags 4, ppid 8, …, 32 octets. */
const CONTROL = 16 + 32;
const MSGHDR = 56;
const receiveSize = 262_144;
const largestMessage = 1 << 20;

/** What the kernel gave. */
export type SctpEvent =
  | { readonly is: "message"; readonly stream: number; readonly ppid: number; readonly data: Uint8Array }
  | { readonly is: "restart" }
  | { readonly is: "end"; readonly how: "shutdown" | "abort" | "lost"; readonly why: string };

/** A msghdr with one iovec and a control buffer, pinned together. */
class Message {
  readonly header = memory(MSGHDR);
  readonly vector = memory(16);
  readonly control = memory(64);
  constructor() {
    this.header.writeBigUInt64LE(addressOf(this.vector), 16);
    this.header.writeBigUInt64LE(1n, 24);
    this.header.writeBigUInt64LE(addressOf(this.control), 32);
  }
  point(at: bigint, length: number, control: number): void {
    this.vector.writeBigUInt64LE(at, 0);
    this.vector.writeBigUInt64LE(BigInt(length), 8);
    this.header.writeBigUInt64LE(BigInt(control), 40);
    this.header.writeInt32LE(0, 48);
  }
}

export class SctpSocket {
  readonly local: Endpoint;
  readonly remote: Endpoint | undefined;
  /** Called while the socket is ready, with READABLE and WRITABLE. */
  onReady: (events: number) => void = () => {};
  readonly #fd: number;
  readonly #watch: Watch;
  readonly #message = new Message();
  readonly #octets = memory(receiveSize);
  readonly #view = plain(this.#octets);
  readonly #at = addressOf(this.#octets);
  #parts: Uint8Array[] = [];
  #partial = 0;
  #open = true;

  private constructor(fd: number, remote: Endpoint | undefined, fault: (error: unknown) => void) {
    this.#fd = fd;
    this.remote = remote;
    this.local = localOf(fd);
    this.#watch = new Watch(fd, (events) => this.onReady(events), fault);
  }

  static #socket(family: number, streams: number): number {
    const fd = must(c.socket(family, SOCK_STREAM | SOCK_OURS, IPPROTO_SCTP), "socket SCTP");
    const init = memory(8); // struct sctp_initmsg: num_ostreams 0, max_instreams 2, max_attempts 4, max_init_timeo 6
    init.writeUInt16LE(streams, 0);
    init.writeUInt16LE(streams, 2);
    must(c.setsockopt(fd, IPPROTO_SCTP, SCTP.INITMSG, init, init.byteLength), "setsockopt SCTP_INITMSG");
    setOption(fd, IPPROTO_SCTP, SCTP.NODELAY, 1);
    setOption(fd, SOL_SOCKET, SO_SNDBUF, 1 << 20);
    SctpSocket.#subscribe(fd);
    return fd;
  }

  static #subscribe(fd: number): void {
    const events = memory(6); // struct sctp_event_subscribe: data_io 0, association 1, address 2, send_failure 3, peer_error 4, shutdown 5
    events[0] = 1;
    events[1] = 1;
    must(c.setsockopt(fd, IPPROTO_SCTP, SCTP.EVENTS, events, events.byteLength), "setsockopt SCTP_EVENTS");
  }

  /** Listens on all `addresses` with one port. Throws `LinuxError`: EPROTONOSUPPORT or ESOCKTNOSUPPORT when the kernel has no SCTP. */
  static listen(addresses: readonly [string, ...string[]], port: number, streams: number, fault: (error: unknown) => void): SctpSocket {
    const six = addresses.some((address) => familyOf(address) === AF_INET6);
    const fd = SctpSocket.#socket(six ? AF_INET6 : familyOf(addresses[0]), streams);
    try {
      const first = sockaddr(addresses[0], port);
      must(c.bind(fd, first, first.byteLength), `bind SCTP ${addresses[0]} port ${port}`);
      const bound = localOf(fd).port;
      for (const address of addresses.slice(1)) {
        const further = sockaddr(address, bound);
        must(c.setsockopt(fd, IPPROTO_SCTP, SCTP.BINDX_ADD, further, further.byteLength), `bindx SCTP ${address} port ${bound}`);
      }
      must(c.listen(fd, 128), "listen SCTP");
      return new SctpSocket(fd, undefined, fault);
    } catch (error) {
      c.close(fd);
      throw error;
    }
  }

  /** Sends INIT; the socket is writable when it has succeeded or failed: then `connected` says which. */
  static connect(local: Endpoint | undefined, remote: Endpoint, streams: number, fault: (error: unknown) => void): SctpSocket {
    const fd = SctpSocket.#socket(familyOf(remote.host), streams);
    try {
      if (local !== undefined) {
        const from = sockaddr(local.host, local.port);
        must(c.bind(fd, from, from.byteLength), `bind SCTP ${local.host} port ${local.port}`);
      }
      const to = sockaddr(remote.host, remote.port);
      const what = `connect SCTP ${remote.host} port ${remote.port}`;
      if (c.connect(fd, to, to.byteLength) < 0) {
        const failed = errno();
        if (failed !== EINPROGRESS) throw new LinuxError(what, failed);
      }
      return new SctpSocket(fd, remote, fault);
    } catch (error) {
      c.close(fd);
      throw error;
    }
  }

  /** Throws the `LinuxError` for which connecting failed. */
  connected(): void {
    const failed = pendingError(this.#fd);
    if (failed !== 0) throw new LinuxError(`connect SCTP ${this.remote?.host} port ${this.remote?.port}`, failed);
  }

  /** The next association of a listening socket, or undefined when none waits. */
  accept(fault: (error: unknown) => void): SctpSocket | undefined {
    if (!this.#open) return undefined;
    const from = memory(sockaddrSize);
    const length = memory(4);
    length.writeUInt32LE(sockaddrSize);
    const fd = c.accept4(this.#fd, from, length, SOCK_OURS);
    if (fd < 0) return undefined;
    try {
      SctpSocket.#subscribe(fd);
      return new SctpSocket(fd, getSockaddr(from), fault);
    } catch (error) {
      c.close(fd);
      throw error;
    }
  }

  want(events: number): void {
    if (this.#open) this.#watch.want(events);
  }

  /** Streams as negotiated. */
  streams(): { inbound: number; outbound: number } {
    const status = memory(256); // struct sctp_status: assoc_id 0, state 4, rwnd 8, unackdata 12, penddata 14, instrms 16, outstrms 18
    const length = memory(4);
    length.writeUInt32LE(status.byteLength);
    must(c.getsockopt(this.#fd, IPPROTO_SCTP, SCTP.STATUS, status, length), "getsockopt SCTP_STATUS");
    return { inbound: status.readUInt16LE(16), outbound: status.readUInt16LE(18) };
  }

  /** The next event, or undefined when nothing waits. */
  receive(): SctpEvent | undefined {
    while (this.#open) {
      this.#message.point(this.#at, receiveSize, 64);
      const length = c.recvmsg(this.#fd, this.#message.header, MSG_DONTWAIT);
      if (length < 0) {
        const failed = errno();
        return failed === EAGAIN ? undefined : this.#failed(failed);
      }
      if (length === 0) return { is: "end", how: "shutdown", why: "shut down" };
      const flags = this.#message.header.readInt32LE(48);
      const event = (flags & MSG_NOTIFICATION) !== 0 ? this.#notified(length) : this.#part(length, (flags & MSG_EOR) !== 0);
      if (event !== undefined) return event;
    }
    return undefined;
  }

  #part(length: number, whole: boolean): SctpEvent | undefined {
    this.#partial += length;
    if (this.#partial > largestMessage) return { is: "end", how: "abort", why: `a message of more than ${largestMessage} octets` };
    this.#parts.push(this.#view.slice(0, length));
    if (!whole) return undefined;
    const data = new Uint8Array(this.#partial);
    let at = 0;
    for (const part of this.#parts) {
      data.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    this.#partial = 0;
    const { control } = this.#message;
    return { is: "message", stream: control.readUInt16LE(16), ppid: control.readUInt32BE(24), data };
  }

  /** struct sctp_assoc_change: type 0, flags 2, length 4, state 8, error 10. */
  #notified(length: number): SctpEvent | undefined {
    if (length < 12 || this.#octets.readUInt16LE(0) !== ASSOC_CHANGE) return undefined;
    switch (this.#octets.readUInt16LE(8)) {
      case RESTART:
        return { is: "restart" };
      case SHUTDOWN_COMP:
        return { is: "end", how: "shutdown", why: "shut down" };
      case COMM_LOST:
        return this.#failed(pendingError(this.#fd));
      default:
        return undefined;
    }
  }

  #failed(failed: number): SctpEvent {
    const { code } = new LinuxError("", failed);
    return failed === ECONNRESET ? { is: "end", how: "abort", why: "aborted by the peer" } : { is: "end", how: "lost", why: code };
  }

  /** False when the send buffer is full. Throws `LinuxError`. */
  send(stream: number, ppid: number, data: Uint8Array): boolean {
    const { header, control } = this.#message;
    control.fill(0);
    control.writeBigUInt64LE(BigInt(CONTROL), 0); // struct cmsghdr: len 0, level 8, type 12
    control.writeInt32LE(IPPROTO_SCTP, 8);
    control.writeInt32LE(SCTP.SNDRCV, 12);
    control.writeUInt16LE(stream, 16);
    control.writeUInt32BE(ppid, 24);
    this.#message.point(addressOf(data), data.byteLength, CONTROL);
    if (c.sendmsg(this.#fd, header, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return true;
    const failed = errno();
    if (failed === EAGAIN) return false;
    throw new LinuxError("sendmsg SCTP", failed);
  }

  /** Begins the graceful shutdown: what was sent is delivered first. */
  shutdown(): void {
    if (this.#open) c.shutdown(this.#fd, SHUT_WR);
  }

  /** Closes with an ABORT. */
  async abort(): Promise<void> {
    if (!this.#open) return;
    const linger = memory(8); // struct linger: onoff 0, linger 4
    linger.writeInt32LE(1, 0);
    c.setsockopt(this.#fd, SOL_SOCKET, SO_LINGER, linger, linger.byteLength);
    await this.close();
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    const closed = this.#watch.close();
    c.close(this.#fd);
    await closed;
  }
}
