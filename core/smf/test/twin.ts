import { Cause5gsm, ip, type Seid, seid, teid } from "@freehold/model";
import {
  decode as decodeNas,
  encode as encodeNas,
  type Message5gsm,
  PduSessionEstablishmentRequest,
  PduSessionReleaseComplete,
  PduSessionReleaseRequest,
} from "@freehold/nas";
import { MemoryNetwork } from "@freehold/net";
import { decodeType, encodeType } from "@freehold/ngap";
import {
  Cause,
  fTeidAt,
  type Incoming,
  inFamily,
  nodeIdOf,
  type Answer as PfcpAnswer,
  PfcpEndpoint,
  type SessionEstablishmentRequest,
  type SessionModificationRequest,
} from "@freehold/pfcp";
import { memoryLog, seededRandom } from "@freehold/runtime";
import {
  type Answer,
  answer,
  created,
  type DnnConfiguration,
  type Face,
  type N1N2MessageTransferReqData,
  Namf_Communication,
  Npcf_SMPolicyControl,
  Nsmf_PDUSession,
  Nsmf_PDUSession_Callback,
  Nudm_SDM,
  Nudm_UECM,
  noContent,
  type Refused,
  refuse,
  SbiTransportError,
  type SbiTwin,
  type SessionManagementSubscriptionData,
  type SmContextCreateData,
  type SmContextCreatedData,
  type SmContextCreateError,
  type SmContextStatusNotification,
  type SmfRegistration,
  type SmPolicyContextData,
  type SmPolicyDecision,
  sbiTwin,
  type TwinForm,
} from "@freehold/sbi";
import { type MemoryStore, memoryStore } from "@freehold/store";
import { hex } from "@freehold/wire";
import { type RunningSmf, type SmfConfig, startSmf } from "../src/index.ts";

export const supi = "imsi-001010000000001";
export const smfAddress = "127.0.0.4";
export const upfAddress = "127.0.0.8";
const at = { udm: "127.0.0.12", pcf: "127.0.0.14", amf: "127.0.0.16", smf: "127.0.0.17" };
const apiRoot = (host: string) => `http://${host}:8080`;

export const config: SmfConfig = {
  plmns: [{ mcc: "001", mnc: "01" }],
  served: [
    {
      sNssai: { sst: 1, sd: "000001" },
      dnn: "internet",
      ipv4: "10.45.0.0/24",
      dns: ["10.45.0.1", "2001:db8::53"],
      mtu: 1_400,
      pcscf: ["10.45.0.2"],
    },
    { sNssai: { sst: 1 }, dnn: "ims", ipv4: "10.46.0.0/29", dns: [], mtu: 1_400 },
  ],
  n4: { address: smfAddress },
  upfs: [{ address: upfAddress }],
};

const subscription = (more: Partial<DnnConfiguration> = {}): DnnConfiguration => ({
  pduSessionTypes: { defaultSessionType: "IPV4V6", allowedSessionTypes: ["IPV4V6", "IPV4", "IPV6"] },
  sscModes: { defaultSscMode: "SSC_MODE_1", allowedSscModes: ["SSC_MODE_1"] },
  "5gQosProfile": { "5qi": 8, arp: { priorityLevel: 7, preemptCap: "NOT_PREEMPT", preemptVuln: "PREEMPTABLE" } },
  sessionAmbr: { uplink: "50 Mbps", downlink: "200 Mbps" },
  ...more,
});

/** A UPF that keeps its books and forwards nothing. */
export class UpfTwin {
  readonly sessions = new Map<Seid, { establishment: SessionEstablishmentRequest; modifications: SessionModificationRequest[] }>();
  readonly heard: string[] = [];
  readonly features = { ftup: true };
  /** A cause that establishments, modifications or deletions are refused with. */
  readonly refuses: { establishment?: Cause; modification?: Cause; deletion?: Cause } = {};
  endpoint: PfcpEndpoint | undefined;
  recoveryTimeStamp = 3_900_000_000;
  #next = 1;
  #listen: (() => void) | undefined;

