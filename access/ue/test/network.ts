import assert from "node:assert/strict";
import {
  type AirLink,
  type AirMessage,
  type Cell,
  memoryAir,
  securityCommandInput,
  securityCompleteInput,
  securityModeOctets,
} from "@freehold/air";
import {
  AlgorithmType,
  abba,
  deriveAlgorithmKey,
  deriveKamf,
  deriveKausf,
  deriveKseaf,
  deriveResStar,
  Milenage,
  mac,
  type Nea,
  type Nia,
  sameMac,
  separationBit,
  servingNetworkName,
} from "@freehold/crypto";
import { type Guti, guami, gutiOf, type Plmn, plmn, Secret, supi } from "@freehold/model";
import {
  AuthenticationRequest,
  DlNasTransport,
  decode,
  decodeSecured,
  encode,
  isSecured,
  type Message5gmm,
  type Message5gsm,
  NasSecurity,
  RegistrationAccept,
  SecurityHeaderType,
  SecurityModeCommand,
  taiList,
} from "@freehold/nas";
import { consoleLog, type Log, memoryLog, type Random, seededRandom, VirtualClock } from "@freehold/runtime";
import type { TapeEntry } from "@freehold/tape";
import { startUe, type Ue, type UeConfig, type UeEvent } from "../src/index.ts";

export const k = Secret.fromHex("465b5ce8b199b49faa5f0a2ee238a6bc");
export const opc = Secret.fromHex("cd63cb71954a9f4e48a5994e37a02baf");
export const ueConfig: UeConfig = { supi: supi("imsi-001010000000001"), k, opc, slices: [{ sst: 1 }], air: "cell" };

/** An uplink NAS message as it came: its header type, and what it says. */
export interface Uplink<M extends Message5gmm = Message5gmm> {
  readonly header: number;
  readonly message: M;
  readonly bytes: Uint8Array;
  /** NAS COUNT of a protected one. */
  readonly count: number | undefined;
}

export const result = {
  result: "3GPP access",
  smsAllowed: false,
  nssaaToBePerformed: false,
  emergencyRegistered: false,
  disasterRoaming: false,
} as const;

/** gNB and core in one, led by the test line by line: it waits for what the phone says and sends what the test wants. */
export class Network {
  readonly clock = new VirtualClock();
  readonly random: Random = seededRandom(3);
  readonly log: Log = process.env["SHOW"] === undefined ? memoryLog() : consoleLog(console.log, { level: "debug" });
  readonly air = memoryAir(this.clock);
  readonly tape: TapeEntry[] = [];
  readonly events: UeEvent[] = [];
  readonly milenage: Milenage;
  readonly plmn: Plmn;
  readonly config: UeConfig;
  #cell: Cell | undefined;
  #ue: Ue | undefined;
  link: AirLink | undefined;
  links = 0;
  nas: NasSecurity | undefined;
  kamf: Secret | undefined;
  sqn = 32;
  readonly #heard: Uplink[] = [];
  readonly #air: AirMessage[] = [];
  #waiting: (() => void)[] = [];
  /** Silent: RRC set-up is not answered. */
  deaf = false;

  private constructor(config: UeConfig, serving: Plmn) {
    this.config = config;
    this.plmn = serving;
    this.milenage = new Milenage(config.k, config.opc!);
  }

