import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { ConfigFault, type FreeholdConfig, readConfig } from "@freehold/system";
import { fileMistake, Mistake } from "./mistake.ts";

/** The file that commands read unless `-c` names another. */
export const defaultFile = "freehold.yaml";

export interface Configuration {
  readonly config: FreeholdConfig;
  /** The file, or undefined where there is none and the defaults hold. */
  readonly file: string | undefined;
  /** What paths in the configuration are relative to. */
  readonly baseDirectory: string;
}

/** The configuration of `-c FILE`; without `-c` ./freehold.yaml, and without that the defaults. Every fault is a `Mistake`. */
export function loadConfiguration(given: string | undefined): Configuration {
  const file = given ?? (existsSync(defaultFile) ? defaultFile : undefined);
  if (file === undefined) return { config: readConfig("", "defaults"), file, baseDirectory: resolve(".") };
  return { config: readAs(file, readConfig), file, baseDirectory: dirname(resolve(file)) };
}

/** Reads a file by `read(text, name)`; what is wrong with file or content is a `Mistake`, a line each. */
export function readAs<T>(file: string, read: (text: string, name: string) => T): T {
  let text: string;
  try {
    text = readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    throw fileMistake(file, error);
  }
  try {
    return read(text, file);
  } catch (error) {
    if (error instanceof ConfigFault) throw new Mistake(error.message);
    throw error;
  }
}
