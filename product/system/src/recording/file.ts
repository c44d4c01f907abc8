import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import type { Vault } from "@freehold/store";
import { fromText, Reader, toText, Writer } from "@freehold/wire";
import type { FreeholdConfig } from "../config/types.ts";
import { type AnyRecord, readRecord } from "./records.ts";

const magic = "freehold recording 1\n";

/** What a recording says of itself, sealed as all of it. */
export interface RecordingHead {
  readonly config: FreeholdConfig;
  /** Ms since 1970. */
  readonly begin: number;
  /** The version of Node that ran it. */
  readonly node: string;
  /** The run of the machine (SystemWorld). */
  readonly bootId?: string;
}

/** The recording cannot be read: one line with the file, what is wrong and what to do. */
export class RecordingError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "RecordingError";
  }
}

/**
 * Writes a recording: chunks of records, each sealed with the master key of the core's state, for they hold identities, positions and all that
 * phones were told. A chunk is whole or not there: what a kill takes is the last quarter of a second.
 */
export class RecordingFile implements Disposable {
  readonly #vault: Pick<Vault, "seal">;
  readonly #fd: number;
  #chunks = 0;

  /** Throws the file system's error; a file that is there is not written over. */
  constructor(path: string, vault: Pick<Vault, "id" | "seal">, head: RecordingHead) {
    this.#vault = vault;
    this.#fd = openSync(path, "wx", 0o600);
    writeSync(this.#fd, `${magic}${vault.id}\n`);
    this.write(fromText(JSON.stringify(head)));
  }

  write(octets: Uint8Array): void {
    const sealed = this.#vault.seal("recording", `chunk ${this.#chunks++}`, octets);
    writeSync(this.#fd, new Writer(sealed.length + 4).u32(sealed.length).octets(sealed).done());
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

export interface ReadRecording {
  readonly head: RecordingHead;
  readonly records: readonly { readonly record: AnyRecord; readonly at: number | undefined }[];
  /** Octets at the end that are no whole chunk: the process was killed while it wrote. */
  readonly cut: number;
}

/** Reads a recording with the vault of the state that it was made beside. Throws `RecordingError`. */
export function readRecording(path: string, vault: Pick<Vault, "id" | "open">): ReadRecording {
  const octets = new Uint8Array(readFileSync(path));
  const headline = magic.length + vault.id.length + 1;
  if (toText(octets.subarray(0, magic.length)) !== magic) throw new RecordingError(`${path}: not a recording of this version`);
  if (toText(octets.subarray(magic.length, headline)) !== `${vault.id}\n`) {
    throw new RecordingError(`${path}: sealed with another master key: name by -c the configuration whose state it was made beside`);
  }
  const chunks: Uint8Array[] = [];
  let at = headline;
  while (at + 4 <= octets.length) {
    const length = new Reader(octets, at).u32("chunk");
    if (at + 4 + length > octets.length) break;
    try {
      chunks.push(vault.open("recording", `chunk ${chunks.length}`, octets.subarray(at + 4, at + 4 + length)));
    } catch {
      throw new RecordingError(`${path}: chunk ${chunks.length} at octet ${at} was changed`);
    }
    at += 4 + length;
  }
  const [first, ...rest] = chunks;
  if (first === undefined) throw new RecordingError(`${path}: nothing in it`);
  const records: ReadRecording["records"][number][] = [];
  for (const one of rest) {
    const r = new Reader(one);
    while (r.left > 0) records.push(readRecord(r));
  }
  return { head: JSON.parse(toText(first)) as RecordingHead, records, cut: octets.length - at };
}
