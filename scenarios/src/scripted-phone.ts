import {
  AlgorithmType,
  abba,
  conceal,
  deriveAlgorithmKey,
  deriveKamf,
  deriveKausf,
  deriveKseaf,
  deriveResStar,
  Milenage,
  type Nea,
  type Nia,
  servingNetworkName,
} from "@freehold/crypto";
import { type Guti, type Secret, sTmsiOf, supi } from "@freehold/model";
import {
  type AuthenticationRequest,
  decode,
  decodeSecured,
  encode,
  isSecured,
  type NasMessage,
  NasSecurity,
  noKey,
  RegistrationRequest,
  type SecurityModeCommand,
  ServiceRequest,
} from "@freehold/nas";
import type { Pdu } from "@freehold/ngap";
import type { Subscriber } from "@freehold/udr";
import type { FiveGC } from "./five-gc.ts";
import type { OddGnb } from "./odd-gnb.ts";

/** What a scripted phone heard: the message in clear, and how it came. */
export interface HeardNas {
  readonly message: NasMessage;
  readonly header: number;
  readonly bytes: Uint8Array;
  /** The NGAP message that brought it. */
  readonly by: string;
}

type Of<N extends NasMessage["is"]> = Extract<NasMessage, { is: N }>;

/** A phone played by hand on an odd gNB, with a right USIM: NAS said and heard message by message. What it gets wrong, it gets wrong on purpose. */
export class ScriptedPhone {
  readonly gnb: OddGnb;
  readonly subscriber: Subscriber;
  readonly milenage: Milenage;
  readonly ranUeNgapId: number;
  amfUeNgapId: number | undefined;
  readonly heard: HeardNas[] = [];
  /** Set by `takeSecurity`, or brought from an earlier connection. */
  security: NasSecurity | undefined;
  kamf: Secret | undefined;
  ngKsi: number = noKey;
  guti: Guti | undefined;
  capability: { nea: number[]; nia: number[]; eea?: number[]; eia?: number[]; spare?: Uint8Array } = { nea: [0, 1, 2, 3], nia: [1, 2, 3] };
  /** How Initial Context Setup is answered. */
  contextSetup: "response" | "failure" | "silence" = "response";
  released = false;
  readonly #system: FiveGC;
  #partial: Secret | undefined;
  #read = 0;
  #begun = false;
  #waiting: { readonly is: string; readonly take: (heard: HeardNas) => void }[] = [];

  constructor(system: FiveGC, gnb: OddGnb, subscriber: Subscriber, ranUeNgapId = 1) {
    this.#system = system;
    this.gnb = gnb;
    this.subscriber = subscriber;
    this.milenage = new Milenage(subscriber.k!, subscriber.opc!);
    this.ranUeNgapId = ranUeNgapId;
    gnb.doors.push((pdu) => this.#ngap(pdu));
  }

  /** The same phone on another connection: keys and identity stay. */
  again(ranUeNgapId: number, gnb = this.gnb): ScriptedPhone {
    const phone = new ScriptedPhone(this.#system, gnb, this.subscriber, ranUeNgapId);
    phone.security = this.security;
    phone.kamf = this.kamf;
    phone.ngKsi = this.ngKsi;
    phone.guti = this.guti;
    return phone;
  }

  #ngap(pdu: Pdu): void {
    switch (pdu.is) {
      case "DownlinkNASTransport":
      case "InitialContextSetupRequest":
        if (pdu.ies.ranUeNgapId !== this.ranUeNgapId || this.released) return;
        this.amfUeNgapId = pdu.ies.amfUeNgapId;
        if (pdu.is === "InitialContextSetupRequest") this.#context();
        if (pdu.ies.nasPdu !== undefined) this.#nas(pdu.ies.nasPdu, pdu.is);
        return;
      case "UEContextReleaseCommand":
        if (pdu.ies.ueNgapIDs.choice === "uE-NGAP-ID-pair" && pdu.ies.ueNgapIDs.value.rANUENGAPID === this.ranUeNgapId)
          this.released = true;
        return;
      default:
    }
  }

  #context(): void {
    const ids = { amfUeNgapId: this.amfUeNgapId!, ranUeNgapId: this.ranUeNgapId };
    if (this.contextSetup === "response") this.gnb.send({ is: "InitialContextSetupResponse", ies: ids });
    else if (this.contextSetup === "failure") {
      const cause = { choice: "radioNetwork", value: "radio-resources-not-available" } as const;
      this.gnb.send({ is: "InitialContextSetupFailure", ies: { ...ids, cause } });
    }
  }

