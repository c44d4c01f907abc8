import type { Message5gsm } from "@freehold/nas";
import { type Cancel, Inbox, type Lane, type Log } from "@freehold/runtime";
import type { Answer, SmContextUpdatedData, SmContextUpdateError } from "@freehold/sbi";
import type { Store } from "@freehold/store";
import type { N2Information } from "./n2.ts";
import { rowOf, type SessionContext, sessionTable, ueKey, uniqueKeys } from "./session-context.ts";

export type UpdateAnswer = Answer<SmContextUpdatedData | undefined, SmContextUpdateError>;

/** What an UpdateSMContext brought, and how it is answered: once, by whoever takes it. */
export interface Arrival {
  readonly n1?: Message5gsm;
  readonly n2?: N2Information;
  /** The gNB's side of the connection is gone (AN release). */
  readonly deactivated?: true;
  readonly reply: (answer: UpdateAnswer) => void;
}

/** One PDU session as this SMF serves it now: its lane, what is waited for, and the context last committed. */
export class Session {
  readonly ref: string;
  readonly supi: string;
  readonly pduSessionId: number;
  readonly lane: Lane;
  readonly inbox = new Inbox<Arrival>();
  readonly log: Log;
  /** The release that runs, so that a phone that asks again hears the same again. */
  releasing: { readonly pti: number; readonly command: Uint8Array } | undefined;
  /** Stops the wait for a phone that is paged, or the time in which it is not. */
  stopDownlinkTimer: Cancel = () => {};
  readonly #store: Store;
  #context: SessionContext | undefined;
  #version = 0;

  constructor(id: { ref: string; supi: string; pduSessionId: number }, parts: { lane: Lane; log: Log; store: Store }) {
    this.ref = id.ref;
    this.supi = id.supi;
    this.pduSessionId = id.pduSessionId;
    this.lane = parts.lane;
    this.log = parts.log;
    this.#store = parts.store;
  }

  /** Undefined before the first commit, and after the last. */
  get context(): SessionContext | undefined {
    return this.#context;
  }

  /** The context of a session that has one: procedures run after it was committed. */
  get held(): SessionContext {
    if (this.#context === undefined) throw new Error("a PDU session without context");
    return this.#context;
  }

  /** As it was stored, at start. */
  adopt(context: SessionContext, version: number): void {
    this.#context = context;
    this.#version = version;
  }

  /** Replaces the context, durable before it resolves. Rejects with `StoreConflict` when somebody else went on with the session. */
  async commit(next: SessionContext): Promise<void> {
    const row = { table: sessionTable, key: this.ref, value: rowOf(next), expect: this.#version, unique: uniqueKeys(next) };
    const [version] = await this.#store.commit([row]);
    this.#version = version ?? this.#version + 1;
    this.#context = next;
  }

  /** What is known of a session that a restart would end anyhow: durable with the next commit. */
  learn(part: Partial<SessionContext>): void {
    this.#context = { ...this.held, ...part };
  }

  change(part: Partial<SessionContext>): Promise<void> {
    return this.commit({ ...this.held, ...part });
  }

  async remove(): Promise<void> {
    this.stopDownlinkTimer();
    if (this.#context === undefined) return;
    await this.#store.commit([{ table: sessionTable, key: this.ref, remove: true }]);
    this.#context = undefined;
    this.#version = 0;
  }
}

/** Sessions by what the doors know of them. */
export class SessionTable {
  readonly #byRef = new Map<string, Session>();
  readonly #byUe = new Map<string, Session>();
  readonly #bySeid = new Map<string, Session>();

  get size(): number {
    return this.#byRef.size;
  }
  all(): Session[] {
    return [...this.#byRef.values()];
  }
  byRef(ref: string): Session | undefined {
    return this.#byRef.get(ref);
  }
  byUe(supi: string, pduSessionId: number): Session | undefined {
    return this.#byUe.get(ueKey(supi, pduSessionId));
  }
  bySeid(seid: string): Session | undefined {
    return this.#bySeid.get(seid);
  }

  add(session: Session): void {
    this.#byRef.set(session.ref, session);
    this.#byUe.set(ueKey(session.supi, session.pduSessionId), session);
  }
  addSeid(seid: string, session: Session): void {
    this.#bySeid.set(seid, session);
  }

  drop(session: Session): void {
    this.#byRef.delete(session.ref);
    const key = ueKey(session.supi, session.pduSessionId);
    if (this.#byUe.get(key) === session) this.#byUe.delete(key);
    const seid = session.context?.n4.cp;
    if (seid !== undefined) this.#bySeid.delete(seid);
  }
}
