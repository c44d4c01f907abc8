// libusrsctp, the SCTP of FreeBSD in user space, where the system has it: a stack that nobody here wrote, for tests and for benchmarks.
// Nothing of the product stands on it. It runs in the thread that calls it and sees packets, never a socket (AF_CONN). Struct offsets are
// those of usrsctp.h; ssize_t and sizes as in libc.ts.
import { type DynamicLibrary, dlopen, toBuffer } from "node:ffi";
import { EAGAIN, EINPROGRESS, errno, LinuxError, memory, plain, SO_LINGER, SOCK_STREAM, SOL_SOCKET } from "./libc.ts";
import type { SctpEvent } from "./sctp.ts";

const definitions = {
  /** void usrsctp_init_nothreads(uint16_t port, int (*output)(void *, void *, size_t, uint8_t, uint8_t), void (*debug)(const char *, ...)); */
  usrsctp_init_nothreads: { arguments: ["u16", "pointer", "pointer"], return: "void" },
  /** void usrsctp_register_address(void *addr); */
  usrsctp_register_address: { arguments: ["pointer"], return: "void" },
  /** void usrsctp_deregister_address(void *addr); */
  usrsctp_deregister_address: { arguments: ["pointer"], return: "void" },
  /** void usrsctp_conninput(void *addr, const void *buffer, size_t length, uint8_t ecn_bits); */
  usrsctp_conninput: { arguments: ["pointer", "buffer", "u32", "u8"], return: "void" },
  /** void usrsctp_handle_timers(uint32_t elapsed_milliseconds); */
  usrsctp_handle_timers: { arguments: ["u32"], return: "void" },
  /** struct socket *usrsctp_socket(int domain, int type, int protocol, receive_cb, send_cb, uint32_t sb_threshold, void *ulp_info); */
  usrsctp_socket: { arguments: ["i32", "i32", "i32", "pointer", "pointer", "u32", "pointer"], return: "pointer" },
  /** int usrsctp_set_non_blocking(struct socket *so, int on); */
  usrsctp_set_non_blocking: { arguments: ["pointer", "i32"], return: "i32" },
  /** int usrsctp_set_upcall(struct socket *so, void (*upcall)(struct socket *, void *, int), void *arg); */
  usrsctp_set_upcall: { arguments: ["pointer", "pointer", "pointer"], return: "i32" },
  /** int usrsctp_setsockopt(struct socket *so, int level, int name, const void *value, socklen_t length); */
  usrsctp_setsockopt: { arguments: ["pointer", "i32", "i32", "buffer", "u32"], return: "i32" },
  /** int usrsctp_getsockopt(struct socket *so, int level, int name, void *value, socklen_t *length); */
  usrsctp_getsockopt: { arguments: ["pointer", "i32", "i32", "buffer", "buffer"], return: "i32" },
  /** int usrsctp_bind(struct socket *so, struct sockaddr *name, socklen_t length); */
  usrsctp_bind: { arguments: ["pointer", "buffer", "u32"], return: "i32" },
  /** int usrsctp_listen(struct socket *so, int backlog); */
  usrsctp_listen: { arguments: ["pointer", "i32"], return: "i32" },
  /** struct socket *usrsctp_accept(struct socket *so, struct sockaddr *name, socklen_t *length); */
  usrsctp_accept: { arguments: ["pointer", "buffer", "buffer"], return: "pointer" },
  /** int usrsctp_connect(struct socket *so, struct sockaddr *name, socklen_t length); */
  usrsctp_connect: { arguments: ["pointer", "buffer", "u32"], return: "i32" },
  /** ssize_t usrsctp_sendv(struct socket *so, const void *data, size_t length, struct sockaddr *to, int count, void *info, socklen_t, unsigned type, int flags); */
  usrsctp_sendv: { arguments: ["pointer", "buffer", "u32", "pointer", "i32", "buffer", "u32", "u32", "i32"], return: "i32" },
  /** ssize_t usrsctp_recvv(struct socket *so, void *data, size_t length, struct sockaddr *from, socklen_t *, void *info, socklen_t *, unsigned *type, int *flags); */
  usrsctp_recvv: { arguments: ["pointer", "buffer", "u32", "buffer", "buffer", "buffer", "buffer", "buffer", "buffer"], return: "i32" },
  /** int usrsctp_shutdown(struct socket *so, int how); */
  usrsctp_shutdown: { arguments: ["pointer", "i32"], return: "i32" },
  /** void usrsctp_close(struct socket *so); */
  usrsctp_close: { arguments: ["pointer"], return: "void" },
  /** int usrsctp_sysctl_set_sctp_…(uint32_t value); */
  usrsctp_sysctl_set_sctp_valid_cookie_life_default: { arguments: ["u32"], return: "i32" },
  usrsctp_sysctl_set_sctp_asconf_enable: { arguments: ["u32"], return: "i32" },
  usrsctp_sysctl_set_sctp_ecn_enable: { arguments: ["u32"], return: "i32" },
  usrsctp_sysctl_set_sctp_rto_max_default: { arguments: ["u32"], return: "i32" },
  usrsctp_sysctl_set_sctp_init_rto_max_default: { arguments: ["u32"], return: "i32" },
} as const;

