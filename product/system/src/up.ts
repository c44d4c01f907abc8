import { networkInterfaces } from "node:os";
import { version } from "node:process";
import { batchUdp, type Door, linuxTun, nodeHttp2, type UdpPort } from "@freehold/net";
import { type Log, systemClock, systemRandom, type World } from "@freehold/runtime";
import { Tape } from "@freehold/tape";
import { type DataPath, echoN6, memoryDataPath, tunDataPath } from "@freehold/upf";
import type { FreeholdConfig } from "./config/types.ts";
import { type Core, startCore } from "./core.ts";
import { gtpuPort } from "./egress/core.ts";
import { coreDoors, type Doors } from "./egress/doors.ts";
import { noteRefusal } from "./evidence/record.ts";
import { readHomeNetworkKeys } from "./home-network-keys.ts";
import { startRecorded } from "./recording/core.ts";
import { RecordingFile, type RecordingHead } from "./recording/file.ts";
import { openState, readBootId, statePaths } from "./state.ts";
import { holdState } from "./state-lock.ts";
import { chooseSctp } from "./transport.ts";
import type { SystemWorld } from "./world.ts";

/** A core that serves: what `freehold up` started. */
export interface Up extends AsyncDisposable {
  readonly core: Core;
  readonly tape: Tape;
  readonly doors: Doors;
  /** Start-up lines: what carries SCTP and why, where each interface is. */
  readonly said: readonly string[];
}

/**
 * Starts a core on real ports: state beside the configuration, SCTP by the first transport that works, the data path that the data networks
 * ask for. With `record`, the control plane is written down in that file. Rejects with `PortError`, `StoreError`, `VaultError`, `StateInUse` or `RangeError`, each one line an operator can act on.
 */
export async function up(
  config: FreeholdConfig,
  { baseDirectory, log, record }: { readonly baseDirectory: string; readonly log: Log; readonly record?: string | undefined },
): Promise<Up> {
  await using boot = new AsyncDisposableStack();
  const [clock, random] = [systemClock(), systemRandom];
  const { store, vault } = boot.use(await openState(config, { baseDirectory, log }));
  boot.use(holdState(statePaths(config, baseDirectory).directory));
  const udp = batchUdp({ log });
  const http2 = nodeHttp2({ log });
  boot.defer(() => http2.close());
  const tape = new Tape({ log });
  const doors = coreDoors(config, { log, onRefused: noteRefusal });
  const [tryAddress] = config.n2.addresses;
  const { sctp, why } = await chooseSctp(config.n2.transport, {
    world: { clock, random, log },
    udpPort: config.n2.udpPort,
    udp,
    tryAddress,
    door: doors.of("amf"),
  });
  const dataPath = (door: Door): DataPath => dataPathOf(config, door, udp, { clock, random, log });
  const homeNetworkKeys = readHomeNetworkKeys(config, baseDirectory);
  const bootId = readBootId();
  const world: SystemWorld = {
    ...{ clock, random, log, tape, store, vault, n2: sctp, n4: udp, http2, dataPath, homeNetworkKeys, doors },
    ...(bootId !== undefined && { bootId }),
  };
  const begin = clock.now();
  const file = record === undefined ? undefined : boot.use(new RecordingFile(record, vault, headOf(config, begin, bootId)));
  const core = boot.use(file === undefined ? await startCore(config, world) : await recordInto(file, config, world, begin));
  const stack = boot.move();
  const { n2, n3, n4, sbi, network, dataNetworks } = config;
  return {
    core,
    tape,
    doors,
    said: [
      why,
      `N2 ${n2.addresses.map((a) => `${a}:${n2.port}`).join(", ")}   N3 ${n3.addresses.map((a) => `${a}:${gtpuPort}`).join(", ")}   N4 ${n4.smf} and ${n4.upf}`,
      `PLMN ${network.plmns.map(({ mcc, mnc }) => `${mcc}-${mnc}`).join(", ")}   TAC ${network.tacs.join(", ") || "any"}   DNN ${dataNetworks.map(({ dnn, ipv4 }) => `${dnn} (${ipv4})`).join(", ")}`,
      sbi.carrier === "http2" ? `SBI over HTTP/2, NRF at ${sbi.addresses.nrf}:${sbi.port}` : "SBI inside the process",
    ],
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const headOf = (config: FreeholdConfig, begin: number, bootId: string | undefined): RecordingHead => ({
  ...{ config, begin, node: version },
  ...(bootId !== undefined && { bootId }),
});

/** A core whose recording ends before it does. */
async function recordInto(file: RecordingFile, config: FreeholdConfig, world: SystemWorld, begin: number): Promise<Core> {
  const { core, recorder } = await startRecorded(config, world, (octets) => file.write(octets), begin);
  return {
    functions: core.functions,
    state: () => core.state(),
    async [Symbol.asyncDispose]() {
      recorder.close();
      await core[Symbol.asyncDispose]();
    },
  };
}

/** TUN interfaces for the data networks that ask for them, the built-in responder for the others; one set of N3 sockets. */
function dataPathOf({ dataNetworks }: FreeholdConfig, door: Door, node: UdpPort, { clock, random, log }: World): DataPath {
  const udp = door.udp(node);
  const memory = memoryDataPath(udp, () => echoN6({ clock, random }));
  const tuns = dataNetworks.filter(({ path }) => path === "tun");
  if (tuns.length === 0) return memory;
  const of = (dnn: string): FreeholdConfig["dataNetworks"][number] | undefined => tuns.find((network) => network.dnn === dnn);
  const mtu = Math.min(...tuns.map((network) => network.mtu));
  const interfaceOf = ({ dnn, interface: name }: { readonly dnn: string; readonly interface?: string }): string => name ?? dnn.slice(0, 15);
  const devices = new Set(tuns.map(interfaceOf));
  // the devices' own addresses stay open to a ping; what else this host is, it is not for phones
  const hostAddresses = (): string[] =>
    Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
      devices.has(name) ? [] : addresses.map(({ address }) => address),
    );
  const tun = tunDataPath(udp, door.tun(linuxTun({ log })), { mtu, name: ({ dnn }) => interfaceOf(of(dnn) ?? { dnn }), hostAddresses });
  return { ...tun, n6: (network) => (of(network.dnn) === undefined ? memory : tun).n6(network) };
}
