import type { Clock } from "@freehold/runtime";
import { Fabric, type MemoryOptions, type Passing } from "./fabric.ts";
import { MemoryHttp2 } from "./memory-http2.ts";
import { MemoryIp } from "./memory-ip.ts";
import { MemorySctp } from "./memory-sctp.ts";
import { MemoryTun } from "./memory-tun.ts";
import { MemoryUdp } from "./memory-udp.ts";
import type { Http2Port, IpPort, SctpPort, UdpPort } from "./ports.ts";

/**
 * The twins of all ports: a network inside the process. Nothing is delivered synchronously; order is kept; octets are copied at the door.
 * `hosts` are the addresses of the machine whose sockets they are: binding another is EADDRNOTAVAIL, the first of a family is the usual source.
 * Without them any address goes.
 */
export class MemoryNetwork {
  readonly #fabric: Fabric;

  constructor(clock: Clock, options: MemoryOptions = {}) {
    this.#fabric = new Fabric(clock, options);
  }

  udp(...hosts: readonly string[]): UdpPort {
    return new MemoryUdp(this.#fabric, hosts);
  }

  http2(...hosts: readonly string[]): Http2Port {
    return new MemoryHttp2(this.#fabric, hosts);
  }

  sctp(...hosts: readonly string[]): SctpPort {
    return new MemorySctp(this.#fabric, hosts);
  }

  rawIp(...hosts: readonly string[]): IpPort {
    return new MemoryIp(this.#fabric, hosts);
  }

  tun(): MemoryTun {
    return new MemoryTun(this.#fabric);
  }

  /** Pulls the host's cable: datagrams are lost, SCTP associations end as "lost", requests reject, until `mend`. */
  cut(host: string): void {
    this.#fabric.cut(host);
  }

  mend(host: string): void {
    this.#fabric.mend(host);
  }

  /** How often each datagram arrives, from now on. */
  set arrivals(arrivals: (passing: Passing) => number) {
    this.#fabric.arrivals = arrivals;
  }
}
