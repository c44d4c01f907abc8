import { readFileSync } from "node:fs";
import process from "node:process";
import { Argument, type Command, Option } from "commander";
import { Exit, fileMistake, Mistake } from "../mistake.ts";

interface Options {
  readonly json?: true;
  readonly reencode?: true;
  readonly keyEnc?: string;
  readonly nea?: string;
  readonly count?: string;
  readonly direction?: "uplink" | "downlink";
}

const examples = `
Examples:
  freehold decode nas 7e004179000d0100f110000000000000000010
  freehold decode ngap --json 00150033000004001b00080002f83910454647005240090300667265653567630066001000000000010002f839000010080102030015400140
  freehold decode pfcp < messages.txt         a message a line; blank lines and # comments do not count
  freehold decode nas --key-enc KNASENC --nea 2 --direction downlink --count 3 7e02...
  freehold decode ngap --reencode < messages.txt

Exit codes: 0 every message was read, 1 some message was not (or, with --reencode, came out otherwise), 2 not hexadecimal digits.`;

export function addDecode(freehold: Command): void {
  freehold
    .command("decode")
    .description("read a message of NGAP, NAS, PFCP or GTP-U as a tree")
    .addArgument(new Argument("<protocol>", "what it is a message of").choices(["ngap", "nas", "pfcp", "gtpu"]))
    .argument("[hex...]", "its octets in hexadecimal digits; without, a message a line on standard input")
    .option("--json", "one JSON object a message, octets as hexadecimal digits")
    .option("--reencode", "encode what was read and say whether the octets are the same or differ")
    .option("--key-enc <hex>", "KNASenc, to decipher NAS messages")
    .addOption(new Option("--nea <n>", "the ciphering algorithm of --key-enc (2)").choices(["0", "1", "2", "3"]))
    .option("--count <n>", "the NAS COUNT (the sequence number of the message)")
    .addOption(new Option("--direction <d>", "which way the message went").choices(["uplink", "downlink"]))
    .addHelpText("after", examples)
    .action(async (protocol: "ngap" | "nas" | "pfcp" | "gtpu", hex: string[], options: Options) => {
      process.exitCode = await decode(protocol, hex, options);
    });
}

async function decode(protocol: "ngap" | "nas" | "pfcp" | "gtpu", hex: readonly string[], options: Options): Promise<number> {
  const [{ readHex, readLines }, { protocols }, { output }, { explain, equal }] = await Promise.all([
    import("../decode/hex.ts"),
    import("../decode/protocols.ts"),
    import("../output.ts"),
    import("@freehold/wire"),
  ]);
  const deciphering = await readDeciphering(protocol, options);
  const typed = hex.length > 0 ? [{ octets: readHex(hex.join(" "), ""), line: 1 }] : readLines(standardInput());
  const out = output(options.json === true);
  const several = typed.length > 1;
  let failed = 0;
  for (const [i, { octets, line }] of typed.entries()) {
    const read = protocol === "nas" ? protocols.nas(octets, deciphering) : protocols[protocol](octets);
    const same = options.reencode && read.ok ? equal(octets, octetsAgain(read)) : undefined;
    if (!read.ok || same === false) failed++;
    const { message, value } = read;
    const place = several ? { line } : {};
    const rest = read.ok ? { value, ...(same !== undefined && { same }) } : { read: value, error: read.error };
    out.result({ protocol, ...place, message, ok: read.ok, ...rest });
    if (options.json) continue;
    const fault = read.ok ? "" : `${several ? `line ${line}: ` : ""}not read: ${explain(read.error)}`;
    if (options.reencode) out.line(same === undefined ? fault : same ? "same" : "differs");
    else {
      if (i > 0) out.line();
      out.line(read.text.replace(/ +$/gm, ""));
      if (!read.ok) out.line(fault);
    }
  }
  if (several) out.result({ messages: typed.length, failed });
  return failed === 0 ? Exit.ok : Exit.failed;
}

/** Nothing when what was read is more than may be sent, such as a message without an IE that only a receiver may miss. */
function octetsAgain(read: { again(): Uint8Array }): Uint8Array {
  try {
    return read.again();
  } catch (error) {
    if (error instanceof RangeError) return new Uint8Array(0);
    throw error;
  }
}

function standardInput(): string {
  if (process.stdin.isTTY) throw new Mistake("no message: give its octets in hexadecimal digits, or a message a line on standard input");
  try {
    return readFileSync(0, "utf8");
  } catch (error) {
    throw fileMistake("standard input", error);
  }
}

async function readDeciphering(protocol: string, { keyEnc, nea = "2", count, direction }: Options) {
  if (keyEnc === undefined) {
    if (count !== undefined || direction !== undefined) throw new Mistake("--count and --direction go with --key-enc");
    return undefined;
  }
  if (protocol !== "nas") throw new Mistake("--key-enc is for NAS messages: freehold decode nas --key-enc ...");
  if (!/^[0-9a-fA-F]{32}$/.test(keyEnc)) throw new Mistake("--key-enc: KNASenc is 32 hexadecimal digits");
  if (direction === undefined) throw new Mistake("--key-enc wants --direction uplink or --direction downlink as well");
  if (count !== undefined && !(/^\d{1,8}$/.test(count) && Number(count) < 2 ** 24))
    throw new Mistake("--count: a whole number below 16777216");
  const [{ Secret }, { Direction }] = await Promise.all([import("@freehold/model"), import("@freehold/crypto")]);
  return {
    key: Secret.fromHex(keyEnc),
    nea: Number(nea) as 0 | 1 | 2 | 3,
    direction: Direction[direction],
    ...(count !== undefined && { count: Number(count) }),
  };
}
