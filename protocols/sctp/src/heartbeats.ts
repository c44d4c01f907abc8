import { equal } from "@freehold/wire";
import type { Association } from "./association.ts";
import { ChunkType, ParameterType } from "./codes.ts";
import { chunk, typed, u16 } from "./packet.ts";
import type { Path } from "./path.ts";
import { Timer } from "./timer.ts";

/** Path heartbeats (§8.3), which also confirm the addresses that a peer only listed (§5.4). */
export class Heartbeats {
  readonly #a: Association;
  readonly #timers: { readonly path: Path; readonly timer: Timer }[] = [];

  constructor(association: Association) {
    this.#a = association;
  }

  start(): void {
    const { clock } = this.#a.around.world;
    for (const path of this.#a.paths) {
      if (this.#timers.some((t) => t.path === path)) continue;
      const timer = new Timer(clock, () => this.#due(path, timer));
      this.#timers.push({ path, timer });
      if (path.confirmed) timer.start(this.#period(path));
      else this.#probe(path, timer);
    }
  }

  /** HB.interval + RTO, the RTO moved by up to half each way so that many associations do not beat in step. */
  #period(path: Path): number {
    const jitter = u16(this.#a.around.world.random(2), 0) / 65_536 - 0.5;
    return this.#a.around.options.heartbeatInterval + path.rto * (1 + jitter);
  }

  #due(path: Path, timer: Timer): void {
    const { options, world } = this.#a.around;
    if (path.probe !== undefined) {
      path.probe = undefined;
      path.backOff();
      this.#a.failed(path, "no HEARTBEAT ACK");
      if (this.#a.over) return;
      const hopeless = !path.confirmed && path.errors > options.pathMaxRetrans;
      if (path.confirmed || hopeless) return timer.start(this.#period(path));
    }
    const idle = world.clock.now() - path.lastUsed >= options.heartbeatInterval;
    if (idle || path !== this.#a.path) this.#probe(path, timer);
    else timer.start(this.#period(path));
  }

  #probe(path: Path, timer: Timer): void {
    const a = this.#a;
    path.probe = { nonce: a.around.world.random(8), at: a.around.world.clock.now() };
    a.sendNow(path, a.peerTag, chunk(ChunkType.HEARTBEAT, 0, typed(ParameterType.heartbeatInfo, path.probe.nonce)));
    timer.start(path.rto);
  }

  /** HEARTBEAT (§3.3.5): its information goes back as it came, to where it came from. */
  answer(packet: Uint8Array, at: number, end: number, from: Path): void {
    const a = this.#a;
    if (a.peerTag === 0 || a.state === "COOKIE-WAIT") return;
    a.sendNow(from, a.peerTag, chunk(ChunkType.HEARTBEAT_ACK, 0, packet.subarray(at + 4, end)));
  }

  /** HEARTBEAT ACK (§3.3.6): it must carry the nonce that is out. */
  acknowledged(packet: Uint8Array, at: number, end: number): void {
    if (end - at < 8 + 8) return;
    const nonce = packet.subarray(at + 8, at + 16);
    for (const { path, timer } of this.#timers) {
      if (path.probe === undefined || !equal(path.probe.nonce, nonce)) continue;
      path.measured(this.#a.around.world.clock.now() - path.probe.at);
      path.probe = undefined;
      path.confirmed = true;
      this.#a.fine(path);
      timer.start(this.#period(path));
      return;
    }
  }

  close(): void {
    for (const { timer } of this.#timers) timer.close();
  }
}
