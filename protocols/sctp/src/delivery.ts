import type { SctpEnd, SctpMessage } from "@freehold/net";
import type { Log } from "@freehold/runtime";

/**
 * What the user is told. Messages and the end wait, in order, for somebody to take them; a user who throws is logged. `holds` is told how
 * many octets wait more (or, negative, fewer), `drained` that waiting messages have been taken.
 */
export class Delivery {
  readonly #log: Log;
  readonly #holds: (octets: number) => void;
  readonly #drained: () => void;
  readonly #held: SctpMessage[] = [];
  #onMessage: ((message: SctpMessage) => void) | undefined;
  #onEnd: ((how: SctpEnd, why: string) => void) | undefined;
  #end: { readonly how: SctpEnd; readonly why: string } | undefined;
  #asked = false;

  constructor(log: Log, holds: (octets: number) => void, drained: () => void) {
    this.#log = log;
    this.#holds = holds;
    this.#drained = drained;
  }

  get over(): boolean {
    return this.#end !== undefined;
  }

  get onMessage(): (message: SctpMessage) => void {
    return this.#onMessage ?? (() => {});
  }
  set onMessage(take: (message: SctpMessage) => void) {
    this.#onMessage = take;
    this.#soon();
  }
  get onEnd(): (how: SctpEnd, why: string) => void {
    return this.#onEnd ?? (() => {});
  }
  set onEnd(take: (how: SctpEnd, why: string) => void) {
    this.#onEnd = take;
    this.#soon();
  }

  message(message: SctpMessage): void {
    if (this.over) return;
    if (this.#onMessage === undefined || this.#held.length > 0) {
      this.#held.push(message);
      this.#holds(message.data.length);
    } else this.#hand(message);
  }

  /** The first end counts. What waits is still handed over before it. */
  end(how: SctpEnd, why: string): void {
    this.#end ??= { how, why };
    this.#drain();
  }

  /** The user wants no more: what waits is dropped. */
  drop(): void {
    this.#held.length = 0;
  }

  #hand(message: SctpMessage): void {
    try {
      this.#onMessage?.(message);
    } catch (fault) {
      this.#log.error("SCTP user failed on a message", { stream: message.stream, fault });
    }
  }

  /** Not within the setter: whoever sets one handler may be about to set the other. */
  #soon(): void {
    if (this.#asked || (this.#held.length === 0 && this.#end === undefined)) return;
    this.#asked = true;
    queueMicrotask(() => {
      this.#asked = false;
      this.#drain();
    });
  }

  #drain(): void {
    const waiting = this.#held.length > 0;
    while (this.#held.length > 0 && this.#onMessage !== undefined) {
      const message = this.#held.shift()!;
      this.#holds(-message.data.length);
      this.#hand(message);
    }
    if (this.#end === undefined) {
      if (waiting) this.#drained();
      return;
    }
    if (this.#onEnd === undefined) return; // what waits for a handler that is not set by now is not wanted
    const tell = this.#onEnd;
    this.#onEnd = () => {}; // once
    try {
      tell(this.#end.how, this.#end.why);
    } catch (fault) {
      this.#log.error("SCTP user failed on the end of an association", { fault });
    }
  }
}
