import { memoryAir } from "@freehold/air";
import { Milenage } from "@freehold/crypto";
import { dnn, plmn, Secret, supi } from "@freehold/model";
import { MemoryNetwork } from "@freehold/net";
import { consoleLog, type Log, memoryLog, type Random, seededRandom, VirtualClock } from "@freehold/runtime";
import type { TapeEntry } from "@freehold/tape";
import { startUe, type Ue, type UeConfig } from "@freehold/ue";
import { type Gnb, type GnbConfig, startGnb } from "../src/index.ts";
import { FakeAmf } from "./fake-amf.ts";
import { FakeUpf } from "./fake-upf.ts";

export const testPlmn = plmn("001", "01");
export const k = Secret.fromHex("465b5ce8b199b49faa5f0a2ee238a6bc");
export const opc = Secret.fromHex("cd63cb71954a9f4e48a5994e37a02baf");

export const gnbConfig: GnbConfig = {
  name: "gnb-1",
  gnbId: 1,
  tac: 1,
  plmns: [{ plmn: testPlmn, slices: [{ sst: 1 }] }],
  amfs: [{ host: "10.0.0.5" }],
  n2: { host: "10.0.0.10" },
  n3: { host: "10.0.0.10" },
  air: "cell-1",
};

export const ueConfig: UeConfig = {
  supi: supi("imsi-001010000000001"),
  k,
  opc,
  slices: [{ sst: 1 }],
  sessions: [{ dnn: dnn("internet") }],
  air: "cell-1",
};

export interface Ground {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly net: MemoryNetwork;
  readonly amf: FakeAmf;
  readonly upf: FakeUpf;
  readonly log: Log & { readonly lines: readonly { readonly event: string }[] };
  readonly tape: TapeEntry[];
  gnb(config?: Partial<GnbConfig>): Promise<Gnb>;
  ue(config?: Partial<UeConfig>): Promise<Ue>;
  /** The value of a promise, passing as much virtual time as it needs. */
  wait<T>(promise: Promise<T>): Promise<T>;
  end(): Promise<void>;
}

/** A core of one AMF and one UPF made for the test, on virtual time. */
export async function ground(): Promise<Ground> {
  const clock = new VirtualClock();
  const net = new MemoryNetwork(clock);
  const random = seededRandom(7);
  const log = process.env["SHOW"] === undefined ? memoryLog() : Object.assign(consoleLog(console.log, { level: "debug" }), { lines: [] });
  const air = memoryAir(clock);
  const tape: TapeEntry[] = [];
  const sink = { record: (entry: TapeEntry) => void tape.push(entry) };
  const upf = await FakeUpf.start(net.udp("10.0.0.6"), "10.0.0.6");
  const amf = await FakeAmf.start(net.sctp("10.0.0.5"), { host: "10.0.0.5", plmn: testPlmn, random, milenage: new Milenage(k, opc), upf });
  const ends: (() => Promise<void>)[] = [() => amf.close(), () => upf.close()];
  const wait = <T>(promise: Promise<T>): Promise<T> => clock.until(promise);
  const world = { clock, random, log, tape: sink, air };
  return {
    ...{ clock, random, net, amf, upf, log, tape, wait },
    gnb: async (config = {}) => {
      const gnb = await wait(startGnb({ ...gnbConfig, ...config }, { ...world, sctp: net.sctp("10.0.0.10"), udp: net.udp("10.0.0.10") }));
      ends.unshift(() => gnb.close());
      return gnb;
    },
    ue: async (config = {}) => {
      const ue = await wait(startUe({ ...ueConfig, ...config }, world));
      ends.unshift(() => ue.close());
      return ue;
    },
    end: async () => {
      for (const close of ends) await wait(close());
    },
  };
}
