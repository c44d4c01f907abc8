// The core under measurement, all of it in this process: started by parent.ts, asked for its figures over the channel, ends with its parent.
import { monitorEventLoopDelay, PerformanceObserver } from "node:perf_hooks";
import process from "node:process";
import { Secret } from "@freehold/model";
import { batchUdp, nodeHttp2 } from "@freehold/net";
import { silentLog, systemClock, systemRandom } from "@freehold/runtime";
import { sctpOverUdp } from "@freehold/sctp";
import type { Store } from "@freehold/store";
import { openState, RecordingFile, type SystemWorld, startCore, startRecorded } from "@freehold/system";
import { Tape } from "@freehold/tape";
import { echoN6, memoryDataPath } from "@freehold/upf";
import type { Figures, FromCore, Start, ToCore } from "./messages.ts";

/** How finely turns of the loop are measured, milliseconds; a finer one costs wake-ups that would count as the core's. */
const resolution = 5;

interface Serving {
  readonly store: Store;
  readonly tape: Tape;
}

const stack = new AsyncDisposableStack();
const loop = monitorEventLoopDelay({ resolution });
let maxGcMs = 0;
const collections = new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) maxGcMs = Math.max(maxGcMs, duration);
});
let serving: Serving | undefined;

const tell = (message: FromCore): Promise<void> =>
  new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
    else resolve();
  });

async function start({ config, baseDirectory, homeNetworkKeys, record }: Start): Promise<Serving> {
  const [clock, random, log] = [systemClock(), systemRandom, silentLog];
  const { store, vault } = stack.use(await openState(config, { baseDirectory, log }));
  const udp = batchUdp({ log });
  const http2 = nodeHttp2({ log });
  stack.defer(() => http2.close());
  const tape = new Tape({ log });
  const world: SystemWorld = {
    clock,
    random,
    log,
    tape,
    store,
    vault,
    n2: sctpOverUdp(udp, { clock, random, log }, { encapsulationPort: config.n2.udpPort }),
    n4: udp,
    http2,
    dataPath: (door) => memoryDataPath(door.udp(udp), () => echoN6({ clock, random })),
    homeNetworkKeys: homeNetworkKeys.map((key) => ({ ...key, privateKey: new Secret(key.privateKey) })),
  };
  if (record === undefined) stack.use(await startCore(config, world));
  else {
    const begin = clock.now();
    const file = stack.use(new RecordingFile(record, vault, { config, begin, node: process.version }));
    const { core, recorder } = await startRecorded(config, world, (octets) => file.write(octets), begin);
    stack.use(core);
    stack.defer(() => recorder.close());
  }
  return { store, tape };
}

function figures({ store }: Serving): Figures {
  const { user, system } = process.cpuUsage();
  // The histogram holds the time between two wake-ups of its timer: what is above the resolution is how late one was.
  const maxLoopMs = Math.max(0, loop.max / 1e6 - resolution);
  loop.reset();
  const longest = maxGcMs;
  maxGcMs = 0;
  return { cpuMs: (user + system) / 1000, rssMB: process.memoryUsage().rss / 1e6, rowWrites: store.rowWrites, maxLoopMs, maxGcMs: longest };
}

/** What is left after collections: JavaScript objects, and the octets they hold outside the heap. The tape is bounded and is emptied first: it belongs to no phone. */
async function heap({ tape }: Serving): Promise<number> {
  const collect = globalThis.gc;
  if (collect === undefined) throw new Error("the core was not started with --expose-gc");
  tape.clear();
  for (let i = 0; i < 4; i++) {
    await new Promise((resolve) => setImmediate(resolve)); // what finalisers and resolved promises hold is let go between two collections
    collect();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function obey(message: ToCore): Promise<void> {
  if (message.is === "start") {
    try {
      serving = await start(message);
      loop.enable();
      collections.observe({ entryTypes: ["gc"] });
      return await tell({ is: "ready" });
    } catch (error) {
      await tell({ is: "failed", why: error instanceof Error ? error.message : String(error) });
      process.exit(1);
    }
  }
  if (message.is === "stop") {
    loop.disable();
    await stack.disposeAsync();
    await tell({ is: "stopped" });
    process.exit(0);
  }
  if (serving === undefined) throw new Error(`${message.is} before start`);
  return await tell(message.is === "figures" ? { is: "figures", figures: figures(serving) } : { is: "heap", bytes: await heap(serving) });
}

process.on("message", (message: ToCore) => {
  obey(message).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  });
});
process.on("disconnect", () => process.exit(0));
// Ctrl-C reaches the whole group: the parent decides when its core stops.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
