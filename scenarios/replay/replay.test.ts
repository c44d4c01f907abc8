// A control plane that was recorded, run again: the same messages, or the first that is not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret } from "@freehold/model";
import { decode } from "@freehold/ngap";
import { silentLog } from "@freehold/runtime";
import { FiveGC, subscriber } from "@freehold/scenarios";
import { Vault } from "@freehold/store";
import { type FreeholdConfig, type Recorder, readConfig, readRecord, replayCore, type SystemWorld, startRecorded } from "@freehold/system";
import { Reader } from "@freehold/wire";

type Recorded = Parameters<typeof replayCore>[1];

interface Evening {
  readonly recording: Recorded;
  readonly world: Pick<SystemWorld, "vault" | "homeNetworkKeys"> & { readonly log: typeof silentLog };
  readonly config: FreeholdConfig;
}

/** Two gNBs and four phones: registrations at once, sessions, one wrong key, an unknown phone, releases, deregistrations; all of it recorded. */
async function evening(): Promise<Evening> {
  const chunks: Uint8Array[] = [];
  let made: Recorder | undefined;
  const people = [1, 2, 3].map((index) => subscriber(index));
  await using system = await FiveGC.start({
    subscribers: people,
    startCore: async (config, world) => {
      const { core, recorder } = await startRecorded(config, world, (octets) => chunks.push(octets));
      made = recorder;
      return core;
    },
  });
  await system.gnb();
  await system.gnb();
  const [first, second, third] = [await system.ue(people[0]!), await system.ue(people[1]!, {}, 2), await system.ue(people[2]!)];
  await system.until(Promise.all([first, second, third].map((ue) => ue.bringUp())));
  const stranger = await system.ue(subscriber(9));
  await assert.rejects(system.until(stranger.bringUp()), /#7/);
  const forged = await system.ue({ ...people[0]!, k: Secret.fromHex("00".repeat(16)) }, {}, 2);
  await assert.rejects(system.until(forged.bringUp()));
  await system.until(second.deregister({ switchOff: false }));
  await system.clock.advance(60_000);
  await system.until(first.deregister({ switchOff: true }));
  await system.clock.advance(5_000);
  const recorder = made!;
  recorder.close();
  const records: Recorded["records"][number][] = [];
  for (const chunk of chunks) for (const r = new Reader(chunk); r.left > 0; ) records.push(readRecord(r));
  const { homeNetworkKeys } = system.world;
  return {
    recording: { begin: recorder.begin, records },
    world: { vault: new Vault(new Uint8Array(32).fill(7), "memory"), homeNetworkKeys, log: silentLog },
    config: system.config,
  };
}

const recorded = await evening();

test("run again, the control plane sends the very same messages", async () => {
  const { difference, messages, inputs } = await replayCore(recorded.config, recorded.recording, recorded.world);
  assert.equal(difference, undefined);
  assert.ok(messages > 60 && inputs > 100, `${messages} messages, ${inputs} inputs`);
});

test("a changed program is seen at the first message that tells it, in clear: here another T3512", async () => {
  const { difference } = await replayCore(readConfig("amf: {t3512Seconds: 600}", "changed"), recorded.recording, recorded.world);
  const { recorded: then, now, why } = difference!;
  assert.ok(then?.is === "nas" && now?.is === "nas");
  assert.deepEqual([then.message, now.message, why], ["Registration accept", "Registration accept", undefined]);
  assert.notDeepEqual(then.data, now.data);
});

test("an AMF of another name is seen in its first message on N2", async () => {
  const { difference, messages } = await replayCore(readConfig("amf: {name: other}", "changed"), recorded.recording, recorded.world);
  assert.equal(difference?.channel, "N2, association 1");
  assert.ok(difference.recorded?.is === "sctp" && difference.now?.is === "sctp");
  assert.ok(messages < 20);
});

test("inputs that were tampered with lead to other messages, wherever that is", async () => {
  const { begin, records } = recorded.recording;
  // The last message of a connection is answered by nothing, whatever is in it (TS 38.413 §10.6).
  const last = (octets: Uint8Array): boolean => {
    const read = decode(octets);
    return read.ok && read.value.is === "UEContextReleaseComplete";
  };
  const uplink = records.flatMap(({ record }, i) => (record.is === "message" && record.data.length > 30 && !last(record.data) ? [i] : []));
  assert.ok(uplink.length > 15);
  for (const which of uplink) {
    const changed = records.map((one, i) => {
      if (i !== which || one.record.is !== "message") return one;
      const data = one.record.data.slice();
      // The octet before the last is in the user location or in the NAS message; both are answered for.
      data[14] = data[14]! ^ 0xff;
      return { ...one, record: { ...one.record, data } };
    });
    const { difference } = await replayCore(recorded.config, { begin, records: changed }, recorded.world);
    assert.ok(difference !== undefined, `message ${which}`);
  }
});

test("a message that is no longer sent is seen: here because its input is gone", async () => {
  const { begin, records } = recorded.recording;
  const gone = records.findIndex(({ record }) => record.is === "message");
  const { difference } = await replayCore(recorded.config, { begin, records: records.toSpliced(gone, 1) }, recorded.world);
  assert.ok(difference !== undefined);
  assert.equal(difference.now, undefined);
});

test("a program that draws more randomness than it did is told as such, if no message shows it first", async () => {
  const { begin, records } = recorded.recording;
  const draws = records.flatMap(({ record }, i) => (record.is === "drawn" ? [i] : []));
  const { difference } = await replayCore(recorded.config, { begin, records: records.toSpliced(draws.at(-1)!, 1) }, recorded.world);
  assert.match(difference?.why ?? "", /draws \d+ random octets where the recording has no more draws/);
});
