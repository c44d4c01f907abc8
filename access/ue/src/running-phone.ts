import { conceal, Milenage, type ServingNetworkName, SqnWindow, servingNetworkName } from "@freehold/crypto";
import { type Guti, sTmsiOf, sTmsiText, type Tai } from "@freehold/model";
import type { Message5gmm, MobileIdentity } from "@freehold/nas";
import { type Cancel, Inbox, Lane, Scope, ScopeEnded, Superseded } from "@freehold/runtime";
import type { CheckedUeConfig, UeWorld } from "./config.ts";
import { Connection } from "./connection.ts";
import { NotAllowed } from "./errors.ts";
import { Challenge, challengeOver } from "./mm/authentication.ts";
import { deregistration } from "./mm/deregistration.ts";
import { type RegisterOptions, registration } from "./mm/registration.ts";
import { type ServiceKind, serviceRequest } from "./mm/service-request.ts";
import { N1 } from "./n1.ts";
import { type Granted, type MmState, type Phone, type RefusalReason, refusalReasons, type SmDelivery, type UeEvent } from "./phone.ts";
import { Security } from "./security.ts";
import type { PduSession } from "./sm/session.ts";
import { stateOf, type UeState } from "./state.ts";
import { type TimerName, timers } from "./timers.ts";

/** The phone: what its procedures share, and what happens to it without being asked. */
export class RunningPhone implements Phone {
  readonly config: CheckedUeConfig;
  readonly world: UeWorld;
  readonly milenage: Milenage;
  readonly sqn: SqnWindow;
  readonly security: Security;
  readonly connection: Connection;
  readonly challenge = new Challenge();
  readonly n1: N1;
  readonly lane: Lane;
  readonly scope: Scope;
  readonly mmInbox = new Inbox<Message5gmm>();
  readonly smInbox = new Inbox<SmDelivery>();
  readonly sessions = new Map<number, PduSession>();
  readonly establishing = new Set<number>();
  readonly deadlines = new Map<TimerName | "T3346", number>();
  readonly networkName: { full?: string; short?: string } = {};
  mm: MmState = "5GMM-DEREGISTERED";
  guti: Guti | undefined;
  lastTai: Tai | undefined;
  granted: Granted | undefined;
  onEvent: (event: UeEvent) => void = () => {};
  readonly #timers = new Map<TimerName | "T3346", { readonly cancel: Cancel; readonly fn: () => void; readonly ms: number }>();
  readonly #suspended = new Map<TimerName, { readonly fn: () => void; readonly ms: number }>();
  readonly #refusals = new Map<RefusalReason, number>();
  readonly #ptis = new Set<number>();
  #lastPti = 0;
  #again = false;
  #closed = false;

  constructor(config: CheckedUeConfig, world: UeWorld) {
    this.config = config;
    this.world = world;
    this.milenage = new Milenage(config.k, config.opc ?? Milenage.opcOf(config.k, config.op!));
    this.sqn = new SqnWindow(config.sqn);
    const { nea, nia, eea, eia } = config;
    this.security = new Security({ nea, nia, ...(eea === undefined || eia === undefined ? {} : { eea, eia }) });
    this.scope = new Scope(world.clock, "UE");
    this.lane = new Lane(world.clock, "5GMM");
    this.connection = new Connection(config, world, this.security);
    this.n1 = new N1(this);
    this.connection.onData = (id, _qfi, packet) => this.sessions.get(id)?.receive(packet);
    this.connection.onPaging = (sTmsi) => this.#paged(sTmsi);
    this.connection.onIdle = (why) => this.#idle(why);
  }

  get tai(): Tai | undefined {
    const { cell, plmn } = this.connection;
    return cell === undefined || plmn === undefined ? undefined : { plmn, tac: cell.tac };
  }

  get servingNetworkName(): ServingNetworkName {
    const { plmn } = this.connection;
    if (plmn === undefined) throw new NotAllowed("Authentication", "the phone has no cell");
    return servingNetworkName(plmn);
  }

  suci(): MobileIdentity {
    const { supi, mncDigits, routingIndicator, homeNetworkKey } = this.config;
    const concealed = conceal(
      { supi, mncDigits, routingIndicator, ...(homeNetworkKey === undefined ? {} : { homeNetworkKey }) },
      this.world.random,
    );
    return { is: "SUCI", suci: concealed };
  }

  identity(): MobileIdentity {
    return this.guti === undefined ? this.suci() : { is: "5G-GUTI", guti: this.guti };
  }

  tell(is: string, detail?: Readonly<Record<string, unknown>>): void {
    this.world.log.debug(is, detail);
    this.onEvent({ at: this.world.clock.now(), is, ...(detail === undefined ? {} : { detail }) });
  }

