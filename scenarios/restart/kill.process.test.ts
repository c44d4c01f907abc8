import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { memoryAir } from "@freehold/air";
import { type Gnb, startGnb } from "@freehold/gnb";
import { supi } from "@freehold/model";
import { nodeUdp, type SctpAssociation, type SctpPort } from "@freehold/net";
import { type Clock, memoryLog, systemClock, systemRandom } from "@freehold/runtime";
import { sctpOverUdp } from "@freehold/sctp";
import { type FreeholdConfig, type FunctionName, gnbConfig, openState, readConfig, startProcesses } from "@freehold/system";
import { Tape } from "@freehold/tape";
import { provision } from "@freehold/udr";
import { ping, startUe, type Ue } from "@freehold/ue";
import { subscriber } from "../src/index.ts";

const root = join(import.meta.dirname, "../..");
const far = "198.51.100.1";
const people = [subscriber(1), subscriber(2), subscriber(3)] as const;

/** Waiting of phones and gNB goes by faster than time; what SCTP, GTP-U and the core do does not. */
const speed = 12;
const hurried = (clock: Clock): Clock => ({
  now: () => clock.now() * speed,
  after: (ms, fn) => clock.after(ms / speed, fn),
  sleep: (ms, signal) => clock.sleep(ms / speed, signal),
});

/** The gNB's SCTP, which counts the N2 messages of both ways, and whose associations a test can end. */
class CountedSctp implements SctpPort {
  readonly #port: SctpPort;
  readonly #open = new Set<SctpAssociation>();
  onN2: () => void = () => {};

