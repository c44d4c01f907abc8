// Messages that tell their number, sent as fast as they are taken, and the check that each arrived once and in its turn.
import assert from "node:assert/strict";
import type { SctpAssociation } from "@freehold/net";
import { numbered, numberOf, type Watched } from "./compliance.ts";

/** Sends `count` messages on `streams` streams in turn; `rest` is awaited whenever the queue is full. */
export async function pump(
  from: SctpAssociation,
  count: number,
  streams: number,
  length: (n: number) => number,
  rest: () => Promise<void>,
): Promise<void> {
  for (let n = 0; n < count; ) {
    if (from.send({ stream: n % streams, ppid: 60, data: numbered(n, length(n)) })) n++;
    else await rest();
  }
}

export function exactlyOnceInOrder(seen: Watched, count: number, streams: number, length: (n: number) => number): void {
  assert.equal(seen.messages.length, count, String(seen.why));
  const next = Array.from({ length: streams }, (_, s) => s);
  for (const { stream, ppid, data } of seen.messages) {
    const n = numberOf(data);
    assert.equal(n, next[stream]);
    assert.equal(ppid, 60);
    assert.deepEqual(data, numbered(n, length(n)));
    next[stream]! += streams;
  }
}
