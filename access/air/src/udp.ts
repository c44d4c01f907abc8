import type { Address, UdpPort, UdpSocket } from "@freehold/net";
import type { Cancel, World } from "@freehold/runtime";
import {
  type AirFrame,
  decodeInformation,
  decodeMessage,
  encodeInformation,
  encodeMessage,
  Frame,
  readFrame,
  writeFrame,
} from "./codec.ts";
import type { AirMessage, SystemInformation } from "./messages.ts";
import type { AirLink, AirPort, Camp, Cell } from "./ports.ts";

/** Retransmission of signalling frames, and how many go unanswered before the radio link has failed. */
const resendMs = 200;
const maxTries = 10;
/** A camped phone searches again this often, so that the cell can page it and both notice a loss. */
const beaconMs = 1_000;
const lostAfterBeacons = 5;

/** One end of a radio link over datagrams: numbered messages, cumulative acks, resent until acknowledged. */
class UdpLink implements AirLink {
  onMessage: AirLink["onMessage"] = () => {};
  onData: AirLink["onData"] = () => {};
  onEnd: AirLink["onEnd"] = () => {};
  readonly #id: number;
  readonly #transmit: (frame: Uint8Array) => void;
  readonly #world: World;
  readonly #gone: () => void;
  #sent = 0;
  #received = 0;
  #waiting: { number: number; frame: Uint8Array }[] = [];
  #early = new Map<number, Uint8Array>();
  #tries = 0;
  #timer: Cancel | undefined;
  #ended = false;

  constructor(id: number, world: World, transmit: (frame: Uint8Array) => void, gone: () => void) {
    this.#id = id;
    this.#world = world;
    this.#transmit = transmit;
    this.#gone = gone;
  }

