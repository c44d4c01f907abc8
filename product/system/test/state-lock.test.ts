import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pid } from "node:process";
import { test } from "node:test";
import { holdState, StateInUse } from "@freehold/system";

test("a state is one core's: a second is told which process has it, and one whose owner was killed is free again", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "freehold-lock-"));
  t.after(() => rmSync(directory, { recursive: true }));
  {
    using _held = holdState(directory);
    assert.throws(
      () => holdState(directory),
      (error: unknown) => error instanceof StateInUse && error.message.includes(`process ${pid}`),
    );
  }
  assert.deepEqual(readdirSync(directory), []);
  // The number of a process that lives, with another beginning: a later process that got the number of the one killed.
  writeFileSync(join(directory, "core.pid"), `${pid} 1\n`);
  holdState(directory)[Symbol.dispose]();
  writeFileSync(join(directory, "core.pid"), "");
  holdState(directory)[Symbol.dispose]();
  assert.deepEqual(readdirSync(directory), []);
});