  refuse(reason: RefusalReason, detail: Readonly<Record<string, unknown>> = {}): void {
    const count = (this.#refusals.get(reason) ?? 0) + 1;
    this.#refusals.set(reason, count);
    if ((count & (count - 1)) === 0) this.world.log.warn(`refused: ${reason}`, { clause: refusalReasons[reason], count, ...detail });
    this.onEvent({ at: this.world.clock.now(), is: "refused", detail: { reason, clause: refusalReasons[reason], ...detail } });
  }

  refusals(): Readonly<Partial<Record<RefusalReason, number>>> {
    return Object.fromEntries(this.#refusals);
  }

  start(timer: TimerName | "T3346", fn: () => void, ms: number = timer === "T3346" ? 0 : timers[timer].ms): void {
    this.stop(timer);
    if (this.#closed) return;
    this.deadlines.set(timer, this.world.clock.now() + ms);
    const cancel = this.world.clock.after(ms, () => {
      this.stop(timer);
      fn();
    });
    this.#timers.set(timer, { cancel, fn, ms });
  }

  stop(timer: TimerName | "T3346"): void {
    this.#timers.get(timer)?.cancel();
    this.#timers.delete(timer);
    this.deadlines.delete(timer);
    if (timer !== "T3346") this.#suspended.delete(timer);
  }

  suspend(...names: readonly TimerName[]): void {
    for (const name of names) {
      const running = this.#timers.get(name);
      if (running === undefined) continue;
      this.stop(name);
      this.#suspended.set(name, running);
    }
  }

  resume(): void {
    for (const [name, { fn, ms }] of [...this.#suspended]) this.start(name, fn, ms);
  }

  running(timer: TimerName | "T3346"): boolean {
    return this.#timers.has(timer);
  }

  abort(reason: unknown): void {
    this.lane.current?.scope.close(reason).catch(() => {});
  }

  deregistered(why: string): void {
    this.mm = "5GMM-DEREGISTERED";
    this.stop("T3512");
    for (const session of [...this.sessions.values()]) session.gone(why);
    this.tell("5GMM-DEREGISTERED", { why });
  }

  takePti(): number {
    if (this.#ptis.size >= 254) throw new NotAllowed("5GSM", "every procedure transaction identity is in use");
    do this.#lastPti = (this.#lastPti % 254) + 1;
    while (this.#ptis.has(this.#lastPti));
    this.#ptis.add(this.#lastPti);
    return this.#lastPti;
  }

  releasePti(pti: number): void {
    this.#ptis.delete(pti);
  }

  register(options: RegisterOptions): Promise<Granted> {
    return this.lane.run("Registration", (scope) => registration(this, scope, "initial registration", options));
  }

  deregister(switchOff: boolean): Promise<void> {
    return this.lane.supersede("de-registration is asked for", "De-registration", (scope) => deregistration(this, scope, switchOff));
  }

  async wake(serviceType: ServiceKind, wanted: readonly number[] = []): Promise<void> {
    const there = this.connection.connected && wanted.every((id) => this.connection.bearers.has(id));
    if (there && this.mm === "5GMM-REGISTERED") return;
    await this.lane.run("Service request", (scope) => serviceRequest(this, scope, serviceType, wanted));
  }

  registerAgain(): void {
    this.#again = true;
  }

  /** Work that nobody waits for: its failure is an event. */
  #unasked(what: string, work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (!(error instanceof Superseded || error instanceof ScopeEnded)) this.tell(`${what} failed`, { why: String(error) });
    });
  }

  /** TS 24.501 §5.6.2: the answer to paging is a service request. */
  #paged(sTmsi: string): void {
    if (this.guti === undefined || this.mm !== "5GMM-REGISTERED" || this.connection.connected) return;
    if (sTmsiText(sTmsiOf(this.guti)) !== sTmsi) return;
    this.tell("Paging");
    this.#unasked("Service request", this.wake("mobile terminated services"));
  }

  /** The N1 connection has ended: TS 24.501 §5.3.7 starts T3512; a re-registration that was asked for begins. */
  #idle(why: string): void {
    this.tell("5GMM-IDLE", { why });
    this.stop("T3540");
    challengeOver(this);
    if (this.#closed) return;
    if (this.#again) {
      this.#again = false;
      return this.#unasked("Registration", this.register({}));
    }
    const seconds = this.granted?.t3512Seconds;
    if (this.mm === "5GMM-REGISTERED" && seconds !== undefined && seconds > 0) {
      this.start("T3512", () => this.#periodic(), seconds * 1000);
    }
  }

  #periodic(): void {
    if (this.mm !== "5GMM-REGISTERED") return;
    this.#unasked(
      "Registration",
      this.lane.run("Registration", (scope) => registration(this, scope, "periodic registration updating")),
    );
  }

  state(): UeState {
    return stateOf(this);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of [...this.#timers.keys()]) this.stop(timer);
    await this.lane.close();
    await this.scope.close();
    await this.connection.leave();
  }
}
