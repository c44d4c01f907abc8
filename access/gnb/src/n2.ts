import { PortError, type SctpAssociation, type SctpMessage } from "@freehold/net";
import {
  criticalityDiagnostics,
  decode,
  encode,
  errorIndication,
  type Message,
  type MessageName,
  type Pdu,
  placeOf,
  type Refusal,
} from "@freehold/ngap";
import { Inbox, Scope, TimerExpired } from "@freehold/runtime";
import { explain } from "@freehold/wire";
import { ngapPort } from "./config.ts";
import type { GnbNode } from "./node.ts";
import { ngSetUp, ngSetupRequest, timeToWaitMs } from "./procedures/ng-setup.ts";
import { causeText } from "./values.ts";

/** NGAP's payload protocol identifier (TS 38.412 §7, unchecked). */
const ngapPpid = 60;
/** How long an AMF may take to answer NG SETUP REQUEST. */
const setupTimer = { name: "NG Setup", ms: 10_000 } as const;
const backoff = { firstMs: 1_000, mostMs: 30_000 } as const;

/** The association with the AMF: made, set up, made again when it is lost. */
export class N2 {
  readonly #gnb: GnbNode;
  readonly #scope: Scope;
  readonly #inbox = new Inbox<Pdu>();
  readonly #deliver: (pdu: Pdu) => void;
  #association: SctpAssociation | undefined;
  #up = false;
  #lastFailure = "no AMF has answered";
  #setups = 0;
  /** Called when NG Setup has succeeded, and when a usable association ended. */
  onUp: () => void = () => {};
  onDown: (why: string) => void = () => {};

  /** `deliver` takes the messages that are not NG Setup's. */
  constructor(gnb: GnbNode, deliver: (pdu: Pdu) => void) {
    this.#gnb = gnb;
    this.#deliver = deliver;
    this.#scope = new Scope(gnb.world.clock, "N2");
  }

  get up(): boolean {
    return this.#up;
  }

  /** Why it is not up, for whoever waits. */
  get lastFailure(): string {
    return this.#lastFailure;
  }

  get streams(): number {
    return this.#association?.outbound ?? 1;
  }

