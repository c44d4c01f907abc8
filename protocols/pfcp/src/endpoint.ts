import type { Seid } from "@freehold/model";
import { seid as seidOf } from "@freehold/model";
import type { Address, UdpSocket } from "@freehold/net";
import type { Cancel, Clock, Log, Random } from "@freehold/runtime";
import { equal, explain } from "@freehold/wire";
import { decode, encode, isSessionType, type PfcpError, type PfcpHeader, responseType, typeOf } from "./codec.ts";
import { Cause } from "./codes.ts";
import { type PfcpMessage, type PfcpRequest, type PfcpResponse, type ResponseTo, VersionNotSupportedResponse } from "./messages.ts";
import type { NodeId } from "./values.ts";

/** A request as it came in. */
export interface Incoming {
  readonly from: Address;
  readonly header: PfcpHeader;
  readonly message: PfcpRequest;
}

export interface Answer {
  readonly message: PfcpResponse;
  /** The peer's SEID, for the header of a session response; 0 when left out. */
  readonly seid?: Seid | undefined;
}

export interface Reply<R extends PfcpRequest> {
  readonly header: PfcpHeader;
  readonly message: ResponseTo<R>;
}

export interface PfcpEndpointOptions {
  readonly socket: UdpSocket;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Ours, for responses that refuse what could not be read. */
  readonly nodeId: NodeId;
  /** Ours, NTP seconds. */
  readonly recoveryTimeStamp: number;
  /** Undefined: no answer at all. A rejection is a bug: it is logged and answered with "system failure". */
  readonly onRequest: (incoming: Incoming) => Answer | undefined | Promise<Answer | undefined>;
  /** The peer's SEID of our session, for the header of a response that refuses what could not be read. */
  readonly peerSeid?: (ours: Seid, from: Address) => Seid | undefined;
  /** Whether answers to this peer are kept for its retransmissions; a stranger's flood must not push out a partner's. */
  readonly keeps?: (from: Address) => boolean;
  /** Every datagram, for the tape. */
  readonly trace?: (event: { readonly direction: "in" | "out"; readonly peer: Address; readonly octets: Uint8Array }) => void;
  /** T1 in ms (TS 29.244 §6.4: implementation specific) and N1, the transmissions in all. */
  readonly t1?: number;
  readonly n1?: number;
}

/** No response after N1 transmissions. */
export class PfcpTimeout extends Error {
  constructor(what: string, peer: Address) {
    super(`no answer to ${what} from ${peer.host}:${peer.port}`);
    this.name = "PfcpTimeout";
  }
}

/** A response came that could not be read; `error.refused` is its cause when it refuses. */
export class PfcpUnreadable extends Error {
  readonly error: PfcpError;
  constructor(what: string, error: PfcpError) {
    super(`${what}: ${explain(error)}`);
    this.name = "PfcpUnreadable";
    this.error = error;
  }
}

interface Outstanding {
  readonly type: number;
  readonly what: string;
  readonly resolve: (reply: { header: PfcpHeader; message: PfcpMessage }) => void;
  readonly reject: (why: unknown) => void;
}

/** What became of a request: the answer's octets, or undefined while it is worked on. */
interface Kept {
  readonly request: Uint8Array;
  answer: Uint8Array | undefined;
  /** Stops the time it is kept for. */
  forget: Cancel;
}

const maxKept = 8_192;
const maxOutstanding = 65_536;
const key = (peer: Address, sequenceNumber: number): string => `${peer.host} ${peer.port} ${sequenceNumber}`;

/**
 * TS 29.244 §6.4: requests are sent again until answered; a request that comes again is answered with the same octets again. Requests may
 * overtake each other. The socket is the caller's: it hands it over and closes it.
 */
export class PfcpEndpoint {
  readonly #options: PfcpEndpointOptions;
  readonly #outstanding = new Map<string, Outstanding>();
  readonly #kept = new Map<string, Kept>();
  #sequenceNumber: number;
  #closed = false;
  readonly counts = { sent: 0, received: 0, repeated: 0, unreadable: 0, timeouts: 0 };

