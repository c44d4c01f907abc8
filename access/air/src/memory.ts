import type { Clock } from "@freehold/runtime";
import { decodeMessage, encodeMessage } from "./codec.ts";
import type { AirMessage, SystemInformation } from "./messages.ts";
import type { AirLink, AirPort, Camp, Cell } from "./ports.ts";

/** One end of a link between two ends in the same process; messages still pass through the codec, so that both ends share nothing. */
class Half implements AirLink {
  onMessage: AirLink["onMessage"] = () => {};
  onData: AirLink["onData"] = () => {};
  onEnd: AirLink["onEnd"] = () => {};
  peer!: Half;
  #ended = false;
  readonly #clock: Clock;
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  send(message: AirMessage): void {
    if (this.#ended) return;
    const bytes = encodeMessage(message);
    this.#clock.after(0, () => {
      if (this.peer.#ended) return;
      const read = decodeMessage(bytes);
      if (read.ok) this.peer.onMessage(read.value);
    });
  }

  sendData(pduSessionId: number, qfi: number, packet: Uint8Array): void {
    if (this.#ended) return;
    const copy = packet.slice();
    this.#clock.after(0, () => {
      if (!this.peer.#ended) this.peer.onData(pduSessionId, qfi, copy);
    });
  }

  end(why: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.onEnd(why);
    this.#clock.after(0, () => this.peer.end(why));
  }
}

interface Tower {
  readonly information: SystemInformation;
  readonly onLink: (link: AirLink) => void;
  readonly camps: Set<MemoryCamp>;
  readonly links: Set<Half>;
}

class MemoryCamp implements Camp {
  readonly cell: SystemInformation;
  onPaging: Camp["onPaging"] = () => {};
  onLost: Camp["onLost"] = () => {};
  readonly #tower: Tower;
  readonly #clock: Clock;
  constructor(tower: Tower, clock: Clock) {
    this.cell = tower.information;
    this.#tower = tower;
    this.#clock = clock;
  }

  open(): AirLink {
    const phone = new Half(this.#clock);
    const gnb = new Half(this.#clock);
    phone.peer = gnb;
    gnb.peer = phone;
    this.#tower.links.add(gnb);
    this.#tower.onLink(gnb);
    return phone;
  }

  async leave(): Promise<void> {
    this.#tower.camps.delete(this);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }
}

/** The air inside one process: cells by name, nothing lost, delivery on the next turn of the clock. */
export function memoryAir(clock: Clock): AirPort {
  const towers = new Map<string, Tower>();
  return {
    async broadcast(where, information, onLink): Promise<Cell> {
      if (towers.has(where)) throw new Error(`a cell is already on the air at ${where}`);
      const tower: Tower = { information, onLink, camps: new Set(), links: new Set() };
      towers.set(where, tower);
      const close = async (): Promise<void> => {
        if (towers.get(where) !== tower) return;
        towers.delete(where);
        for (const link of tower.links) link.end("the cell went off the air");
        for (const camp of tower.camps) camp.onLost();
      };
      return {
        information,
        page(sTmsi) {
          for (const camp of tower.camps) clock.after(0, () => camp.onPaging(sTmsi));
        },
        close,
        [Symbol.asyncDispose]: close,
      };
    },
    async camp(where) {
      const tower = towers.get(where);
      if (tower === undefined) throw new Error(`no cell on the air at ${where}`);
      const camp = new MemoryCamp(tower, clock);
      tower.camps.add(camp);
      return camp;
    },
  };
}
