import type { Carriage, TapeEntry } from "./entry.ts";

/** Longest octet string that V8 keeps inside the heap object: it is copied sooner than asked what it lies in, which would move it out. */
const small = 64;

/** The octets themselves where they are all that their buffer holds; a copy of a window on a larger one. */
export function ownOctets(octets: Uint8Array): Uint8Array {
  if (octets.byteLength <= small || octets.byteOffset !== 0) return octets.slice();
  return octets.byteLength === octets.buffer.byteLength ? octets : octets.slice();
}

/** Somebody or something that knows whose it is, perhaps only later. */
export interface Whose {
  readonly supi: string | undefined;
}

/** What a recorder says of a message. `message` and `ue` are asked when the entry is looked at, for whose it is may be known later. */
export interface Recording {
  readonly at: number;
  readonly interface: TapeEntry["interface"];
  readonly from: string;
  readonly to: string;
  readonly message: string | (() => string);
  readonly ue?: string | Whose | (() => string | undefined) | undefined;
  /** Copied when they are a window on a larger buffer. */
  readonly bytes: Uint8Array;
  /** That nobody else changes or holds on to `bytes`, which then need not be looked at: an encoder's own. */
  readonly own?: boolean;
  readonly carriage: Carriage;
  readonly note?: string | undefined;
}

/** A message as its sender or receiver records it: one shape for all, little to hold, most leave the ring unread. */
export class Recorded implements TapeEntry {
  readonly at: number;
  readonly interface: TapeEntry["interface"];
  readonly from: string;
  readonly to: string;
  readonly bytes: Uint8Array;
  readonly carriage: Carriage;
  readonly note?: string;
  readonly #message: Recording["message"];
  readonly #ue: Recording["ue"];

  constructor({ at, interface: interface_, from, to, message, ue, bytes, carriage, note, own = false }: Recording) {
    this.at = at;
    this.interface = interface_;
    this.from = from;
    this.to = to;
    this.bytes = own ? bytes : ownOctets(bytes);
    this.carriage = carriage;
    if (note !== undefined) this.note = note;
    this.#message = message;
    this.#ue = ue;
  }

  get message(): string {
    return typeof this.#message === "function" ? this.#message() : this.#message;
  }

  get ue(): string | undefined {
    const ue = this.#ue;
    if (typeof ue === "function") return ue();
    return typeof ue === "object" ? ue.supi : ue;
  }
}