  constructor(options: PfcpEndpointOptions) {
    this.#options = options;
    // not from 1: a peer may still keep answers to the numbers of our last life
    const [a, b, c] = options.random(3);
    this.#sequenceNumber = (a! << 16) | (b! << 8) | c!;
    options.socket.onDatagram = (octets, from) => this.#receive(octets, from);
  }

  get local(): Address {
    return this.#options.socket.local;
  }

  /**
   * Sends a request and resolves with its response, whatever the response's cause. Rejects with `PfcpTimeout`, `PfcpUnreadable`, the
   * signal's reason, or an Error when the endpoint is closed.
   */
  request<R extends PfcpRequest>(to: Address, message: R, { seid, signal }: { seid?: Seid; signal?: AbortSignal } = {}): Promise<Reply<R>> {
    const { clock, t1 = 1_000, n1 = 4 } = this.#options;
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new Error("the PFCP endpoint is closed");
      signal?.throwIfAborted();
      if (this.#outstanding.size >= maxOutstanding) throw new Error("too many PFCP requests are waiting");
      let id: string;
      do {
        this.#sequenceNumber = (this.#sequenceNumber + 1) % 2 ** 24;
        id = key(to, this.#sequenceNumber);
      } while (this.#outstanding.has(id));
      const octets = encode({ seid, sequenceNumber: this.#sequenceNumber }, message);
      let transmissions = 0;
      let cancel: Cancel = () => {};
      const end = (): void => {
        cancel();
        signal?.removeEventListener("abort", aborted);
        this.#outstanding.delete(id);
      };
      const aborted = (): void => {
        end();
        reject(signal?.reason);
      };
      const transmit = (): void => {
        if (transmissions === n1) {
          this.counts.timeouts++;
          end();
          reject(new PfcpTimeout(message.is, to));
          return;
        }
        transmissions++;
        cancel = clock.after(t1, transmit);
        this.#send(octets, to);
      };
      this.#outstanding.set(id, {
        type: typeOf(message.is) + 1,
        what: message.is,
        resolve: (reply) => {
          end();
          resolve(reply as unknown as Reply<R>);
        },
        reject: (why) => {
          end();
          reject(why);
        },
      });
      signal?.addEventListener("abort", aborted, { once: true });
      transmit();
    });
  }

  /** Gives up what is outstanding and listens no more. The socket stays open: it is the caller's. */
  close(): void {
    this.#closed = true;
    this.#options.socket.onDatagram = () => {};
    for (const one of [...this.#outstanding.values()]) one.reject(new Error("the PFCP endpoint is closed"));
    for (const id of [...this.#kept.keys()]) this.#drop(id);
  }

  #send(octets: Uint8Array, to: Address): void {
    this.counts.sent++;
    this.#options.trace?.({ direction: "out", peer: to, octets });
    this.#options.socket.send(octets, to);
  }

  #receive(octets: Uint8Array, from: Address): void {
    this.counts.received++;
    this.#options.trace?.({ direction: "in", peer: from, octets });
    const result = decode(octets);
    if (!result.ok) {
      this.#unreadable(result.error, from);
      return;
    }
    const { header, message } = result.value;
    const type = typeOf(message.is);
    if (responseType(type) === undefined) this.#response(type, header, message, from);
    else this.#requested(octets, { from, header, message: message as PfcpRequest });
  }

  #response(type: number, header: PfcpHeader, message: PfcpMessage, from: Address): void {
    const waiting = this.#outstanding.get(key(from, header.sequenceNumber));
    if (waiting === undefined) this.#options.log.debug("PFCP response that nobody waits for", { peer: from.host, message: message.is });
    else if (type === waiting.type) waiting.resolve({ header, message });
    else if (type === VersionNotSupportedResponse.type) waiting.reject(new Error(`${from.host} speaks another version of PFCP`));
  }

  #requested(octets: Uint8Array, incoming: Incoming): void {
    const { from, header, message } = incoming;
    const heartbeat = message.is === "PFCP Heartbeat Request";
    const id = key(from, header.sequenceNumber);
    const before = heartbeat ? undefined : this.#kept.get(id);
    if (before !== undefined && equal(before.request, octets)) {
      this.counts.repeated++;
      if (before.answer !== undefined) this.#send(before.answer, from);
      return;
    }
    let kept: Kept | undefined;
    if (!heartbeat && (this.#options.keeps?.(from) ?? true)) {
      kept = { request: octets, answer: undefined, forget: () => {} };
      this.#keep(id, kept);
    }
    const answer = (given: Answer | undefined): void => {
      if (given === undefined || this.#closed) return;
      const session = isSessionType(typeOf(given.message.is));
      const reply = encode(
        { seid: session ? (given.seid ?? seidOf(0n)) : undefined, sequenceNumber: header.sequenceNumber },
        given.message,
      );
      if (kept !== undefined) kept.answer = reply;
      this.#send(reply, from);
    };
    const failed = (error: unknown): void => {
      this.#options.log.error("a PFCP request met a fault of ours", { message: message.is, error });
      const refused = this.refusal(typeOf(message.is), Cause.systemFailure);
      if (refused !== undefined) answer({ message: refused });
    };
    try {
      const given = this.#options.onRequest(incoming);
      if (given instanceof Promise) given.then(answer).catch(failed);
      else answer(given);
    } catch (error) {
      failed(error);
    }
  }

  /** Kept as long as a peer may send again: ours is 4 s, others' timers are up to 3 s with 3 to 5 transmissions. */
  #keep(id: string, kept: Kept): void {
    this.#drop(id);
    this.#kept.set(id, kept);
    if (this.#kept.size > maxKept) this.#drop(this.#kept.keys().next().value!);
    kept.forget = this.#options.clock.after(20_000, () => this.#drop(id));
  }

  #drop(id: string): void {
    this.#kept.get(id)?.forget();
    this.#kept.delete(id);
  }

  /** TS 29.244 §7.6: what could not be read is answered as far as its header could. */
  #unreadable(error: PfcpError, from: Address): void {
    this.counts.unreadable++;
    this.#options.log.debug("unreadable PFCP message", { peer: from.host, why: explain(error) });
    const { header, type } = error;
    if (error.version !== 1) {
      // the sequence number of another version's header is not ours to read; two nodes may not tell each other this for ever
      if (type !== VersionNotSupportedResponse.type) this.#send(encode({ sequenceNumber: 0 }, VersionNotSupportedResponse({})), from);
      return;
    }
    if (header === undefined || type === undefined || error.field === "messageType") return;
    if (responseType(type) === undefined) {
      const waiting = this.#outstanding.get(key(from, header.sequenceNumber));
      if (waiting?.type === type) waiting.reject(new PfcpUnreadable(waiting.what, error));
      return;
    }
    const message = this.refusal(type, error.cause, error.offendingIe);
    if (message === undefined) return;
    const ours = header.seid;
    const seid = isSessionType(type) ? ((ours && this.#options.peerSeid?.(ours, from)) ?? seidOf(0n)) : undefined;
    this.#send(encode({ seid, sequenceNumber: header.sequenceNumber }, message), from);
  }

  /** The response that refuses a request of this type; undefined for a heartbeat, which is not refused. */
  refusal(type: number, cause: Cause, offendingIe?: number): PfcpResponse | undefined {
    const { nodeId, recoveryTimeStamp } = this.#options;
    switch (responseType(type)) {
      case 4:
        return { is: "PFCP PFD Management Response", cause, offendingIe };
      case 6:
        return { is: "PFCP Association Setup Response", nodeId, cause, recoveryTimeStamp };
      case 8:
        return { is: "PFCP Association Update Response", nodeId, cause };
      case 10:
        return { is: "PFCP Association Release Response", nodeId, cause };
      case 13:
        return { is: "PFCP Node Report Response", nodeId, cause, offendingIe };
      case 15:
        return { is: "PFCP Session Set Deletion Response", nodeId, cause, offendingIe };
      case 51:
        return { is: "PFCP Session Establishment Response", nodeId, cause, offendingIe };
      case 53:
        return { is: "PFCP Session Modification Response", cause, offendingIe };
      case 55:
        return { is: "PFCP Session Deletion Response", cause, offendingIe };
      case 57:
        return { is: "PFCP Session Report Response", cause, offendingIe };
      default:
        return undefined;
    }
  }
}
