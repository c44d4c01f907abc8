import assert from "node:assert/strict";
import {
  AlgorithmType,
  abba,
  deriveAlgorithmKey,
  deriveKamf,
  deriveKausf,
  deriveKgnb,
  deriveKseaf,
  deriveResStar,
  type Milenage,
  nextSqn,
  servingNetworkName,
} from "@freehold/crypto";
import {
  AccessType,
  bcdDigits,
  type Guti,
  guami,
  gutiOf,
  ngapPlmnOctets,
  type Plmn,
  type Secret,
  type Supi,
  supiOf,
} from "@freehold/model";
import {
  AuthenticationRequest,
  ConfigurationUpdateCommand,
  DeregistrationAcceptUeOriginating,
  DlNasTransport,
  decode as decodeNas,
  encode as encodeNas,
  isSecured,
  type Message5gmm,
  type Message5gsm,
  NasSecurity,
  networkName,
  PduSessionReleaseCommand,
  type RegistrationRequest,
  SecurityCapability,
  SecurityHeaderType,
  SecurityModeCommand,
  ServiceAccept,
} from "@freehold/nas";
import type { SctpAssociation, SctpListener, SctpPort } from "@freehold/net";
import {
  bitsOf,
  decode,
  decodeType,
  encode,
  encodeType,
  type Message,
  type MessageName,
  type PDUSessionResourceSetupRequestTransfer,
  type Pdu,
  ueSecurityCapabilities,
} from "@freehold/ngap";
import type { Random } from "@freehold/runtime";
import { type TypeOf, Writer, write } from "@freehold/wire";
import { registrationAccept, sessionAccept, setupTransfer } from "./fake-amf-values.ts";
import type { FakeUpf } from "./fake-upf.ts";

export interface FakeAmfOptions {
  readonly host: string;
  readonly plmn: Plmn;
  readonly random: Random;
  readonly milenage: Milenage;
  readonly upf: FakeUpf;
}

/** One phone at the fake AMF. */
export interface FakeUe {
  readonly ranUeNgapId: number;
  readonly amfUeNgapId: number;
  supi?: Supi;
  capability?: TypeOf<typeof SecurityCapability>;
  xresStar?: Uint8Array;
  kamf?: Secret;
  nas?: NasSecurity;
  guti?: Guti;
  kgnbCount: number;
  request?: RegistrationRequest;
  /** Downlink tunnels of the gNB by PDU session. */
  readonly tunnels: Map<number, { host: string; teid: number }>;
}

type Ics = Message<"InitialContextSetupRequest">["ies"];
type SetUp = Message<"PDUSessionResourceSetupRequest">["ies"];

/** A scripted AMF: the happy path by the book, and a hook at each place where a core can be wrong. */
export class FakeAmf {
  readonly #options: FakeAmfOptions;
  #listener!: SctpListener;
  association: SctpAssociation | undefined;
  readonly received: Pdu[] = [];
  readonly nas: Message5gmm[] = [];
  readonly sm: Message5gsm[] = [];
  readonly ues = new Map<number, FakeUe>();
  #nextId = 100;
  #sqn = 32;
  #tmsi = 0xc0000001;
  /** Hooks: each is given what would be sent. */
  onSetup: (amf: FakeAmf) => Message = () => this.setupResponse();
  ics: (ies: Ics) => Ics = (ies) => ies;
  setUp: (ies: SetUp) => SetUp = (ies) => ies;
  transfer: (transfer: PDUSessionResourceSetupRequestTransfer) => PDUSessionResourceSetupRequestTransfer = (transfer) => transfer;
  transferBytes: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes;
  /** Changes KgNB before it goes to the gNB. */
  kgnb: (key: Uint8Array) => Uint8Array = (key) => key;
  #waiting: { readonly is: MessageName; readonly resolve: (pdu: Pdu) => void }[] = [];

  private constructor(options: FakeAmfOptions) {
    this.#options = options;
  }

