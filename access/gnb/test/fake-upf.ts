import { GtpuHeader, gtpuPort, MessageType, writeGpdu } from "@freehold/gtpu";
import type { Address, UdpPort, UdpSocket } from "@freehold/net";

/** A UPF of one packet: what comes up a tunnel goes to `onUplink`, what `downlink` is given goes down one. */
export class FakeUpf {
  readonly host: string;
  readonly #socket: UdpSocket;
  readonly received: {
    readonly bytes: Uint8Array;
    readonly teid: number;
    readonly type: number;
    readonly qfi: number;
    readonly pduType: number;
  }[] = [];
  onUplink: (packet: Uint8Array, teid: number) => void = () => {};

  private constructor(host: string, socket: UdpSocket) {
    this.host = host;
    this.#socket = socket;
    const header = new GtpuHeader();
    socket.onDatagram = (bytes) => {
      if (header.parse(bytes) !== 0) throw new Error("the gNB sent what is no GTP-U");
      const { teid, type, qfi, pduType, payload, end } = header;
      this.received.push({ bytes, teid, type, qfi, pduType });
      if (type === MessageType.gPdu) this.onUplink(bytes.slice(payload, end), teid);
    };
  }

  static async start(udp: UdpPort, host: string): Promise<FakeUpf> {
    return new FakeUpf(host, await udp.bind({ host, port: gtpuPort }));
  }

  raw(bytes: Uint8Array, host: string): void {
    this.#socket.send(bytes, { host, port: gtpuPort } satisfies Address);
  }

  downlink(to: { host: string; teid: number }, qfi: number, packet: Uint8Array): void {
    const into = new Uint8Array(packet.length + 16);
    writeGpdu(into, to.teid, qfi, packet);
    this.raw(into, to.host);
  }

  close(): Promise<void> {
    return this.#socket.close();
  }
}
