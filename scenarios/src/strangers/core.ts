/** A core on a virtual clock, configured as a stranger's was, whose randomness gives what the stranger's gave. */
import { type RunningAmf, startAmf } from "@freehold/amf";
import { startAusf } from "@freehold/ausf";
import { ip, type Plmn, type SNssai } from "@freehold/model";
import { MemoryNetwork } from "@freehold/net";
import { startNrf } from "@freehold/nrf";
import { startNssf } from "@freehold/nssf";
import { startPcf } from "@freehold/pcf";
import { nodeIdOf } from "@freehold/pfcp";
import type { Clock, Random, VirtualClock } from "@freehold/runtime";
import { sbiTwin, type TwinLine } from "@freehold/sbi";
import { startSmf } from "@freehold/smf";
import { memoryStore, Vault } from "@freehold/store";
import { Tape } from "@freehold/tape";
import { startUdm } from "@freehold/udm";
import { provision, type Subscriber, startUdr } from "@freehold/udr";
import { echoN6, memoryDataPath, startUpf } from "@freehold/upf";

/** What a stranger's core was, as far as its messages show it. */
export interface Likeness {
  readonly amf: {
    readonly name: string;
    readonly regionId: number;
    readonly setId: number;
    readonly pointer: number;
    readonly relativeCapacity: number;
    readonly imsVoiceOverPs: boolean;
    readonly t3512Seconds: number;
    readonly t3502Seconds: number;
    readonly networkName?: { readonly full: string; readonly short: string };
    readonly localTime?: { readonly zoneMinutes: number; readonly daylightSavingHours: number };
  };
  readonly plmns: readonly { readonly plmn: Plmn; readonly slices: readonly SNssai[] }[];
  readonly tacs: readonly number[];
  /** The home network: that of the SUPI. */
  readonly home: Plmn;
  readonly nia: readonly number[];
  readonly dataNetwork: { readonly dnn: string; readonly pool: string; readonly dns: readonly string[]; readonly mtu: number };
  readonly subscribers: readonly Subscriber[];
  /** RAND of each authentication vector, in order. */
  readonly rands: readonly Uint8Array[];
  /** What the stranger's clock showed, milliseconds since 1970: ours stands there, for as long as the replay takes. */
  readonly wall: number | undefined;
  /** 5G-TMSI of each GUTI, in order. */
  readonly tmsis: readonly Uint8Array[];
}

export interface LikeCore extends AsyncDisposable {
  readonly clock: VirtualClock;
  readonly net: MemoryNetwork;
  readonly amf: RunningAmf;
  readonly lines: readonly TwinLine[];
}

const addresses = {
  nrf: "127.0.0.10",
  udr: "127.0.0.11",
  udm: "127.0.0.12",
  ausf: "127.0.0.13",
  pcf: "127.0.0.14",
  nssf: "127.0.0.15",
  amf: "127.0.0.16",
  smf: "127.0.0.17",
};
const n3 = "127.0.0.8";
const n4 = { smf: "127.0.0.4", upf: "127.0.0.7", port: 8805 };
export const n2 = { host: "127.0.0.5", port: 38412 };

/** Randomness that, once begun, gives `values` in order to whoever draws as many octets as they have; all other draws go to `rest`. */
export function scripted(values: readonly Uint8Array[], rest: Random): { readonly random: Random; begin(): void } {
  let left: readonly Uint8Array[] = [];
  const random: Random = (octets) => {
    const [next, ...others] = left;
    if (next?.length !== octets) return rest(octets);
    left = others;
    return next.slice();
  };
  return {
    random,
    begin() {
      left = values;
    },
  };
}

/** A clock whose wall stands still; its timers run. */
const standing = (clock: VirtualClock, wall: number): Clock => ({
  now: () => wall,
  after: (ms, fn) => clock.after(ms, fn),
  sleep: (ms, signal) => clock.sleep(ms, signal),
});

export async function startLike(likeness: Likeness): Promise<LikeCore> {
  await using boot = new AsyncDisposableStack();
  const twin = sbiTwin({ form: "wire" });
  const { clock } = twin;
  const net = new MemoryNetwork(clock);
  const store = memoryStore();
  const vault = new Vault(new Uint8Array(32).fill(7), "in memory");
  const nrf = `http://${addresses.nrf}:8080`;
  const join = (name: keyof typeof addresses) => twin.join(name.toUpperCase(), addresses[name], name === "nrf" ? {} : { nrf });
  const [udm, amfWorld] = [join("udm"), join("amf")];
  // What functions draw for themselves while they start is not what the stranger drew.
  const [rands, tmsis] = [scripted(likeness.rands, udm.random), scripted(likeness.tmsis, amfWorld.random)];
  const start = async (): Promise<RunningAmf> => {
    for (const subscriber of likeness.subscribers) await provision(subscriber, { store, vault });
    boot.use(await startNrf({}, join("nrf")));
    boot.use(await startUdr({}, { ...join("udr"), store, vault }));
    boot.use(await startUdm({ home: likeness.home, nullScheme: true }, { ...udm, vault, random: rands.random }));
    boot.use(await startAusf({ servingNetworks: likeness.plmns.map(({ plmn }) => plmn) }, join("ausf")));
    boot.use(await startPcf({}, join("pcf")));
    boot.use(await startNssf({ slices: likeness.plmns.flatMap(({ slices }) => slices), nrf }, join("nssf")));
    const { dnn, pool, dns, mtu } = likeness.dataNetwork;
    const n4Udp = net.udp(n4.smf, n4.upf, n3);
    const tape = new Tape();
    const smf = join("smf");
    const { random, log } = smf;
    const upfWorld = { clock, random, log: log.child({ nf: "UPF" }), n4: n4Udp };
    boot.use(
      await startUpf(
        {
          nodeId: nodeIdOf(ip(n4.upf)),
          n4: { host: n4.upf, port: n4.port },
          n3: [ip(n3)],
          dataNetworks: [{ dnn, pools: [pool] }],
          smfs: [{ addresses: [n4.smf] }],
        },
        { ...upfWorld, dataPath: memoryDataPath(n4Udp, () => echoN6({ clock, random })) },
      ),
    );
    const slices = likeness.subscribers.flatMap((s) => s.slices);
    boot.use(
      await startSmf(
        {
          plmns: likeness.plmns.map(({ plmn }) => plmn),
          served: slices.map(({ sst, sd }) => ({ sNssai: { sst, ...(sd === undefined ? {} : { sd }) }, dnn, ipv4: pool, dns, mtu })),
          n4: { address: n4.smf, port: n4.port },
          upfs: [{ address: n4.upf, port: n4.port }],
        },
        { ...smf, store, tape, n4: n4Udp },
      ),
    );
    return boot.use(
      await startAmf(
        {
          ...likeness.amf,
          plmns: likeness.plmns,
          tacs: likeness.tacs,
          n2: { addresses: [n2.host], port: n2.port },
          replica: 0,
          security: { nea: [0], nia: likeness.nia, nullIntegrityForEmergency: false },
          releaseAfterMs: 5_000,
          admission: { perGnbPerSecond: 100, allPerSecond: 100 },
        },
        {
          ...amfWorld,
          ...(likeness.wall === undefined ? {} : { clock: standing(clock, likeness.wall) }),
          random: tmsis.random,
          n2: net.sctp(n2.host),
          store,
          vault,
          tape,
        },
      ),
    );
  };
  const amf = await clock.until(start());
  for (const script of [rands, tmsis]) script.begin();
  const running = boot.move();
  return { clock, net, amf, lines: twin.lines, [Symbol.asyncDispose]: () => clock.until(running.disposeAsync()) };
}
