import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The folder of specifications, which is not part of the project; tests that need it are skipped by name without it. */
export const specsFolder = process.env["FREEHOLD_SPECS"] ?? join(import.meta.dirname, "../../../../shared/specs");
export const noSpecs = existsSync(join(specsFolder, "openapi/Rel-19")) ? false : "the specifications folder is not here";
export const readSpec = (file: string): string => readFileSync(join(specsFolder, file), "utf8");
