// The process of one network function: started by parent.ts, told what it is over the channel, ends with its parent.
import { join } from "node:path";
import process from "node:process";
import { Secret } from "@freehold/model";
import { batchUdp, type Door, nodeHttp2 } from "@freehold/net";
import { consoleLog, type Log, silentLog, systemClock, systemRandom } from "@freehold/runtime";
import { sctpOverUdp } from "@freehold/sctp";
import { memoryStore, openVault, sqliteStore } from "@freehold/store";
import type { TapeEntry, TapeSink } from "@freehold/tape";
import { echoN6, memoryDataPath } from "@freehold/upf";
import { carriageOf } from "../core.ts";
import { coreDoors } from "../egress/doors.ts";
import { noteReady, noteRefusal } from "../evidence/record.ts";
import { type Running, startFunction } from "../functions.ts";
import type { FunctionName } from "../names.ts";
import { readBootId } from "../state.ts";
import type { FromChild, Start, ToChild } from "./messages.ts";

/** Functions that keep something: each opens the same file, and compare-and-set holds between them. */
const keepers: readonly FunctionName[] = ["udr", "smf", "amf"];

const tell = (message: FromChild): Promise<void> =>
  new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
    else resolve();
  });

async function start({ name, config, state, homeNetworkKeys, logLevel }: Start, stack: AsyncDisposableStack): Promise<Running> {
  const log: Log = logLevel === "silent" ? silentLog : consoleLog((line) => process.stderr.write(`${line}\n`), { level: logLevel });
  const [clock, random] = [systemClock(), systemRandom];
  const store = stack.use(
    keepers.includes(name) ? await sqliteStore({ path: join(state, "freehold.db"), log, shared: true }) : memoryStore(),
  );
  const udp = batchUdp({ log });
  const http2 = nodeHttp2({ log });
  const doors = coreDoors(config, { log, onRefused: noteRefusal });
  stack.defer(() => http2.close());
  const bootId = readBootId();
  const world = {
    ...(bootId !== undefined && { bootId }),
    clock,
    random,
    log,
    tape: tapeAfterwards,
    store,
    vault: openVault(join(state, "master.key")),
    n2: sctpOverUdp(doors.of("amf").udp(udp), { clock, random, log }, { encapsulationPort: config.n2.udpPort }),
    n4: udp,
    http2,
    dataPath: (door: Door) => memoryDataPath(door.udp(udp), () => echoN6({ clock, random })),
    homeNetworkKeys: homeNetworkKeys.map((k) => ({ ...k, privateKey: new Secret(k.privateKey) })),
    doors,
  };
  return stack.use(await startFunction(name, config, world, carriageOf(config)));
}

/** Entries travel together, and one whose subscriber is not known yet waits for a while: a few messages later it is. */
const tapeDelayMs = 250;
const patienceMs = 10_000;
let held: TapeEntry[] = [];
let flushing: NodeJS.Timeout | undefined;

const flush = (all = false): Promise<void> => {
  clearTimeout(flushing);
  flushing = undefined;
  const oldest = Date.now() - patienceMs;
  const waits = (entry: TapeEntry): boolean => !all && entry.ue === undefined && entry.interface === "N1" && entry.at > oldest;
  const entries = held.filter((entry) => !waits(entry)).map(plain);
  held = held.filter(waits);
  if (held.length > 0) flushing = setTimeout(() => void flush(), tapeDelayMs);
  return entries.length === 0 ? Promise.resolve() : tell({ is: "tape", entries });
};

const tapeAfterwards: TapeSink = {
  record(entry) {
    held.push(entry);
    flushing ??= setTimeout(() => void flush(), tapeDelayMs);
  },
};

/** What crosses the channel is plain: an entry that makes its octets when looked at is looked at here. */
const plain = ({ at, interface: interface_, from, to, message, ue, bytes, carriage, note }: TapeEntry): TapeEntry => ({
  at,
  interface: interface_,
  from,
  to,
  message,
  ue,
  bytes,
  carriage,
  note,
});

const stack = new AsyncDisposableStack();
let running: Running | undefined;

async function obey(message: ToChild): Promise<void> {
  switch (message.is) {
    case "start":
      try {
        running = await start(message, stack);
        noteReady(message.name);
        await tell({ is: "ready" });
      } catch (error) {
        await tell({ is: "failed", why: error instanceof Error ? error.message : String(error) });
        process.exit(1);
      }
      return;
    case "state":
      return await tell({ is: "state", state: running?.state() });
    case "stop":
      return await stop();
  }
}

async function stop(): Promise<void> {
  await stack.disposeAsync();
  await flush(true); // what the tape still holds leaves first
  await tell({ is: "stopped" });
  process.exit(0);
}

process.on("message", (message: ToChild) => {
  obey(message).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  });
});
process.on("disconnect", () => process.exit(0));
// Ctrl-C reaches the whole group: the parent decides when its functions stop.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
