/** Replays a stranger's uplink into a core of ours and lays our downlink beside the stranger's. */
import { Milenage } from "@freehold/crypto";
import { ngapPlmnFromOctets, type Plmn, Secret, type SNssai, splitImsi, supi } from "@freehold/model";
import { decode as decodeNas, type NasMessage } from "@freehold/nas";
import { decode, encode, type Message, numberOf, type Pdu } from "@freehold/ngap";
import { concat, equal, toHex } from "@freehold/wire";
import { isDownlink, nasOf, type Trace, type TracedPdu, type TracedPhone } from "./capture.ts";
import { type Difference, differences, identicalNas, nameOf } from "./compare.ts";
import { type LikeCore, type Likeness, n2, startLike } from "./core.ts";

/** What a trace does not say of its core, and what we choose otherwise. */
export interface Choices {
  readonly networkName?: { readonly full: string; readonly short: string };
  /** Slices that the core serves, where it does not say itself which. */
  readonly served?: readonly SNssai[];
  /** Subscribed slices, where they are not those that their core allows. */
  readonly subscribed?: readonly SNssai[];
}

export interface Replayed {
  readonly differences: readonly Difference[];
  /** Downlink NAS messages that are the same to the octet, MAC and all. */
  readonly identical: readonly string[];
  /** Log lines at warn and above, each once. */
  readonly warnings: readonly string[];
  /** Uplink NAS under integrity protection, and what our AMF made of it. */
  readonly protectedUplinks: readonly { readonly frame: number; readonly is: string; readonly verified: boolean }[];
  /** How each phone of the trace stands in our AMF at the end. */
  readonly phones: readonly { readonly supi: string; readonly rm: string | undefined; readonly sessions: readonly number[] }[];
  /** Frames whose octets changed by more than the AMF UE NGAP ID when they were written again. */
  readonly rewritten: readonly number[];
}

interface Ids {
  readonly amfUeNgapId?: number;
  readonly ranUeNgapId?: number;
}

/** Integrity was checked against the UE's context and failed, or there was no context to check it with. */
const notVerified = /not verified/;

export async function replay(trace: Trace, choices: Choices = {}): Promise<Replayed> {
  await using core = await startLike(likenessOf(trace, choices));
  return await new Replay(trace, core).run();
}

class Replay {
  readonly #trace: Trace;
  readonly #core: LikeCore;
  /** Our downlink, in order, and which of it has been laid beside theirs. */
  readonly #ours: { readonly pdu: Pdu; paired: boolean }[] = [];
  /** Our AMF UE NGAP ID by the gNB's id of the UE. */
  readonly #ids = new Map<number, number>();
  readonly #differences: Difference[] = [];
  readonly #identical: string[] = [];
  readonly #protected: Replayed["protectedUplinks"][number][] = [];
  readonly #rewritten: number[] = [];
  readonly #seen = new Map<string, number>();

  constructor(trace: Trace, core: LikeCore) {
    this.#trace = trace;
    this.#core = core;
  }

  async run(): Promise<Replayed> {
    const { clock, net, amf, lines } = this.#core;
    const association = await clock.until(net.sctp("127.0.0.9").connect({ remote: n2 }));
    association.onMessage = ({ data }) => this.#hear(data);
    for (const traced of this.#trace.pdus) {
      if (isDownlink(traced.pdu)) await this.#expect(traced.pdu);
      else {
        const before = lines.length;
        association.send({ stream: (traced.pdu.ies as Ids).ranUeNgapId === undefined ? 0 : 1, ppid: 60, data: this.#readdressed(traced) });
        await clock.settle();
        const refused = lines.slice(before).some(({ event }) => notVerified.test(event));
        for (const { is, secured } of nasOf(traced.pdu)) {
          if (secured !== undefined) this.#protected.push({ frame: traced.frame, is, verified: !refused });
        }
      }
    }
    await clock.settle();
    for (const { pdu, paired } of this.#ours) {
      if (!paired) this.#differences.push({ in: "sequence", ie: nameOf(pdu), theirs: "absent", ours: "sent" });
    }
    return {
      differences: this.#differences,
      identical: this.#identical,
      warnings: [...new Set(lines.filter(({ level }) => level === "warn" || level === "error").map(({ event }) => event))],
      protectedUplinks: this.#protected,
      phones: this.#trace.phones.map(({ supi }) => {
        const context = amf.amf.ues.bySupi(supi)?.context;
        return { supi, rm: context?.access["3GPP_ACCESS"].rm, sessions: Object.keys(context?.sessions ?? {}).map(Number) };
      }),
      rewritten: this.#rewritten,
    };
  }