  constructor(port: SctpPort) {
    this.#port = port;
  }
  get backend(): SctpPort["backend"] {
    return this.#port.backend;
  }
  listen(options: Parameters<SctpPort["listen"]>[0]): ReturnType<SctpPort["listen"]> {
    return this.#port.listen(options);
  }
  async connect(options: Parameters<SctpPort["connect"]>[0]): Promise<SctpAssociation> {
    const association = await this.#port.connect(options);
    this.#open.add(association);
    const onN2 = (): void => this.onN2();
    return new Proxy(association, {
      get(target, key) {
        if (key === "send")
          return (message: Parameters<SctpAssociation["send"]>[0]) => {
            onN2();
            return target.send(message);
          };
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
      set(target, key, value) {
        if (key !== "onMessage") return Reflect.set(target, key, value, target);
        target.onMessage = (message) => {
          onN2();
          value(message);
        };
        return true;
      },
    });
  }
  abortAll(): void {
    for (const association of this.#open) association.abort("its peer was killed");
    this.#open.clear();
  }
}

/** Addresses of this run alone. */
function configuration(net: string, folder: string): string {
  const sbi = ["nrf", "udr", "udm", "ausf", "pcf", "nssf", "amf", "smf"].map((name, i) => `${name}: ${net}.${10 + i}`).join(", ");
  return `
n2: { addresses: [${net}.5], transport: udp }
n3: { addresses: [${net}.7] }
n4: { smf: ${net}.4, upf: ${net}.8 }
dataNetworks: [{ dnn: internet, dns: [198.51.100.53] }]
sbi: { carrier: http2, addresses: { ${sbi} } }
state: { directory: ${folder} }
log: { level: warn }
`;
}

/** A gNB and three phones beside a core in other processes. */
class Site {
  readonly sctp: CountedSctp;
  readonly asked = new Map<Ue, string[]>();
  readonly world;
  gnb!: Gnb;
  phones!: readonly [Ue, Ue, Ue];
  /** Carol's registration requests. */
  carolAsked = 0;

  constructor() {
    const log = memoryLog();
    const real = { clock: systemClock(), random: systemRandom, log };
    const clock = hurried(real.clock);
    const udp = nodeUdp({ log });
    this.sctp = new CountedSctp(sctpOverUdp(udp, real));
    this.world = { clock, random: systemRandom, log, tape: new Tape({ log }), air: memoryAir(clock), udp, sctp: this.sctp };
  }

  async begin(config: FreeholdConfig, net: string): Promise<void> {
    const homeNetworkKeys: [] = [];
    const place = { gnb: { n2: `${net}.20`, n3: `${net}.20`, air: "cell" }, target: { ping: far, name: "", path: "/" } };
    this.gnb = await startGnb(gnbConfig({ config, homeNetworkKeys, phones: [], ...place }), this.world);
    this.phones = [await this.#phone(0), await this.#phone(1), await this.#phone(2)];
  }

  async #phone(index: 0 | 1 | 2, sqn?: readonly number[]): Promise<Ue> {
    const { supi: of, k, opc } = people[index];
    const ue = await startUe({ supi: supi(of), k: k!, opc: opc!, air: "cell", ...(sqn && { sqn }) }, this.world);
    const heard: string[] = [];
    ue.onEvent = ({ is }) => {
      heard.push(is);
      if (index === 2 && is === "Registration request") this.carolAsked++;
    };
    this.asked.set(ue, heard);
    return ue;
  }

  get carol(): Ue {
    return this.phones[2];
  }

  /** Carol leaves, and comes with nothing but her USIM: everything from the SUCI on. */
  async cycle(): Promise<void> {
    const { carol, phones } = this;
    await carol.deregister();
    await carol.close();
    const again = await this.#phone(2, carol.state().sqn);
    this.phones = [phones[0], phones[1], again];
    await again.register({ attempts: 1 });
    await again.establish();
  }

  count(ue: Ue, is: string): number {
    return this.asked.get(ue)!.filter((one) => one === is).length;
  }

  /** Whether packets pass, with whatever the phone asks of the network before; again for a while. */
  async reaches(ue: Ue): Promise<boolean> {
    for (let tries = 0; tries < 20; tries++) {
      const [session] = ue.sessions;
      if (session === undefined) return false;
      if ((await ping(session, this.world, far, 1)).received === 1) return true;
      await this.world.clock.sleep(1_000);
    }
    return false;
  }

  async n2Up(): Promise<void> {
    while (!this.gnb.state().n2.up) await this.world.clock.sleep(50);
  }

  /** Whether the phone comes to a session that carries packets, with what a person would do about it when it does not. */
  async settle(ue: Ue): Promise<boolean> {
    const end = performance.now() + 40_000;
    let silent = 0;
    while (performance.now() < end) {
      await this.n2Up();
      if (ue.state().mm !== "5GMM-REGISTERED") await ue.register({ attempts: 1 }).catch(() => this.world.clock.sleep(2_000));
      else if (ue.sessions.length === 0) await ue.establish().catch(() => this.world.clock.sleep(2_000));
      else if (await this.#once(ue)) return true;
      // A UPF that was killed in the very middle of its set-up may leave a session that stands and carries nothing: it is asked for anew.
      else if (++silent % 8 === 0) await ue.sessions[0]?.release().catch(() => this.world.clock.sleep(2_000));
      else await this.world.clock.sleep(1_000);
    }
    return false;
  }

  async #once(ue: Ue): Promise<boolean> {
    const [session] = ue.sessions;
    return session !== undefined && (await ping(session, this.world, far, 1)).received === 1;
  }

  nothingRepeated(where: string): void {
    for (const refusals of [this.gnb.state().refusals, ...this.phones.map((ue) => ue.state().refusals)] as Record<string, number>[])
      for (const name of ["downlink COUNT replayed", "MAC failure", "KgNB given before", "wrong KgNB"])
        assert.equal(refusals[name] ?? 0, 0, `${name}, ${where}`);
  }

  async close(): Promise<void> {
    for (const ue of this.phones ?? []) await ue.close();
    await this.gnb?.close();
  }
}

/** `freehold up` as a process of its own. */
class CoreProcess {
  readonly #file: string;
  #child: ChildProcess | undefined;
  #said = "";
  /** What it said on standard error. */
  complaints = "";

  constructor(file: string) {
    this.#file = file;
  }

  async start(): Promise<void> {
    const child = spawn(join(root, "freehold"), ["up", "-c", this.#file, "--json"], { stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    this.#said = "";
    child.stdout.on("data", (data) => (this.#said += data));
    // With --json what is said to people is on standard error.
    let told = "";
    await new Promise<void>((resolve, reject) => {
      child.stderr.on("data", (data) => {
        this.complaints += data;
        told += data;
        if (told.includes("core ready")) resolve();
      });
      child.once("exit", (code) => reject(new Error(`freehold up ended with ${code}: ${this.complaints}`)));
    });
  }

  kill(): Promise<unknown> {
    const child = this.#child;
    const gone = new Promise((resolve) => child?.once("exit", resolve));
    child?.kill("SIGKILL");
    return gone;
  }

  /** Ends it in peace; gives the state that it ended with. */
  async stop(): Promise<{
    amf: { ues: { rm: string; sessions: number[] }[]; connections: number };
    smf: Record<string, unknown>;
    upf: { sessions: unknown[] };
  }> {
    const child = this.#child!;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await gone;
    this.#child = undefined;
    return JSON.parse(this.#said.trimEnd().split("\n").at(-1)!).state;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child?.exitCode === null) await this.kill();
  }
}

const freshNet = (): string => {
  const [a, b] = systemRandom(2);
  return `127.${64 + (a! & 63)}.${b!}`;
};

test("SIGKILL at every N2 message of a deregistration, a registration and a session set-up, and a moment after it: the phones go on, TS 24.501 §5.6.1, and nothing leaks", {
  timeout: 120_000,
}, async () => {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "freehold-kill-"));
  stack.defer(() => rmSync(folder, { recursive: true }));
  const net = freshNet();
  const text = configuration(net, folder).replace("carrier: http2", "carrier: local");
  const file = join(folder, "core.yaml");
  writeFileSync(file, text);
  const config = readConfig(text, file);
  {
    await using state = await openState(config, { baseDirectory: folder });
    for (const one of people) await provision(one, state);
  }
  const core = stack.use(new CoreProcess(file));
  await core.start();
  const site = new Site();
  stack.defer(() => site.close());
  await site.begin(config, net);
  const [alice, bob] = site.phones;
  for (const ue of site.phones) assert.equal(await site.settle(ue), true);

  let messages = 0;
  site.sctp.onN2 = () => messages++;
  await site.cycle();
  let kills = 0;
  for (let at = 0; at < messages; at++) {
    // At the message itself, and a moment later: in the middle of what it began.
    for (const delayMs of [0, 1.5]) {
      const where = `N2 message ${at}, ${delayMs} ms after`;
      site.carolAsked = 0;
      let seen = 0;
      let restarted: Promise<void> | undefined;
      const die = async (): Promise<void> => {
        kills++;
        await core.kill();
        await core.start();
        site.sctp.abortAll(); // what the new core would answer to the next packet of the old association
      };
      site.sctp.onN2 = () => {
        if (seen++ !== at) return;
        restarted = delayMs === 0 ? die() : new Promise((resolve) => setTimeout(() => resolve(die()), delayMs));
      };
      await site.cycle().catch(() => {});
      site.sctp.onN2 = () => {};
      await restarted;
      await site.n2Up();
      await Promise.all([alice, bob].map(async (ue) => assert.equal(await site.reaches(ue), true, where)));
      assert.equal(await site.settle(site.carol), true, `Carol, ${where}`);
      assert.ok(site.carolAsked <= 2, `Carol registers ${site.carolAsked} times, ${where}`);
      for (const ue of [alice, bob]) {
        assert.equal(site.count(ue, "Registration request"), 1, `registered once, ${where}`);
        assert.equal(site.count(ue, "Authentication request"), 1, `authenticated once, ${where}`);
      }
      site.nothingRepeated(where);
    }
  }
  assert.ok(kills >= 24, `${kills} kills at ${messages} messages`);
  for (const ue of site.phones) await ue.deregister();
  await site.world.clock.sleep(4_000);
  const { amf, smf, upf } = await core.stop();
  assert.deepEqual([smf["sessions"], smf["leftovers"], smf["addresses"], upf.sessions], [[], 0, { internet: 0 }, []]);
  assert.deepEqual([amf.connections, amf.ues.map(({ rm, sessions }) => [rm, sessions.length])], [0, people.map(() => ["DEREGISTERED", 0])]);
  assert.equal(/a fault of ours/.test(core.complaints), false, core.complaints);
});

test("AMF, SMF, UPF and UDM in processes of their own are killed one after the other, in the middle of a registration and of a session set-up: the phones go on (TS 23.527)", {
  timeout: 120_000,
}, async () => {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "freehold-kill-"));
  stack.defer(() => rmSync(folder, { recursive: true }));
  const net = freshNet();
  const config = readConfig(configuration(net, folder), "the scenario");
  {
    await using state = await openState(config, { baseDirectory: folder });
    for (const one of people) await provision(one, state);
  }
  const tape = new Tape({ log: memoryLog() });
  const core = stack.use(await startProcesses({ config, state: folder, homeNetworkKeys: [], logLevel: "silent" }, tape));
  const site = new Site();
  stack.defer(() => site.close());
  await site.begin(config, net);
  const [alice, bob] = site.phones;
  for (const ue of site.phones) assert.equal(await site.settle(ue), true);
  for (const name of ["amf", "smf", "upf", "udm"] as const satisfies readonly FunctionName[]) {
    for (const at of name === "amf" ? [6, 16] : [14]) {
      const where = `${name} killed at N2 message ${at}`;
      let seen = 0;
      let restarted: Promise<void> | undefined;
      site.sctp.onN2 = () => {
        if (seen++ !== at) return;
        restarted = (async () => {
          await core.kill(name);
          await core.begin(name);
          if (name === "amf") site.sctp.abortAll();
        })();
      };
      await site.cycle().catch(() => {});
      site.sctp.onN2 = () => {};
      await restarted;
      await site.n2Up();
      await Promise.all([alice, bob].map(async (ue) => assert.equal(await site.reaches(ue), true, where)));
      assert.equal(await site.settle(site.carol), true, `Carol, ${where}`);
      for (const ue of [alice, bob]) assert.equal(site.count(ue, "Registration request"), 1, where);
      site.nothingRepeated(where);
    }
  }
  for (const ue of site.phones) await ue.deregister();
  await site.world.clock.sleep(4_000);
  const { smf, upf } = (await core.state()) as { smf: { sessions: []; leftovers: number; addresses: object }; upf: { sessions: [] } };
  assert.deepEqual([smf.sessions, smf.leftovers, smf.addresses, upf.sessions], [[], 0, { internet: 0 }, []]);
});