  static async start(sctp: SctpPort, options: FakeAmfOptions): Promise<FakeAmf> {
    const amf = new FakeAmf(options);
    amf.#listener = await sctp.listen({
      addresses: [options.host],
      port: 38_412,
      onAssociation: (association) => {
        amf.association = association;
        association.onMessage = ({ data, ppid }) => {
          assert.equal(ppid, 60);
          amf.#receive(data);
        };
        association.onEnd = () => {
          if (amf.association === association) amf.association = undefined;
        };
      },
    });
    return amf;
  }

  async close(): Promise<void> {
    await this.#listener.close();
  }

  send(message: Message): void {
    this.sendBytes(encode(message));
  }
  sendBytes(data: Uint8Array): void {
    this.association?.send({ stream: 0, ppid: 60, data });
  }

  /** The next message of that name, from now on. */
  next<M extends MessageName>(is: M): Promise<Pdu<M>> {
    return new Promise((resolve) => this.#waiting.push({ is, resolve: resolve as (pdu: Pdu) => void }));
  }

  names(): MessageName[] {
    return this.received.map(({ is }) => is);
  }
  last<M extends MessageName>(is: M): Pdu<M>["ies"] {
    const found = this.received.filter((pdu) => pdu.is === is).at(-1);
    assert.ok(found, `no ${is} was received`);
    return found.ies as Pdu<M>["ies"];
  }
  get ue(): FakeUe {
    const found = [...this.ues.values()].at(-1);
    assert.ok(found, "no UE");
    return found;
  }
  get guami() {
    return guami(this.#options.plmn, 1, 1, 1);
  }

  setupResponse(): Message<"NGSetupResponse"> {
    const pLMNIdentity = ngapPlmnOctets(this.#options.plmn);
    return {
      is: "NGSetupResponse",
      ies: {
        amfName: "amf-1",
        servedGUAMIList: [{ gUAMI: this.#ngapGuami() }],
        relativeAMFCapacity: 255,
        plmnSupportList: [{ pLMNIdentity, sliceSupportList: [{ sNSSAI: { sST: Uint8Array.of(1) } }] }],
      },
    };
  }

  #ngapGuami() {
    return {
      pLMNIdentity: ngapPlmnOctets(this.#options.plmn),
      aMFRegionID: bitsOf(1, 8),
      aMFSetID: bitsOf(1, 10),
      aMFPointer: bitsOf(1, 6),
    };
  }

  #receive(bytes: Uint8Array): void {
    const read = decode(bytes);
    assert.ok(read.ok, read.ok ? "" : JSON.stringify(read.error));
    assert.deepEqual(read.findings, []);
    const pdu = read.value;
    this.received.push(pdu);
    for (const waiting of this.#waiting.filter(({ is }) => is === pdu.is)) waiting.resolve(pdu);
    this.#waiting = this.#waiting.filter(({ is }) => is !== pdu.is);
    switch (pdu.is) {
      case "NGSetupRequest":
        return this.send(this.onSetup(this));
      case "InitialUEMessage": {
        const ue: FakeUe = { ranUeNgapId: pdu.ies.ranUeNgapId, amfUeNgapId: this.#nextId++, kgnbCount: 0, tunnels: new Map() };
        this.ues.set(ue.amfUeNgapId, ue);
        return this.#nas(ue, pdu.ies.nasPdu);
      }
      case "UplinkNASTransport":
        return this.#nas(this.ues.get(pdu.ies.amfUeNgapId)!, pdu.ies.nasPdu);
      case "InitialContextSetupResponse":
      case "PDUSessionResourceSetupResponse": {
        const ue = this.ues.get(pdu.ies.amfUeNgapId ?? 0)!;
        const list =
          pdu.is === "InitialContextSetupResponse" ? pdu.ies.pduSessionResourceSetupListCxtRes : pdu.ies.pduSessionResourceSetupListSURes;
        for (const item of list ?? []) {
          const transfer = decodeType("PDUSessionResourceSetupResponseTransfer", item.pDUSessionResourceSetupResponseTransfer);
          assert.ok(transfer.ok);
          const tunnel = transfer.value.dLQosFlowPerTNLInformation.uPTransportLayerInformation;
          assert.equal(tunnel.choice, "gTPTunnel");
          if (tunnel.choice !== "gTPTunnel") return;
          const t = tunnel.value.gTPTEID;
          ue.tunnels.set(item.pDUSessionID, {
            host: tunnel.value.transportLayerAddress.bits.join("."),
            teid: ((t[0]! << 24) | (t[1]! << 16) | (t[2]! << 8) | t[3]!) >>> 0,
          });
        }
        return;
      }
      case "UEContextReleaseRequest":
        return this.release(this.ues.get(pdu.ies.amfUeNgapId)!);
      default:
        return;
    }
  }

  release(ue: FakeUe): void {
    this.send({
      is: "UEContextReleaseCommand",
      ies: {
        ueNgapIDs: { choice: "uE-NGAP-ID-pair", value: { aMFUENGAPID: ue.amfUeNgapId, rANUENGAPID: ue.ranUeNgapId } },
        cause: { choice: "nas", value: "normal-release" },
      },
    });
  }

  ids(ue: FakeUe) {
    return { amfUeNgapId: ue.amfUeNgapId, ranUeNgapId: ue.ranUeNgapId };
  }

  downlink(ue: FakeUe, nasPdu: Uint8Array): void {
    this.send({ is: "DownlinkNASTransport", ies: { ...this.ids(ue), nasPdu } });
  }

  #nas(ue: FakeUe, bytes: Uint8Array): void {
    let plain = bytes;
    if (isSecured(bytes)) {
      if (ue.nas === undefined) {
        // Of an earlier connection of the same phone.
        const before = [...this.ues.values()].find((one) => one !== ue && one.nas !== undefined);
        assert.ok(before, "a protected message from nobody");
        Object.assign(ue, { supi: before.supi, capability: before.capability, kamf: before.kamf, nas: before.nas, guti: before.guti });
        before.nas = undefined;
      }
      const taken = ue.nas!.unprotect(bytes);
      assert.ok(taken.ok, taken.ok ? "" : taken.is);
      plain = taken.message;
      const read = decodeNas(plain, { receiver: "network" });
      assert.ok(read.ok);
      const container = "nasMessageContainer" in read.value ? read.value.nasMessageContainer : undefined;
      if (taken.securityHeaderType === SecurityHeaderType.integrityProtected) ue.kgnbCount = taken.count;
      if (read.value.is === "Security mode complete") ue.kgnbCount = taken.count;
      else if (container !== undefined) plain = ue.nas!.unprotectContainer(container, taken.count);
    }
    const read = decodeNas(plain, { receiver: "network" });
    assert.ok(read.ok, read.ok ? "" : JSON.stringify(read.error));
    this.#message(ue, read.value as Message5gmm);
  }

  protect(ue: FakeUe, message: Message5gmm): Uint8Array {
    return ue.nas!.protect(encodeNas(message));
  }

  #message(ue: FakeUe, message: Message5gmm): void {
    this.nas.push(message);
    switch (message.is) {
      case "Registration request":
        ue.request = message;
        if (message.ueSecurityCapability !== undefined) ue.capability = message.ueSecurityCapability;
        if (ue.nas !== undefined) return this.#accept(ue);
        return this.#authenticate(ue);
      case "Authentication response":
        assert.deepEqual(message.resStar, ue.xresStar);
        return this.#securityMode(ue);
      case "Security mode complete": {
        assert.ok(message.imeisv);
        assert.ok(message.nasMessageContainer, "the whole request comes again");
        const whole = decodeNas(message.nasMessageContainer, { receiver: "network" });
        assert.ok(whole.ok && whole.value.is === "Registration request");
        ue.request = whole.value as RegistrationRequest;
        return this.#accept(ue);
      }
      case "Registration complete":
        return this.downlink(
          ue,
          this.protect(
            ue,
            ConfigurationUpdateCommand({ fullNameForNetwork: networkName("Freehold"), shortNameForNetwork: networkName("FH") }),
          ),
        );
      case "Service request":
        return this.initialContextSetup(ue, this.protect(ue, ServiceAccept({ pduSessionStatus: [...(message.pduSessionStatus ?? [])] })), [
          ...(message.uplinkDataStatus ?? []),
        ]);
      case "Deregistration request (UE originating)":
        if (!message.deregistrationType.switchOff) this.downlink(ue, this.protect(ue, DeregistrationAcceptUeOriginating({})));
        return this.release(ue);
      case "UL NAS transport": {
        const inner = decodeNas(message.payloadContainer, { receiver: "network" });
        assert.ok(inner.ok);
        const sm = inner.value as Message5gsm;
        this.sm.push(sm);
        return this.#session(ue, sm);
      }
      default:
        return;
    }
  }

  #authenticate(ue: FakeUe): void {
    const identity = ue.request!.mobileIdentity;
    assert.ok(identity.is === "SUCI" && typeof identity.suci.home !== "string");
    const msin = bcdDigits(identity.suci.schemeOutput);
    assert.ok(msin.ok);
    ue.supi = supiOf(identity.suci.home, msin.value);
    this.#sqn = nextSqn(this.#sqn);
    const vector = this.#options.milenage.generate({ rand: this.#options.random(16), sqn: this.#sqn });
    const snn = servingNetworkName(this.#options.plmn);
    ue.xresStar = deriveResStar(vector, snn, vector.rand, vector.xres);
    ue.kamf = deriveKamf(deriveKseaf(deriveKausf(vector, snn, vector.autn), snn), ue.supi, abba());
    this.downlink(ue, encodeNas(AuthenticationRequest({ ngKsi: 0, abba: abba(), rand: vector.rand, autn: vector.autn })));
  }

  #securityMode(ue: FakeUe): void {
    const key = (type: AlgorithmType) => deriveAlgorithmKey(ue.kamf!, type, 2);
    ue.nas = new NasSecurity({
      side: "network",
      nea: 2,
      nia: 2,
      integrityKey: key(AlgorithmType.nasInt),
      cipheringKey: key(AlgorithmType.nasEnc),
    });
    const command = SecurityModeCommand({
      selectedNasSecurityAlgorithms: { ciphering: 2, integrity: 2 },
      ngKsi: 0,
      replayedUeSecurityCapabilities: ue.capability!,
      imeisvRequest: true,
    });
    this.downlink(ue, ue.nas.protect(encodeNas(command), SecurityHeaderType.integrityProtectedWithNewContext));
  }

  #accept(ue: FakeUe): void {
    ue.guti = gutiOf(this.guami, this.#tmsi++);
    const accept = registrationAccept(ue.guti);
    this.initialContextSetup(ue, this.protect(ue, accept), []);
  }

  initialContextSetup(ue: FakeUe, nasPdu: Uint8Array, sessions: readonly number[]): void {
    const kgnb = this.kgnb(deriveKgnb(ue.kamf!, ue.kgnbCount, AccessType.threeGpp).reveal().slice());
    const capability = new Writer();
    write(SecurityCapability, capability, ue.capability!);
    this.send({
      is: "InitialContextSetupRequest",
      ies: this.ics({
        ...this.ids(ue),
        ...(sessions.length === 0
          ? {}
          : {
              ueAggregateMaximumBitRate: { uEAggregateMaximumBitRateDL: 1e9, uEAggregateMaximumBitRateUL: 1e9 },
              pduSessionResourceSetupListCxtReq: sessions.map((pDUSessionID) => ({
                pDUSessionID,
                sNSSAI: { sST: Uint8Array.of(1) },
                pDUSessionResourceSetupRequestTransfer: this.#transfer(pDUSessionID),
              })),
            }),
        guami: this.#ngapGuami(),
        allowedNSSAI: [{ sNSSAI: { sST: Uint8Array.of(1) } }],
        ueSecurityCapabilities: ueSecurityCapabilities(capability.done()),
        securityKey: { bits: kgnb, length: 256 },
        nasPdu,
      }),
    });
  }

  #transfer(id: number): Uint8Array {
    const transfer = this.transfer(setupTransfer(this.#options.upf.host, id));
    return this.transferBytes(encodeType("PDUSessionResourceSetupRequestTransfer", transfer));
  }

  wrap(ue: FakeUe, message: Message5gsm): Uint8Array {
    return this.protect(
      ue,
      DlNasTransport({
        payloadContainerType: "N1 SM information",
        payloadContainer: encodeNas(message),
        pduSessionId: message.pduSessionId,
      }),
    );
  }

  #session(ue: FakeUe, message: Message5gsm): void {
    if (message.is === "PDU session establishment request") {
      const { pduSessionId, pti } = message;
      const accept = sessionAccept(pduSessionId, pti);
      this.send({
        is: "PDUSessionResourceSetupRequest",
        ies: this.setUp({
          ...this.ids(ue),
          ueAggregateMaximumBitRate: { uEAggregateMaximumBitRateDL: 1e9, uEAggregateMaximumBitRateUL: 1e9 },
          pduSessionResourceSetupListSUReq: [
            {
              pDUSessionID: pduSessionId,
              pDUSessionNASPDU: this.wrap(ue, accept),
              sNSSAI: { sST: Uint8Array.of(1) },
              pDUSessionResourceSetupRequestTransfer: this.#transfer(pduSessionId),
            },
          ],
        }),
      });
    } else if (message.is === "PDU session release request") {
      const { pduSessionId, pti } = message;
      this.send({
        is: "PDUSessionResourceReleaseCommand",
        ies: {
          ...this.ids(ue),
          nasPdu: this.wrap(ue, PduSessionReleaseCommand({ pduSessionId, pti, cause: 36 })),
          pduSessionResourceToReleaseListRelCmd: [
            {
              pDUSessionID: pduSessionId,
              pDUSessionResourceReleaseCommandTransfer: encodeType("PDUSessionResourceReleaseCommandTransfer", {
                cause: { choice: "nas", value: "normal-release" },
              }),
            },
          ],
        },
      });
    }
  }
}
