import {
  decode as decodeGtpu,
  echoResponse,
  errorIndication,
  GtpuHeader,
  gpduHeader,
  gtpuPort,
  HeaderVerdict,
  MessageType,
  PduType,
  supportedExtensionHeadersNotification,
  writeGpdu,
} from "@freehold/gtpu";
import { ip, ipFromOctets, ipOctets } from "@freehold/model";
import type { Address, UdpSocket } from "@freehold/net";
import { UniqueIds } from "@freehold/runtime";
import { equal } from "@freehold/wire";
import type { CheckedConfig, GnbWorld } from "./config.ts";
import type { Refusals } from "./refusals.ts";
import type { SessionResource, UeConnection } from "./ue-connection.ts";

/** Error Indications sent per second at most: an answer must not multiply a flood. */
const errorIndicationsPerSecond = 10;

/** The user plane: tunnels of GTP-U on one side, bearers on the air on the other. */
export class N3 {
  readonly #config: CheckedConfig;
  readonly #world: GnbWorld;
  readonly #refusals: Refusals;
  readonly #socket: UdpSocket;
  readonly #teids: UniqueIds;
  readonly #tunnels = new Map<number, { readonly ue: UeConnection; readonly session: SessionResource }>();
  readonly #header = new GtpuHeader();
  #second = 0;
  #sentThisSecond = 0;

  private constructor(config: CheckedConfig, world: GnbWorld, refusals: Refusals, socket: UdpSocket) {
    this.#config = config;
    this.#world = world;
    this.#refusals = refusals;
    this.#socket = socket;
    this.#teids = new UniqueIds(world.random);
    socket.onDatagram = (data, from) => this.#receive(data, from);
  }

  static async bind(config: CheckedConfig, world: GnbWorld, refusals: Refusals): Promise<N3> {
    const { host, port = gtpuPort } = config.n3;
    return new N3(config, world, refusals, await world.udp.bind({ host, port }));
  }

  get local(): Address {
    return this.#socket.local;
  }

  /** 4 or 6: which of two addresses of a UPF we can reach. */
  get family(): 4 | 6 {
    return this.#config.n3.host.includes(":") ? 6 : 4;
  }

  takeTeid(): number | undefined {
    return this.#teids.take();
  }

  open(ue: UeConnection, session: SessionResource): void {
    this.#tunnels.set(session.downlinkTeid, { ue, session });
  }

  close(session: SessionResource): void {
    this.#tunnels.delete(session.downlinkTeid);
    this.#teids.release(session.downlinkTeid);
  }

  /** A packet from the phone: into the tunnel of its session, with an uplink PDU Session Container. */
  uplink(ue: UeConnection, pduSessionId: number, qfi: number, packet: Uint8Array): void {
    const session = ue.sessions.get(pduSessionId);
    if (session === undefined) return this.#refusals.count("uplink packet without bearer", { pduSessionId });
    if (!session.qfis.has(qfi)) return this.#refusals.count("unknown QFI", { direction: "uplink", pduSessionId, qfi });
    if (packet.length > 65_000) return this.#refusals.count("uplink packet without bearer", { pduSessionId, octets: packet.length });
    const octets = new Uint8Array(gpduHeader + packet.length);
    writeGpdu(octets, session.uplink.teid, qfi, packet, PduType.uplink);
    session.packets.uplink++;
    ue.active();
    this.#send(octets, { host: session.uplink.host, port: this.#config.upfPort }, "G-PDU");
  }

  #send(octets: Uint8Array, to: Address, message: string): void {
    this.#record(octets, this.local, to, message, "gNB", "UPF");
    this.#socket.send(octets, to);
  }

  #record(bytes: Uint8Array, src: Address, dst: Address, message: string, from: string, to: string): void {
    if (!this.#config.record) return;
    this.#world.tape.record({
      at: this.#world.clock.now(),
      interface: "N3",
      from,
      to,
      message,
      bytes,
      carriage: { kind: "udp", src, dst },
    });
  }

  #receive(data: Uint8Array, from: Address): void {
    const header = this.#header;
    const verdict = header.parse(data);
    if (verdict === HeaderVerdict.unsupportedExtension) {
      this.#refusals.count("G-PDU malformed", { extension: header.unsupported, from: from.host });
      return this.#send(supportedExtensionHeadersNotification(0), from, "Supported Extension Headers Notification");
    }
    if (verdict !== HeaderVerdict.ok) return this.#refusals.count("G-PDU malformed", { verdict, from: from.host });
    switch (header.type) {
      case MessageType.gPdu:
        this.#record(data, from, this.local, "G-PDU", "UPF", "gNB");
        return this.#downlink(data, from);
      case MessageType.echoRequest:
        this.#record(data, from, this.local, "Echo Request", "UPF", "gNB");
        return this.#send(echoResponse(Math.max(header.sequenceNumber, 0)), from, "Echo Response");
      case MessageType.errorIndication:
        this.#record(data, from, this.local, "Error Indication", "UPF", "gNB");
        return this.#refusedByUpf(data);
      case MessageType.endMarker:
        return this.#record(data, from, this.local, "End Marker", "UPF", "gNB");
      default:
        return this.#record(data, from, this.local, `GTP-U message ${header.type}`, "UPF", "gNB");
    }
  }

  #downlink(data: Uint8Array, from: Address): void {
    const { teid, pduType, qfi, payload, end } = this.#header;
    const tunnel = this.#tunnels.get(teid);
    if (tunnel === undefined) {
      this.#refusals.count("unknown TEID", { teid, from: from.host });
      return this.#indicateError(teid, from);
    }
    const { ue, session } = tunnel;
    if (pduType !== PduType.downlink) return this.#refusals.count("no PDU session container", { teid, pduType, from: from.host });
    if (!session.qfis.has(qfi)) return this.#refusals.count("unknown QFI", { direction: "downlink", teid, qfi, from: from.host });
    session.packets.downlink++;
    ue.active();
    ue.link.sendData(session.id, qfi, data.subarray(payload, end));
  }

  #indicateError(teid: number, to: Address): void {
    const second = Math.floor(this.#world.clock.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#sentThisSecond = 0;
    }
    if (this.#sentThisSecond++ >= errorIndicationsPerSecond) return;
    this.#send(
      errorIndication(teid, ipOctets(ip(this.#config.n3.host))),
      { host: to.host, port: this.#config.upfPort },
      "Error Indication",
    );
  }

  /** The UPF does not know our uplink tunnel: counted, and said with whose it was. */
  #refusedByUpf(data: Uint8Array): void {
    const read = decodeGtpu(data);
    if (!read.ok || read.value.is !== "Error Indication") return this.#refusals.count("G-PDU malformed", { message: "Error Indication" });
    const { teidDataI, peerAddress } = read.value;
    const host = ipFromOctets(peerAddress);
    const found = [...this.#tunnels.values()].find(
      ({ session }) => session.uplink.teid === teidDataI && equal(ipOctets(ip(session.uplink.host)), peerAddress),
    );
    this.#refusals.count("tunnel refused by the UPF", {
      teid: teidDataI,
      upf: host.ok ? host.value : undefined,
      pduSessionId: found?.session.id,
      ranUeNgapId: found?.ue.ranUeNgapId,
    });
  }

  async shut(): Promise<void> {
    this.#tunnels.clear();
    await this.#socket.close();
  }
}
