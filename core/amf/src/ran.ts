import type { SNssai, Tai } from "@freehold/model";
import type { SctpAssociation } from "@freehold/net";
import { encode, type Message, type Pdu } from "@freehold/ngap";
import { type Cancel, Inbox, type World } from "@freehold/runtime";
import { Recorded, type TapeSink } from "@freehold/tape";
import { TokenBucket } from "./admission.ts";
import type { Ue } from "./ue.ts";

/** PPID of NGAP in SCTP, TS 38.412 §7. */
export const ngapPpid = 60;

/**
 * Faults that are answered and logged in a second, of one association and of all together that are not set up: a gNB that is only wrong now
 * and then never meets it.
 */
export const complaintsPerSecond = 200;

/** One gNB as it set itself up (TS 38.413 §8.7.1): it may have several associations. */
export class RanNode {
  /** Global RAN Node ID as text: the key of the node. */
  readonly id: string;
  name: string;
  /** What it broadcasts, with the slices it supports there. */
  areas: readonly { readonly tai: Tai; readonly slices: readonly SNssai[] }[] = [];
  readonly associations = new Set<N2Association>();
  readonly connections = new Map<number, N2Connection>();

  constructor(id: string, name: string) {
    this.id = id;
    this.name = name;
  }
}

/** One SCTP association with a gNB: where NGAP leaves. */
export class N2Association {
  readonly sctp: SctpAssociation;
  readonly #world: World & { readonly tape: TapeSink };
  node: RanNode | undefined;
  ended = false;
  readonly #complaints: TokenBucket;
  readonly #strangers: TokenBucket;
  #lastStream = 0;

  /** `strangers` is shared by all associations that are not set up: coming and going gives nobody a bucket of its own. */
  constructor(sctp: SctpAssociation, world: World & { readonly tape: TapeSink }, strangers: TokenBucket) {
    this.sctp = sctp;
    this.#world = world;
    this.#strangers = strangers;
    this.#complaints = new TokenBucket(world.clock, complaintsPerSecond);
  }

  /** Whether one more fault of the peer is answered and logged: what it sends faster than anybody reads is dropped in silence. */
  mayComplain(): boolean {
    return (this.node === undefined ? this.#strangers : this.#complaints).take();
  }

  get peer(): string {
    return this.node === undefined ? `${this.sctp.remote.host}:${this.sctp.remote.port}` : this.node.name;
  }

  /** A downlink stream for one more UE: stream 0 is kept for non-UE signalling where the peer has more than one. */
  takeStream(): number {
    if (this.sctp.outbound <= 1) return 0;
    this.#lastStream = (this.#lastStream % (this.sctp.outbound - 1)) + 1;
    return this.#lastStream;
  }

  /** Sends and tapes one PDU. Building ours is total: a value that does not encode is a bug, logged, and nothing leaves. */
  send(pdu: Message, stream = 0, ue?: Ue): boolean {
    if (this.ended) return false;
    let data: Uint8Array;
    try {
      data = encode(pdu);
    } catch (bug) {
      this.#world.log.error(`NGAP: our ${pdu.is} does not encode`, { gnb: this.peer, error: String(bug) });
      return false;
    }
    return this.sendOctets(pdu.is, data, stream, ue);
  }

  /** As `send`, for a PDU that was encoded once for several gNBs. */
  sendOctets(message: Message["is"], data: Uint8Array, stream: number, ue?: Ue): boolean {
    if (this.ended) return false;
    this.#world.tape.record(
      new Recorded({
        at: this.#world.clock.now(),
        interface: "N2",
        from: "AMF",
        to: "gNB",
        message,
        ue,
        bytes: data,
        own: true,
        carriage: { kind: "sctp", src: this.sctp.local, dst: this.sctp.remote, stream, ppid: ngapPpid },
      }),
    );
    return this.sctp.send({ stream, ppid: ngapPpid, data });
  }
}

/** One UE's N2 connection: the pair of UE NGAP IDs, the stream, and what answers are waited for. */
export class N2Connection {
  readonly amfUeNgapId: number;
  readonly ranUeNgapId: number;
  readonly association: N2Association;
  readonly node: RanNode;
  readonly stream: number;
  /** Answers of the gNB to class-1 procedures of this UE. */
  readonly inbox = new Inbox<Pdu>();
  tai: Tai;
  /** NR cell identity, nine hexadecimal digits. */
  nrCellId: string;
  /** UE Context Request was in INITIAL UE MESSAGE: Initial Context Setup must run. */
  readonly contextRequested: boolean;
  /** Its establishment cause is one that congestion control spares (TS 24.501 §5.3.9). */
  readonly priority: boolean;
  /** PDU sessions whose resources the gNB was asked to set up on this connection. */
  readonly resources = new Set<number>();
  /** INITIAL CONTEXT SETUP REQUEST has been sent on this connection. */
  contextBegun = false;
  contextSetUp = false;
  /** The request that began it has been answered: what others bring for the UE can be given to it. */
  settled = false;
  /** Uplink NAS COUNT that KgNB takes on this connection. */
  securityCount = 0;
  /** UE AMBR has been given to the gNB on this connection. */
  ambrSent = false;
  released = false;
  releasing = false;
  /** Stops the wait for what the phone still wants before the connection is released. */
  stopIdle: Cancel = () => {};
  ue: Ue | undefined;

  get supi(): string | undefined {
    return this.ue?.supi;
  }

  constructor(
    association: N2Association,
    node: RanNode,
    ids: { readonly amfUeNgapId: number; readonly ranUeNgapId: number },
    from: {
      readonly tai: Tai;
      readonly nrCellId: string;
      readonly contextRequested: boolean;
      readonly priority: boolean;
    },
  ) {
    this.association = association;
    this.node = node;
    this.amfUeNgapId = ids.amfUeNgapId;
    this.ranUeNgapId = ids.ranUeNgapId;
    this.stream = association.takeStream();
    this.tai = from.tai;
    this.nrCellId = from.nrCellId;
    this.contextRequested = from.contextRequested;
    this.priority = from.priority;
  }

  get ids(): { amfUeNgapId: number; ranUeNgapId: number } {
    return { amfUeNgapId: this.amfUeNgapId, ranUeNgapId: this.ranUeNgapId };
  }

  send(pdu: Message): boolean {
    return !this.released && this.association.send(pdu, this.stream, this.ue);
  }
}