  static async start(changes: Partial<UeConfig> = {}, serving: Plmn = plmn("001", "01")): Promise<Network> {
    const network = new Network({ ...ueConfig, ...changes }, serving);
    network.#cell = await network.air.broadcast("cell", { plmns: [serving], tac: 1, cellId: 1, gnbName: "gnb" }, (link) =>
      network.#onLink(link),
    );
    network.#ue = await network.wait(
      startUe(network.config, { ...network.world(), tape: { record: (entry) => void network.tape.push(entry) }, air: network.air }),
    );
    network.#ue.onEvent = (event) => void network.events.push(event);
    return network;
  }

  world() {
    return { clock: this.clock, random: this.random, log: this.log };
  }

  get ue(): Ue {
    return this.#ue!;
  }
  get refusals() {
    return this.ue.state().refusals;
  }

  wait<T>(promise: Promise<T>): Promise<T> {
    return this.clock.until(promise);
  }

  async end(): Promise<void> {
    await this.wait(this.ue.close());
    await this.wait(this.#cell!.close());
  }

  #onLink(link: AirLink): void {
    this.links++;
    link.onMessage = (message) => {
      if (message.is === "SetupRequest") {
        if (!this.deaf) link.send({ is: "Setup" });
        return;
      }
      if (message.is === "SetupComplete") this.link = link;
      if (message.is === "SetupComplete" || message.is === "UlInformationTransfer") this.#hear(message.nas);
      else this.#air.push(message);
      for (const wake of this.#waiting.splice(0)) wake();
    };
    link.onEnd = () => {
      if (this.link === link) this.link = undefined;
    };
  }

  #hear(bytes: Uint8Array): void {
    let plain = bytes;
    let header = 0;
    let count: number | undefined;
    if (isSecured(bytes)) {
      const secured = decodeSecured(bytes);
      assert.ok(secured.ok);
      header = secured.value.securityHeaderType;
      const taken = this.nas?.unprotect(bytes);
      if (taken?.ok) {
        plain = taken.message;
        count = taken.count;
      } else plain = secured.value.payload;
    }
    const read = decode(plain, { receiver: "network" });
    assert.ok(read.ok, `the phone sent what does not read: ${read.ok ? "" : JSON.stringify(read.error)}`);
    assert.deepEqual(read.diagnostics, []);
    this.#heard.push({ header, message: read.value as Message5gmm, bytes, count });
  }

  /** The next uplink message, which must have that name. */
  async next<Is extends Message5gmm["is"]>(is: Is): Promise<Uplink<Extract<Message5gmm, { is: Is }>>> {
    return await this.wait(
      (async () => {
        while (this.#heard.length === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
        const found = this.#heard.shift()!;
        assert.equal(found.message.is, is);
        return found as Uplink<Extract<Message5gmm, { is: Is }>>;
      })(),
    );
  }

  /** The next message on the air that is not NAS. */
  async nextOnAir<Is extends AirMessage["is"]>(is: Is): Promise<Extract<AirMessage, { is: Is }>> {
    return await this.wait(
      (async () => {
        while (this.#air.length === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
        const found = this.#air.shift()!;
        assert.equal(found.is, is);
        return found as Extract<AirMessage, { is: Is }>;
      })(),
    );
  }

  /** Nothing more came from the phone. */
  async quiet(): Promise<void> {
    await this.clock.advance(50);
    assert.deepEqual(
      this.#heard.map(({ message }) => message.is),
      [],
    );
  }

  bytes(nas: Uint8Array): void {
    assert.ok(this.link, "the phone is not connected");
    this.link.send({ is: "DlInformationTransfer", nas });
  }
  plain(message: Message5gmm): void {
    this.bytes(encode(message));
  }
  protect(message: Message5gmm, header: 1 | 2 | 3 | 4 = SecurityHeaderType.integrityProtectedAndCiphered): Uint8Array {
    return this.nas!.protect(encode(message), header);
  }
  send(message: Message5gmm): void {
    this.bytes(this.protect(message));
  }
  session(message: Message5gsm): void {
    this.send(
      DlNasTransport({ payloadContainerType: "N1 SM information", payloadContainer: encode(message), pduSessionId: message.pduSessionId }),
    );
  }

  /** A challenge of 5G AKA; `bend` may spoil AUTN. Gives the RES* that is expected. */
  challenge({
    ngKsi = 0,
    sqn = (this.sqn +=
      33),
    amf = separationBit,
    bend = (autn: Uint8Array) => autn,
  }: {
    ngKsi?: number;
    sqn?: number;
    amf?: number;
    bend?: (autn: Uint8Array) => Uint8Array;
  } = {}): { readonly resStar: Uint8Array; readonly rand: Uint8Array } {
    const rand = this.random(16);
    const vector = this.milenage.generate({ rand, sqn, amf });
    const snn = servingNetworkName(this.plmn);
    this.kamf = deriveKamf(deriveKseaf(deriveKausf(vector, snn, vector.autn), snn), this.config.supi, abba());
    this.plain(AuthenticationRequest({ ngKsi, abba: abba(), rand, autn: bend(vector.autn.slice()) }));
    return { resStar: deriveResStar(vector, snn, rand, vector.xres), rand };
  }

  /** A context of the last challenge with these algorithms, in force at the network. */
  context(nea: Nea = 2, nia: Nia = 2): NasSecurity {
    this.nas = new NasSecurity({
      side: "network",
      nea,
      nia,
      integrityKey: deriveAlgorithmKey(this.kamf!, AlgorithmType.nasInt, nia),
      cipheringKey: deriveAlgorithmKey(this.kamf!, AlgorithmType.nasEnc, nea),
    });
    return this.nas;
  }

  securityMode({
    nea = 2,
    nia = 2,
    ngKsi = 0,
    capability = { nea: [0, 1, 2, 3], nia: [1, 2, 3] },
    again = false,
  }: {
    nea?: Nea;
    nia?: Nia;
    ngKsi?: number;
    capability?: { readonly nea: readonly number[]; readonly nia: readonly number[] };
    again?: boolean;
  } = {}): void {
    this.context(nea, nia);
    const command = SecurityModeCommand({
      selectedNasSecurityAlgorithms: { ciphering: nea, integrity: nia },
      ngKsi,
      replayedUeSecurityCapabilities: capability,
      imeisvRequest: true,
      ...(again
        ? { additionalSecurityInformation: { horizontalDerivation: false, retransmissionOfInitialNasMessageRequested: true } }
        : {}),
    });
    this.bytes(this.protect(command, SecurityHeaderType.integrityProtectedWithNewContext));
  }

  guti(tmsi = 0xc0ffee01): Guti {
    return gutiOf(guami(this.plmn, 1, 1, 1), tmsi);
  }

  accept(changes: Partial<Omit<RegistrationAccept, "is">> = {}): RegistrationAccept {
    return RegistrationAccept({
      registrationResult: result,
      guti: { is: "5G-GUTI", guti: this.guti() },
      taiList: taiList([{ plmn: this.plmn, tac: 1 }]),
      allowedNssai: [{ sst: 1 }],
      t3512: 3240,
      ...changes,
    });
  }

  /** From switch-on to REGISTERED, everything right. */
  async registered(): Promise<void> {
    const registering = this.ue.register();
    await this.next("Registration request");
    await this.secured();
    this.send(this.accept());
    await this.wait(registering);
    await this.next("Registration complete");
  }

  /** Challenge and security mode, everything right. */
  async secured(): Promise<void> {
    const { resStar } = this.challenge();
    assert.deepEqual((await this.next("Authentication response")).message.resStar, resStar);
    this.securityMode();
    await this.next("Security mode complete");
  }

  /** AS security under a KgNB; gives what the phone says. */
  async asSecurity(
    kgnb: Secret,
    securityCapabilities: Uint8Array,
    { nea = 2, nia = 2 }: { nea?: Nea; nia?: Nia } = {},
  ): Promise<AirMessage> {
    const key = deriveAlgorithmKey(kgnb, AlgorithmType.rrcInt, nia);
    const said = { nea, nia, securityCapabilities };
    const covered = securityModeOctets(said);
    this.link!.send({ is: "SecurityModeCommand", ...said, mac: mac(nia, key, securityCommandInput, covered) });
    await this.clock.advance(5);
    const answer = this.#air.shift();
    assert.ok(answer);
    if (answer.is === "SecurityModeComplete") assert.ok(sameMac(answer.mac, mac(nia, key, securityCompleteInput, covered)));
    return answer;
  }

  page(sTmsi: string): void {
    this.#cell?.page(sTmsi);
  }

  /** Ends the connection as the network does. */
  async release(): Promise<void> {
    const { link } = this;
    link?.send({ is: "Release", cause: "test" });
    link?.end("released");
    await this.clock.advance(10);
  }
}