  #nas(bytes: Uint8Array, by: string): void {
    let plain = bytes;
    let header = 0;
    if (isSecured(bytes)) {
      const read = decodeSecured(bytes);
      if (!read.ok) throw new Error("the AMF sent a protected message that does not decode");
      header = read.value.securityHeaderType;
      plain = read.value.payload;
      // Header type 3 is taken when the scenario says so (takeSecurity); its payload is not ciphered.
      if (header !== 3) {
        const taken = this.security?.unprotect(bytes);
        if (!taken?.ok) throw new Error(`the AMF's message is not protected rightly: ${taken?.is ?? "no security context"}`);
        plain = taken.message;
      }
    }
    const decoded = decode(plain, { receiver: "UE" });
    if (!decoded.ok) throw new Error(`the AMF sent NAS that does not decode: ${JSON.stringify(decoded.error)}`);
    const heard = { message: decoded.value, header, bytes, by };
    this.heard.push(heard);
    const waiting = this.#waiting.find(({ is }) => is === heard.message.is);
    if (waiting === undefined) return;
    this.#waiting = this.#waiting.filter((one) => one !== waiting);
    this.#read = this.heard.length;
    waiting.take(heard);
  }

  /** Puts NAS octets on the connection: INITIAL UE MESSAGE first, UPLINK NAS TRANSPORT then. */
  put(nas: Uint8Array): void {
    if (this.#begun && this.amfUeNgapId !== undefined) this.gnb.send(this.gnb.uplinkNas(this.amfUeNgapId, this.ranUeNgapId, nas));
    else this.gnb.send(this.gnb.initialUeMessage(this.ranUeNgapId, nas));
    this.#begun = true;
  }

  /** Says a message; in clear, or protected with the header type. */
  say(message: NasMessage, header: 0 | 1 | 2 | 3 | 4 = 0): void {
    const plain = encode(message);
    this.put(header === 0 ? plain : this.security!.protect(plain, header));
  }

  async next<N extends NasMessage["is"]>(is: N): Promise<HeardNas & { readonly message: Of<N> }> {
    const index = this.heard.findIndex(({ message }, i) => i >= this.#read && message.is === is);
    if (index >= 0) {
      this.#read = index + 1;
      return this.heard[index] as HeardNas & { readonly message: Of<N> };
    }
    return this.#system.until(
      new Promise((resolve) => this.#waiting.push({ is, take: (heard) => resolve(heard as HeardNas & { readonly message: Of<N> }) })),
    );
  }

  names(from = 0): string[] {
    return this.heard.slice(from).map(({ message }) => message.is);
  }

  get suci() {
    return conceal({ supi: supi(this.subscriber.supi), mncDigits: 2, routingIndicator: "0" }, () => new Uint8Array(32));
  }

  registrationRequest(more: Partial<RegistrationRequest> = {}): RegistrationRequest {
    return RegistrationRequest({
      registrationType: { type: "initial registration", followOnRequest: true },
      ngKsi: this.ngKsi,
      mobileIdentity: this.guti === undefined ? { is: "SUCI", suci: this.suci } : { is: "5G-GUTI", guti: this.guti },
      ueSecurityCapability: this.capability,
      ...more,
    });
  }

  /** Idle with a 5G-GUTI: the whole message in clear, as it may be where nothing is to hide (TS 24.501 §4.4.6). */
  serviceRequest(more: Partial<ServiceRequest> = {}): ServiceRequest {
    return ServiceRequest({
      ngKsi: this.ngKsi,
      serviceType: "signalling",
      sTmsi: { is: "5G-S-TMSI", sTmsi: sTmsiOf(this.guti!) },
      ...more,
    });
  }

  /** What the USIM makes of a challenge. */
  challenged({ rand, autn, ngKsi }: AuthenticationRequest): { readonly resStar: Uint8Array; readonly sqn: number } {
    const verdict = this.milenage.verifyAutn({ rand: rand!, autn: autn! });
    if (!verdict.ok) throw new Error(`the challenge does not hold: ${verdict.why}`);
    const { ck, ik, res, sqn } = verdict.value;
    const snn = servingNetworkName(this.gnb.plmn);
    this.#partial = deriveKamf(deriveKseaf(deriveKausf({ ck, ik }, snn, autn!), snn), supi(this.subscriber.supi), abba());
    this.ngKsi = ngKsi;
    return { resStar: deriveResStar({ ck, ik }, snn, rand!, res), sqn };
  }

  /** Takes the context that a SECURITY MODE COMMAND describes into use; its MAC must be right. */
  takeSecurity({ message, bytes }: HeardNas & { readonly message: SecurityModeCommand }): void {
    const { ciphering, integrity } = message.selectedNasSecurityAlgorithms;
    const kamf = this.#partial!;
    this.security = new NasSecurity({
      side: "UE",
      nea: ciphering as Nea,
      nia: integrity as Nia,
      integrityKey: deriveAlgorithmKey(kamf, AlgorithmType.nasInt, integrity),
      cipheringKey: deriveAlgorithmKey(kamf, AlgorithmType.nasEnc, ciphering),
    });
    this.kamf = kamf;
    const taken = this.security.unprotect(bytes);
    if (!taken.ok) throw new Error(`the security mode command's MAC is wrong: ${taken.is}`);
  }

  /** NAS keys of the context in use, TS 33.501 §A.8. */
  keys(): { readonly integrityKey: Secret; readonly cipheringKey: Secret } {
    const { nea, nia } = this.security!;
    return {
      integrityKey: deriveAlgorithmKey(this.kamf!, AlgorithmType.nasInt, nia),
      cipheringKey: deriveAlgorithmKey(this.kamf!, AlgorithmType.nasEnc, nea),
    };
  }

  /** Registration request to the SECURITY MODE COMMAND, which is given. */
  async toSecurityMode(request = this.registrationRequest()): Promise<HeardNas & { readonly message: SecurityModeCommand }> {
    this.say(request);
    const { message } = await this.next("Authentication request");
    this.say({ is: "Authentication response", resStar: this.challenged(message).resStar });
    const command = await this.next("Security mode command");
    this.takeSecurity(command);
    return command;
  }

  /** On to the REGISTRATION ACCEPT, not yet completed. */
  async toAccept(request = this.registrationRequest()): Promise<void> {
    await this.toSecurityMode(request);
    this.say({ is: "Security mode complete", nasMessageContainer: encode(request) }, 4);
    await this.accepted();
  }

  async accepted(): Promise<Of<"Registration accept">> {
    const { message } = await this.next("Registration accept");
    this.guti = message.guti?.guti ?? this.guti;
    return message;
  }

  async register(request?: RegistrationRequest): Promise<void> {
    await this.toAccept(request);
    this.say({ is: "Registration complete" }, 2);
    await this.#system.clock.settle();
  }
}
