import { ambrJson, type Supi, splitImsi } from "@freehold/model";
import { StoreConflict, StoreError, VaultError } from "@freehold/store";
import { type FreeholdConfig, openState, type State } from "@freehold/system";
import { provision, type Subscriber, type Subscription, subscribers, withdraw } from "@freehold/udr";
import { loadConfiguration, readAs } from "../configuration.ts";
import { fileMistake, Mistake } from "../mistake.ts";
import { type Output, output, style } from "../output.ts";
import { Batch } from "./batch.ts";
import { defaultsOf, type Entry, EntryFault, subscriberOf, supiOf } from "./entry.ts";
import { ListFault, readSubscribers } from "./list.ts";
import { secrets } from "./secret.ts";

interface Common {
  readonly config?: string;
  readonly json?: true;
}

export interface AddOptions extends Common {
  readonly imsi: string;
  readonly k: string;
  readonly opc?: string;
  readonly op?: string;
  readonly amf?: string;
  readonly sqn?: string;
  readonly msisdn?: string;
  readonly slice?: readonly string[];
  readonly dnn?: readonly string[];
  readonly ambr?: string;
  readonly sessionAmbr?: string;
  readonly staticIp?: string;
  readonly replace?: true;
  readonly count: number;
}

interface Here {
  readonly state: State;
  readonly config: FreeholdConfig;
  readonly out: Output;
}

/** Opens the state of the configuration for one command. What an operator can act on is a `Mistake`. */
async function withState<T>(options: Common, work: (here: Here) => Promise<T>): Promise<T> {
  const { config, baseDirectory } = loadConfiguration(options.config);
  try {
    await using state = await openState(config, { baseDirectory });
    return await work({ state, config, out: output(options.json === true) });
  } catch (error) {
    if (error instanceof StoreError || error instanceof VaultError) throw new Mistake(error.message);
    if ((error as { syscall?: string }).syscall !== undefined) throw fileMistake(config.state.directory, error);
    throw error;
  }
}

/** All or nothing. Without `replace` one that is there already is a `Mistake`. */
async function provisionAll(added: readonly Subscriber[], { store, vault }: State, replace: boolean): Promise<void> {
  const there = new Set((await subscribers(store)).map(({ supi }) => supi));
  const again = added.filter(({ supi }) => there.has(supi));
  if (again.length > 0 && !replace) {
    const more = again.length > 1 ? ` and ${again.length - 1} more` : "";
    throw new Mistake(`${again[0]!.supi}${more}: there already; nothing was changed: remove it first, or --replace`);
  }
  const batch = new Batch(store);
  for (const subscriber of added) await provision(subscriber, { store: batch, vault });
  try {
    await batch.flush();
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error;
    throw new Mistake(`${error.key}: changed by another process at this moment; nothing was changed here: try again`);
  }
}

export async function add(options: AddOptions): Promise<void> {
  const asked = (["k", "opc", "op"] as const).filter((name) => options[name] === "-");
  const spoken = { k: "K", opc: "OPc", op: "OP" };
  const answers = await secrets(asked.map((name) => spoken[name]));
  const { imsi, slice, dnn, count, ...rest } = options;
  if (count > 1 && rest.staticIp !== undefined) throw new Mistake("--static-ip is one subscriber's alone: leave out --count or it");
  const entry: Entry = { ...rest, ...Object.fromEntries(asked.map((name, i) => [name, answers[i]])), slices: slice, dnns: dnn };
  await withState(options, async ({ state, config, out }) => {
    const added = mistakenly(() => counted(imsi, count).map((supi) => subscriberOf({ ...entry, supi }, defaultsOf(config))));
    await provisionAll(added, state, options.replace === true);
    const { good, warn } = style(out.colour);
    const [first, last] = [added[0]!, added.at(-1)!];
    out.line(`${good("added")} ${count > 1 ? `${count} subscribers, ${first.supi} to ${last.supi}, each like ` : ""}${summary(first)}`);
    for (const note of notes(added, config)) out.line(`${warn("note")} ${note}`);
    out.result({ added: added.map(({ supi }) => supi) });
  });
}

/** `count` IMSIs in a row from the one given, as the SIMs of a batch have them. */
function counted(imsi: string, count: number): string[] {
  const digits = imsi.replace(/^imsi-/, "");
  if (count === 1 || !/^\d{5,15}$/.test(digits)) return [imsi];
  const all = Array.from({ length: count }, (_, i) => String(BigInt(digits) + BigInt(i)).padStart(digits.length, "0"));
  if (all.at(-1)!.length > digits.length)
    throw new Mistake(`--count ${count}: counting up from ${imsi} ends before that; nothing was changed`);
  return all;
}

export async function importList(file: string, options: Common & { readonly replace?: true }): Promise<void> {
  await withState(options, async ({ state, config, out }) => {
    const read = mistakenly(() =>
      readAs(file, (text, name) => readSubscribers(text, name === "-" ? "standard input" : name, defaultsOf(config))),
    );
    await provisionAll(read, state, options.replace === true);
    const { good, warn } = style(out.colour);
    out.line(`${good("added")} ${read.length} subscriber${read.length === 1 ? "" : "s"}`);
    for (const note of notes(read, config)) out.line(`${warn("note")} ${note}`);
    out.result({ added: read.map(({ supi }) => supi) });
  });
}

