/** Secrets at rest: what a row keeps of a key is a sealed blob, and the master key lies beside the database, not in it. */
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes } from "node:crypto";
import { closeSync, fstatSync, fsyncSync, mkdirSync, openSync, readSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { concat, fromText, toHex } from "@freehold/wire";
import type { Store } from "./ports.ts";

/** The key file or a blob is not what it must be. One line: the file or field, what is wrong, what to do. */
export class VaultError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "VaultError";
  }
}

const keyOctets = 32;
const ivOctets = 12;
const tagOctets = 16;
/** First octet of a blob: how it was sealed. */
const format = 1;

/** Opens the master key file, or makes it at the first start. Throws `VaultError`. */
export function openVault(path: string): Vault {
  const master = readKey(path) ?? makeKey(path);
  const vault = new Vault(master, path);
  master.fill(0);
  return vault;
}

/** AES-256-GCM with a key derived from the master key; a blob opens only for the row and the field that it was sealed for. */
export class Vault {
  /** Tells master keys apart without telling anything of them. */
  readonly id: string;
  readonly #key: KeyObject;
  readonly #path: string;

  /** `master` is not kept. `path` is for messages. */
  constructor(master: Uint8Array, path: string) {
    if (master.length !== keyOctets) throw new VaultError(`master key ${path}: ${master.length} octets instead of ${keyOctets}`);
    this.#path = path;
    this.#key = createSecretKey(derive(master, "freehold seal v1", keyOctets));
    this.id = toHex(derive(master, "freehold id v1", 8));
  }

  /** `1 | iv(12) | ciphertext | tag(16)`: 29 octets longer than `secret`. `field` is a name of ours, without `|`. */
  seal(row: string, field: string, secret: Uint8Array): Uint8Array {
    const iv = new Uint8Array(randomBytes(ivOctets));
    const cipher = createCipheriv("aes-256-gcm", this.#key, iv, { authTagLength: tagOctets });
    cipher.setAAD(bound(row, field));
    const sealed = cipher.update(secret);
    cipher.final();
    return concat(Uint8Array.of(format), iv, sealed, cipher.getAuthTag());
  }

  /** Throws `VaultError` when the blob was sealed by another key, for another row or field, or was changed. */
  open(row: string, field: string, blob: Uint8Array): Uint8Array {
    if (blob.length < 1 + ivOctets + tagOctets || blob[0] !== format) {
      throw new VaultError(`${field}: not a sealed value of this version; restore the row from a backup`);
    }
    const tagAt = blob.length - tagOctets;
    const cipher = createDecipheriv("aes-256-gcm", this.#key, blob.subarray(1, 1 + ivOctets), { authTagLength: tagOctets });
    cipher.setAAD(bound(row, field));
    cipher.setAuthTag(blob.subarray(tagAt));
    const secret = new Uint8Array(cipher.update(blob.subarray(1 + ivOctets, tagAt)));
    try {
      cipher.final();
    } catch {
      secret.fill(0);
      throw new VaultError(`${field}: changed, moved from another row, or sealed by another key than ${this.#path}`);
    }
    return secret;
  }

  /** Ties the store to this key: the first vault leaves its id there, another one is refused before it can seal or fail to open. */
  async bind(store: Store): Promise<void> {
    const found = await store.get<{ id: string }>("about", "vault");
    if (found === undefined) await store.commit([{ table: "about", key: "vault", value: { id: this.id }, expect: 0 }]);
    else if (found.value.id !== this.id) {
      throw new VaultError(`master key ${this.#path}: not the one this store was sealed with; restore that file from the backup`);
    }
  }
}

const derive = (master: Uint8Array, purpose: string, octets: number): Uint8Array =>
  new Uint8Array(hkdfSync("sha256", master, new Uint8Array(0), purpose, octets));

/** What a blob is bound to. The field has no bar, so the last bar is where the row's name ends. */
function bound(row: string, field: string): Uint8Array {
  if (field.includes("|")) throw new RangeError(`field ${field}: a bar in the name of a sealed field`);
  return fromText(`v1|${row}|${field}`);
}

/** undefined when there is no such file. */
function readKey(path: string): Uint8Array | undefined {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (fault) {
    const { code } = fault as { code?: string };
    if (code === "ENOENT") return undefined;
    throw new VaultError(`master key ${path}: cannot be read (${code}); run as its owner`);
  }
  try {
    const { mode, size } = fstatSync(fd);
    if ((mode & 0o077) !== 0) {
      throw new VaultError(`master key ${path}: others than its owner may use it (mode ${(mode & 0o777).toString(8)}); chmod 600 it`);
    }
    const key = new Uint8Array(keyOctets);
    if (size !== keyOctets || readSync(fd, key, 0, keyOctets, 0) !== keyOctets) {
      throw new VaultError(`master key ${path}: ${size} octets instead of ${keyOctets}; restore the file from the backup`);
    }
    return key;
  } finally {
    closeSync(fd);
  }
}

function makeKey(path: string): Uint8Array {
  const directory = dirname(path);
  const key = new Uint8Array(randomBytes(keyOctets));
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const fd = openSync(path, "wx", 0o600);
    writeSync(fd, key);
    fsyncSync(fd);
    closeSync(fd);
    const at = openSync(directory, "r");
    fsyncSync(at);
    closeSync(at);
  } catch (fault) {
    const { code } = fault as { code?: string };
    throw new VaultError(`master key ${path}: cannot be made (${code}); choose a directory that may be written`);
  }
  return key;
}
