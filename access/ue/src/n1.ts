import type { EstablishmentCause } from "@freehold/air";
import type { Nea, Nia } from "@freehold/crypto";
import {
  type AuthenticationRequest,
  causeOf,
  decode,
  decodeSecured,
  encode,
  isSecured,
  type Message5gmm,
  type NasMessage,
  SecurityHeaderType,
  type SecurityModeCommand,
  Status5gmm,
} from "@freehold/nas";
import type { Scope } from "@freehold/runtime";
import { explain } from "@freehold/wire";
import { authenticationReject, authenticationRequest } from "./mm/authentication.ts";
import { configurationUpdateCommand } from "./mm/configuration-update.ts";
import { deregistrationRequest } from "./mm/deregistration.ts";
import { identityRequest } from "./mm/identification.ts";
import { securityModeCommand } from "./mm/security-mode.ts";
import { downlinkNasTransport } from "./mm/transport.ts";
import type { Phone } from "./phone.ts";
import { isReplay } from "./security.ts";

/** TS 24.501 §4.4.4.2: what the phone takes without protection as long as there is no secure exchange. */
const plainTaken: ReadonlySet<Message5gmm["is"]> = new Set<Message5gmm["is"]>([
  "Identity request",
  "Authentication request",
  "Authentication result",
  "Authentication reject",
  "Registration reject",
  "Deregistration accept (UE originating)",
  "Service reject",
]);

type Door<M> = (phone: Phone, message: M) => void;
type Doors = { readonly [Is in Message5gmm["is"]]?: Door<Extract<Message5gmm, { is: Is }>> };

/** What each message of the network starts, when no procedure waits for it. */
const doors: Doors = {
  "Identity request": identityRequest,
  "Authentication request": (phone, message: AuthenticationRequest) => authenticationRequest(phone, message),
  "Authentication reject": authenticationReject,
  "Configuration update command": configurationUpdateCommand,
  "Deregistration request (UE terminated)": deregistrationRequest,
  "DL NAS transport": downlinkNasTransport,
  "5GMM status": (phone, { cause }) => phone.tell("5GMM status", { cause }),
};

/** The NAS door: protection, COUNT and what §7 wants done with what cannot be read. */
export class N1 {
  readonly #phone: Phone;
  /** The whole of the last initial message, for the container of SECURITY MODE COMPLETE. */
  initialMessage: Message5gmm | undefined;

  constructor(phone: Phone) {
    this.#phone = phone;
    phone.connection.onNas = (nas) => this.receive(nas);
  }

