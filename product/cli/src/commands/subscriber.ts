import type { Command } from "commander";
import { whole } from "../whole.ts";

const collect = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value];

const addExamples = `
K and OPc are sealed before they are stored and never printed. Given as - they are asked for, hidden, or read from standard input,
a line each: what stands on a command line others on this machine may see.

Examples:
  freehold subscriber add --imsi 001010000000001 --k - --opc -
  freehold subscriber add --imsi 001010000000001 --k - --opc - --count 10
  freehold subscriber add --imsi 001010000000002 --k - --op - --slice 1-010203 --dnn internet --dnn ims --ambr "100 Mbps/1 Gbps"`;

const importExamples = `
One wrong line and nothing is taken. CSV starts with a line of column names; YAML and JSON are lists of objects with the same names:
supi or imsi, k, opc or op, amf, sqn, msisdn, ambr, sessionAmbr, dnn, sst, sd, slice, staticIp. What mongoexport writes of Open5GS is read too.

Examples:
  freehold subscriber import sims.csv
  mongoexport -d open5gs -c subscribers | freehold subscriber import -`;

/** `freehold subscriber`; the work is in subscribers/actions.ts, imported when it runs. */
export function addSubscriber(freehold: Command): void {
  const group = freehold
    .command("subscriber")
    .description("add, list, show, import and remove subscribers of a core")
    .helpCommand(false)
    .addHelpText(
      "after",
      "\nA running core sees every change at the phone's next registration. freehold subscriber add --help shows examples.",
    );
  const command = (name: string, what: string): Command =>
    group
      .command(name)
      .description(what)
      .option("-c, --config <file>", "the core's configuration (./freehold.yaml, or the defaults)")
      .option("--json", "the result as one JSON object");
  command("add", "add one subscriber")
    .requiredOption("--imsi <digits>", "IMSI, 5 to 15 digits")
    .requiredOption("--k <hex>", "K, 32 hexadecimal digits, or - to be asked")
    .option("--opc <hex>", "OPc, 32 hexadecimal digits, or - to be asked")
    .option("--op <hex>", "OP in place of OPc, or - to be asked")
    .option("--amf <hex>", "Authentication Management Field (8000)")
    .option("--sqn <n>", "last sequence number used: twelve hexadecimal digits, or decimal (0)")
    .option("--msisdn <digits>", "telephone number")
    .option("--slice <sst[-sd]>", "a subscribed slice; may be repeated (those of the configuration)", collect)
    .option("--dnn <name>", "a data network in each slice; may be repeated (those of the configuration)", collect)
    .option("--ambr <rates>", 'bit rates of the phone, "UPLINK/DOWNLINK" ("1 Gbps/1 Gbps")')
    .option("--session-ambr <rates>", 'bit rates of a PDU session ("1 Gbps/1 Gbps")')
    .option("--count <n>", "so many, the IMSI counting up, all with the same keys: for simulated phones and test SIMs", whole(100_000), 1)
    .option("--static-ip <address>", "an IPv4 address that is this subscriber's alone")
    .option("--replace", "replace a subscriber that is there")
    .addHelpText("after", addExamples)
    .action(async (options) => (await import("../subscribers/actions.ts")).add(options));
  command("list", "list subscribers").action(async (options) => (await import("../subscribers/actions.ts")).list(options));
  command("show", "show one subscriber, without its keys")
    .argument("<imsi>", "IMSI or SUPI")
    .action(async (imsi: string, options) => (await import("../subscribers/actions.ts")).show(imsi, options));
  command("import", "add all subscribers of a list, or none")
    .argument("<file>", "CSV, YAML or JSON; - is standard input")
    .option("--replace", "replace subscribers that are there")
    .addHelpText("after", importExamples)
    .action(async (file: string, options) => (await import("../subscribers/actions.ts")).importList(file, options));
  command("remove", "remove subscribers and all that is kept of them")
    .argument("<imsi...>", "IMSIs or SUPIs")
    .action(async (imsis: string[], options) => (await import("../subscribers/actions.ts")).remove(imsis, options));
}
