import { type Door, linuxTun, nodeHttp2, nodeUdp, type UdpPort } from "@freehold/net";
import { type Log, systemClock, systemRandom, type World } from "@freehold/runtime";
import { Tape } from "@freehold/tape";
import { type DataPath, echoN6, memoryDataPath, tunDataPath } from "@freehold/upf";
import type { FreeholdConfig } from "./config/types.ts";
import { type Core, startCore } from "./core.ts";
import { gtpuPort } from "./egress/core.ts";
import { coreDoors, type Doors } from "./egress/doors.ts";
import { noteRefusal } from "./evidence/record.ts";
import { readHomeNetworkKeys } from "./home-network-keys.ts";
import { openState, statePaths } from "./state.ts";
import { holdState } from "./state-lock.ts";
import { chooseSctp } from "./transport.ts";

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
 * ask for. Rejects with `PortError`, `StoreError`, `VaultError`, `StateInUse` or `RangeError`, each one line an operator can act on.
 */
export async function up(
  config: FreeholdConfig,
  { baseDirectory, log }: { readonly baseDirectory: string; readonly log: Log },
): Promise<Up> {
  await using boot = new AsyncDisposableStack();
  const [clock, random] = [systemClock(), systemRandom];
  const { store, vault } = boot.use(await openState(config, { baseDirectory, log }));
  boot.use(holdState(statePaths(config, baseDirectory).directory));
  const udp = nodeUdp({ log });
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
  const core = boot.use(
    await startCore(config, { clock, random, log, tape, store, vault, n2: sctp, n4: udp, http2, dataPath, homeNetworkKeys, doors }),
  );
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

/** TUN interfaces for the data networks that ask for them, the built-in responder for the others; one set of N3 sockets. */
function dataPathOf({ dataNetworks }: FreeholdConfig, door: Door, node: UdpPort, { clock, random, log }: World): DataPath {
  const udp = door.udp(node);
  const memory = memoryDataPath(udp, () => echoN6({ clock, random }));
  const tuns = dataNetworks.filter(({ path }) => path === "tun");
  if (tuns.length === 0) return memory;
  const of = (dnn: string): FreeholdConfig["dataNetworks"][number] | undefined => tuns.find((network) => network.dnn === dnn);
  const mtu = Math.min(...tuns.map((network) => network.mtu));
  const tun = tunDataPath(udp, door.tun(linuxTun({ log })), { mtu, name: ({ dnn }) => of(dnn)?.interface ?? dnn.slice(0, 15) });
  return { ...tun, n6: (network) => (of(network.dnn) === undefined ? memory : tun).n6(network) };
}