  send(message: AirMessage): void {
    if (this.#ended) return;
    const frame = writeFrame(Frame.message, this.#id, { number: ++this.#sent, body: encodeMessage(message) });
    this.#waiting.push({ number: this.#sent, frame });
    this.#transmit(frame);
    this.#arm();
  }

  sendData(pduSessionId: number, qfi: number, packet: Uint8Array): void {
    if (!this.#ended) this.#transmit(writeFrame(Frame.data, this.#id, { pduSessionId, qfi, body: packet }));
  }

  end(why: string): void {
    if (this.#ended) return;
    // What was said last (a Release, a Deregistration accept) is said once more: nobody will acknowledge it now.
    for (const { frame } of this.#waiting) this.#transmit(frame);
    this.#transmit(writeFrame(Frame.end, this.#id, {}));
    this.#finish(why);
  }

  #finish(why: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#timer?.();
    this.#gone();
    this.onEnd(why);
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#ended) return;
    this.#timer = this.#world.clock.after(resendMs, () => {
      this.#timer = undefined;
      if (this.#ended || this.#waiting.length === 0) return;
      if (++this.#tries >= maxTries) return this.#finish("radio link failure: nothing acknowledged");
      for (const { frame } of this.#waiting.slice(0, 32)) this.#transmit(frame);
      this.#arm();
    });
  }

  hear(frame: AirFrame): void {
    if (this.#ended) return;
    if (frame.kind === Frame.data) return this.onData(frame.pduSessionId, frame.qfi, frame.body);
    if (frame.kind === Frame.end) return this.#finish("the other side ended the radio link");
    if (frame.kind === Frame.ack) {
      const before = this.#waiting.length;
      this.#waiting = this.#waiting.filter((w) => w.number > frame.number);
      if (this.#waiting.length < before) this.#tries = 0;
      return;
    }
    if (frame.kind !== Frame.message) return;
    if (frame.number > this.#received && frame.number <= this.#received + 256) this.#early.set(frame.number, frame.body);
    const due: Uint8Array[] = [];
    for (let body = this.#early.get(this.#received + 1); body !== undefined; body = this.#early.get(this.#received + 1)) {
      this.#early.delete(++this.#received);
      due.push(body);
    }
    this.#transmit(writeFrame(Frame.ack, this.#id, { number: this.#received }));
    for (const body of due) {
      const read = decodeMessage(body);
      if (read.ok) this.onMessage(read.value);
      else this.#world.log.warn("air: a message that does not read", { error: read.error.detail });
    }
  }
}

/** Address and port of a cell: `127.0.0.9:4997`. */
export const cellAddress = (where: string): Address => {
  const colon = where.lastIndexOf(":");
  return { host: where.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(where.slice(colon + 1)) };
};
const text = (a: Address): string => `${a.host}:${a.port}`;

/** The air over UDP: the gNB's cell listens at an address, phones in other processes camp on it. One socket serves all links of a side. */
export function udpAir(udp: UdpPort, world: World, own: { host: string } = { host: "127.0.0.1" }): AirPort {
  const newLinkId = (): number => {
    const [a, b, c, d] = world.random(4);
    return ((a! << 24) | (b! << 16) | (c! << 8) | d!) >>> 0;
  };
  return {
    broadcast: (where, information, onLink) => broadcast(udp, world, cellAddress(where), information, onLink),
    async camp(where, patienceMs = 3_000) {
      const to = cellAddress(where);
      const socket = await udp.bind({ host: own.host, port: 0 });
      return await UdpCamp.find(socket, world, to, patienceMs, newLinkId);
    },
  };
}

async function broadcast(
  udp: UdpPort,
  world: World,
  at: Address,
  information: SystemInformation,
  onLink: (link: AirLink) => void,
): Promise<Cell> {
  const socket = await udp.bind(at);
  const links = new Map<string, UdpLink>();
  /** Phones that camp: those that searched within the last few beacons. */
  const camped = new Map<string, { to: Address; at: number }>();
  socket.onDatagram = (data, from) => {
    const read = readFrame(data);
    if (!read.ok) return;
    const frame = read.value;
    if (frame.kind === Frame.search) {
      if (camped.size < 65_536 || camped.has(text(from))) camped.set(text(from), { to: from, at: world.clock.now() });
      return socket.send(writeFrame(Frame.information, frame.link, { body: encodeInformation(information) }), from);
    }
    const key = `${text(from)}/${frame.link}`;
    let link = links.get(key);
    // Only a first message makes a link: what is left of an old one is answered with its end.
    if (link === undefined && frame.kind === Frame.message && frame.number === 1 && links.size < 65_536) {
      link = new UdpLink(
        frame.link,
        world,
        (f) => socket.send(f, from),
        () => links.delete(key),
      );
      links.set(key, link);
      onLink(link);
    }
    if (link !== undefined) link.hear(frame);
    else if (frame.kind !== Frame.end && frame.kind !== Frame.ack) socket.send(writeFrame(Frame.end, frame.link, {}), from);
  };
  const close = async (): Promise<void> => {
    for (const link of links.values()) link.end("the cell went off the air");
    await socket.close();
  };
  return {
    information,
    page(sTmsi) {
      const frame = writeFrame(Frame.broadcast, 0, { body: encodeMessage({ is: "Paging", sTmsi }) });
      const oldest = world.clock.now() - lostAfterBeacons * beaconMs;
      for (const [key, phone] of camped) {
        if (phone.at < oldest) camped.delete(key);
        else socket.send(frame, phone.to);
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

class UdpCamp implements Camp {
  cell: SystemInformation;
  onPaging: Camp["onPaging"] = () => {};
  onLost: Camp["onLost"] = () => {};
  readonly #socket: UdpSocket;
  readonly #world: World;
  readonly #to: Address;
  readonly #newLinkId: () => number;
  readonly #links = new Map<number, UdpLink>();
  #missed = 0;
  #beacon: Cancel | undefined;
  #left = false;

  private constructor(socket: UdpSocket, world: World, to: Address, cell: SystemInformation, newLinkId: () => number) {
    this.#socket = socket;
    this.#world = world;
    this.#to = to;
    this.cell = cell;
    this.#newLinkId = newLinkId;
    socket.onDatagram = (data) => this.#hear(data);
    this.#search();
  }

  static async find(socket: UdpSocket, world: World, to: Address, patienceMs: number, newLinkId: () => number): Promise<UdpCamp> {
    const search = writeFrame(Frame.search, 0, {});
    const cell = await new Promise<SystemInformation | undefined>((resolve) => {
      let again: Cancel | undefined;
      const stop = world.clock.after(patienceMs, () => {
        again?.();
        resolve(undefined);
      });
      socket.onDatagram = (data) => {
        const frame = readFrame(data);
        const information = frame.ok && frame.value.kind === Frame.information ? decodeInformation(frame.value.body) : undefined;
        if (information?.ok !== true) return;
        stop();
        again?.();
        resolve(information.value);
      };
      const beat = (): void => {
        socket.send(search, to);
        again = world.clock.after(resendMs, beat);
      };
      beat();
    });
    if (cell === undefined) {
      await socket.close();
      throw new Error(`no cell on the air at ${text(to)}: is the gNB running there?`);
    }
    return new UdpCamp(socket, world, to, cell, newLinkId);
  }

  #search(): void {
    this.#socket.send(writeFrame(Frame.search, 0, {}), this.#to);
    this.#beacon = this.#world.clock.after(beaconMs, () => {
      if (this.#left) return;
      if (++this.#missed === lostAfterBeacons) this.onLost();
      this.#search();
    });
  }

  #hear(data: Uint8Array): void {
    const read = readFrame(data);
    if (!read.ok) return;
    const frame = read.value;
    if (frame.kind === Frame.information) {
      const information = decodeInformation(frame.body);
      if (information.ok) this.cell = information.value;
      this.#missed = 0;
    } else if (frame.kind === Frame.broadcast) {
      const message = decodeMessage(frame.body);
      if (message.ok && message.value.is === "Paging") this.onPaging(message.value.sTmsi);
    } else this.#links.get(frame.link)?.hear(frame);
  }

  open(): AirLink {
    const id = this.#newLinkId();
    const link = new UdpLink(
      id,
      this.#world,
      (f) => this.#socket.send(f, this.#to),
      () => this.#links.delete(id),
    );
    this.#links.set(id, link);
    return link;
  }

  async leave(): Promise<void> {
    if (this.#left) return;
    this.#left = true;
    this.#beacon?.();
    for (const link of this.#links.values()) link.end("the phone left the cell");
    await this.#socket.close();
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }
}
