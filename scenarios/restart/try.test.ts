import { test } from "node:test";
import { type FunctionName, functionNames } from "@freehold/system";
import { Killable } from "../src/kills.ts";

async function one(names: readonly FunctionName[], at?: number): Promise<Killable> {
  const all = await Killable.start();
  const { clock } = all.system;
  const outcome = await all.dying(() => all.carol.ue.bringUp().then(() => clock.sleep(300)), names, at);
  const where = `${names.length > 1 ? "core" : names[0]} killed at ${at} ${JSON.stringify(all.moments[at!])} ${outcome}`;
  if (process.env.SHOW) console.log(where);
  try {
    await all.bystandersGoOn(where);
    all.nothingRepeated(where);
    const { ue, asked } = all.carol;
    const regs = asked.filter((x) => x === "Registration request").length;
    if (regs > 2) throw new Error(`${regs} registrations ${where}`);
    await all.nothingLeaks(where);
  } catch (error) {
    console.log(where, "\n   ", (error as Error).message.replaceAll("\n", "\n    "));
    if (process.env.DEEP) {
      console.log(all.carol.asked);
      console.log(
        all.system.tape
          .entries()
          .slice(-150)
          .map((m) => `${m.at % 1000000} ${m.interface} ${m.message} ${m.ue ?? ""}`)
          .join("\n"),
      );
      console.log(
        all.system.log.lines
          .slice(-60)
          .map((l) => JSON.stringify(l))
          .join("\n"),
      );
    }
  }
  await all[Symbol.asyncDispose]();
  return all;
}
const groups: Record<string, readonly FunctionName[]> = {
  core: functionNames,
  amf: ["amf"],
  smf: ["smf"],
  upf: ["upf"],
  udm: ["udm"],
  udr: ["udr"],
};
const group = groups[process.env.GROUP ?? "core"]!;
test("try", async () => {
  const t0 = performance.now();
  if (process.env.AT) {
    await one(group, Number(process.env.AT));
    return;
  }
  const dry = await one(group);
  for (let at = 0; at < dry.moments.length; at++) await one(group, at);
  console.log(dry.moments.length, performance.now() - t0);
});
