import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pid } from "node:process";

/** Another core runs on this state: two would give out the same addresses and identities. */
export class StateInUse extends Error {
  constructor(directory: string, owner: number) {
    super(`${directory}: a core runs on this state already, process ${owner}: stop that, or name another state.directory`);
    this.name = "StateInUse";
  }
}

/** When a process began, in clock ticks since boot (field 22 of /proc/PID/stat): tells it from a later one with its number. */
function beginOf(process: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${process}/stat`, "utf8");
    // The second field, the command's name in parentheses, may hold anything.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

/**
 * Takes a state directory for this process until disposed. A process that was killed leaves its file behind; that is seen, for the process it
 * names no longer is. Throws `StateInUse`.
 */
export function holdState(directory: string): Disposable {
  const path = join(directory, "core.pid");
  const draft = `${path}.${pid}`;
  const mine = `${pid} ${beginOf(pid) ?? ""}\n`;
  for (;;) {
    writeFileSync(draft, mine, { mode: 0o600 });
    try {
      // A link is there whole or not at all, and never over another.
      linkSync(draft, path);
      return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
    } catch (error) {
      if ((error as { code?: string }).code !== "EEXIST") throw error;
    } finally {
      rmSync(draft, { force: true });
    }
    const [owner = "", begin] = readFileSync(path, "utf8").trim().split(" ");
    if (begin !== undefined && begin === beginOf(Number(owner))) throw new StateInUse(directory, Number(owner));
    rmSync(path, { force: true });
  }
}