  state() {
    return {
      up: this.#up,
      setups: this.#setups,
      amf: this.#association === undefined ? undefined : { ...this.#association.remote },
      local: this.#association === undefined ? undefined : { ...this.#association.local },
      ...(this.#up ? {} : { why: this.#lastFailure }),
    };
  }

  start(): void {
    this.#scope.start((scope) => this.#run(scope));
  }

  async #run(scope: Scope): Promise<void> {
    const { amfs, n2 } = this.#gnb.config;
    let wait: number = backoff.firstMs;
    for (let turn = 0; ; turn++) {
      const { host, port = ngapPort } = amfs[turn % amfs.length]!;
      try {
        const association = await scope.guard(
          this.#gnb.world.sctp.connect({
            remote: { host, port },
            streams: 4,
            signal: scope.signal,
            ...(n2 === undefined ? {} : { local: { host: n2.host, port: n2.port ?? 0 } }),
          }),
        );
        const before = this.#setups;
        await this.#use(association, scope);
        if (this.#setups > before) wait = backoff.firstMs;
      } catch (error) {
        scope.check();
        const why = error instanceof PortError || error instanceof TimerExpired ? error.message : String(error);
        this.#fail(`${host}:${port}: ${why}`);
      }
      await scope.sleep(wait);
      wait = Math.min(wait * 2, backoff.mostMs);
    }
  }

  #fail(why: string): void {
    this.#lastFailure = why;
    this.#gnb.world.log.warn("no N2", { why });
    this.#gnb.world.onSetback?.(why);
  }

  /** Sets it up and stays until it ends. */
  async #use(association: SctpAssociation, scope: Scope): Promise<void> {
    const inner = scope.child("N2 association");
    this.#association = association;
    association.onMessage = (message) => this.#receive(message);
    const ended = new Promise<void>((resolve) => {
      association.onEnd = (how, why) => {
        this.#fail(`association with ${association.remote.host} ended: ${how}${why === "" ? "" : `, ${why}`}`);
        const wasUp = this.#up;
        this.#up = false;
        this.#association = undefined;
        if (wasUp) this.onDown(this.#lastFailure);
        inner.close().catch(() => {});
        resolve();
      };
    });
    // An association that ends takes the waits of `inner` with it: not a fault of its own.
    await this.#setUp(inner).catch((error: unknown) => {
      if (!inner.ended) {
        association.abort("NG Setup was not answered");
        throw error;
      }
    });
    await scope.guard(ended);
  }

  /** §8.7.1: until it succeeds; a failure says how long to wait. */
  async #setUp(scope: Scope): Promise<void> {
    for (let wait: number = backoff.firstMs; ; wait = Math.min(wait * 2, backoff.mostMs)) {
      const answered = this.#inbox.expect((pdu) => (pdu.is === "NGSetupResponse" || pdu.is === "NGSetupFailure" ? pdu : undefined), {
        scope,
        timer: setupTimer,
      });
      this.send(ngSetupRequest(this.#gnb.config));
      const answer = await answered;
      if (answer.is === "NGSetupResponse") {
        const unserved = ngSetUp(this.#gnb, answer);
        for (const { mcc, mnc } of unserved) this.#gnb.world.log.warn("the AMF does not serve one of our PLMNs", { mcc, mnc });
        this.#up = true;
        this.#setups++;
        this.#gnb.world.log.info("NG Setup done", { amf: this.#gnb.amf?.name });
        return this.onUp();
      }
      const { cause, timeToWait } = answer.ies;
      this.#lastFailure = `NG Setup refused: ${causeText(cause)}`;
      this.#gnb.world.onSetback?.(this.#lastFailure);
      this.#gnb.refusals.count("NG Setup refused", { cause: causeText(cause), timeToWait });
      await scope.sleep(timeToWaitMs(timeToWait) ?? wait);
    }
  }

  send(message: Message, stream = 0): boolean {
    const association = this.#association;
    if (association === undefined) return false;
    const data = encode(message);
    const number = Math.min(stream, association.outbound - 1);
    this.#record(data, message.is, "gNB", "AMF", number);
    return association.send({ stream: number, ppid: ngapPpid, data });
  }

  #record(bytes: Uint8Array, message: string, from: string, to: string, stream: number): void {
    const { config, world } = this.#gnb;
    if (!config.record || this.#association === undefined) return;
    const { local, remote } = this.#association;
    const [src, dst] = from === "gNB" ? [local, remote] : [remote, local];
    world.tape.record({
      at: world.clock.now(),
      interface: "N2",
      from,
      to,
      message,
      bytes,
      carriage: { kind: "sctp", src, dst, stream, ppid: ngapPpid },
    });
  }

  /** The door: any bytes end in a procedure, an answer by clause 10, or a count. */
  #receive({ data, ppid, stream }: SctpMessage): void {
    if (ppid !== ngapPpid) return this.#gnb.refusals.count("not NGAP", { ppid });
    const read = decode(data);
    this.#record(data, read.ok ? read.value.is : (read.is ?? "unreadable"), "AMF", "gNB", stream);
    if (!read.ok) return this.#refuse(read);
    if (read.answer === "error-indication") this.send(errorIndication(read));
    if (!this.#inbox.deliver(read.value)) this.#deliver(read.value);
  }

  #refuse(refusal: Refusal): void {
    this.#gnb.refusals.count("NGAP message refused", { message: refusal.is, why: explain(refusal.error), cause: refusal.cause });
    if (refusal.answer === "error-indication") this.send(errorIndication(refusal));
    else if (refusal.answer === "unsuccessful-outcome") this.#answerUnsuccessfully(refusal);
  }

  /** §10.3.4.2: the unsuccessful outcome where the procedure has one that we can fill, else ERROR INDICATION. */
  #answerUnsuccessfully(refusal: Refusal): void {
    const { amfUeNgapId, ranUeNgapId } = refusal.ies;
    const common = {
      cause: { choice: "protocol", value: refusal.cause },
      criticalityDiagnostics: criticalityDiagnostics(refusal, "response"),
    } as const;
    const failures: Partial<Record<MessageName, () => Message>> = {
      AMFConfigurationUpdate: () => ({ is: "AMFConfigurationUpdateFailure", ies: common }),
    };
    if (amfUeNgapId !== undefined && ranUeNgapId !== undefined) {
      const ies = { amfUeNgapId, ranUeNgapId, ...common };
      failures.InitialContextSetupRequest = () => ({ is: "InitialContextSetupFailure", ies });
      failures.UEContextModificationRequest = () => ({ is: "UEContextModificationFailure", ies });
    }
    const failure = refusal.is === undefined ? undefined : failures[refusal.is];
    const stream = ranUeNgapId === undefined ? 0 : this.#gnb.ues.get(ranUeNgapId)?.stream;
    this.send(failure === undefined ? errorIndication(refusal) : failure(), stream);
  }

  /** §10.3.4: a procedure that is none of ours is answered by its criticality. */
  notSupported(pdu: Pdu): void {
    const { procedure } = placeOf(pdu.is);
    this.#gnb.refusals.count("procedure not supported", { message: pdu.is });
    if (pdu.criticality === "ignore" || pdu.kind !== "initiatingMessage") return;
    this.send({
      is: "ErrorIndication",
      ies: {
        cause: { choice: "protocol", value: "abstract-syntax-error-reject" },
        criticalityDiagnostics: {
          procedureCode: procedure.code,
          triggeringMessage: "initiating-message",
          procedureCriticality: pdu.criticality,
        },
      },
    });
  }

  async close(): Promise<void> {
    const association = this.#association;
    this.#up = false;
    if (association !== undefined) {
      association.onEnd = () => {};
      await association.shutdown();
    }
    this.#association = undefined;
    await this.#scope.close().catch(() => {});
  }
}
