import type { Fabric } from "./fabric.ts";
import { PortError, type TunDevice, type TunPort } from "./ports.ts";

export interface TunSettings {
  readonly name: string;
  readonly addresses: readonly string[];
  readonly routes?: readonly string[];
  readonly mtu: number;
}

/** TUN devices without a kernel. The test, or a responder of our own, plays what lies behind them. */
export class MemoryTun implements TunPort {
  /** The kernel's side: what a device wrote. */
  onWritten: (name: string, packet: Uint8Array) => void = () => {};
  readonly #fabric: Fabric;
  readonly #devices = new Map<string, { readonly settings: TunSettings; readonly device: TunDevice }>();

  constructor(fabric: Fabric) {
    this.#fabric = fabric;
  }

  /** What the open devices were opened with. */
  get opened(): readonly TunSettings[] {
    return [...this.#devices.values()].map(({ settings }) => settings);
  }

  async open(settings: TunSettings): Promise<TunDevice> {
    const { name, mtu } = settings;
    if (this.#devices.has(name)) throw new PortError("EBUSY", `TUN ${name}: in use`);
    if (name.length === 0 || name.length > 15) throw new PortError("EINVAL", `TUN ${JSON.stringify(name)}: a name has 1 to 15 characters`);
    const close = async (): Promise<void> => {
      if (this.#devices.get(name)?.device === device) this.#devices.delete(name);
    };
    const device: TunDevice = {
      name,
      onPacket: () => {},
      write: (packet) => {
        if (this.#devices.get(name)?.device !== device || packet.length > mtu) return;
        const copy = packet.slice();
        this.#fabric.later(() => this.onWritten(name, copy));
      },
      close,
      [Symbol.asyncDispose]: close,
    };
    this.#devices.set(name, { settings, device });
    return device;
  }

  /** A packet that the kernel routes into the device; one longer than the MTU or for a device that is not open is lost. */
  inject(name: string, packet: Uint8Array): void {
    const copy = packet.slice();
    this.#fabric.later(() => {
      const there = this.#devices.get(name);
      if (there !== undefined && copy.length <= there.settings.mtu) there.device.onPacket(copy);
    });
  }
}