const AF_CONN = 123;
const IPPROTO_SCTP = 132;
const OPTION = { INITMSG: 3, NODELAY: 4, EVENT: 0x1e, RECVRCVINFO: 0x1f, STATUS: 0x100 } as const;
const ASSOC_CHANGE = 1;
const CHANGE = { up: 1, lost: 2, restart: 3, shutdown: 4, cannotStart: 5 } as const;
const MSG_NOTIFICATION = 0x2000;
const MSG_EOR = 0x80;
const SENDV_SNDINFO = 1;
const SCTP_ABORT = 0x0200;
const SHUT_WR = 1;
const soname = "libusrsctp.so.2";

/** struct sockaddr_conn: family 0, port 2 (network order), addr 8. */
function sockaddrConn(link: number, port: number): Buffer {
  const octets = memory(16);
  octets.writeUInt16LE(AF_CONN, 0);
  octets.writeUInt16BE(port, 2);
  octets.writeBigUInt64LE(BigInt(link), 8);
  return octets;
}

/** What `Usrsctp` calls. */
export interface UsrsctpWire {
  /** A packet for the peer behind `link`, the callee's to keep. */
  readonly transmit: (packet: Uint8Array, link: number) => void;
}

/**
 * The library, once a process: its state is the library's own. `link` is a number that stands for a peer's host. Time is the caller's
 * (`passed`), but for round trips and the age of cookies, which the library measures by the wall clock.
 */
export class Usrsctp {
  readonly #c: Functions;
  readonly #upcall: bigint;
  readonly #wire: UsrsctpWire;
  readonly #out: { readonly packet: Uint8Array; readonly link: number }[] = [];
  readonly #ready = new Set<bigint>();
  readonly #sockets = new Map<bigint, UsrsctpSocket>();
  #depth = 0;

