/** The ASN.1 modules of the specifications folder, where there is one; the project does not hold them. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Compilation, compile } from "@freehold/asn1";

const folder = process.env["FREEHOLD_SPECS"] ?? join(import.meta.dirname, "../../../../shared/specs");
const compiled = new Map<string, Compilation>();

/** Why a test that needs these modules is skipped, or false. */
export const absent = (modules: string): string | false =>
  existsSync(join(folder, "asn1", modules)) ? false : `no asn1/${modules} in the specifications folder`;

export function compiledSpec(modules: string): Compilation {
  const known = compiled.get(modules);
  if (known !== undefined) return known;
  const files = globSync(join(folder, "asn1", modules, "*.asn"));
  const module = compile(...files.map((file) => readFileSync(file, "utf8")));
  compiled.set(modules, module);
  return module;
}

/** A source of choices from a seed (xorshift), so that a failing value can be made again. */
export function chooser(seed: number): (below: number) => number {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
