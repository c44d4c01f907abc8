import { c, LinuxError, memory, must, plain } from "./libc.ts";
import { READABLE, Watch } from "./loop.ts";

const TUNSETIFF = 0x400454ca;
const IFF_TUN = 0x0001;
const IFF_NO_PI = 0x1000;
const O_RDWR = 0o2;
const O_OURS = 0o4000 | 0o2000000; // O_NONBLOCK | O_CLOEXEC
const EINVAL = 22;

/** Names that the kernel takes and that need no quoting anywhere. */
export const interfaceName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/;

/** A TUN device: one IP packet a read, one a write. It is gone when closed. Needs CAP_NET_ADMIN in its namespace and /dev/net/tun. */
export class Tun {
  readonly name: string;
  /** Where `read` leaves the packet. */
  readonly octets: Uint8Array;
  readonly #buffer: Buffer;
  readonly #fd: number;
  #watch: Watch | undefined;
  #open = true;
  /** Packets that the kernel did not take. */
  refused = 0;

  private constructor(fd: number, name: string) {
    this.#fd = fd;
    this.name = name;
    this.#buffer = memory(65_536);
    this.octets = plain(this.#buffer);
  }

  /** Makes the device in the network namespace of this thread, down and without address. Throws `LinuxError`: EBUSY when the name is in use. */
  static open(name: string): Tun {
    if (!interfaceName.test(name)) throw new LinuxError(`TUN ${JSON.stringify(name)}`, EINVAL);
    const fd = must(c.open("/dev/net/tun", O_RDWR | O_OURS), "open /dev/net/tun");
    const request = memory(40); // struct ifreq: name 0, flags 16
    request.write(name, "latin1");
    request.writeUInt16LE(IFF_TUN | IFF_NO_PI, 16);
    try {
      must(c.ioctl(fd, TUNSETIFF, request), `TUNSETIFF ${name}`);
      return new Tun(fd, name);
    } catch (error) {
      c.close(fd);
      throw error;
    }
  }

  /** Calls `onReady` whenever packets wait; it calls `read` until 0. */
  watch(onReady: () => void, fault: (error: unknown) => void): void {
    this.#watch ??= new Watch(this.#fd, onReady, fault);
    this.#watch.want(READABLE);
  }

  /** Octets of the next packet, now at the start of `octets`; 0 when none waits. */
  read(): number {
    return this.#open ? Math.max(0, c.read(this.#fd, this.#buffer, this.#buffer.byteLength)) : 0;
  }

  /** Gives the kernel one packet; one that it does not take (no IP packet, device down, queue full) is lost and counted. */
  write(packet: Uint8Array): void {
    if (this.#open && c.write(this.#fd, packet, packet.byteLength) < 0) this.refused++;
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    const closed = this.#watch?.close();
    c.close(this.#fd);
    await closed;
  }
}
