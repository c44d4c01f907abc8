import { encode, type NasMessage, type Secured } from "@freehold/nas";
import { ask, type Scope, type Timer } from "@freehold/runtime";
import { Recorded } from "@freehold/tape";
import type { AmfWorld } from "./amf.ts";
import type { Arrival } from "./n1.ts";
import type { Heard, Ue } from "./ue.ts";

type Expect<T> = (answer: NasMessage, arrival: Arrival) => T | undefined;
type HeaderType = Secured["securityHeaderType"];

/** How many downlink COUNT values one commit reserves: a restart goes on at the bound. */
export const countBlock = 64;

/**
 * The only way NAS leaves for one UE: all lanes send through it, so that COUNT goes up in the order in which messages leave. A message waits
 * when the reserved block of COUNT values is used up, and those after it wait behind it.
 */
export class N1Sender {
  readonly #ue: Ue;
  readonly #world: AmfWorld;
  #queue: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(ue: Ue, world: AmfWorld) {
    this.#ue = ue;
    this.#world = world;
  }

  /** Sends in DOWNLINK NAS TRANSPORT. */
  send(message: NasMessage, headerType?: HeaderType): Promise<void> {
    return this.carry(
      message,
      (nasPdu) => {
        const { n2 } = this.#ue;
        n2?.send({ is: "DownlinkNASTransport", ies: { ...n2.ids, nasPdu } });
      },
      headerType,
    );
  }

  /** Protects the message and gives it to `put` at once, in its turn: for NAS that rides in another NGAP message. */
  carry(message: NasMessage, put: (nasPdu: Uint8Array) => void, headerType?: HeaderType): Promise<void> {
    if (this.#waiting === 0 && !this.#mustReserve(headerType)) {
      this.#put(message, put, headerType);
      return Promise.resolve();
    }
    this.#waiting++;
    const turn = this.#queue.then(async () => {
      try {
        if (this.#mustReserve(headerType)) await this.#reserve();
        this.#put(message, put, headerType);
      } finally {
        this.#waiting--;
      }
    });
    this.#queue = turn.catch(() => {}); // its sender hears of it; those behind it go on
    return turn;
  }

  #put(message: NasMessage, put: (nasPdu: Uint8Array) => void, headerType: HeaderType | undefined): void {
    const ue = this.#ue;
    const { security } = ue;
    const plain = encode(message);
    this.#world.tape.record(
      new Recorded({
        at: this.#world.clock.now(),
        interface: "N1",
        from: "AMF",
        to: "UE",
        message: message.is,
        ue,
        bytes: plain,
        own: true,
        carriage: { kind: "nas" },
      }),
    );
    const protect = headerType !== undefined || this.#ue.secured;
    put(protect && security !== undefined ? security.nas.protect(plain, headerType) : plain);
  }

  #mustReserve(headerType: HeaderType | undefined): boolean {
    const { security, secured } = this.#ue;
    return security !== undefined && (secured || headerType !== undefined) && security.nas.counts().send >= security.downlinkBound;
  }

  async #reserve(): Promise<void> {
    const { security, context } = this.#ue;
    if (security === undefined) return;
    const bound = security.nas.counts().send + countBlock;
    if (context?.security !== undefined) {
      await this.#ue.write((c) => ({ ...c, security: c.security && { ...c.security, nas: security.nas.state(), downlinkBound: bound } }));
    }
    security.downlinkBound = bound;
  }

  /** Sends, starts the timer, sends again (with a new COUNT) on expiry; the first message that `expect` takes is the answer. */
  ask<T>(scope: Scope, message: NasMessage, timer: Timer, expect: Expect<T>, headerType?: HeaderType): Promise<T> {
    const send = (transmission: number): Promise<void> => {
      if (transmission > 1) this.#ue.log.info(`${timer.name} expired: ${message.is} sent again`, { transmission });
      return this.send(message, headerType);
    };
    return this.askBy(scope, timer, send, expect);
  }

  /** As `ask`, for a message that does not always leave the same way. */
  askBy<T>(scope: Scope, timer: Timer, send: (transmission: number) => Promise<void>, expect: Expect<T>): Promise<T> {
    return ask<Heard, T>({ inbox: this.#ue.inbox, scope, timer, send, expect: ({ message, arrival }) => expect(message, arrival) });
  }
}
