import type { Pseudonyms, Secret } from "@freehold/model";
import { gutiText } from "@freehold/model";
import type { NasMessage, NasSecurity, UeSecurityCapability } from "@freehold/nas";
import { Inbox, Lane, type Log } from "@freehold/runtime";
import { type Store, StoreConflict } from "@freehold/store";
import type { AmfWorld } from "./amf.ts";
import type { Arrival } from "./n1.ts";
import { N1Sender } from "./n1-sender.ts";
import type { N2Connection } from "./ran.ts";
import { Reach } from "./reach.ts";
import type { UeContext } from "./ue-context.ts";

/** The table of the store that holds UE contexts. */
export const ueTable = "amf.ue";

/** A message as it came. */
export interface Heard {
  readonly message: NasMessage;
  readonly arrival: Arrival;
}

/** What is live of a security context: the keys in use and, until KAMF is committed, KAMF itself. */
export interface LiveSecurity {
  readonly ngKsi: number;
  readonly kamf: Secret;
  readonly nas: NasSecurity;
  /** As the UE sent it: loses nothing, so that it is replayed octet for octet. */
  readonly ueSecurityCapability: UeSecurityCapability;
  /** Downlink COUNT values below this one are reserved in the store. */
  downlinkBound: number;
}

/**
 * One UE as the AMF serves it now: lanes, what it waits for, its N2 connection, and the context last committed. Until a UE has said who it
 * is (and proved it), there is no context.
 */
export class Ue {
  readonly mobility: Lane;
  readonly sessions = new Map<number, Lane>();
  /** Answers that the running mobility procedure waits for. */
  readonly inbox = new Inbox<Heard>();
  readonly log: Log;
  readonly n1: N1Sender;
  readonly #world: AmfWorld;
  n2: N2Connection | undefined;
  readonly reach = new Reach();
  /** UE radio capability as the gNB gave it (TS 38.413 §8.14.1), until it is committed with the context. */
  radioCapability: Uint8Array | undefined;
  security: LiveSecurity | undefined;
  /** Secure exchange of NAS messages is established on the current N1 signalling connection (TS 24.501 §4.4.2.5). */
  secured = false;
  /** COUNT values beyond those committed may have been used: the UE authenticates before anything is said under the context. */
  countsUncertain = false;
  #context: UeContext | undefined;
  #version = 0;
  #writing: Promise<void> = Promise.resolve();
  readonly #pseudonym: Pseudonyms;

  constructor(world: AmfWorld, pseudonym: Pseudonyms, name: string) {
    this.#world = world;
    this.#pseudonym = pseudonym;
    this.mobility = new Lane(world.clock, `${name} mobility`);
    this.log = world.log.child({ ue: this });
    this.n1 = new N1Sender(this, world);
  }

  get context(): UeContext | undefined {
    return this.#context;
  }
  get supi(): string | undefined {
    return this.#context?.supi;
  }
  /** Name for log lines: a pseudonym once the SUPI is known. */
  get name(): string {
    return this.#context === undefined ? `N2 ${this.n2?.amfUeNgapId ?? "-"}` : this.#pseudonym(this.#context.supi);
  }

  /** In log lines, which say the name of their time: it changes when the UE is known. */
  toString(): string {
    return this.name;
  }
  toJSON(): string {
    return this.name;
  }

  sessionLane(pduSessionId: number): Lane {
    let lane = this.sessions.get(pduSessionId);
    if (lane === undefined) {
      lane = new Lane(this.#world.clock, `${this.name} PDU session ${pduSessionId}`);
      this.sessions.set(pduSessionId, lane);
    }
    return lane;
  }

  /** Takes the context over as it was stored: at start, or when a UE is recognised. */
  adopt(context: UeContext, version: number): void {
    this.#context = context;
    this.#version = version;
  }

  get version(): number {
    return this.#version;
  }

  /** Replaces the context as a whole. */
  commit(next: UeContext): Promise<void> {
    return this.#write(() => next);
  }

  /** Changes the context as it then stands. Nothing when the UE is gone meanwhile. */
  write(change: (context: UeContext) => UeContext): Promise<void> {
    return this.#write(() => this.#context && change(this.#context));
  }

  /** What a restart may forget, and no octet that leaves waits for: as `write`, durable with the next commit of the context. */
  learn(change: (context: UeContext) => UeContext): void {
    this.#writing = this.#writing.then(() => {
      if (this.#context !== undefined) this.#context = change(this.#context);
    });
  }

  /**
   * The one writer of the context: one change after the other, each durable before it resolves. A lost compare-and-set means that another
   * replica has gone on with this UE: local state is dropped, never retried.
   */
  #write(next: () => UeContext | undefined): Promise<void> {
    const turn = this.#writing.then(async () => {
      const value = next();
      if (value === undefined) return;
      const unique: Record<string, string> = { guti: gutiText(value.guti) };
      if (value.formerGuti !== undefined) unique["formerGuti"] = gutiText(value.formerGuti);
      const [version] = await this.#world.store.commit([
        { table: ueTable, key: value.supi, value: value as never, expect: this.#version, unique },
      ]);
      this.#context = value;
      this.#version = version ?? this.#version + 1;
    });
    this.#writing = turn.catch(() => {}); // its caller hears of it
    return turn;
  }
}

export const isLost = (error: unknown): boolean => error instanceof StoreConflict;

/** Every UE context of the store, for the start. */
export const storedContexts = (store: Store) => store.all<UeContext>(ueTable);

/** UEs of this AMF: by SUPI and by 5G-TMSI. The composition root owns the one instance. */
export class UeTable {
  readonly #bySupi = new Map<string, Ue>();
  readonly #byTmsi = new Map<number, Ue>();

  get size(): number {
    return this.#bySupi.size;
  }
  all(): IterableIterator<Ue> {
    return this.#bySupi.values();
  }
  bySupi(supi: string): Ue | undefined {
    return this.#bySupi.get(supi);
  }
  byTmsi(tmsi: number): Ue | undefined {
    return this.#byTmsi.get(tmsi);
  }
  hasTmsi(tmsi: number): boolean {
    return this.#byTmsi.has(tmsi);
  }

  /** Files the UE under the identities of its context; former ones that no longer hold are dropped. */
  file(ue: Ue, before?: UeContext): void {
    const now = ue.context;
    for (const tmsi of [before?.guti.tmsi, before?.formerGuti?.tmsi]) {
      if (tmsi !== undefined && tmsi !== now?.guti.tmsi && tmsi !== now?.formerGuti?.tmsi && this.#byTmsi.get(tmsi) === ue)
        this.#byTmsi.delete(tmsi);
    }
    if (now === undefined) {
      if (before !== undefined && this.#bySupi.get(before.supi) === ue) this.#bySupi.delete(before.supi);
      return;
    }
    this.#bySupi.set(now.supi, ue);
    this.#byTmsi.set(now.guti.tmsi, ue);
    if (now.formerGuti !== undefined) this.#byTmsi.set(now.formerGuti.tmsi, ue);
  }

  drop(ue: Ue): void {
    const context = ue.context;
    if (context === undefined) return;
    for (const tmsi of [context.guti.tmsi, context.formerGuti?.tmsi])
      if (tmsi !== undefined && this.#byTmsi.get(tmsi) === ue) this.#byTmsi.delete(tmsi);
    if (this.#bySupi.get(context.supi) === ue) this.#bySupi.delete(context.supi);
  }
}
