import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { conceal, deconceal, HomeNetworkKey } from "@freehold/crypto";
import { supi } from "@freehold/model";
import { systemRandom } from "@freehold/runtime";
import { VaultError } from "@freehold/store";
import { ConfigFault, keepHomeNetworkKey, openState, readConfig, readHomeNetworkKeys, statePaths } from "../src/index.ts";

function inFolder<T>(run: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "freehold-state-"));
  const clean = () => rmSync(folder, { recursive: true });
  const result = run(folder);
  if (result instanceof Promise) return result.finally(clean) as T;
  clean();
  return result;
}

test("the first start makes state with a master key for its owner alone, and the next finds it", () =>
  inFolder(async (baseDirectory) => {
    const config = readConfig("state: { directory: inner/state }", "test");
    const { masterKey, directory } = statePaths(config, baseDirectory);
    {
      await using state = await openState(config, { baseDirectory });
      await state.store.commit([{ table: "t", key: "a", value: state.vault.seal("row", "field", Uint8Array.of(1, 2)) }]);
    }
    assert.equal(statSync(masterKey).mode & 0o777, 0o600);
    assert.equal(statSync(directory).mode & 0o777, 0o700);
    await using again = await openState(config, { baseDirectory });
    const sealed = await again.store.get<Uint8Array>("t", "a");
    assert.deepEqual([...again.vault.open("row", "field", sealed!.value)], [1, 2]);
  }));

test("a store is refused to another master key", () =>
  inFolder(async (baseDirectory) => {
    const config = readConfig("", "test");
    await (await openState(config, { baseDirectory })).store.close();
    const { masterKey } = statePaths(config, baseDirectory);
    writeFileSync(masterKey, new Uint8Array(32).fill(7));
    await assert.rejects(openState(config, { baseDirectory }), VaultError);
  }));

test("keys of the home network made here reveal what a phone concealed with the printed public half", () =>
  inFolder((folder) => {
    const made = (["A", "B"] as const).map((scheme, i) => keepHomeNetworkKey(join(folder, `keys/${scheme}`), i, scheme));
    const text = "security: { homeNetworkKeys: [{ id: 0, scheme: A, file: keys/A }, { id: 1, scheme: B, file: keys/B }] }";
    const keys = readHomeNetworkKeys(readConfig(text, "test"), folder);
    const phone = supi("imsi-001010000000001");
    for (const [i, { id, profile, privateKey }] of keys.entries()) {
      const homeNetworkKey = { id, profile, publicKey: made[i]!.publicKey };
      const suci = conceal({ supi: phone, mncDigits: 2, routingIndicator: "0", homeNetworkKey }, systemRandom);
      const revealed = deconceal(suci, new Map([[id, new HomeNetworkKey(profile, id, privateKey)]]));
      assert.deepEqual(revealed, { ok: true, supi: phone });
    }
  }));

test("a home network key that is there is kept, and stands in a file for its owner alone", () =>
  inFolder((folder) => {
    const path = join(folder, "keys/a");
    const { publicKey } = keepHomeNetworkKey(path, 1, "A");
    const before = readFileSync(path, "utf8");
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(keepHomeNetworkKey(path, 1, "A"), { made: false, publicKey });
    assert.equal(readFileSync(path, "utf8"), before);
  }));

test("a home network key that is missing, open to others or no key is named by its file", () =>
  inFolder((folder) => {
    writeFileSync(join(folder, "short"), "abcd", { mode: 0o600 });
    keepHomeNetworkKey(join(folder, "open"), 2, "A");
    chmodSync(join(folder, "open"), 0o644);
    const list = ["missing", "short", "open"].map((file, id) => `{ id: ${id}, scheme: A, file: ${file} }`);
    const config = readConfig(`security: { homeNetworkKeys: [${list.join(", ")}] }`, "test");
    assert.throws(
      () => readHomeNetworkKeys(config, folder),
      (error) => {
        assert.ok(error instanceof ConfigFault);
        assert.equal(error.faults.length, 3);
        assert.match(error.faults[0]!, /missing: home network key 0: ENOENT/);
        assert.match(error.faults[1]!, /short: home network key 1: wants a private key of 32 octets/);
        assert.match(error.faults[2]!, /open: home network key 2: others than its owner may use it \(mode 644\); chmod 600 it/);
        return true;
      },
    );
  }));
