import { PortError, type SctpPort } from "@freehold/net";
import type { World } from "@freehold/runtime";
import type { CarrierSocket } from "../carrier.ts";
import type { SctpOptions } from "../options.ts";
import { SctpStack } from "../stack.ts";

/** How a pipe treats packets. Chances are 0 to 1, times milliseconds of the world's clock. */
export interface PipeQuality {
  /** Time on the way. 0: the next microtask. */
  readonly delay?: number;
  /** Up to this much more, evenly spread: packets overtake each other. */
  readonly jitter?: number;
  readonly loss?: number;
  readonly duplication?: number;
}

export interface PipePacket {
  readonly from: string;
  readonly to: string;
  readonly packet: Uint8Array;
}

/** IP inside the process: hosts by address, packets that get lost, doubled and delayed as asked, always in the same way for the same world. */
export class MemoryPipes {
  quality: PipeQuality;
  /** Sees every packet sent and says whether it may go on; for tests that lose one in particular, and for captures. */
  pass: (packet: PipePacket) => boolean = () => true;
  readonly #world: Pick<World, "clock" | "random">;
  readonly #hosts = new Map<string, CarrierSocket>();
  #next = 1;

  constructor(world: Pick<World, "clock" | "random">, quality: PipeQuality = {}) {
    this.#world = world;
    this.quality = quality;
  }

  /** Takes the address `host`, or a free one. */
  attach(host?: string): CarrierSocket {
    let taken = host;
    while (taken === undefined || (host === undefined && this.#hosts.has(taken))) taken = `10.255.0.${this.#next++}`;
    if (this.#hosts.has(taken)) throw new PortError("EADDRINUSE", `memory: ${taken} is taken`);
    const socket: CarrierSocket = {
      host: taken,
      onPacket: () => {},
      send: (packet, to) => this.inject({ from: socket.host, to, packet }),
      close: async () => {
        if (this.#hosts.get(socket.host) === socket) this.#hosts.delete(socket.host);
      },
    };
    this.#hosts.set(taken, socket);
    return socket;
  }

  /** Sends a packet as if `from` had. */
  inject(sent: PipePacket): void {
    if (!this.pass(sent)) return;
    const { loss = 0, duplication = 0, delay = 0, jitter = 0 } = this.quality;
    if (this.#happens(loss)) return;
    for (let copies = this.#happens(duplication) ? 2 : 1; copies > 0; copies--) {
      const packet = sent.packet.slice();
      const arrive = () => this.#hosts.get(sent.to)?.onPacket(packet, sent.from, 0);
      const time = delay + (jitter > 0 ? jitter * this.#chance() : 0);
      if (time > 0) this.#world.clock.after(time, arrive);
      else queueMicrotask(arrive);
    }
  }

  #happens(chance: number): boolean {
    return chance > 0 && this.#chance() < chance;
  }

  #chance(): number {
    const [a, b, c] = this.#world.random(3);
    return ((a! << 16) | (b! << 8) | c!) / 0x1000000;
  }
}

/** SCTP between stacks of one process, every packet of it; for tests, and as the reference that the other carriers are compared with. */
export function sctpOverMemory(pipes: MemoryPipes, world: World, options: Partial<SctpOptions> = {}): SctpPort {
  return new SctpStack(
    {
      backend: "memory",
      shared: false,
      connectsFromOwnSocket: false,
      packetSize: 1_460,
      remoteUdpPort: 0,
      open: async (host) => pipes.attach(host),
    },
    world,
    options,
  );
}
