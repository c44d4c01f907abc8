import type { Command } from "commander";
import { addBench } from "./commands/bench.ts";
import { addDecode } from "./commands/decode.ts";
import { demo } from "./commands/demo.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addEgress } from "./commands/egress.ts";
import { addGnb } from "./commands/gnb.ts";
import { addInit } from "./commands/init.ts";
import { addReplay } from "./commands/replay.ts";
import { addSubscriber } from "./commands/subscriber.ts";
import { addUe } from "./commands/ue.ts";
import { addUp } from "./commands/up.ts";
import { addVerify } from "./commands/verify.ts";

/** Adds one command; its work is imported only when it runs, so that `--help` starts in the time of the help alone. */
export type AddCommand = (freehold: Command, root: string) => void;

/** The commands in the order of `freehold --help`. */
export const commands: readonly AddCommand[] = [
  demo,
  addUp,
  addInit,
  addSubscriber,
  addGnb,
  addUe,
  addDecode,
  addVerify,
  addEgress,
  addReplay,
  addDoctor,
  addBench,
];