  async start(network: MemoryNetwork, twin: SbiTwin): Promise<void> {
    const socket = await network.udp().bind({ host: upfAddress, port: 8805 });
    this.#listen = () => {
      this.endpoint = new PfcpEndpoint({
        socket,
        clock: twin.clock,
        random: seededRandom(`upf ${this.recoveryTimeStamp}`),
        log: memoryLog(),
        nodeId: nodeIdOf(ip(upfAddress)),
        recoveryTimeStamp: this.recoveryTimeStamp,
        onRequest: (incoming) => this.#answer(incoming),
      });
    };
    this.#listen();
  }

  /** What a power cut leaves. */
  async restart(): Promise<void> {
    this.sessions.clear();
    this.endpoint?.close();
    this.recoveryTimeStamp += 10;
    this.#listen?.();
  }

  #answer({ header, message }: Incoming): PfcpAnswer | undefined {
    this.heard.push(message.is);
    const nodeId = nodeIdOf(ip(upfAddress));
    switch (message.is) {
      case "PFCP Heartbeat Request":
        return { message: { is: "PFCP Heartbeat Response", recoveryTimeStamp: this.recoveryTimeStamp } };
      case "PFCP Association Setup Request":
        this.sessions.clear();
        return {
          message: {
            is: "PFCP Association Setup Response",
            nodeId,
            cause: Cause.requestAccepted,
            recoveryTimeStamp: this.recoveryTimeStamp,
            upFunctionFeatures: this.features,
          },
        };
      case "PFCP Session Establishment Request": {
        const cp = message.cpFSeid.seid;
        const refused = this.refuses.establishment;
        if (refused !== undefined) {
          return { message: { is: "PFCP Session Establishment Response", nodeId, cause: refused }, seid: cp };
        }
        const up = seid(BigInt(0x5000 + this.#next));
        const asked = message.createPdr[0]?.pdi.localFTeid;
        const made = asked?.is === "fTeid" ? asked : fTeidAt(teid(0x1000 + this.#next), ip("10.100.0.8"));
        this.#next++;
        this.sessions.set(up, { establishment: message, modifications: [] });
        return {
          message: {
            is: "PFCP Session Establishment Response",
            nodeId,
            cause: Cause.requestAccepted,
            upFSeid: { seid: up, ...inFamily(ip(upfAddress)) },
            ...(asked?.is === "choose" && { createdPdr: [{ pdrId: 1, localFTeid: made }] }),
          },
          seid: cp,
        };
      }
      case "PFCP Session Modification Request": {
        const session = header.seid === undefined ? undefined : this.sessions.get(header.seid);
        const cause = session === undefined ? Cause.sessionContextNotFound : (this.refuses.modification ?? Cause.requestAccepted);
        session?.modifications.push(message);
        return { message: { is: "PFCP Session Modification Response", cause }, seid: session?.establishment.cpFSeid.seid };
      }
      case "PFCP Session Deletion Request": {
        const session = header.seid === undefined ? undefined : this.sessions.get(header.seid);
        const cause = session === undefined ? Cause.sessionContextNotFound : (this.refuses.deletion ?? Cause.requestAccepted);
        if (header.seid !== undefined && cause === Cause.requestAccepted) this.sessions.delete(header.seid);
        return { message: { is: "PFCP Session Deletion Response", cause }, seid: session?.establishment.cpFSeid.seid };
      }
      default:
        return undefined;
    }
  }
}

export interface Told {
  readonly pduSessionId: number;
  readonly n1: Message5gsm | undefined;
  readonly n2: { readonly type: string; readonly octets: Uint8Array } | undefined;
  readonly body: N1N2MessageTransferReqData;
}

export interface TwinOptions {
  readonly form?: TwinForm;
  readonly config?: Partial<SmfConfig>;
  readonly subscription?: Partial<DnnConfiguration>;
  readonly store?: MemoryStore;
  /** Whether there is a PCF (yes). */
  readonly pcf?: boolean;
  /** Whether the UPF answers (yes). */
  readonly upf?: boolean;
  readonly seed?: number;
}

export const gnbTunnel = { teid: 0x0a0b0c0d, address: "10.100.0.20" };
export const setupResponse = (tunnel = gnbTunnel, failed: readonly number[] = []): Uint8Array =>
  encodeType("PDUSessionResourceSetupResponseTransfer", {
    dLQosFlowPerTNLInformation: {
      uPTransportLayerInformation: {
        choice: "gTPTunnel",
        value: {
          transportLayerAddress: { bits: Uint8Array.from(tunnel.address.split("."), Number), length: 32 },
          gTPTEID: Uint8Array.of(tunnel.teid >>> 24, tunnel.teid >>> 16, tunnel.teid >>> 8, tunnel.teid),
        },
      },
      associatedQosFlowList: [{ qosFlowIdentifier: 1 }],
    },
    ...(failed.length > 0 && {
      qosFlowFailedToSetupList: failed.map((qosFlowIdentifier) => ({
        qosFlowIdentifier,
        cause: { choice: "radioNetwork", value: "radio-resources-not-available" } as const,
      })),
    }),
  });
export const setupFailure = (): Uint8Array =>
  encodeType("PDUSessionResourceSetupUnsuccessfulTransfer", { cause: { choice: "radioNetwork", value: "radio-resources-not-available" } });

type Created = Answer<SmContextCreatedData, SmContextCreateError>;

/** An SMF among functions that do what a test says. */
export class SmfTwin {
  readonly sbi: SbiTwin;
  readonly network: MemoryNetwork;
  readonly upf = new UpfTwin();
  store: MemoryStore;
  readonly options: TwinOptions;
  readonly smData: SessionManagementSubscriptionData[];
  /** What the AMF was given for phone and gNB. */
  readonly told: Told[] = [];
  readonly statuses: SmContextStatusNotification[] = [];
  readonly registrations = new Map<number, SmfRegistration>();
  readonly policies = new Map<string, SmPolicyContextData>();
  /** Set by a test: what other functions answer instead. */
  udmAnswer: Refused | undefined;
  uecmAnswer: Refused | undefined;
  pcfAnswer: Refused | undefined;
  pcfDecision: SmPolicyDecision | undefined;
  amfAnswers: Refused[] = [];
  transferCause = "N1_N2_TRANSFER_INITIATED";
  /** How the gNB and phone take what they are told. */
  gnb: "answers" | "refuses" | "silent" = "answers";
  phone: "completes" | "silent" = "completes";
  readonly refs = new Map<number, string>();
  smf!: RunningSmf;
  #amf!: Face<typeof Nsmf_PDUSession>;
  #world: ReturnType<SbiTwin["join"]> | undefined;
  #udp!: ReturnType<MemoryNetwork["udp"]>;

  constructor(options: TwinOptions) {
    this.options = options;
    this.sbi = sbiTwin({ form: options.form ?? "wire", seed: options.seed ?? 1 });
    this.network = new MemoryNetwork(this.sbi.clock);
    this.store = options.store ?? memoryStore();
    const configuration = subscription(options.subscription);
    this.smData = [
      { singleNssai: { sst: 1, sd: "000001" }, dnnConfigurations: { internet: configuration } },
      { singleNssai: { sst: 1 }, dnnConfigurations: { ims: configuration } },
    ];
  }

  get clock() {
    return this.sbi.clock;
  }

  async start(): Promise<this> {
    if (this.options.upf ?? true) await this.upf.start(this.network, this.sbi);
    this.#functions();
    await this.startSmf();
    return this;
  }

  /** The process, perhaps another one over what the last left. */
  async startSmf(): Promise<void> {
    const named = [
      { service: "nudm-sdm", apiRoot: apiRoot(at.udm) },
      { service: "nudm-uecm", apiRoot: apiRoot(at.udm) },
      { service: "namf-comm", apiRoot: apiRoot(at.amf) },
      ...((this.options.pcf ?? true) ? [{ service: "npcf-smpolicycontrol", apiRoot: apiRoot(at.pcf) }] : []),
    ];
    const world = this.sbi.join("SMF", at.smf, { named });
    this.#world = world;
    this.#udp = this.network.udp();
    const tape = { record: (entry: (typeof this.sbi.tape)[number]) => void this.sbi.tape.push(entry) };
    this.smf = await this.clock.until(
      startSmf({ ...config, ...this.options.config }, { ...world, store: this.store, tape, n4: this.#udp }),
    );
  }

  /** The process dies: what was not committed is gone. Another one begins with what is left. */
  async restart(): Promise<void> {
    const left = this.store.survivor();
    this.#world?.[Symbol.dispose](); // nobody hears what it says at its end
    this.network.cut(smfAddress);
    const dying = this.smf;
    await this.clock.until((async () => dying[Symbol.asyncDispose]())());
    this.network.mend(smfAddress);
    this.store = left;
    await this.startSmf();
  }

  #functions(): void {
    const udm = this.sbi.join("UDM", at.udm);
    udm.sbi.produce(Nudm_SDM, {
      getSmData: ({ "single-nssai": wanted }) => {
        const found = this.smData.filter(({ singleNssai: s }) => s.sst === wanted?.sst && s.sd === wanted.sd);
        return this.udmAnswer ?? (found.length > 0 ? answer(found) : refuse(404, "DATA_NOT_FOUND"));
      },
    });
    udm.sbi.produce(Nudm_UECM, {
      registerSmf: ({ pduSessionId, body }) => {
        if (this.uecmAnswer) return this.uecmAnswer;
        this.registrations.set(Number(pduSessionId), body);
        return created(body, "/nudm-uecm/v1/x");
      },
      deregisterSmf: ({ pduSessionId }) =>
        this.registrations.delete(Number(pduSessionId)) ? noContent() : refuse(404, "CONTEXT_NOT_FOUND"),
    });
    const pcf = this.sbi.join("PCF", at.pcf);
    let policies = 0;
    pcf.sbi.produce(Npcf_SMPolicyControl, {
      create: ({ body }) => {
        if (this.pcfAnswer) return this.pcfAnswer;
        const id = `policy-${++policies}`;
        this.policies.set(id, body);
        return created(this.pcfDecision ?? {}, `${apiRoot(at.pcf)}/npcf-smpolicycontrol/v1/sm-policies/${id}`);
      },
      delete: ({ smPolicyId }) => (this.policies.delete(smPolicyId) ? noContent() : refuse(404, "POLICY_CONTEXT_NOT_FOUND")),
    });
    const amf = this.sbi.join("AMF", at.amf);
    this.#amf = amf.sbi.consume(Nsmf_PDUSession, apiRoot(at.smf));
    amf.sbi.produce(Namf_Communication, {
      n1n2MessageTransfer: ({ body }) => {
        const refused = this.amfAnswers.shift();
        if (refused) return refused;
        this.#hear(body);
        return answer({ cause: this.transferCause });
      },
    });
    amf.sbi.callback(Nsmf_PDUSession_Callback, "/namf-callback/v1/smcontexts/{supi}/{pduSessionId}", {
      smContextStatusNotify: ({ body }) => {
        this.statuses.push(body);
        return noContent();
      },
    });
  }

  #hear(body: N1N2MessageTransferReqData): void {
    const octets = body.n1MessageContainer?.n1MessageContent;
    const content = body.n2InfoContainer?.smInfo?.n2InfoContent;
    this.take(body.pduSessionId ?? 0, octets, content && { type: `${content.ngapIeType}`, octets: content.ngapData }, body);
  }

  /** Phone and gNB do what they are set to; also with what came back in an answer. */
  take(pduSessionId: number, octets: Uint8Array | undefined, n2: Told["n2"], body: N1N2MessageTransferReqData = {}): void {
    const n1 = octets && read(octets);
    this.told.push({ pduSessionId, n1, n2, body });
    if (n2?.type === "PDU_RES_SETUP_REQ" && this.gnb !== "silent") {
      const [n2SmInfoType, n2SmInfo] =
        this.gnb === "answers" ? (["PDU_RES_SETUP_RSP", setupResponse()] as const) : (["PDU_RES_SETUP_FAIL", setupFailure()] as const);
      this.#later(pduSessionId, () => ({ n2SmInfo, n2SmInfoType }));
    }
    if (n2?.type === "PDU_RES_REL_CMD" && this.gnb !== "silent") {
      const n2SmInfo = encodeType("PDUSessionResourceReleaseResponseTransfer", {});
      this.#later(pduSessionId, () => ({ n2SmInfo, n2SmInfoType: "PDU_RES_REL_RSP" }));
    }
    if (n1?.is === "PDU session release command" && this.phone === "completes") {
      const n1SmMsg = encodeNas(PduSessionReleaseComplete({ pduSessionId, pti: n1.pti }));
      this.#later(pduSessionId, () => ({ n1SmMsg }));
    }
  }

  /** The AMF knows where to send it when it has its 201. */
  #later(pduSessionId: number, body: () => Parameters<Face<typeof Nsmf_PDUSession>["updateSmContext"]>[0]["body"]): void {
    const send = (): void => {
      if (this.refs.has(pduSessionId)) this.update(pduSessionId, body()).catch(unreachable);
      else this.clock.after(5, send);
    };
    this.clock.soon(send);
  }

  body(more: Partial<SmContextCreateData> = {}): SmContextCreateData {
    const pduSessionId = more.pduSessionId ?? 1;
    return {
      supi,
      pei: "imeisv-4370816125816151",
      pduSessionId,
      dnn: "internet",
      sNssai: { sst: 1, sd: "000001" },
      servingNfId: "00000000-0000-4000-8000-00000000000a",
      servingNetwork: { mcc: "001", mnc: "01" },
      requestType: "INITIAL_REQUEST",
      anType: "3GPP_ACCESS",
      ratType: "NR",
      smContextStatusUri: `${apiRoot(at.amf)}/namf-callback/v1/smcontexts/${supi}/${pduSessionId}`,
      n1SmMsg: request({ pduSessionId }),
      ...more,
    };
  }

  /** CreateSMContext, and all that follows without time passing by itself. */
  async create(more: Partial<SmContextCreateData> = {}): Promise<Created> {
    const body = this.body(more);
    const given = await this.clock.until(
      this.#amf.createSmContext({ body }).then((made) => {
        if (made.ok) this.refs.set(body.pduSessionId ?? 0, made.location?.split("/").at(-1) ?? "");
        return made;
      }),
    );
    await this.settle();
    return given;
  }

  /** CreateSMContext without waiting for what comes of it. */
  begin(more: Partial<SmContextCreateData> = {}): Promise<unknown> {
    const body = this.body(more);
    return this.#amf.createSmContext({ body }).then(
      (made) => {
        if (made.ok) this.refs.set(body.pduSessionId ?? 0, made.location?.split("/").at(-1) ?? "");
      },
      () => {},
    );
  }

  async settle(): Promise<void> {
    if (this.options.form === "contrary") await this.clock.advance(2_000);
    else await this.clock.advance(50);
  }

  async update(pduSessionId: number, body: Parameters<Face<typeof Nsmf_PDUSession>["updateSmContext"]>[0]["body"]) {
    const given = await this.#amf.updateSmContext({ smContextRef: this.refs.get(pduSessionId) ?? "none", body });
    if (given.ok && given.value !== undefined) {
      const { n1SmMsg, n2SmInfo, n2SmInfoType } = given.value;
      if (n1SmMsg !== undefined || n2SmInfo !== undefined) {
        this.take(pduSessionId, n1SmMsg, n2SmInfo && { type: `${n2SmInfoType}`, octets: n2SmInfo });
      }
    }
    return given;
  }

  async updated(pduSessionId: number, body: Parameters<SmfTwin["update"]>[1]) {
    const given = await this.clock.until(this.update(pduSessionId, body));
    await this.settle();
    return given;
  }

  async released(pduSessionId: number) {
    const given = await this.clock.until(this.#amf.releaseSmContext({ smContextRef: this.refs.get(pduSessionId) ?? "none" }));
    await this.settle();
    return given;
  }

  releaseRequest = (pduSessionId = 1, pti = 7): Uint8Array =>
    encodeNas(PduSessionReleaseRequest({ pduSessionId, pti, cause: Cause5gsm.regularDeactivation }));

  /** Everything that a session takes, and where it should be when it is gone. */
  async holdings() {
    const state = this.smf.state();
    return {
      sessions: state.sessions.length,
      leftovers: state.leftovers,
      addresses: Object.values(state.addresses).reduce((a, b) => a + b, 0),
      rows: (await this.store.all("smf.session")).length,
      upf: this.upf.sessions.size,
      policies: this.policies.size,
      registrations: this.registrations.size,
    };
  }
}

export const nothing = { sessions: 0, leftovers: 0, addresses: 0, rows: 0, upf: 0, policies: 0, registrations: 0 };

export const smfTwin = (options: TwinOptions = {}): Promise<SmfTwin> => new SmfTwin(options).start();

export function request(more: Partial<Parameters<typeof PduSessionEstablishmentRequest>[0]> = {}): Uint8Array {
  return encodeNas(
    PduSessionEstablishmentRequest({
      pduSessionId: 1,
      pti: 5,
      integrityProtectionMaximumDataRate: { uplink: "Full data rate", downlink: "Full data rate" },
      pduSessionType: "IPv4",
      sscMode: 1,
      ...more,
    }),
  );
}

export function read(octets: Uint8Array): Message5gsm {
  const decoded = decodeNas(octets, { receiver: "UE" });
  if (!decoded.ok) throw new Error(decoded.error.detail);
  return decoded.value as Message5gsm;
}

export function transferOf(octets: Uint8Array) {
  const decoded = decodeType("PDUSessionResourceSetupRequestTransfer", octets);
  if (!decoded.ok) throw new Error(decoded.error.detail);
  return decoded.value;
}

export { hex };

function unreachable(error: unknown): void {
  if (!(error instanceof SbiTransportError)) throw error;
}
