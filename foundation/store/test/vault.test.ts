import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import { fromText, hex, toHex } from "@freehold/wire";
import fc from "fast-check";
import { memoryStore, openVault, sqliteStore, Vault, VaultError } from "../src/index.ts";

async function folder(body: (directory: string) => Promise<void> | void): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "freehold-vault-"));
  try {
    await body(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const master = Uint8Array.from({ length: 32 }, (_, i) => i);
const vault = new Vault(master, "test");

test("what is sealed opens for its row and field, and is 29 octets longer", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.string(), (secret, row) => {
      const blob = vault.seal(row, "k", secret);
      assert.equal(blob.length, secret.length + 29);
      assert.deepEqual(vault.open(row, "k", blob), new Uint8Array(secret));
    }),
  );
});

test("sealing twice gives two blobs", () => {
  assert.notDeepEqual(vault.seal("r", "k", master), vault.seal("r", "k", master));
});

test("a blob does not open for another row, another field, another key, or with any bit flipped", () => {
  const blob = vault.seal("imsi-1", "k", hex("00112233445566778899aabbccddeeff"));
  assert.throws(() => vault.open("imsi-2", "k", blob), VaultError);
  assert.throws(() => vault.open("imsi-1", "opc", blob), VaultError);
  assert.throws(() => vault.open("imsi", "1|k", blob), RangeError);
  assert.throws(() => new Vault(new Uint8Array(32), "other").open("imsi-1", "k", blob), /sealed by another key than other/);
  for (let bit = 0; bit < blob.length * 8; bit++) {
    const changed = blob.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    assert.throws(() => vault.open("imsi-1", "k", changed), VaultError);
  }
  for (let length = 0; length < blob.length; length++) assert.throws(() => vault.open("imsi-1", "k", blob.subarray(0, length)), VaultError);
});

test("a blob of the first version still opens", () => {
  const blob = hex("0103bd14d05de791ed3068e5c1b1245eaec27366b8d18721f8f7a86f800081ea2d97a4bd20167960d3c3e4012a");
  assert.equal(toHex(vault.open("imsi-001010000000001", "k", blob)), "465b5ce8b199b49faa5f0a2ee238a6bc");
});

test("the key file is made once, 0600, 32 octets, and the vault keeps none of them to print", () =>
  folder((directory) => {
    const path = join(directory, "keys", "master.key");
    const first = openVault(path);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(join(directory, "keys")).mode & 0o777, 0o700);
    assert.equal(readFileSync(path).length, 32);
    const again = openVault(path);
    assert.equal(again.id, first.id);
    assert.deepEqual(again.open("r", "f", first.seal("r", "f", fromText("secret"))), fromText("secret"));
    assert.equal(inspect(first, { showHidden: true, depth: 9 }).includes(readFileSync(path).toString("hex")), false);
    assert.deepEqual(Object.keys(first), ["id"]);
  }));

test("a key file that others may use, or of a wrong length, is refused with one line", () =>
  folder((directory) => {
    const path = join(directory, "master.key");
    openVault(path);
    chmodSync(path, 0o640);
    assert.throws(() => openVault(path), { message: `master key ${path}: others than its owner may use it (mode 640); chmod 600 it` });
    chmodSync(path, 0o600);
    truncateSync(path, 31);
    assert.throws(() => openVault(path), { message: `master key ${path}: 31 octets instead of 32; restore the file from the backup` });
    assert.throws(() => openVault(directory), VaultError);
  }));

test("a store is tied to the key it was sealed with", async () => {
  await using store = memoryStore();
  await vault.bind(store);
  await vault.bind(store);
  await assert.rejects(new Vault(new Uint8Array(32), "/new.key").bind(store), {
    message: "master key /new.key: not the one this store was sealed with; restore that file from the backup",
  });
});

test("the octets of a sealed secret are not in the database file", () =>
  folder(async (directory) => {
    const path = join(directory, "core.db");
    const secret = fromText("thirty-two octets of a secret !!");
    const store = await sqliteStore({ path });
    await store.commit([{ table: "subscriber", key: "imsi-1", value: { k: vault.seal("imsi-1", "k", secret) } }]);
    await store.close();
    const file = readFileSync(path);
    assert.equal(file.includes(secret), false);
    assert.equal(file.includes(Buffer.from(secret).toString("base64").slice(0, 20)), false);
    const again = await sqliteStore({ path });
    const { k } = (await again.get<{ k: Uint8Array }>("subscriber", "imsi-1"))!.value;
    assert.deepEqual(vault.open("imsi-1", "k", k), secret);
    await again.close();
  }));
