import { type Fabric, sourceOf } from "./fabric.ts";
import type { Address, UdpPort, UdpSocket } from "./ports.ts";

/** Largest payload of a UDP datagram over IPv4. */
const largest = 65_507;

export class MemoryUdp implements UdpPort {
  readonly #fabric: Fabric;
  readonly #own: readonly string[];

  constructor(fabric: Fabric, own: readonly string[]) {
    this.#fabric = fabric;
    this.#own = own;
  }

  async bind(local: Address): Promise<UdpSocket> {
    return new MemoryUdpSocket(this.#fabric, this.#own, local);
  }
}

class MemoryUdpSocket implements UdpSocket {
  readonly local: Address;
  onDatagram: (data: Uint8Array, from: Address) => void = () => {};
  readonly #fabric: Fabric;
  readonly #source: (to: string) => string;
  #open = true;

  constructor(fabric: Fabric, own: readonly string[], local: Address) {
    this.#fabric = fabric;
    this.local = { host: local.host, port: fabric.bind("udp", own, [local.host], local.port, this) };
    this.#source = (to) => sourceOf(own, to, local.host);
  }

  send(data: Uint8Array, to: Address): void {
    const from = { host: this.#source(to.host), port: this.local.port };
    if (!this.#open || data.length > largest || !this.#fabric.reaches(from.host, to.host)) return;
    for (let times = this.#fabric.arrivals({ kind: "udp", from: from.host, to: to.host, data }); times > 0; times--) {
      const copy = data.slice();
      this.#fabric.later(() => {
        const there = this.#fabric.at<MemoryUdpSocket>("udp", to);
        if (this.#fabric.reaches(from.host, to.host)) there?.onDatagram(copy, from);
      });
    }
  }

  async close(): Promise<void> {
    if (this.#open) this.#fabric.unbind("udp", [this.local.host], this.local.port);
    this.#open = false;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
