import { hex } from "@freehold/wire";

const shown = "‹key›";

/** Octets of a key. Printing it in any way, also inside another object, shows ‹key›; only `reveal()` gives the octets, and every call of it can be found. */
export class Secret {
  readonly #octets: Uint8Array;

  /** Keeps the array it is given: whoever makes a Secret hands the octets over. */
  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  /** TypeError when not hexadecimal; the message does not repeat the text. */
  static fromHex(text: string): Secret {
    try {
      return new Secret(hex(text));
    } catch {
      throw new TypeError("a key in hexadecimal digits is wanted");
    }
  }

  get length(): number {
    return this.#octets.length;
  }

  /** The octets themselves, not a copy: for the operation that needs them, never to be kept, sent or logged. */
  reveal(): Uint8Array {
    return this.#octets;
  }

  toString(): string {
    return shown;
  }
  toJSON(): string {
    return shown;
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return shown;
  }
}
