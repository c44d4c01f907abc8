import type { Address, SctpAssociation, SctpEnd, SctpMessage } from "./ports.ts";

/** Octets that may wait in an association's send queue. */
export const sendQueueLimit = 1 << 20;

/** What every backend's association shares: handlers that miss nothing. What comes before a handler is set waits for it, in order. */
export abstract class HeldAssociation implements SctpAssociation {
  abstract readonly local: Address;
  abstract readonly remote: Address;
  abstract readonly outbound: number;
  abstract readonly inbound: number;
  abstract send(message: SctpMessage): boolean;
  abstract shutdown(): Promise<void>;
  abstract abort(why: string): void;

  #onMessage: ((message: SctpMessage) => void) | undefined;
  #onEnd: ((how: SctpEnd, why: string) => void) | undefined;
  #held: SctpMessage[] = [];
  #end: { readonly how: SctpEnd; readonly why: string } | undefined;
  readonly #ended = Promise.withResolvers<void>();

  get onMessage(): (message: SctpMessage) => void {
    return this.#onMessage ?? ((message) => void this.#held.push(message));
  }

  set onMessage(take: (message: SctpMessage) => void) {
    this.#onMessage = take;
    for (const message of this.#held.splice(0)) take(message);
  }

  get onEnd(): (how: SctpEnd, why: string) => void {
    return this.#onEnd ?? (() => {});
  }

  set onEnd(take: (how: SctpEnd, why: string) => void) {
    this.#onEnd = take;
    if (this.#end) take(this.#end.how, this.#end.why);
  }

  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Resolves when it has ended. */
  protected get over(): Promise<void> {
    return this.#ended.promise;
  }

  /** @internal for the backend: a message came. */
  deliver(message: SctpMessage): void {
    if (this.#end === undefined) this.onMessage(message);
  }

  /** @internal for the backend: the association is over; only the first call counts. */
  end(how: SctpEnd, why: string): void {
    if (this.#end !== undefined) return;
    this.#end = { how, why };
    this.#ended.resolve();
    this.onEnd(how, why);
  }
}
