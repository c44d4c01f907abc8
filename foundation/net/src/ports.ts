/** The sockets of the house as interfaces. Bindings (Node, node:ffi) and in-memory twins pass one compliance suite (test/compliance.ts). */

/** An IPv4 or IPv6 literal and a port. Never a host name. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

// ---- UDP -------------------------------------------------------------------------------------------------------

export interface UdpSocket extends AsyncDisposable {
  readonly local: Address;
  /** Called for each datagram; the octets are the callee's to keep. Never throws out: the binding catches and logs. */
  onDatagram: (data: Uint8Array, from: Address) => void;
  /** Queues one datagram; lost silently like any datagram. */
  send(data: Uint8Array, to: Address): void;
  close(): Promise<void>;
}

export interface UdpPort {
  /** Port 0 takes a free one. Rejects with `PortError` (EADDRINUSE, EACCES, EADDRNOTAVAIL …). */
  bind(local: Address): Promise<UdpSocket>;
}

// ---- SCTP ------------------------------------------------------------------------------------------------------

export interface SctpMessage {
  readonly stream: number;
  /** Payload protocol identifier in host order (NGAP: 60). */
  readonly ppid: number;
  readonly data: Uint8Array;
}

export type SctpEnd = "shutdown" | "abort" | "lost" | "restart";

export interface SctpAssociation {
  readonly local: Address;
  readonly remote: Address;
  /** Streams as negotiated: how many we may send on, how many the peer sends on. */
  readonly outbound: number;
  readonly inbound: number;
  onMessage: (message: SctpMessage) => void;
  /** Called once, however the association ends. */
  onEnd: (how: SctpEnd, why: string) => void;
  /** Queues one message, ordered within its stream. False when the association has ended or its send queue (1 MiB) is full. */
  send(message: SctpMessage): boolean;
  /** Graceful: resolves when the peer has acknowledged everything and the shutdown handshake is done, or the association was lost. */
  shutdown(): Promise<void>;
  abort(why: string): void;
}

export interface SctpListener extends AsyncDisposable {
  readonly local: Address;
  close(): Promise<void>;
}

export interface SctpPort {
  /** What carries it, for start-up lines: "kernel", "raw IP", "UDP encapsulation", "memory". */
  readonly backend: string;
  /** `addresses` share one SCTP port. Handlers of a new association are set inside `onAssociation`, before any message is delivered. */
  listen(options: {
    addresses: readonly string[];
    port: number;
    streams?: number;
    onAssociation: (association: SctpAssociation) => void;
  }): Promise<SctpListener>;
  /** Rejects with `PortError` after INIT retransmissions are exhausted, on ABORT, or when `signal` aborts. */
  connect(options: { local?: Address; remote: Address; streams?: number; signal?: AbortSignal }): Promise<SctpAssociation>;
}

// ---- HTTP/2 ----------------------------------------------------------------------------------------------------

export interface HttpRequest {
  readonly method: string;
  /** `:path`, with query. */
  readonly path: string;
  /** Lower-case names, no pseudo headers. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface HttpListener extends AsyncDisposable {
  readonly local: Address;
  close(): Promise<void>;
}

export interface Http2Port {
  /** HTTP/2 with prior knowledge (cleartext). The handler never rejects; a listener bounds body size and streams. */
  listen(local: Address, handler: (request: HttpRequest, from: Address) => Promise<HttpResponse>): Promise<HttpListener>;
  /** One request over a kept connection to `to`. Rejects with `PortError` when the transport fails or `signal` aborts. */
  request(to: Address, request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse>;
  close(): Promise<void>;
}

// ---- TUN -------------------------------------------------------------------------------------------------------

export interface TunDevice extends AsyncDisposable {
  readonly name: string;
  onPacket: (packet: Uint8Array) => void;
  write(packet: Uint8Array): void;
  close(): Promise<void>;
}

export interface TunPort {
  /** Makes the device in this thread's network namespace, gives it `addresses` (CIDR), the MTU, `routes` (CIDR) through it, and sets it up. */
  open(options: { name: string; addresses: readonly string[]; routes?: readonly string[]; mtu: number }): Promise<TunDevice>;
}

// ---- raw IP ----------------------------------------------------------------------------------------------------

/** A raw socket of one IP protocol on some of this host's addresses. User-space SCTP stands on it. */
export interface IpSocket extends AsyncDisposable {
  readonly addresses: readonly string[];
  /** The payload without its IP header; the octets are the callee's to keep. Whatever of the protocol comes to these addresses, ours or not. */
  onPacket: (payload: Uint8Array, from: string, to: string) => void;
  /** Sends from `from`, by default the first address of the family of `to`; lost silently like any packet. */
  send(payload: Uint8Array, to: string, from?: string): void;
  close(): Promise<void>;
}

export interface IpPort {
  /** Rejects with `PortError`: EPERM without the right, EADDRNOTAVAIL. `protocol` is IANA's number (SCTP: 132). */
  open(options: { protocol: number; addresses: readonly string[] }): Promise<IpSocket>;
}

/** A transport failure: the call, the errno name where there is one, and where. */
export class PortError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "PortError";
    this.code = code;
  }
}
