import type { Association } from "./association.ts";
import { Cause, ChunkType, ParameterType } from "./codes.ts";
import { type Init, initBody, parseInit } from "./init.ts";
import { Outbound } from "./outbound.ts";
import { chunk, inRow, typed } from "./packet.ts";
import { Receiving } from "./receiving.ts";
import { Timer } from "./timer.ts";

/** What both sides' INIT and INIT ACK come to. */
export interface Agreed {
  readonly tag: number;
  readonly tsn: number;
  readonly window: number;
  readonly outbound: number;
  readonly inbound: number;
}

/** The initiator's half of the handshake (§5.1): INIT, then COOKIE ECHO, each again when T1 expires. */
export class Setup {
  readonly #a: Association;
  readonly #t1: Timer;
  #tries = 0;
  #packet: (() => void) | undefined;
  #preservative: number | undefined;
  /** We sent the INIT, so somebody waits in `connect`. */
  initiator = false;

  constructor(association: Association) {
    this.#a = association;
    this.#t1 = new Timer(association.around.world.clock, () => this.#expired());
  }

  /** §5.1 A: sends INIT, enters COOKIE-WAIT. */
  begin(): void {
    const a = this.#a;
    a.state = "COOKIE-WAIT";
    this.initiator = true;
    const init = chunk(ChunkType.INIT, 0, initBody({ ...this.offer(), preservative: this.#preservative }));
    this.#repeat(() => a.sendNow(a.path, 0, init));
  }

  /** What our INIT says; in a collision the INIT ACK says the same (§5.2.1). */
  offer(): Pick<Init, "tag" | "window" | "outbound" | "inbound" | "tsn"> {
    const { id, around } = this.#a;
    return { tag: id.localTag, window: around.options.receiveWindow, outbound: id.streams, inbound: id.streams, tsn: id.localTsn };
  }

  /** Takes over what the peer said; data can flow once the association is established. */
  adopt(peer: Agreed): void {
    const a = this.#a;
    a.peerTag = peer.tag;
    a.receiving?.close();
    a.receiving = new Receiving(a, peer.inbound, peer.tsn);
    a.outboundData = new Outbound(peer.outbound, a.id.localTsn, peer.window, a.around.options);
  }

  /** §5.1 C: only in COOKIE-WAIT (§5.2.3). */
  initAck(packet: Uint8Array, at: number, end: number): void {
    const a = this.#a;
    if (a.state !== "COOKIE-WAIT") return;
    const parsed = parseInit(packet, at, end);
    if (!parsed.ok) return a.finish("abort", `INIT ACK: ${parsed.error.field}: ${parsed.error.detail}`, "EPROTO");
    const init = parsed.value;
    if (init.tag === 0) return a.finish("abort", "INIT ACK with Initiate Tag 0", "EPROTO"); // §3.3.3: no answer is possible
    a.peerTag = init.tag;
    if (init.outbound === 0 || init.inbound === 0) {
      return a.abortWith(Cause.invalidMandatoryParameter, new Uint8Array(0), "INIT ACK offers no streams");
    }
    if (init.cookie === undefined) return a.abortMissing(ParameterType.stateCookie, "INIT ACK without a State Cookie");
    if (init.hostName) return a.abortWith(Cause.unresolvableAddress, new Uint8Array(0), "INIT ACK names a host instead of addresses");
    this.adopt({
      tag: init.tag,
      tsn: init.tsn,
      window: init.window,
      outbound: Math.min(a.id.streams, init.inbound),
      inbound: Math.min(a.id.streams, init.outbound),
    });
    a.addAddresses(init.addresses);
    a.state = "COOKIE-ECHOED";
    const chunks = [chunk(ChunkType.COOKIE_ECHO, 0, init.cookie)];
    if (init.unrecognized.length > 0) {
      chunks.push(chunk(ChunkType.ERROR, 0, inRow(...init.unrecognized.map((p) => typed(Cause.unrecognizedParameters, p)))));
    }
    this.#tries = 0;
    this.#repeat(() => a.sendNow(a.path, a.peerTag, ...chunks));
  }

  /** §5.1 E. */
  cookieAck(): void {
    if (this.#a.state === "COOKIE-ECHOED") this.#a.establish();
  }

  /** §5.2.6: our cookie was `late` milliseconds too old when it arrived; ask anew, for one that lives longer. */
  staleCookie(late: number): void {
    const a = this.#a;
    if (a.state !== "COOKIE-ECHOED") return;
    if (this.#preservative !== undefined) return a.finish("abort", "cookie stale again, though a longer life was asked for", "ETIMEDOUT");
    this.#preservative = Math.min(0xffff_ffff, Math.ceil(late) + 2 * Math.ceil(a.path.rto));
    a.peerTag = 0;
    this.#tries = 0;
    this.begin();
  }

  done(): void {
    this.#t1.stop();
    this.#packet = undefined;
  }

  close(): void {
    this.#t1.close();
  }

  #repeat(send: () => void): void {
    this.#packet = send;
    send();
    this.#t1.start(this.#a.path.rto);
  }

  #expired(): void {
    const a = this.#a;
    if (this.#packet === undefined) return;
    if (++this.#tries > a.around.options.maxInitRetransmits) {
      const what = a.state === "COOKIE-WAIT" ? "INIT" : "COOKIE ECHO";
      return a.finish("lost", `no answer to ${what} after ${this.#tries} tries`, "ETIMEDOUT");
    }
    a.path.backOff();
    this.#repeat(this.#packet);
  }
}
