import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Pick } from "@freehold/wire";

const root = process.env["FREEHOLD_SPECS"] ?? join(import.meta.dirname, "../../../../shared/specs");
const own = join(import.meta.dirname, "vectors");

/** `skip` of a test that needs the specs folder: a reason, or false where the folder is. */
export const absent = existsSync(root) ? (false as const) : "the specs folder is absent";

export const spec = <T>(path: string): T => JSON.parse(readFileSync(join(root, path), "utf8")) as T;
export const vectors = <T>(name: string): T => JSON.parse(readFileSync(join(own, name), "utf8")) as T;

/** The picks of `sample` from a seed. */
export function picks(seed: number): Pick {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}