  #hear(data: Uint8Array): void {
    const read = decode(data);
    if (!read.ok) throw new Error(`our own downlink does not read: ${toHex(data)}`);
    this.#ours.push({ pdu: read.value, paired: false });
    const { amfUeNgapId, ranUeNgapId } = read.value.ies as Ids;
    if (amfUeNgapId !== undefined && ranUeNgapId !== undefined) this.#ids.set(ranUeNgapId, amfUeNgapId);
  }

  /** The gNB's message with our AMF UE NGAP ID in the place of theirs: decoded, one value changed, encoded. */
  #readdressed({ frame, bytes, pdu }: TracedPdu): Uint8Array {
    const { amfUeNgapId, ranUeNgapId } = pdu.ies as Ids;
    if (amfUeNgapId === undefined || ranUeNgapId === undefined) return bytes;
    if (!equal(encode(pdu), bytes)) this.#rewritten.push(frame);
    const ours = this.#ids.get(ranUeNgapId);
    if (ours === undefined) throw new Error(`frame ${frame}: our AMF has not answered UE ${ranUeNgapId}`);
    return encode({ ...pdu, ies: { ...pdu.ies, amfUeNgapId: ours } } as Message);
  }

  /** Waits for our counterpart of a downlink of theirs: as long as a peer would, on the virtual clock. */
  async #expect(theirs: Pdu): Promise<void> {
    const { ranUeNgapId } = theirs.ies as Ids;
    const name = nameOf(theirs);
    const find = () =>
      this.#ours.find(({ pdu, paired }) => !paired && nameOf(pdu) === name && (pdu.ies as Ids).ranUeNgapId === ranUeNgapId);
    for (let waited = 0; find() === undefined && waited < 20; waited++) await this.#core.clock.advance(50);
    const counterpart = find();
    if (counterpart === undefined) {
      this.#differences.push({ in: "sequence", ie: name, theirs: "sent", ours: "absent" });
      return;
    }
    counterpart.paired = true;
    this.#identical.push(...identicalNas(theirs, counterpart.pdu));
    const nth = (this.#seen.get(name) ?? 0) + 1;
    this.#seen.set(name, nth);
    for (const found of differences(theirs, counterpart.pdu)) {
      this.#differences.push(nth === 1 ? found : { ...found, in: `${found.in} (${nth})` });
    }
  }
}

const before = (sqn: number): number => (Math.floor(sqn / 32) - 1) * 32 + ((sqn + 31) % 32);

/** The configuration, the subscribers and the randomness that the stranger's core had, read from its own messages. */
function likenessOf(trace: Trace, choices: Choices): Likeness {
  const only = <N extends Pdu["is"]>(is: N): Pdu<N> | undefined => trace.pdus.find(({ pdu }) => pdu.is === is)?.pdu as Pdu<N> | undefined;
  const setup = only("NGSetupResponse")?.ies;
  const guami = setup?.servedGUAMIList?.[0]?.gUAMI;
  if (setup === undefined || guami === undefined) throw new Error(`${trace.name} has no NG SETUP RESPONSE`);
  const downlinks = trace.pdus.filter(({ pdu }) => isDownlink(pdu));
  const nas = downlinks.flatMap(({ frame, pdu }) =>
    nasOf(pdu).map((carried) => ({ ...carried, frame, ran: (pdu.ies as Ids).ranUeNgapId })),
  );
  const challenges = nas.flatMap(({ message, frame, ran }) =>
    message?.is === "Authentication request" && message.rand !== undefined && message.autn !== undefined
      ? [{ rand: message.rand, autn: message.autn, frame, ran }]
      : [],
  );
  const accepts = nas.flatMap(({ message }) => (message?.is === "Registration accept" ? [message] : []));
  const command = nas.find(({ message }) => message?.is === "Security mode command")?.message;
  const [accept] = accepts;
  const plmns = (setup.plmnSupportList ?? []).map(({ pLMNIdentity, sliceSupportList }) => ({
    plmn: plmnOf(pLMNIdentity),
    slices:
      choices.served ??
      sliceSupportList.map(({ sNSSAI }) => ({ sst: sNSSAI.sST[0]!, ...(sNSSAI.sD === undefined ? {} : { sd: toHex(sNSSAI.sD) }) })),
  }));
  const session = sessionOf(nas.flatMap(({ message }) => (message === undefined ? [] : [message])));
  const dnn = trace.pdus.flatMap(({ pdu }) => nasOf(pdu)).find(({ message }) => message?.is === "UL NAS transport")?.message;
  const dataNetwork = {
    dnn: (dnn?.is === "UL NAS transport" ? dnn.dnn : undefined) ?? "internet",
    pool: `${session.address.split(".").slice(0, 2).join(".")}.0.0/16`,
    dns: session.dns,
    mtu: 1_400,
  };
  const bitRate = downlinks
    .map(({ pdu }) => ("ueAggregateMaximumBitRate" in pdu.ies ? pdu.ies.ueAggregateMaximumBitRate : undefined))
    .find((value) => value !== undefined);
  const ueAmbr = {
    uplink: Number(bitRate?.uEAggregateMaximumBitRateUL ?? 1e9),
    downlink: Number(bitRate?.uEAggregateMaximumBitRateDL ?? 1e9),
  };
  const dnns = [{ dnn: dataNetwork.dnn, type: "IPV4", ambr: session.ambr, fiveQi: session.fiveQi } as const];
  const subscriber = (phone: TracedPhone): Likeness["subscribers"][number] => {
    const { ran } = challenges.find(({ frame }) => frame === phone.authRequestFrame)!;
    const first = challenges.find((c) => c.ran === ran)!;
    const verdict = new Milenage(Secret.fromHex(phone.k), Secret.fromHex(phone.opc)).verifyAutn(first);
    if (!verdict.ok) throw new Error(`${trace.name}: ${phone.supi} is not the phone of frame ${first.frame}: ${verdict.why}`);
    const slices = choices.subscribed ?? accept?.allowedNssai ?? plmns[0]!.slices;
    return {
      supi: supi(phone.supi),
      k: Secret.fromHex(phone.k),
      opc: Secret.fromHex(phone.opc),
      amf: phone.amf,
      sqn: before(verdict.value.sqn),
      ueAmbr,
      slices: slices.map(({ sst, sd }) => ({ sst, ...(sd === undefined ? {} : { sd }), default: true, dnns })),
    };
  };
  const nitz = nitzOf(nas.flatMap(({ message }) => (message === undefined ? [] : [message])));
  return {
    amf: {
      name: setup.amfName ?? "",
      regionId: numberOf(guami.aMFRegionID),
      setId: numberOf(guami.aMFSetID),
      pointer: numberOf(guami.aMFPointer),
      relativeCapacity: setup.relativeAMFCapacity ?? 255,
      imsVoiceOverPs: accept?.networkFeatureSupport?.imsVops3gpp ?? false,
      t3512Seconds: seconds(accept?.t3512) ?? 3_240,
      t3502Seconds: seconds(accept?.t3502) ?? 720,
      networkName: choices.networkName,
      localTime: nitz && { zoneMinutes: nitz.zone, daylightSavingHours: nitz.daylightSaving },
    },
    wall: nitz?.wall,
    plmns,
    tacs: [],
    home: splitImsi(supi(trace.phones[0]!.supi), 2)?.home ?? plmns[0]!.plmn,
    nia: command?.is === "Security mode command" ? [command.selectedNasSecurityAlgorithms.integrity] : [2],
    dataNetwork,
    subscribers: trace.phones.map(subscriber),
    rands: challenges.map(({ rand }) => rand),
    tmsis: accepts.flatMap(({ guti }) => (guti?.is === "5G-GUTI" ? [fourOctets(guti.guti.tmsi)] : [])),
  };
}