function mistakenly<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof EntryFault || error instanceof ListFault) throw new Mistake(`${error.message}; nothing was changed`);
    throw error;
  }
}

/** What will surprise: SIMs of another network, data networks that the core does not have. */
function notes(added: readonly Subscriber[], config: FreeholdConfig): string[] {
  const homes = config.network.plmns.map(({ mcc, mnc }) => ({ mcc, mnc }));
  const foreign = added.filter(({ supi }) =>
    homes.every(({ mcc, mnc }) => {
      const split = splitImsi(supi as Supi, mnc.length === 3 ? 3 : 2);
      return split === undefined || split.home.mcc !== mcc || split.home.mnc !== mnc;
    }),
  );
  const known = new Set(config.dataNetworks.map(({ dnn }) => dnn.toLowerCase()));
  const named = new Set(added.flatMap(({ slices }) => slices.flatMap(({ dnns }) => dnns.map(({ dnn }) => dnn))));
  const unknown = [...named].filter((dnn) => !known.has(dnn.toLowerCase()));
  const plmns = homes.map(({ mcc, mnc }) => `${mcc}-${mnc}`).join(", ");
  return [
    ...(foreign.length > 0 ? [`${foreign[0]!.supi}${foreign.length > 1 ? ` and ${foreign.length - 1} more` : ""}: not of ${plmns}`] : []),
    ...unknown.map((dnn) => `${dnn}: no such data network in the configuration`),
  ];
}

const sliceText = ({ sst, sd }: { sst: number; sd?: string }): string => (sd === undefined ? `${sst}` : `${sst}-${sd}`);
const rates = (ambr: Subscription["ueAmbr"]): string => `${ambrJson(ambr).uplink}/${ambrJson(ambr).downlink}`;
const networks = ({ slices }: Subscription): string => [...new Set(slices.flatMap(({ dnns }) => dnns.map(({ dnn }) => dnn)))].join(", ");
const summary = (s: Subscription): string => `${s.supi}, slices ${s.slices.map(sliceText).join(", ")}, ${networks(s)}, ${rates(s.ueAmbr)}`;

/** A subscription for programs: rates in the text of TS 29.571. */
const plain = ({ ueAmbr, slices, ...rest }: Subscription) => ({
  ...rest,
  ueAmbr: ambrJson(ueAmbr),
  slices: slices.map((slice) => ({ ...slice, dnns: slice.dnns.map(({ ambr, ...dnn }) => ({ ...dnn, ambr: ambrJson(ambr) })) })),
});

export async function list(options: Common): Promise<void> {
  await withState(options, async ({ state, out }) => {
    const all = await subscribers(state.store);
    out.result({ subscribers: all.map(plain) });
    if (all.length === 0) return out.line("no subscribers: freehold subscriber add --help");
    const rows = all.map((s) => [s.supi, s.slices.map(sliceText).join(", "), networks(s), rates(s.ueAmbr)]);
    const table = [["SUPI", "SLICES", "DATA NETWORKS", "AMBR UP/DOWN"], ...rows];
    const widths = table[0]!.map((_, i) => Math.max(...table.map((row) => row[i]!.length)));
    for (const [i, row] of table.entries()) {
      const text = row
        .map((cell, at) => cell.padEnd(widths[at]!))
        .join("  ")
        .trimEnd();
      out.line(i === 0 ? style(out.colour).bold(text) : text);
    }
  });
}

export async function show(imsi: string, options: Common): Promise<void> {
  await withState(options, async ({ state, out }) => {
    const supi = supiOf(imsi);
    const found = (await subscribers(state.store)).find((one) => one.supi === supi);
    if (found === undefined) throw new Mistake(`${supi}: no such subscriber; freehold subscriber list shows them`);
    const { bold } = style(out.colour);
    out.line(bold(found.supi));
    if (found.gpsi !== undefined) out.line(`  ${found.gpsi}`);
    out.line(`  AMBR up/down  ${rates(found.ueAmbr)}`);
    out.line("  K, OPc        sealed");
    for (const slice of found.slices) {
      out.line(`  slice ${sliceText(slice)}${slice.default ? " (default)" : ""}`);
      for (const { dnn, type, ambr, fiveQi = 9, arp = 8, staticIp } of slice.dnns) {
        out.line(`    ${dnn}  ${type}, ${rates(ambr)}, 5QI ${fiveQi}, ARP ${arp}${staticIp === undefined ? "" : `, ${staticIp}`}`);
      }
    }
    out.result(plain(found));
  });
}

export async function remove(imsis: readonly string[], options: Common): Promise<void> {
  await withState(options, async ({ state, out }) => {
    const supis = [...new Set(imsis.map(supiOf))];
    const there = new Set((await subscribers(state.store)).map(({ supi }) => supi));
    const unknown = supis.filter((supi) => !there.has(supi));
    if (unknown.length > 0) throw new Mistake(`${unknown.join(", ")}: no such subscriber; nothing was changed`);
    for (const supi of supis) await withdraw(supi, state.store);
    out.line(`${style(out.colour).good("removed")} ${supis.join(", ")}`);
    out.result({ removed: supis });
  });
}
