// A relay of ours between a carrier and the network: loses, doubles and delays packets as asked, lets a test look, hold and forge.
import type { IpPort, IpSocket, UdpPort, UdpSocket } from "@freehold/net";
import type { World } from "@freehold/runtime";
import type { PipePacket, PipeQuality } from "../../src/index.ts";

/** What a test does to the packets between a stranger and us. `MemoryPipes` is one, `Relay` another. */
export interface Wire {
  quality: PipeQuality;
  /** Sees every packet sent and says whether it may go on. */
  pass: (packet: PipePacket) => boolean;
  /** Sends a packet as if `from` had. */
  inject(packet: PipePacket): void;
}

/** Stands in front of one raw or UDP socket of ours: what the network brings passes through it, and what we send. */
export class Relay implements Wire {
  quality: PipeQuality = {};
  pass: (packet: PipePacket) => boolean = () => true;
  readonly #world: Pick<World, "clock" | "random">;
  #toNetwork: (packet: Uint8Array, to: string) => void = () => {};
  #toUs: (packet: Uint8Array, from: string) => void = () => {};
  readonly #us: string;

  constructor(world: Pick<World, "clock" | "random">, us: string) {
    this.#world = world;
    this.#us = us;
  }

  inject({ from, to, packet }: PipePacket): void {
    if (from === this.#us) this.#toNetwork(packet, to);
    else this.#toUs(packet, from);
  }

  #through(sent: PipePacket, deliver: () => void): void {
    if (!this.pass(sent)) return;
    const { loss = 0, duplication = 0, delay = 0, jitter = 0 } = this.quality;
    if (this.#happens(loss)) return;
    for (let copies = this.#happens(duplication) ? 2 : 1; copies > 0; copies--) {
      const time = delay + (jitter > 0 ? jitter * this.#chance() : 0);
      if (time > 0) this.#world.clock.after(time, deliver);
      else deliver();
    }
  }

  #happens(chance: number): boolean {
    return chance > 0 && this.#chance() < chance;
  }

  #chance(): number {
    const [a, b, c] = this.#world.random(3);
    return ((a! << 16) | (b! << 8) | c!) / 0x1000000;
  }

  ip(port: IpPort): IpPort {
    return {
      open: async (options) => {
        const socket = await port.open(options);
        const relayed: IpSocket = {
          addresses: socket.addresses,
          onPacket: () => {},
          send: (packet, to) => this.#through({ from: this.#us, to, packet }, () => socket.send(packet, to, this.#us)),
          close: () => socket.close(),
          [Symbol.asyncDispose]: () => socket.close(),
        };
        this.#toNetwork = (packet, to) => socket.send(packet, to, this.#us);
        this.#toUs = (packet, from) => relayed.onPacket(packet, from, this.#us);
        socket.onPacket = (packet, from) => this.#through({ from, to: this.#us, packet }, () => relayed.onPacket(packet, from, this.#us));
        return relayed;
      },
    };
  }

  udp(port: UdpPort, encapsulationPort: number): UdpPort {
    return {
      bind: async (local) => {
        const socket = await port.bind(local);
        const relayed: UdpSocket = {
          local: socket.local,
          onDatagram: () => {},
          send: (packet, to) => this.#through({ from: this.#us, to: to.host, packet }, () => socket.send(packet, to)),
          close: () => socket.close(),
          [Symbol.asyncDispose]: () => socket.close(),
        };
        this.#toNetwork = (packet, host) => socket.send(packet, { host, port: encapsulationPort });
        this.#toUs = (packet, host) => relayed.onDatagram(packet, { host, port: encapsulationPort });
        socket.onDatagram = (packet, from) =>
          this.#through({ from: from.host, to: this.#us, packet }, () => relayed.onDatagram(packet, from));
        return relayed;
      },
    };
  }
}
