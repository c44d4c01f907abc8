import assert from "node:assert/strict";
import { test } from "node:test";
import { nextSqn } from "@freehold/crypto";
import { answer, Nudr_DR, noContent, refuse, SbiReject, sbiTwin } from "@freehold/sbi";
import { applyPatch } from "@freehold/wire";
import { SequenceNumbers, sqnText } from "../src/sequence-numbers.ts";

const supi = "imsi-001010000000001";

/** A UDR that keeps one SQN; `intrude` changes it behind the back of who writes next. */
function repository() {
  const twin = sbiTwin();
  const kept = { sqn: "000000000000", writes: 0, intrude: 0 };
  twin.join("UDR", "127.0.0.11").sbi.produce(Nudr_DR, {
    getAuthenticationSubscription: () => answer({ authenticationMethod: "5G_AKA", sequenceNumber: { sqn: kept.sqn } }),
    updateAuthenticationSubscription: ({ body }) => {
      if (kept.intrude > 0) {
        kept.intrude--;
        kept.sqn = sqnText(Number.parseInt(kept.sqn, 16) + 1024);
      }
      const patched = applyPatch({ sequenceNumber: { sqn: kept.sqn } }, body);
      if (!patched.ok) return refuse(409, "SQN_CHANGED");
      kept.writes++;
      kept.sqn = (patched.value as { sequenceNumber: { sqn: string } }).sequenceNumber.sqn;
      return noContent();
    },
  });
  const udr = twin.join("UDM", "127.0.0.12").sbi.consume(Nudr_DR, "http://127.0.0.11:8080");
  return { kept, udr };
}

test("INTEROP 10: a block is written once and used up; what the repository keeps is never below what was given", async () => {
  const { kept, udr } = repository();
  const numbers = new SequenceNumbers(udr, 4);
  const given: number[] = [];
  for (let i = 0; i < 9; i++) {
    given.push(await numbers.next(supi));
    assert.ok(Number.parseInt(kept.sqn, 16) >= (given.at(-1) ?? 0));
  }
  assert.equal(kept.writes, 3);
  for (const [i, sqn] of given.entries()) assert.equal(sqn, nextSqn(given[i - 1] ?? 0));
});

test("two UDMs never give the same number, whoever writes first", async () => {
  const { kept, udr } = repository();
  const [one, two] = [new SequenceNumbers(udr, 3), new SequenceNumbers(udr, 3)];
  const given = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? one : two).next(supi)));
  assert.equal(new Set(given).size, 20);
  kept.intrude = 2;
  await one.next(supi);
  await Promise.all([one.next(supi), one.next(supi), one.next(supi)]);
});

test("what was seen before serves for the first try; when it is old the repository is asked, and no number is given twice", async () => {
  const { kept, udr } = repository();
  const numbers = new SequenceNumbers(udr, 2);
  const first = await numbers.next(supi, kept.sqn);
  assert.equal(first, nextSqn(0));
  await numbers.next(supi);
  const old = "000000000000";
  assert.notEqual(kept.sqn, old);
  assert.equal(await numbers.next(supi, old), nextSqn(nextSqn(first)));
});

test("a repository that always has changed, or is not there, stops the vector", async () => {
  const { kept, udr } = repository();
  kept.intrude = 1_000;
  await assert.rejects(new SequenceNumbers(udr, 4).next(supi), (e) => e instanceof SbiReject && e.failure.status === 409);
});

test("TS 33.102 §6.3.5: after a resynchronisation the next number is fresh to the phone, ahead or behind", async () => {
  const { kept, udr } = repository();
  const numbers = new SequenceNumbers(udr, 4);
  await numbers.next(supi);
  const ahead = 32 * 5_000;
  await numbers.resynchronise(supi, ahead);
  assert.equal(await numbers.next(supi), nextSqn(ahead));
  const before = await numbers.next(supi);
  await numbers.resynchronise(supi, 32 * 10); // an old AUTS: what comes next is fresh to that phone anyway
  assert.ok((await numbers.next(supi)) > before);
  assert.ok(Number.parseInt(kept.sqn, 16) > ahead);
});
