import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

/** A file system of 1 MiB that only this process and its children see, and that ends with them. */
const mount = 'mount -t tmpfs -o size=1m freehold-test "$0" && exec "$@"';
const inside = (directory: string, ...command: string[]) =>
  spawnSync("unshare", ["-rm", "sh", "-c", mount, directory, ...command], { encoding: "utf8" });

const probe = mkdtempSync(join(tmpdir(), "freehold-full-"));
const able = inside(probe, "true").status === 0;
rmSync(probe, { recursive: true });

test("sqlite: on a full disk the whole group is refused, nothing acknowledged is lost, and the store goes on when there is room", {
  skip: able ? false : "no file system may be mounted in a namespace of its own",
}, () => {
  const directory = mkdtempSync(join(tmpdir(), "freehold-full-"));
  const script = fileURLToPath(new URL("./full-disk.ts", import.meta.url));
  const { status, stderr } = inside(directory, process.execPath, "--disable-warning=ExperimentalWarning", script, directory);
  rmSync(directory, { recursive: true });
  assert.equal(status, 0, stderr);
});
