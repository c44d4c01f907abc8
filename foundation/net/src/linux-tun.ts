import { configureLink, Tun } from "@freehold/linux";
import { type Log, silentLog } from "@freehold/runtime";
import { portError } from "./address.ts";
import type { TunDevice, TunPort } from "./ports.ts";

/** Packets taken in one turn before others have theirs. */
const perTurn = 128;

/** TUN devices of the kernel, in the network namespace of the thread that opens them. Close them before a worker ends. */
export function linuxTun({ log = silentLog }: { log?: Log } = {}): TunPort {
  return {
    async open({ name, addresses, routes = [], mtu }) {
      try {
        const tun = Tun.open(name);
        try {
          configureLink({ link: name, addresses, routes, mtu });
          return new LinuxTunDevice(tun, log);
        } catch (error) {
          await tun.close();
          throw error;
        }
      } catch (error) {
        throw portError(`TUN ${name}`, error);
      }
    },
  };
}

class LinuxTunDevice implements TunDevice {
  readonly name: string;
  onPacket: (packet: Uint8Array) => void = () => {};
  readonly #tun: Tun;

  constructor(tun: Tun, log: Log) {
    this.name = tun.name;
    this.#tun = tun;
    const fault = (error: unknown): void => log.error("a packet was not taken", { device: tun.name, error });
    tun.watch(() => {
      for (let i = 0; i < perTurn; i++) {
        const length = tun.read();
        if (length === 0) return;
        try {
          this.onPacket(tun.octets.slice(0, length));
        } catch (error) {
          fault(error);
        }
      }
    }, fault);
  }

  write(packet: Uint8Array): void {
    this.#tun.write(packet);
  }

  close(): Promise<void> {
    return this.#tun.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
