import type { Fabric } from "./fabric.ts";
import type { IpPort, IpSocket } from "./ports.ts";

export class MemoryIp implements IpPort {
  readonly #fabric: Fabric;
  readonly #own: readonly string[];

  constructor(fabric: Fabric, own: readonly string[]) {
    this.#fabric = fabric;
    this.#own = own;
  }

  async open({ protocol, addresses }: { protocol: number; addresses: readonly string[] }): Promise<IpSocket> {
    return new MemoryIpSocket(this.#fabric, this.#own, protocol, addresses);
  }
}

class MemoryIpSocket implements IpSocket {
  readonly addresses: readonly string[];
  onPacket: (payload: Uint8Array, from: string, to: string) => void = () => {};
  readonly #fabric: Fabric;
  readonly #protocol: number;
  #open = true;

  constructor(fabric: Fabric, own: readonly string[], protocol: number, addresses: readonly string[]) {
    this.#fabric = fabric;
    this.#protocol = protocol;
    this.addresses = [...addresses];
    fabric.bind("ip", own, addresses, protocol, this);
  }

  send(payload: Uint8Array, to: string, from?: string): void {
    const source = from ?? this.addresses.find((address) => address.includes(":") === to.includes(":"));
    if (!this.#open || source === undefined || !this.#fabric.reaches(source, to)) return;
    for (let times = this.#fabric.arrivals({ kind: "ip", from: source, to, data: payload }); times > 0; times--) {
      const copy = payload.slice();
      this.#fabric.later(() => {
        const there = this.#fabric.at<MemoryIpSocket>("ip", { host: to, port: this.#protocol });
        if (this.#fabric.reaches(source, to)) there?.onPacket(copy, source, to);
      });
    }
  }

  async close(): Promise<void> {
    if (this.#open) this.#fabric.unbind("ip", this.addresses, this.#protocol);
    this.#open = false;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
