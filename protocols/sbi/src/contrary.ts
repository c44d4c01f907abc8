import type { Clock, Random } from "@freehold/runtime";
import { SbiTransportError } from "./answer.ts";
import type { Carrier } from "./carrier.ts";

/** How often, from 0 to 1, and how long. */
export interface Contrariness {
  readonly random: Random;
  readonly clock: Clock;
  /** Longest delay before and after a call, in ms (20): calls that do not wait for each other change places. */
  readonly delay?: number;
  /** A call that is sent twice with the same idempotency key (0.2). */
  readonly repeat?: number;
  /** A call that acted but whose answer is lost, where the caller may retry it: GET, PUT, DELETE (0.1). Never twice in a row for one resource. */
  readonly lose?: number;
}

/** A carrier that does what a bad network may: it delays, reorders, repeats, and loses answers. Wrap it round `local` in its wire form. */
export function contrary(inner: Carrier, { random, clock, delay = 20, repeat = 0.2, lose = 0.1 }: Contrariness): Carrier {
  const chance = (): number => (random(1)[0] ?? 0) / 256;
  const wait = (signal: AbortSignal): Promise<void> => clock.sleep(Math.ceil(chance() * delay), signal);
  const lost = new Set<string>();
  return {
    async call(out) {
      const { op, base, input, signal } = out;
      await wait(signal);
      const first = inner.call(out);
      if (op.method !== "PATCH" && chance() < repeat) {
        // Both are under way at once; the repeat of a DELETE finds nothing, so the first answer counts.
        const again = inner.call(out).catch(() => undefined);
        const [answer] = await Promise.all([first, again]);
        await wait(signal);
        return answer;
      }
      const answer = await first;
      await wait(signal);
      const resource = `${op.method} ${base}${op.path} ${JSON.stringify(input)}`;
      if (["GET", "PUT", "DELETE"].includes(op.method) && !lost.delete(resource) && chance() < lose) {
        lost.add(resource);
        throw new SbiTransportError(op.name, "the answer was lost (contrary)");
      }
      return answer;
    },
  };
}
