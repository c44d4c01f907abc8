import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, fromText, toText } from "@freehold/wire";
import { PcapngWriter, pcapng, type TapeEntry } from "../../src/index.ts";
import { Recorder, registration, supi } from "../registration.ts";

interface Block {
  readonly type: number;
  readonly body: Uint8Array;
}

/** The blocks of a file, each checked for its two lengths. */
function blocks(file: Uint8Array): Block[] {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const found: Block[] = [];
  for (let at = 0; at < file.length; ) {
    const length = view.getUint32(at + 4, true);
    assert.equal(length % 4, 0);
    assert.equal(view.getUint32(at + length - 4, true), length);
    found.push({ type: view.getUint32(at, true), body: file.subarray(at + 8, at + length - 4) });
    at += length;
  }
  return found;
}

test("a file begins with its section and two interfaces, raw IP and upper PDU, in nanoseconds", () => {
  const [section, network, clear, ...packets] = blocks(pcapng([]));
  assert.equal(section?.type, 0x0a0d0d0a);
  assert.deepEqual(
    [network, clear].map((b) => [b?.type, b?.body[0]]),
    [
      [1, 101],
      [1, 252],
    ],
  );
  for (const b of [network, clear]) assert.deepEqual([...b!.body.subarray(-12)], [9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual(packets, []);
});

test("times are exact to what a number of milliseconds holds", () => {
  const tape = new Recorder();
  tape.at = 1_795_339_800_123.5;
  tape.n1("UE", "AMF", "Registration request");
  const packet = blocks(pcapng(tape.entries)).at(-1)!;
  const view = new DataView(packet.body.buffer, packet.body.byteOffset);
  assert.equal((BigInt(view.getUint32(4, true)) << 32n) | BigInt(view.getUint32(8, true)), 1_795_339_800_123_500_000n);
});

test("what is written entry by entry is what is written at once, when the places are known", () => {
  const entries = registration();
  const writer = new PcapngWriter({ places: { gNB: "127.0.1.1", AMF: "127.0.0.5" } });
  assert.deepEqual(concat(writer.header(), ...entries.map((e) => writer.add(e))), pcapng(entries));
});

test("entries are written in the order of time", () => {
  const entries = registration();
  assert.deepEqual(pcapng([...entries].reverse()).length, pcapng(entries).length);
  assert.deepEqual(pcapng(entries.toSorted((a, b) => b.at - a.at)), pcapng(entries));
});

test("comments name the phone by alias and never by identity", () => {
  const file = toText(pcapng(registration().filter((e) => e.carriage.kind !== "http2")));
  assert.ok(file.includes("deciphered: as it was before protection or after its removal; phone 1; repeated after T3580"));
  assert.equal(file.includes(supi), false);
});

test("no entry makes the writer throw: hosts that are no literals, ports of zero, answers without request, empty messages", () => {
  const strange: TapeEntry["carriage"][] = [
    { kind: "sctp", src: { host: "memory", port: 0 }, dst: { host: "", port: 65535 }, stream: 65535, ppid: 0xffffffff },
    { kind: "udp", src: { host: "::1", port: 0 }, dst: { host: "10.0.0.1", port: 1 } },
    {
      kind: "http2",
      src: { host: "a", port: 0 },
      dst: { host: "a", port: 0 },
      exchange: 7,
      half: { status: 200 },
      headers: { ":evil": "x", Host: "h" },
    },
    { kind: "nas" },
  ];
  for (const carriage of strange) {
    for (const bytes of [new Uint8Array(0), fromText("x"), new Uint8Array(200_000)]) {
      const entry: TapeEntry = { at: 0, interface: "SBI", from: "A", to: "B", message: "m", bytes, carriage, note: "n".repeat(70_000) };
      assert.ok(blocks(pcapng([entry, entry])).length >= 5);
    }
  }
});
