import type { AirLink, AirMessage, Camp, EstablishmentCause } from "@freehold/air";
import { securityCommandInput, securityCompleteInput, securityModeOctets } from "@freehold/air";
import { AlgorithmType, deriveAlgorithmKey, mac, type Nea, type Nia, sameMac } from "@freehold/crypto";
import { type Guti, type Plmn, samePlmn, splitImsi, sTmsiOf, sTmsiText } from "@freehold/model";
import { ask, type Cancel, Inbox, type Scope } from "@freehold/runtime";
import { equal, toHex, Writer } from "@freehold/wire";
import type { CheckedUeConfig, UeWorld } from "./config.ts";
import { NoAnswer, NotAllowed } from "./errors.ts";
import { ngapCapability, type Security } from "./security.ts";
import { timers } from "./timers.ts";

/**
 * UERadioAccessCapabilityInformation (TS 38.331 §11.2.2, unaligned PER) with an empty list of RAT containers: opaque to a core, and yet what
 * a real gNB or analyser can read.
 */
const radioCapability = Uint8Array.of(0x00, 0x08, 0x00);

/** The phone's radio: it camps on one cell and has at most one link. RRC of TS 38.331 §5.3 in the messages of the simulated air. */
export class Connection {
  readonly #config: CheckedUeConfig;
  readonly #world: UeWorld;
  readonly #security: Security;
  #camp: Camp | undefined;
  #link: AirLink | undefined;
  #inbox = new Inbox<AirMessage>();
  #onLost: ((why: NoAnswer) => void) | undefined;
  /** Rejects when the link that is up now ends. */
  lost: Promise<never> = new Promise(() => {});
  /** QFIs by PDU session that has a bearer. */
  readonly bearers = new Map<number, readonly number[]>();
  onNas: (nas: Uint8Array) => void = () => {};
  onData: (pduSessionId: number, qfi: number, packet: Uint8Array) => void = () => {};
  onPaging: (sTmsi: string) => void = () => {};
  onIdle: (why: string) => void = () => {};

  constructor(config: CheckedUeConfig, world: UeWorld, security: Security) {
    this.#config = config;
    this.#world = world;
    this.#security = security;
  }

  get connected(): boolean {
    return this.#link !== undefined;
  }

  get cell() {
    return this.#camp?.cell;
  }