  private constructor({ lib, functions }: ReturnType<typeof load>, wire: UsrsctpWire) {
    pinned.add(lib); // a library object that is collected takes its callbacks along, and the library's state has no end but the process's
    this.#c = functions;
    this.#wire = wire;
    // Callbacks only note what happened: an exception in one would end the process.
    const output = lib.registerCallback({ arguments: ["pointer", "pointer", "u64", "u8", "u8"], return: "i32" }, (link, at, length) => {
      try {
        this.#out.push({ packet: plain(toBuffer(at as bigint, Number(length), true)), link: Number(link) });
      } catch {
        // out of memory at worst: a packet is lost
      }
      return 0;
    });
    this.#upcall = lib.registerCallback({ arguments: ["pointer", "pointer", "i32"], return: "void" }, (socket) => {
      this.#ready.add(socket as bigint);
    });
    functions.usrsctp_init_nothreads(0, output, 0n);
    functions.usrsctp_sysctl_set_sctp_asconf_enable(0);
    functions.usrsctp_sysctl_set_sctp_ecn_enable(0);
  }

  /** Throws when the system has no libusrsctp. */
  static open(wire: UsrsctpWire): Usrsctp {
    return new Usrsctp(load(), wire);
  }

  /** Milliseconds for which new sockets' cookies are good; the library counts whole seconds. */
  set cookieLife(ms: number) {
    this.#c.usrsctp_sysctl_set_sctp_valid_cookie_life_default(ms);
  }

  /** Milliseconds beyond which no retransmission of new sockets waits. */
  set rtoMax(ms: number) {
    this.#c.usrsctp_sysctl_set_sctp_rto_max_default(ms);
    this.#c.usrsctp_sysctl_set_sctp_init_rto_max_default(ms);
  }

  /** Makes `link` (1 or above) an address packets can come from. */
  register(link: number): void {
    this.#c.usrsctp_register_address(BigInt(link));
  }

  unregister(link: number): void {
    this.#c.usrsctp_deregister_address(BigInt(link));
  }

  /** A packet from the peer behind `link`. */
  input(packet: Uint8Array, link: number): void {
    const octets = memory(packet.length);
    octets.set(packet);
    this.calling(() => this.#c.usrsctp_conninput(BigInt(link), octets, octets.byteLength, 0));
  }

  /** That many milliseconds have passed. */
  passed(ms: number): void {
    this.calling(() => this.#c.usrsctp_handle_timers(ms));
  }

  /** A one-to-one socket on `port`, 0 for a free one. Throws `LinuxError`. */
  socket(port: number, streams: number): UsrsctpSocket {
    const at = this.#c.usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, 0n, 0n, 0, 0n);
    if (at === 0n) throw new LinuxError("usrsctp_socket", errno());
    const init = memory(8); // struct sctp_initmsg: num_ostreams 0, max_instreams 2, max_attempts 4, max_init_timeo 6
    init.writeUInt16LE(streams, 0);
    init.writeUInt16LE(streams, 2);
    this.option(at, OPTION.INITMSG, init);
    const name = sockaddrConn(0, port);
    if (this.#c.usrsctp_bind(at, name, name.byteLength) < 0) {
      const failed = errno();
      this.#c.usrsctp_close(at);
      throw new LinuxError(`usrsctp_bind port ${port}`, failed);
    }
    return this.#adopt(at);
  }

  #adopt(at: bigint): UsrsctpSocket {
    this.#c.usrsctp_set_non_blocking(at, 1);
    const on = memory(4);
    on.writeInt32LE(1);
    this.option(at, OPTION.NODELAY, on);
    this.option(at, OPTION.RECVRCVINFO, on);
    const event = memory(8); // struct sctp_event: assoc_id 0, type 4, on 6
    event.writeUInt16LE(ASSOC_CHANGE, 4);
    event[6] = 1;
    this.option(at, OPTION.EVENT, event);
    this.#c.usrsctp_set_upcall(at, this.#upcall, 0n);
    const socket = new UsrsctpSocket(this, this.#c, at);
    this.#sockets.set(at, socket);
    this.#ready.add(at); // what came before anybody listened
    return socket;
  }

  option(at: bigint, name: number, value: Buffer, level = IPPROTO_SCTP): void {
    if (this.#c.usrsctp_setsockopt(at, level, name, value, value.byteLength) < 0) throw new LinuxError(`usrsctp option ${name}`, errno());
  }

  accept(at: bigint): { socket: UsrsctpSocket; link: number; port: number } | undefined {
    const from = memory(16);
    const length = memory(4);
    length.writeUInt32LE(16);
    const accepted = this.#c.usrsctp_accept(at, from, length);
    if (accepted === 0n) return undefined;
    return { socket: this.#adopt(accepted), link: Number(from.readBigUInt64LE(8)), port: from.readUInt16BE(2) };
  }

  closed(at: bigint): void {
    this.#sockets.delete(at);
  }

  /** Runs a call into the library, then hands over what it noted: packets first, then sockets that have something. */
  calling<T>(call: () => T): T {
    this.#depth++;
    let result: T;
    try {
      result = call();
    } finally {
      this.#depth--;
    }
    if (this.#depth > 0) return result;
    this.#depth++;
    try {
      while (this.#out.length > 0 || this.#ready.size > 0) {
        for (const { packet, link } of this.#out.splice(0)) this.#wire.transmit(packet, link);
        const ready = [...this.#ready];
        this.#ready.clear();
        for (const at of ready) this.#sockets.get(at)?.onReady();
      }
    } finally {
      this.#depth--;
    }
    return result;
  }
}

const load = () => dlopen(soname, definitions);
type Functions = ReturnType<typeof load>["functions"];
const pinned = new Set<DynamicLibrary>();

const receiveSize = 65_536;

/** One socket of the library: a listening one, or an association. */
export class UsrsctpSocket {
  /** Called when something may be there to accept or receive, or room to send. */
  onReady: () => void = () => {};
  readonly #of: Usrsctp;
  readonly #c: Functions;
  readonly #at: bigint;
  readonly #octets = memory(receiveSize);
  readonly #view = plain(this.#octets);
  /** struct sctp_rcvinfo: sid 0, ssn 2, flags 4, ppid 8, …, 28 octets. */
  readonly #info = memory(32);
  readonly #words = memory(64);
  #parts: Uint8Array[] = [];
  #open = true;

  constructor(of: Usrsctp, c: Functions, at: bigint) {
    this.#of = of;
    this.#c = c;
    this.#at = at;
  }

  listen(): void {
    if (this.#c.usrsctp_listen(this.#at, 1024) < 0) throw new LinuxError("usrsctp_listen", errno());
  }

  accept(): { socket: UsrsctpSocket; link: number; port: number } | undefined {
    return this.#open ? this.#of.accept(this.#at) : undefined;
  }

  /** Sends INIT; an event or the socket's end tells how it went. */
  connect(link: number, port: number): void {
    const to = sockaddrConn(link, port);
    this.#of.calling(() => {
      if (this.#c.usrsctp_connect(this.#at, to, to.byteLength) >= 0) return;
      const failed = errno();
      if (failed !== EINPROGRESS) throw new LinuxError("usrsctp_connect", failed);
    });
  }

  streams(): { inbound: number; outbound: number } {
    const status = memory(512); // struct sctp_status: assoc_id 0, state 4, rwnd 8, unackdata 12, penddata 14, instrms 16, outstrms 18
    const length = memory(4);
    // sstat_primary ends it: sockaddr_storage (128) and six words after 24 octets, aligned to 8
    length.writeUInt32LE(24 + 128 + 24);
    if (this.#c.usrsctp_getsockopt(this.#at, IPPROTO_SCTP, OPTION.STATUS, status, length) < 0) {
      throw new LinuxError("usrsctp SCTP_STATUS", errno());
    }
    return { inbound: status.readUInt16LE(16), outbound: status.readUInt16LE(18) };
  }

  /** The next event, or undefined when nothing waits. "up" and "refused" come to a connecting socket. */
  receive(): SctpEvent | { readonly is: "up" } | { readonly is: "refused" } | undefined {
    const words = this.#words;
    while (this.#open) {
      words.writeUInt32LE(16, 16); // fromlen
      words.writeUInt32LE(32, 32); // infolen
      words.writeUInt32LE(0, 40); // infotype
      words.writeInt32LE(0, 48); // flags
      const [from, fromLength, infoLength] = [words.subarray(0, 16), words.subarray(16, 20), words.subarray(32, 36)];
      const [type, flagged] = [words.subarray(40, 44), words.subarray(48, 52)];
      const length = this.#of.calling(() => {
        const got = this.#c.usrsctp_recvv(this.#at, this.#octets, receiveSize, from, fromLength, this.#info, infoLength, type, flagged);
        return got < 0 ? -errno() : got; // read at once: what follows in `calling` calls the library too
      });
      if (length === -EAGAIN) return undefined;
      if (length < 0) return { is: "end", how: "lost", why: new LinuxError("", -length).code };
      if (length === 0) return { is: "end", how: "shutdown", why: "shut down" };
      const flags = words.readInt32LE(48);
      if ((flags & MSG_NOTIFICATION) !== 0) {
        const event = this.#notified(length);
        if (event !== undefined) return event;
        continue;
      }
      this.#parts.push(this.#view.slice(0, length));
      if ((flags & MSG_EOR) === 0) continue;
      const data = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
      let at = 0;
      for (const part of this.#parts.splice(0)) {
        data.set(part, at);
        at += part.length;
      }
      return { is: "message", stream: this.#info.readUInt16LE(0), ppid: this.#info.readUInt32BE(8), data };
    }
    return undefined;
  }

  /** struct sctp_assoc_change: type 0, flags 2, length 4, state 8, error 10, outbound 12, inbound 14, assoc_id 16, info 20 (an ABORT chunk). */
  #notified(length: number): SctpEvent | { readonly is: "up" } | { readonly is: "refused" } | undefined {
    if (length < 20 || this.#octets.readUInt16LE(0) !== ASSOC_CHANGE) return undefined;
    switch (this.#octets.readUInt16LE(8)) {
      case CHANGE.up:
        return { is: "up" };
      case CHANGE.restart:
        return { is: "restart" };
      case CHANGE.shutdown:
        return { is: "end", how: "shutdown", why: "shut down" };
      case CHANGE.cannotStart:
        return { is: "refused" };
      case CHANGE.lost: {
        const aborted = length > 20 && this.#octets[20] === 6;
        const text = this.#octets.toString("latin1", 20, length).replace(/[^ -~]+/g, " ");
        return { is: "end", how: aborted ? "abort" : "lost", why: aborted ? `peer sent ABORT${text}` : "lost" };
      }
      default:
        return undefined;
    }
  }

  /** False when the send buffer is full. Throws `LinuxError`. */
  send(stream: number, ppid: number, data: Uint8Array, flags = 0): boolean {
    if (!this.#open) return false;
    const info = memory(16); // struct sctp_sndinfo: sid 0, flags 2, ppid 4, context 8, assoc_id 12
    info.writeUInt16LE(stream, 0);
    info.writeUInt16LE(flags, 2);
    info.writeUInt32BE(ppid, 4);
    return this.#of.calling(() => {
      if (this.#c.usrsctp_sendv(this.#at, data, data.byteLength, 0n, 0, info, info.byteLength, SENDV_SNDINFO, 0) >= 0) return true;
      const failed = errno();
      if (failed === EAGAIN) return false;
      throw new LinuxError("usrsctp_sendv", failed);
    });
  }

  shutdown(): void {
    if (this.#open) this.#of.calling(() => this.#c.usrsctp_shutdown(this.#at, SHUT_WR));
  }

  /** Closes with an ABORT that says why. */
  abort(why: string): void {
    if (!this.#open) return;
    const text = Buffer.alloc(Buffer.byteLength(why));
    text.write(why);
    try {
      this.send(0, 0, text, SCTP_ABORT);
    } catch {
      // no association (any more): closing is all there is to do
    }
    const linger = memory(8); // struct linger: onoff 0, linger 4
    linger.writeInt32LE(1, 0);
    this.#of.option(this.#at, SO_LINGER, linger, SOL_SOCKET);
    this.close();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#of.closed(this.#at);
    this.#of.calling(() => this.#c.usrsctp_close(this.#at));
  }
}
