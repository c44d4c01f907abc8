import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const specs = join(process.env["FREEHOLD_SPECS"] ?? join(import.meta.dirname, "../../../../shared/specs"), "vectors");

/** The vectors of this folder always, all that are published where the specs folder is. */
export const sources = [
  { which: "the selection here", folder: join(import.meta.dirname, "vectors"), skip: false as const },
  { which: "all there are", folder: specs, skip: existsSync(specs) ? (false as const) : "the specs folder is absent" },
];

export const load = <T>(folder: string, name: string): T => JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) as T;
