import { LinuxError, UdpBatch, type UdpBatchOptions } from "@freehold/linux";
import { type Log, silentLog } from "@freehold/runtime";
import { familyOf, portError, showAddress } from "./address.ts";
import { type Address, PortError, type UdpPort, type UdpSocket } from "./ports.ts";

/** Batches taken in one turn before others have theirs. */
const perTurn = 4;

/** A batch for signalling and small user planes: a socket's slots take 2 MB, of which the kernel gives what is used. */
const usual = { batch: 16, buffer: 4 << 20 } as const;

/**
 * UDP by recvmmsg and sendmmsg: what is sent in one turn of the event loop leaves in one system call, and receiving makes no buffer of 64 kB
 * for each datagram as node:dgram does. Close its sockets before a worker ends.
 */
export function batchUdp({ log = silentLog, ...options }: UdpBatchOptions & { log?: Log } = {}): UdpPort {
  return {
    async bind(local) {
      familyOf(local.host);
      try {
        return new BatchUdpSocket(UdpBatch.bind(local, { ...usual, ...options }), log); // the only place where this binding opens a socket
      } catch (error) {
        const what = `bind UDP ${showAddress(local)}`;
        // The error's own text repeats call and address.
        throw error instanceof LinuxError ? new PortError(error.code, `${what}: ${error.code}`, { cause: error }) : portError(what, error);
      }
    },
  };
}

class BatchUdpSocket implements UdpSocket {
  readonly local: Address;
  onDatagram: (data: Uint8Array, from: Address) => void = () => {};
  readonly #batch: UdpBatch;
  readonly #log: Log;
  #flushing = false;
  #open = true;

  constructor(batch: UdpBatch, log: Log) {
    this.#batch = batch;
    this.#log = log;
    this.local = batch.local;
    const fault = (error: unknown): void => log.error("UDP socket", { address: showAddress(this.local), error });
    batch.watch(() => this.#receive(), fault);
  }

  #receive(): void {
    const batch = this.#batch;
    for (let turn = 0; turn < perTurn; turn++) {
      const count = batch.receive();
      for (let i = 0; i < count; i++) {
        if (batch.isTruncated(i)) continue;
        const start = i * batch.size;
        const from = { host: batch.hostOf(i), port: batch.portOf(i) };
        try {
          this.onDatagram(batch.octets.slice(start, start + batch.lengthOf(i)), from);
        } catch (error) {
          this.#log.error("a datagram was not taken", { address: showAddress(this.local), from: showAddress(from), error });
        }
      }
      if (count < batch.slots) return; // all that waited; what came since is told again
    }
  }

  send(data: Uint8Array, to: Address): void {
    if (!this.#open) return;
    this.#batch.put(data, to.host, to.port);
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      this.#batch.flush();
    });
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#batch.flush();
    await this.#batch.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
