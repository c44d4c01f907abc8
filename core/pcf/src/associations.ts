import type { Random } from "@freehold/runtime";
import { toHex } from "@freehold/wire";

/** Policy associations by a random id, bounded: the oldest goes when there are too many, so that a consumer that never deletes cannot fill the memory. */
export class Associations<T> {
  readonly #entries = new Map<string, T>();
  readonly #random: Random;
  readonly #most: number;

  constructor(random: Random, most: number) {
    this.#random = random;
    this.#most = most;
  }

  add(value: T): string {
    const [oldest] = this.#entries.keys();
    if (this.#entries.size >= this.#most && oldest !== undefined) this.#entries.delete(oldest);
    const id = toHex(this.#random(12));
    this.#entries.set(id, value);
    return id;
  }

  get(id: string): T | undefined {
    return this.#entries.get(id);
  }

  set(id: string, value: T): void {
    if (this.#entries.has(id)) this.#entries.set(id, value);
  }

  remove(id: string): boolean {
    return this.#entries.delete(id);
  }
}
