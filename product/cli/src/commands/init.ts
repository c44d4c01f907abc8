import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import type { Command } from "commander";
import { fileMistake, Mistake } from "../mistake.ts";

interface Options {
  readonly output: string;
  readonly force?: true;
  readonly schema?: true;
  readonly json?: true;
}

const examples = `
Writes a configuration in which every key has its default and a comment, and makes the private keys of the home network (profile A, X25519,
and profile B, secp256r1) beside the state, mode 0600. Keys that are there already are kept. Prints the public keys, which go into SIMs.

Examples:
  freehold init                          ./freehold.yaml and ./state/keys/
  freehold init -o /etc/freehold/core.yaml
  freehold init --schema > freehold.schema.json      for editors`;

export function addInit(freehold: Command): void {
  freehold
    .command("init")
    .description("write a commented configuration and make the home network's keys")
    .option("-o, --output <file>", "the file to write", "./freehold.yaml")
    .option("--force", "write over a file that is there")
    .option("--schema", "print the JSON Schema of the configuration instead")
    .option("--json", "the files and public keys as one JSON object")
    .addHelpText("after", examples)
    .action(init);
}

const wanted = [
  { id: 1, scheme: "A" },
  { id: 2, scheme: "B" },
] as const;

async function init({ output: file, force, schema, json }: Options): Promise<void> {
  const [{ configSchema, configTemplate, keepHomeNetworkKey, readConfig }, { output, style }, { toHex }] = await Promise.all([
    import("@freehold/system"),
    import("../output.ts"),
    import("@freehold/wire"),
  ]);
  const out = output(json === true);
  if (schema) {
    const { description, ...rest } = configSchema;
    const document = { $schema: "https://json-schema.org/draft/2020-12/schema", title: description, ...rest };
    if (json) out.result(document);
    else out.line(JSON.stringify(document, undefined, 2));
    return;
  }
  if (force === undefined && existsSync(file)) {
    throw new Mistake(`${file}: is there already; nothing was changed: name another file with -o, or write over it with --force`);
  }
  const base = dirname(resolve(file));
  const { directory } = readConfig("", "defaults").state;
  let keys: { id: number; scheme: "A" | "B"; file: string; publicKey: string; made: boolean }[];
  try {
    mkdirSync(base, { recursive: true });
    keys = wanted.map(({ id, scheme }) => {
      const path = join(resolve(base, directory), "keys", `home-network-${id}.key`);
      try {
        const { publicKey, made } = keepHomeNetworkKey(path, id, scheme);
        return { id, scheme, file: `./${relative(base, path)}`, publicKey: toHex(publicKey), made };
      } catch (error) {
        throw fileMistake(path, error);
      }
    });
    writeFileSync(file, configTemplate(keys.map(({ id, scheme, file }) => ({ id, scheme, file }))), { flag: force ? "w" : "wx" });
  } catch (error) {
    throw error instanceof Mistake ? error : fileMistake(file, error);
  }
  const { bold } = style(out.colour);
  out.line(`${file}: every key with its default and a comment`);
  for (const key of keys) {
    out.line(`${key.file}: private key of the home network, profile ${key.scheme}, ${key.made ? "made" : "kept"}`);
  }
  out.line();
  out.line("For SIMs and phones, the public keys of the home network:");
  for (const { id, scheme, publicKey } of keys) out.line(`  id ${id}, profile ${scheme}: ${bold(publicKey)}`);
  out.line();
  out.line("Next: freehold subscriber add --imsi ... --k ... --opc ..., then freehold up");
  out.result({ file, keys });
}
