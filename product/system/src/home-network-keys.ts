import { randomBytes } from "node:crypto";
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type EciesProfile, HomeNetworkKey } from "@freehold/crypto";
import { ProtectionScheme, Secret } from "@freehold/model";
import { toHex } from "@freehold/wire";
import { ConfigFault } from "./config/load.ts";
import type { FreeholdConfig } from "./config/types.ts";

/** A private key of the home network as the SIDF takes it (TS 33.501 §6.12.5). */
export interface HomeNetworkPrivateKey {
  readonly id: number;
  readonly profile: EciesProfile;
  readonly privateKey: Secret;
}

const profiles = { A: ProtectionScheme.profileA, B: ProtectionScheme.profileB } as const;

/** The keys that a configuration names, read from their files. Throws `ConfigFault` naming each file that is not one. */
export function readHomeNetworkKeys(config: FreeholdConfig, baseDirectory: string): HomeNetworkPrivateKey[] {
  const faults: string[] = [];
  const keys = config.security.homeNetworkKeys.flatMap(({ id, scheme, file }) => {
    const path = resolve(baseDirectory, file);
    try {
      return [{ id, profile: profiles[scheme], privateKey: readKey(path) }];
    } catch (error) {
      faults.push(`${path}: home network key ${id}: ${(error as Error).message}`);
      return [];
    }
  });
  if (faults.length > 0) throw new ConfigFault(faults);
  return keys;
}

function readKey(path: string): Secret {
  const fd = openSync(path, "r");
  try {
    const { mode } = fstatSync(fd);
    if ((mode & 0o077) !== 0) throw new Error(`others than its owner may use it (mode ${(mode & 0o777).toString(8)}); chmod 600 it`);
    const text = readFileSync(fd, "utf8").trim();
    if (!/^[0-9a-fA-F]{64}$/.test(text)) throw new Error("wants a private key of 32 octets, 64 hexadecimal digits");
    return Secret.fromHex(text);
  } finally {
    closeSync(fd);
  }
}

/**
 * Makes a private key in a file of mode 0600, or takes the one that is there: a key that phones hold the public half of is never replaced.
 * Gives its public half. Throws the file system's error, or one that says why the file is no key.
 */
export function keepHomeNetworkKey(
  path: string,
  id: number,
  scheme: "A" | "B",
): { readonly made: boolean; readonly publicKey: Uint8Array } {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let made = true;
  try {
    writeFileSync(path, `${toHex(validKey(id, scheme).reveal())}\n`, { mode: 0o600, flag: "wx", flush: true });
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw error;
    made = false;
  }
  return { made, publicKey: new HomeNetworkKey(profiles[scheme], id, readKey(path)).publicKey };
}

/** A number that is no private key of secp256r1 comes once in 2^32 draws. */
function validKey(id: number, scheme: "A" | "B"): Secret {
  for (;;) {
    const key = new Secret(new Uint8Array(randomBytes(32)));
    try {
      new HomeNetworkKey(profiles[scheme], id, key);
      return key;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
}
