/** NGAP messages that other people's gNBs, cores and testers wrote: those of the vectors, and those of the captures. */
import { readdirSync, readFileSync } from "node:fs";
import { hex, toHex } from "@freehold/wire";
import { ngapOf } from "./capture.ts";

export interface Foreign {
  readonly bytes: Uint8Array;
  /** Whose it is: a file of a project, or a frame of a capture. */
  readonly by: string;
}

/** Each different one once, in a fixed order. */
export function foreignNgap(specs: string): readonly Foreign[] {
  const found = new Map<string, string>();
  const vectors = JSON.parse(readFileSync(`${specs}/vectors/messages/ngap.json`, "utf8")) as { hex: string; sources: string[] }[];
  for (const one of vectors) found.set(toHex(hex(one.hex)), one.sources[0] ?? "vectors");
  for (const file of readdirSync(`${specs}/oracle/captures`).sort()) {
    if (!file.endsWith(".json") || file.endsWith(".sbi.json")) continue;
    const capture = file.replace(/\.json$/, "");
    for (const { frame, bytes } of ngapOf(specs, capture)) {
      const key = toHex(bytes);
      if (!found.has(key)) found.set(key, `${capture} frame ${frame}`);
    }
  }
  return [...found].map(([octets, by]) => ({ bytes: hex(octets), by }));
}
