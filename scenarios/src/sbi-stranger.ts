import { Sbi, SbiRecorder } from "@freehold/sbi";
import type { FiveGC } from "./five-gc.ts";

/** A network function of another vendor at an address of its own, in the network of a scenario. */
export function stranger(system: FiveGC, { nfType, host = "127.0.0.99" }: { nfType: string; host?: string }): Sbi {
  const { clock, log, tape, carriage, world } = system;
  const { carrier, network } = carriage;
  if (typeof carrier === "function") throw new Error("a scenario's functions share one carrier");
  const sbi = new Sbi({
    ...{ nfType, carrier, clock, log, random: world.random },
    nfInstanceId: "4947a69a-f61b-4bc1-b9da-47c9c5d14b64",
    apiRoot: `http://${host.includes(":") ? `[${host}]` : host}:8080`,
    recorder: new SbiRecorder(tape, world),
  });
  network.attach(sbi.server);
  return sbi;
}