/** What the stranger's SMF gave its first PDU session. */
function sessionOf(messages: readonly NasMessage[]) {
  const inner = messages.flatMap((m) => {
    const read = m.is === "DL NAS transport" ? decodeNas(m.payloadContainer) : undefined;
    return read?.ok && read.value.is === "PDU session establishment accept" ? [read.value] : [];
  })[0];
  const pco = inner?.extendedProtocolConfigurationOptions?.items ?? [];
  return {
    address: inner?.pduAddress?.ipv4 ?? "10.45.0.2",
    ambr: inner?.sessionAmbr ?? { uplink: 1e9, downlink: 1e9 },
    fiveQi: inner?.authorizedQosFlowDescriptions?.[0]?.fiveQi ?? 9,
    dns: pco.flatMap(({ id, octets }) => (id === dnsServerIpv4 && octets.length === 4 ? [octets.join(".")] : [])),
  };
}

/** The time that the stranger's AMF told. */
function nitzOf(
  messages: readonly NasMessage[],
): { readonly wall: number; readonly zone: number; readonly daylightSaving: number } | undefined {
  const command = messages.find((m) => m.is === "Configuration update command");
  const time = command?.is === "Configuration update command" ? command.universalTimeAndLocalTimeZone : undefined;
  if (command?.is !== "Configuration update command" || time === undefined) return undefined;
  const { year, month, day, hour, minute, second, zone } = time;
  return {
    wall: Date.UTC(2000 + year, month - 1, day, hour, minute, second),
    zone,
    daylightSaving: command.networkDaylightSavingTime ?? 0,
  };
}

/** Container identifier "DNS Server IPv4 Address", TS 24.008 §10.5.6.3. */
const dnsServerIpv4 = 0x000d;

function plmnOf(octets: Uint8Array): Plmn {
  const read = ngapPlmnFromOctets(octets);
  if (!read.ok) throw new Error(`${toHex(octets)} is no PLMN`);
  return read.value;
}

const seconds = (timer: number | string | undefined): number | undefined => (typeof timer === "number" ? timer : undefined);

const fourOctets = (n: number): Uint8Array => concat(Uint8Array.of(n >>> 24, n >>> 16, n >>> 8, n));