  /** Header type of the next uplink message: TS 24.501 §4.4.4.1, §4.4.5: ciphered from the secure exchange on. */
  get #header(): SecurityHeaderType {
    const { security } = this.#phone;
    if (security.current === undefined || !security.used) return SecurityHeaderType.plain;
    return security.exchange ? SecurityHeaderType.integrityProtectedAndCiphered : SecurityHeaderType.integrityProtected;
  }

  send(message: Message5gmm): void {
    const plain = encode(message);
    this.#record(plain, message.is, "UE", "AMF");
    const header = this.#header;
    const { current } = this.#phone.security;
    this.#phone.connection.send(header === SecurityHeaderType.plain || current === undefined ? plain : current.nas.protect(plain, header));
  }

  /** SECURITY MODE COMPLETE: the first message under the new context. */
  sendSecurityModeComplete(message: Message5gmm): void {
    const { security, connection } = this.#phone;
    const plain = encode(message);
    this.#record(plain, message.is, "UE", "AMF");
    const bytes = security.current!.nas.protect(plain, SecurityHeaderType.integrityProtectedAndCipheredWithNewContext);
    security.noteKgnbCount();
    security.used = true;
    security.exchange = true;
    connection.send(bytes);
  }

  /**
   * An initial NAS message (§4.4.6). Without a context only `clear` goes; with one, `clear` with the whole message ciphered in a container,
   * unless nothing is to hide. Over a connection that is there already the whole message goes as any other.
   */
  async sendInitial<M extends Message5gmm>(
    scope: Scope,
    { clear, whole, contain }: { clear: M; whole: M; contain: (container: Uint8Array) => M },
    cause: EstablishmentCause,
  ): Promise<void> {
    const { connection, security, guti } = this.#phone;
    this.initialMessage = whole;
    if (connection.connected) return this.send(whole);
    await connection.establish(scope, cause, guti);
    const context = security.current;
    if (context === undefined) {
      const plain = encode(clear);
      this.#record(plain, clear.is, "UE", "AMF");
      return connection.complete(plain, guti);
    }
    const hidden = encode(whole);
    const nothingHidden = hidden.length === encode(clear).length;
    const message = nothingHidden ? clear : contain(context.nas.protectContainer(hidden));
    this.#record(hidden, whole.is, "UE", "AMF");
    const bytes = context.nas.protect(encode(message), SecurityHeaderType.integrityProtected);
    security.used = true;
    security.noteKgnbCount();
    connection.complete(bytes, guti);
  }

  #record(bytes: Uint8Array, message: string, from: string, to: string): void {
    const { config, world } = this.#phone;
    if (!config.record) return;
    world.tape.record({ at: world.clock.now(), interface: "N1", from, to, message, ue: config.supi, bytes, carriage: { kind: "nas" } });
  }

  /** Any bytes: a procedure, a status message or a count. */
  receive(bytes: Uint8Array): void {
    if (!isSecured(bytes)) return this.#plain(bytes, false);
    const { security } = this.#phone;
    const read = decodeSecured(bytes);
    if (!read.ok) return this.#phone.refuse("malformed message", { why: explain(read.error) });
    if (read.value.securityHeaderType === SecurityHeaderType.integrityProtectedWithNewContext) {
      return this.#newContext(bytes, read.value.payload);
    }
    const context = security.current;
    if (context === undefined || !security.used) return this.#phone.refuse("no security context", {});
    const taken = context.nas.unprotect(bytes);
    if (!taken.ok) {
      const replayed = taken.is === "MAC failure" && isReplay(context, bytes);
      return this.#phone.refuse(replayed ? "downlink COUNT replayed" : taken.is === "malformed" ? "malformed message" : "MAC failure", {
        sqn: read.value.sqn,
        expected: context.nas.counts().receive,
      });
    }
    security.exchange = true;
    this.#plain(taken.message, true);
  }

  /** Header type 3: only a SECURITY MODE COMMAND, whose algorithms say how its own MAC is checked. */
  #newContext(bytes: Uint8Array, payload: Uint8Array): void {
    const read = decode(payload, { receiver: "UE" });
    if (!read.ok) return this.#phone.refuse("malformed message", { why: explain(read.error) });
    if (read.value.is !== "Security mode command") return this.#phone.refuse("malformed message", { message: read.value.is });
    this.#record(payload, read.value.is, "AMF", "UE");
    const command: SecurityModeCommand = read.value;
    const { ciphering, integrity } = command.selectedNasSecurityAlgorithms;
    securityModeCommand(this.#phone, command, bytes, { nea: ciphering as Nea, nia: integrity as Nia });
  }

  #plain(plain: Uint8Array, secured: boolean): void {
    const phone = this.#phone;
    const read = decode(plain, { receiver: "UE" });
    if (!read.ok) {
      phone.refuse("malformed message", { why: explain(read.error), is: read.error.is });
      const cause = causeOf(read.error);
      // §7: a status only where the message counts as from the network at all.
      if (cause !== undefined && (secured || !phone.security.exchange)) this.send(Status5gmm({ cause }));
      return;
    }
    const message: NasMessage = read.value;
    this.#record(plain, message.is, "AMF", "UE");
    if ("pduSessionId" in message && "pti" in message) return phone.refuse("malformed message", { why: "a 5GSM message alone" });
    const mm = message as Message5gmm;
    if (!secured && (phone.security.exchange || !plainTaken.has(mm.is))) {
      return phone.refuse("message without protection", { message: mm.is });
    }
    phone.tell(mm.is, "cause" in mm && mm.cause !== undefined ? { cause: mm.cause } : undefined);
    if (phone.mmInbox.deliver(mm)) return;
    const door = doors[mm.is] as Door<Message5gmm> | undefined;
    if (door !== undefined) return door(phone, mm);
    // §7.4: a message that no procedure waits for.
    this.send(Status5gmm({ cause: 98 }));
  }
}
