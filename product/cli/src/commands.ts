import type { Command } from "commander";
export const commands: readonly AddCommand[] = [addInit, addDecode];
