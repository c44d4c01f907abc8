import { ngapPlmnOctets, type Plmn, type SNssai } from "@freehold/model";
import type { Address, SctpAssociation } from "@freehold/net";
import { bitsOf, decode, encode, type Message, type MessageName, type Pdu } from "@freehold/ngap";
import type { FiveGC } from "./five-gc.ts";

const tacOctets = (tac: number): Uint8Array => Uint8Array.of(tac >> 16, tac >> 8, tac);

export interface OddGnbOptions {
  readonly gnbId?: number;
  /** Length of the gNB ID in bits, 22 to 32; 22 unless given. */
  readonly idBits?: number;
  readonly name?: string;
  readonly plmn?: Plmn;
  readonly tac?: number;
  readonly slices?: readonly SNssai[];
  readonly host?: string;
  /** SCTP streams wanted, 4 unless given. */
  readonly streams?: number;
  /** Leave out NG Setup. */
  readonly setUp?: boolean;
  /** Answer to UE CONTEXT RELEASE COMMAND; true unless given. */
  readonly answersRelease?: boolean;
}

/** A gNB played by hand over one SCTP association: says what a scenario lets it say, in any order, and keeps what it hears. */
export class OddGnb {
  readonly association: SctpAssociation;
  readonly plmn: Plmn;
  readonly tac: number;
  readonly gnbId: number;
  readonly idBits: number;
  readonly name: string;
  readonly slices: readonly SNssai[];
  /** Everything heard, in order. */
  readonly heard: Pdu[] = [];
  /** How each of it came: stream and payload protocol identifier. */
  readonly carriage: { readonly stream: number; readonly ppid: number }[] = [];
  /** How the association ended, if it has. */
  ended: string | undefined;
  /** Takes a PDU before the scenario sees it: for phones, and for answers that are always the same. */
  readonly doors: ((pdu: Pdu) => void)[] = [];
  readonly #system: FiveGC;
  #read = 0;
  #waiting: { readonly is: string; readonly take: (pdu: Pdu) => void }[] = [];

  private constructor(system: FiveGC, association: SctpAssociation, options: OddGnbOptions) {
    const {
      plmn = { mcc: "001", mnc: "01" },
      tac = 1,
      gnbId = 0x777,
      idBits = 22,
      name = "odd",
      slices = [{ sst: 1 }],
      answersRelease = true,
    } = options;
    this.#system = system;
    this.association = association;
    this.plmn = plmn;
    this.tac = tac;
    this.gnbId = gnbId;
    this.idBits = idBits;
    this.name = name;
    this.slices = slices;
    association.onMessage = ({ data, stream, ppid }) => {
      const read = decode(data);
      if (!read.ok) throw new Error(`the AMF sent what does not decode: ${JSON.stringify(read.error)}`);
      this.carriage.push({ stream, ppid });
      this.#hear(read.value, answersRelease);
    };
    association.onEnd = (how) => {
      this.ended = how;
    };
  }

  static async connect(system: FiveGC, options: OddGnbOptions = {}): Promise<OddGnb> {
    const { addresses, port } = system.config.n2;
    const remote: Address = { host: addresses[0]!, port };
    const local: Address = { host: options.host ?? "127.1.9.9", port: 0 };
    const association = await system.until(system.network.sctp().connect({ local, remote, streams: options.streams ?? 4 }));
    const gnb = new OddGnb(system, association, options);
    if (options.setUp ?? true) {
      gnb.send(gnb.setupRequest());
      await gnb.next("NGSetupResponse");
    }
    return gnb;
  }

  #hear(pdu: Pdu, answersRelease: boolean): void {
    if (answersRelease && pdu.is === "UEContextReleaseCommand") {
      const { ueNgapIDs } = pdu.ies;
      if (ueNgapIDs.choice === "uE-NGAP-ID-pair") {
        const { aMFUENGAPID, rANUENGAPID } = ueNgapIDs.value;
        this.send({ is: "UEContextReleaseComplete", ies: { amfUeNgapId: aMFUENGAPID, ranUeNgapId: rANUENGAPID } });
      }
    }
    for (const door of this.doors) door(pdu);
    this.heard.push(pdu);
    const waiting = this.#waiting.find(({ is }) => is === pdu.is);
    if (waiting === undefined) return;
    this.#waiting = this.#waiting.filter((one) => one !== waiting);
    this.#read = this.heard.length;
    waiting.take(pdu);
  }

  send(pdu: Message, stream = 0): void {
    this.raw(encode(pdu), { stream });
  }

  /** Any octets. */
  raw(data: Uint8Array, { ppid = 60, stream = 0 }: { ppid?: number; stream?: number } = {}): void {
    this.association.send({ stream, ppid, data });
  }

  /** The next message of this name that was not looked at; time passes as it must. */
  next<N extends MessageName>(is: N): Promise<Pdu<N>> {
    const index = this.heard.findIndex((pdu, i) => i >= this.#read && pdu.is === is);
    if (index >= 0) {
      this.#read = index + 1;
      return Promise.resolve(this.heard[index] as Pdu<N>);
    }
    return this.#system.until(new Promise((resolve) => this.#waiting.push({ is, take: (pdu) => resolve(pdu as Pdu<N>) })));
  }

  /** Names of what was heard from index `from` on. */
  names(from = 0): string[] {
    return this.heard.slice(from).map(({ is }) => is);
  }

  get globalId() {
    return {
      choice: "globalGNB-ID",
      value: { pLMNIdentity: ngapPlmnOctets(this.plmn), gNBID: { choice: "gNB-ID", value: bitsOf(this.gnbId, this.idBits) } },
    } as const;
  }

  get supportedTas() {
    return [
      {
        tAC: tacOctets(this.tac),
        broadcastPLMNList: [
          {
            pLMNIdentity: ngapPlmnOctets(this.plmn),
            tAISliceSupportList: this.slices.map(({ sst }) => ({ sNSSAI: { sST: Uint8Array.of(sst) } })),
          },
        ],
      },
    ];
  }

  setupRequest(): Message<"NGSetupRequest"> {
    return {
      is: "NGSetupRequest",
      ies: { globalRANNodeID: this.globalId, ranNodeName: this.name, supportedTAList: this.supportedTas, defaultPagingDRX: "v128" },
    };
  }

  location(plmn = this.plmn) {
    return {
      choice: "userLocationInformationNR",
      value: {
        nRCGI: { pLMNIdentity: ngapPlmnOctets(plmn), nRCellIdentity: bitsOf(this.gnbId * 2 ** (36 - this.idBits) + 1, 36) },
        tAI: { pLMNIdentity: ngapPlmnOctets(plmn), tAC: tacOctets(this.tac) },
      },
    } as const;
  }

  initialUeMessage(ranUeNgapId: number, nasPdu: Uint8Array, plmn = this.plmn): Message<"InitialUEMessage"> {
    return {
      is: "InitialUEMessage",
      ies: {
        ranUeNgapId,
        nasPdu,
        userLocationInformation: this.location(plmn),
        rrcEstablishmentCause: "mo-Signalling",
        ueContextRequest: "requested",
      },
    };
  }

  uplinkNas(amfUeNgapId: number, ranUeNgapId: number, nasPdu: Uint8Array): Message<"UplinkNASTransport"> {
    return { is: "UplinkNASTransport", ies: { amfUeNgapId, ranUeNgapId, nasPdu, userLocationInformation: this.location() } };
  }
}