  /** The PLMN that the phone has chosen: its own where the cell has it (TS 23.122, in short). */
  get plmn(): Plmn | undefined {
    const home = splitImsi(this.#config.supi, this.#config.mncDigits)?.home;
    const plmns = this.#camp?.cell.plmns ?? [];
    return plmns.find((plmn) => home !== undefined && samePlmn(plmn, home)) ?? plmns[0];
  }

  /** Looks for the cell unless it is found already. */
  async camp(scope: Scope): Promise<void> {
    if (this.#camp !== undefined) return;
    const camp = await scope.guard(this.#world.air.camp(this.#config.air)).catch((error: unknown) => {
      scope.check();
      throw new NoAnswer("Cell search", error instanceof Error ? error.message : String(error), { error });
    });
    camp.onPaging = (sTmsi) => this.onPaging(sTmsi);
    camp.onLost = () => {
      this.#world.log.warn("the cell is lost", { air: this.#config.air });
      this.#camp = undefined;
      this.#end("the cell is lost");
      camp.leave().catch(() => {});
    };
    this.#camp = camp;
  }

  /** RRC connection establishment up to Setup: what is sent next is `complete`. Rejects with NoAnswer or NotAllowed. */
  async establish(scope: Scope, cause: EstablishmentCause, guti: Guti | undefined): Promise<void> {
    await this.camp(scope);
    const link = this.#camp!.open();
    this.#link = link;
    this.lost = new Promise((_, reject) => {
      this.#onLost = reject;
    });
    this.lost.catch(() => {});
    this.#inbox = new Inbox();
    link.onMessage = (message) => {
      if (!this.#inbox.deliver(message)) this.#receive(link, message);
    };
    link.onData = (pduSessionId, qfi, packet) => this.onData(pduSessionId, qfi, packet);
    link.onEnd = (why) => this.#end(why);
    const [a, b, c, d] = this.#world.random(4);
    const random = ((a! << 24) | (b! << 16) | (c! << 8) | d!) >>> 0;
    const answer = await scope
      .race([
        ask({
          inbox: this.#inbox,
          scope,
          timer: timers.T300,
          send: () =>
            link.send({ is: "SetupRequest", identity: guti === undefined ? { random } : { sTmsi: sTmsiText(sTmsiOf(guti)) }, cause }),
          expect: (message: AirMessage) => (message.is === "Setup" || message.is === "Reject" ? message : undefined),
        }),
        this.lost,
      ])
      .catch((error: unknown) => {
        this.release("no answer to the set-up request");
        scope.check();
        throw error instanceof NoAnswer ? error : new NoAnswer("RRC connection establishment", "the gNB does not answer", { error });
      });
    if (answer.is === "Setup") return;
    this.release("rejected by the gNB");
    throw new NotAllowed("RRC connection establishment", `rejected by the gNB, wait ${answer.waitSeconds} s`, {
      retryAfterSeconds: answer.waitSeconds,
    });
  }

  /** The end of establishment, with the initial NAS message. */
  complete(nas: Uint8Array, guti: Guti | undefined): void {
    const plmn = this.plmn;
    if (plmn === undefined) return;
    this.#link?.send({
      is: "SetupComplete",
      selectedPlmn: plmn,
      ...(guti === undefined
        ? {}
        : {
            sTmsi: sTmsiText(sTmsiOf(guti)),
            registeredAmf: toHex(
              new Writer(3)
                .u8(guti.amfRegionId)
                .u16(guti.amfSetId * 64 + guti.amfPointer)
                .done(),
            ),
          }),
      ...(this.#config.slices === undefined ? {} : { sNssais: this.#config.slices }),
      nas,
    });
  }

  send(nas: Uint8Array): void {
    this.#link?.send({ is: "UlInformationTransfer", nas });
  }

  /** False when the session has no bearer now. */
  sendData(pduSessionId: number, qfi: number, packet: Uint8Array): boolean {
    if (this.#link === undefined || !this.bearers.has(pduSessionId)) return false;
    this.#link.sendData(pduSessionId, qfi, packet);
    return true;
  }

  /** Resolves when the network has released the link, at the latest after `ms`; then the phone lets go of it itself. */
  async released(ms: number): Promise<void> {
    if (this.#link === undefined) return;
    let late: Cancel = () => {};
    await Promise.race([
      this.lost.catch(() => {}),
      new Promise<void>((resolve) => {
        late = this.#world.clock.after(ms, resolve);
      }),
    ]);
    late();
    this.release("T3540 expired");
  }

  /** Local release: the gNB notices that the link has ended. */
  release(why: string): void {
    const link = this.#link;
    this.#end(why);
    link?.end(why);
  }

  #end(why: string): void {
    const link = this.#link;
    if (link === undefined) return;
    this.#link = undefined;
    link.onEnd = () => {};
    link.onMessage = () => {};
    link.onData = () => {};
    this.bearers.clear();
    this.#security.connectionEnded();
    this.#onLost?.(new NoAnswer("Radio link", why));
    this.onIdle(why);
  }

  #receive(link: AirLink, message: AirMessage): void {
    switch (message.is) {
      case "DlInformationTransfer":
        return this.onNas(message.nas);
      case "SecurityModeCommand":
        return link.send(this.#securityMode(message));
      case "UeCapabilityEnquiry":
        return link.send({ is: "UeCapabilityInformation", capability: radioCapability });
      case "Reconfiguration":
        for (const { pduSessionId, qfis } of message.add) this.bearers.set(pduSessionId, qfis);
        for (const id of message.release) this.bearers.delete(id);
        link.send({ is: "ReconfigurationComplete", transaction: message.transaction });
        for (const nas of message.nas) this.onNas(nas);
        return;
      case "Release":
        return this.release(`released: ${message.cause}`);
      default:
        this.#world.log.debug("nothing to do on the air", { message: message.is });
    }
  }

  /** TS 38.331 §5.3.4 (unchecked): the command must come under our own KgNB, say our own capabilities, and choose algorithms that we have. */
  #securityMode(command: Extract<AirMessage, { is: "SecurityModeCommand" }>): AirMessage {
    const failure = (why: string): AirMessage => {
      this.#world.log.warn("AS security refused", { why });
      return { is: "SecurityModeFailure", why };
    };
    const { nea, nia } = command;
    const { capability } = this.#security;
    const kgnb = this.#security.kgnb();
    if (kgnb === undefined) return failure("no security context");
    if (nia === 0 || !capability.nia.includes(nia) || !capability.nea.includes(nea)) return failure("algorithms");
    const key = deriveAlgorithmKey(kgnb, AlgorithmType.rrcInt, nia);
    const covered = securityModeOctets(command);
    if (!sameMac(command.mac, mac(nia as Nia, key, securityCommandInput, covered))) return failure("MAC");
    if (!equal(command.securityCapabilities, ngapCapability(capability))) return failure("capabilities");
    this.asSecurity = { nea: nea as Nea, nia: nia as Nia };
    return { is: "SecurityModeComplete", mac: mac(nia as Nia, key, securityCompleteInput, covered) };
  }
  asSecurity: { readonly nea: Nea; readonly nia: Nia } | undefined;

  async leave(): Promise<void> {
    this.release("the phone leaves");
    await this.#camp?.leave();
    this.#camp = undefined;
  }
}
