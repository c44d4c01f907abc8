import assert from "node:assert/strict";
import { test } from "node:test";
import { Cause5gsm } from "@freehold/model";
import {
  encode,
  type Message5gsm,
  PduSessionModificationRequest,
  PduSessionReleaseComplete,
  PduSessionReleaseRequest,
  Status5gsm,
} from "@freehold/nas";
import { Cause } from "@freehold/pfcp";
import { Npcf_SMPolicyControl_Callback, refuse, twinForms } from "@freehold/sbi";
import fc from "fast-check";
import { nothing, read, request, type SmfTwin, setupResponse, smfTwin, supi } from "./twin.ts";

async function established(options: Parameters<typeof smfTwin>[0] = {}): Promise<SmfTwin> {
  const twin = await smfTwin(options);
  await twin.create();
  assert.equal(twin.smf.state().sessions[0]?.state, "ACTIVE");
  return twin;
}
const commands = (twin: SmfTwin) => twin.told.filter(({ n1 }) => n1?.is === "PDU session release command");
const n1Of = (given: Awaited<ReturnType<SmfTwin["updated"]>>): Message5gsm | undefined =>
  given.ok && given.value?.n1SmMsg ? read(given.value.n1SmMsg) : undefined;

for (const form of twinForms) {
  test(`TS 23.502 §4.3.4.2 1e — the network releases a session (${form})`, async () => {
    const twin = await established({ form });
    const done = twin.smf.releaseSession(supi, 1, Cause5gsm.reactivationRequested);
    assert.equal(await twin.clock.until(done), true);
    await twin.settle();
    const [command] = commands(twin);
    assert.ok(command?.n1?.is === "PDU session release command" && commands(twin).length === 1);
    assert.deepEqual([command.n1.pti, command.n1.cause, command.n2?.type], [0, Cause5gsm.reactivationRequested, "PDU_RES_REL_CMD"]);
    assert.equal(command.body.skipInd, true);
    assert.deepEqual(await twin.holdings(), nothing);
    assert.equal(twin.statuses.length, 1);
    assert.equal(await twin.smf.releaseSession(supi, 1), false);
  });

  test(`TS 23.502 §4.3.4.2 1c — the AMF releases a session without a word to the phone (${form})`, async () => {
    const twin = await established({ form });
    assert.equal((await twin.released(1)).status, 204);
    assert.deepEqual(await twin.holdings(), nothing);
    assert.deepEqual([commands(twin).length, twin.statuses.length], [0, 0]);
    assert.equal((await twin.released(1)).status, 404);
  });

  test(`two sessions asked for back to back do not wait for each other (${form})`, async () => {
    const twin = await smfTwin({ form });
    twin.gnb = "silent";
    const [one, two] = [1, 2].map((pduSessionId) => twin.begin({ pduSessionId, n1SmMsg: request({ pduSessionId }) }));
    await twin.clock.until(Promise.all([one, two]));
    await twin.settle();
    assert.deepEqual(
      twin.told.map(({ n1 }) => n1?.is),
      ["PDU session establishment accept", "PDU session establishment accept"],
    );
    assert.equal(new Set(twin.smf.state().sessions.map(({ ipv4 }) => ipv4)).size, 2);
  });
}

test("1f — the AMF asks for a release with signalling: both commands come in the answer", async () => {
  const twin = await established();
  const given = await twin.updated(1, { release: true, cause: "REL_DUE_TO_SLICE_NOT_AVAILABLE" });
  assert.equal(n1Of(given)?.is, "PDU session release command");
  assert.equal(given.ok && given.value?.n2SmInfoType, "PDU_RES_REL_CMD");
  assert.deepEqual(await twin.holdings(), nothing);
});

test("1b — the PCF ends the association: the session is released", async () => {
  const twin = await established();
  const uri = [...twin.policies.values()][0]?.notificationUri ?? "";
  const pcf = twin.sbi.join("PCF", "127.0.0.114").sbi.consume(Npcf_SMPolicyControl_Callback, uri);
  const given = await twin.clock.until(pcf.terminateNotify({ body: { resourceUri: "http://x/y", cause: "UNSPECIFIED" } }));
  assert.equal(given.status, 204);
  await twin.settle();
  assert.deepEqual(await twin.holdings(), nothing);
  assert.equal((await twin.clock.until(pcf.terminateNotify({ body: { resourceUri: "http://x/y", cause: "UNSPECIFIED" } }))).status, 404);
});

test("the PCF changes the Session-AMBR: the UPF enforces it", async () => {
  const twin = await established();
  const uri = [...twin.policies.values()][0]?.notificationUri ?? "";
  const pcf = twin.sbi.join("PCF", "127.0.0.114").sbi.consume(Npcf_SMPolicyControl_Callback, uri);
  const smPolicyDecision = { sessRules: { a: { sessRuleId: "a", authSessAmbr: { uplink: "3 Mbps", downlink: "5 Mbps" } } } };
  assert.equal((await twin.clock.until(pcf.updateNotify({ body: { smPolicyDecision } }))).status, 204);
  await twin.settle();
  const [session] = twin.upf.sessions.values();
  assert.deepEqual(session?.modifications.at(-1)?.updateQer, [
    { ...session?.modifications.at(-1)?.updateQer?.[0], qerId: 1, maximumBitrate: { uplink: 3_000, downlink: 5_000 } },
  ]);
});

test("T3592 — a phone that does not complete hears the command five times, 16 s apart; the gNB once", async () => {
  const twin = await established();
  twin.phone = "silent";
  const began = twin.clock.now();
  await twin.clock.until(twin.smf.releaseSession(supi, 1));
  assert.equal(commands(twin).length, 5);
  assert.equal(commands(twin).filter(({ n2 }) => n2 !== undefined).length, 1);
  assert.equal(twin.clock.now() - began, 5 * 16_000);
  assert.deepEqual(await twin.holdings(), nothing);
});

test("an idle phone is not paged for a release: the AMF says so, and the session ends at once", async () => {
  const twin = await established();
  await twin.updated(1, { upCnxState: "DEACTIVATED" });
  twin.transferCause = "N1_MSG_NOT_TRANSFERRED";
  twin.phone = "silent";
  const began = twin.clock.now();
  await twin.clock.until(twin.smf.releaseSession(supi, 1));
  assert.equal(commands(twin)[0]?.n2, undefined); // there are no resources to release
  assert.ok(twin.clock.now() - began < 1_000);
  assert.deepEqual(await twin.holdings(), nothing);
});

test("an AMF that does not know the UE any more is not told either", async () => {
  const twin = await established();
  twin.amfAnswers = [refuse(404, "CONTEXT_NOT_FOUND")];
  await twin.clock.until(twin.smf.releaseSession(supi, 1));
  assert.deepEqual(await twin.holdings(), nothing);
  assert.equal(twin.statuses.length, 0);
});

test("the UPF does not say that a session is gone: its address is nobody's until it begins anew", async () => {
  const twin = await established();
  twin.upf.refuses.deletion = Cause.systemFailure;
  await twin.released(1);
  assert.deepEqual(await twin.holdings(), { ...nothing, leftovers: 1, addresses: 1, rows: 1, upf: 1 });
  await twin.create(); // the same identity, at once: another address
  assert.equal(twin.smf.state().sessions[0]?.ipv4, "10.45.0.4");
  await twin.upf.restart();
  await twin.clock.advance(12_000);
  assert.deepEqual(await twin.holdings(), { sessions: 1, leftovers: 0, addresses: 1, rows: 1, upf: 1, policies: 1, registrations: 1 });
});

test("collisions: a phone that asks again hears the same command; while we release, it hears nothing new", async () => {
  const twin = await established();
  twin.phone = "silent";
  const first = await twin.updated(1, { n1SmMsg: twin.releaseRequest(1, 7) });
  const again = await twin.updated(1, { n1SmMsg: twin.releaseRequest(1, 7) });
  assert.deepEqual(n1Of(again), n1Of(first));
  assert.equal((await twin.updated(1, { n1SmMsg: twin.releaseRequest(1, 8) })).status, 204);
  const wrong = encode(PduSessionReleaseComplete({ pduSessionId: 1, pti: 9 }));
  const status = n1Of(await twin.updated(1, { n1SmMsg: wrong }));
  assert.equal(status?.is === "5GSM status" && status.cause, Cause5gsm.ptiMismatch);
  const right = encode(PduSessionReleaseComplete({ pduSessionId: 1, pti: 7 }));
  assert.equal((await twin.updated(1, { n1SmMsg: right })).status, 204);
  assert.deepEqual(await twin.holdings(), nothing);
  assert.equal((await twin.updated(1, { n1SmMsg: right })).status, 404); // a repeat of it finds nothing
});

test("a phone whose 5GSM STATUS says that it has no such session has completed the release", async () => {
  const twin = await established();
  twin.phone = "silent";
  await twin.updated(1, { n1SmMsg: twin.releaseRequest() });
  await twin.updated(1, { n1SmMsg: encode(Status5gsm({ pduSessionId: 1, pti: 7, cause: Cause5gsm.invalidPduSessionIdentity })) });
  assert.deepEqual(await twin.holdings(), nothing);
});

test("a release asked for before the gNB has answered is answered at once, and so is the gNB's late answer", async () => {
  const twin = await smfTwin();
  twin.gnb = "silent";
  twin.phone = "silent";
  await twin.create();
  const began = twin.clock.now();
  const asked = await twin.clock.until(twin.update(1, { n1SmMsg: twin.releaseRequest() }));
  assert.equal(n1Of(asked)?.is, "PDU session release command");
  const late = { n2SmInfoType: "PDU_RES_SETUP_RSP", n2SmInfo: setupResponse() } as const;
  assert.equal((await twin.clock.until(twin.update(1, late))).status, 204);
  assert.ok(twin.clock.now() - began < 100);
  await twin.updated(1, { n2SmInfoType: "PDU_RES_REL_RSP", n2SmInfo: Uint8Array.of(0) });
  await twin.updated(1, { n1SmMsg: encode(PduSessionReleaseComplete({ pduSessionId: 1, pti: 7 })) });
  assert.deepEqual(await twin.holdings(), nothing);
});

test("the connection is gone before the gNB has answered: the session ends, and the AMF does not wait for it", async () => {
  const twin = await smfTwin();
  twin.gnb = "silent";
  await twin.create();
  twin.amfAnswers = [refuse(504, "UE_NOT_REACHABLE")];
  const began = twin.clock.now();
  const given = await twin.clock.until(twin.update(1, { upCnxState: "DEACTIVATED" }));
  assert.equal(given.ok && given.value?.upCnxState, "DEACTIVATED");
  assert.ok(twin.clock.now() - began < 100);
  await twin.settle();
  assert.deepEqual(await twin.holdings(), nothing);
});

test("the AMF ends a session that is being made, at every point", async () => {
  for (let ms = 0; ms <= 80; ms += 8) {
    const twin = await smfTwin({ form: "contrary", seed: 3 });
    void twin.begin();
    await twin.clock.advance(ms);
    const ref = (await twin.store.all("smf.session"))[0]?.key;
    if (ref === undefined) continue;
    twin.refs.set(1, ref);
    assert.equal((await twin.released(1)).status, 204);
    await twin.clock.advance(30_000);
    assert.deepEqual(await twin.holdings(), nothing, `after ${ms} ms`);
  }
});

test("INTEROP 27: a request for an identity in use replaces its session, at every point; the AMF does not hear of the old one's end", async () => {
  // from where the first cannot be overtaken by the second
  for (let ms = 24; ms <= 104; ms += 8) {
    const twin = await smfTwin({ form: "contrary", seed: 5 });
    void twin.begin();
    await twin.clock.advance(ms);
    await twin.create({ n1SmMsg: request({ pti: 6 }) });
    await twin.clock.advance(30_000);
    const { upf, rows, addresses, ...rest } = await twin.holdings();
    assert.deepEqual(
      { upf, rows, addresses, ...rest },
      { sessions: 1, leftovers: 0, addresses: 1, rows: 1, upf: 1, policies: 1, registrations: 1 },
      `after ${ms} ms`,
    );
    assert.equal(twin.statuses.length, 0);
    const accept = twin.told.map(({ n1 }) => n1).findLast((n1) => n1?.is === "PDU session establishment accept");
    assert.equal(accept?.pti, 6);
  }
});

test("TS 24.501 §7.3 — PTI 0 and 255, another session's identity, a modification, a message that belongs to nobody", async () => {
  const twin = await established();
  const told = async (n1SmMsg: Uint8Array): Promise<readonly [string, number] | undefined> => {
    const n1 = n1Of(await twin.updated(1, { n1SmMsg }));
    return n1 && "cause" in n1 && n1.cause !== undefined ? [n1.is, n1.cause] : undefined;
  };
  const release = (more: object) => encode(PduSessionReleaseRequest({ pduSessionId: 1, pti: 7, ...more }));
  const modify = (more: object) => encode(PduSessionModificationRequest({ pduSessionId: 1, pti: 7, ...more }));
  assert.deepEqual(await told(release({ pti: 0 })), ["PDU session release reject", Cause5gsm.invalidPtiValue]);
  assert.deepEqual(await told(release({ pti: 255 })), ["5GSM status", Cause5gsm.invalidPtiValue]);
  assert.deepEqual(await told(release({ pduSessionId: 9 })), ["PDU session release reject", Cause5gsm.invalidPduSessionIdentity]);
  assert.deepEqual(await told(modify({ pduSessionId: 9 })), ["PDU session modification reject", Cause5gsm.invalidPduSessionIdentity]);
  assert.deepEqual(await told(modify({})), ["PDU session modification reject", Cause5gsm.serviceOptionNotSupported]);
  const requestedQosFlowDescriptions = [{ qfi: 0, operation: "create new QoS flow description", fiveQi: 1 }] as const;
  assert.deepEqual(await told(modify({ requestedQosFlowDescriptions })), [
    "PDU session modification reject",
    Cause5gsm.fiveGsQosNotAccepted,
  ]);
  assert.deepEqual(await told(request()), ["5GSM status", Cause5gsm.messageTypeNotCompatibleWithTheProtocolState]);
  assert.deepEqual(await told(Uint8Array.of(0x2e, 1, 7, 0xff)), ["5GSM status", Cause5gsm.messageTypeNonExistentOrNotImplemented]);
  assert.equal(await told(Uint8Array.of(0x2e, 1)), undefined);
  assert.equal(await told(encode(PduSessionReleaseComplete({ pduSessionId: 1, pti: 0 }))), undefined);
  assert.equal(await told(encode(Status5gsm({ pduSessionId: 1, pti: 0, cause: 111 }))), undefined);
  assert.equal(twin.smf.state().sessions[0]?.connection, "ACTIVATED");
});

test("attack 30: any octets as N1 and N2 are answered, and a session that runs goes on", async () => {
  const twin = await established({ form: "frozen" });
  const type = fc.constantFrom("PDU_RES_SETUP_RSP", "PDU_RES_SETUP_FAIL", "PDU_RES_REL_RSP", "PDU_RES_NTY", "NEVER_HEARD_OF");
  const n1 = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.uint8Array({ maxLength: 60 }).map((tail) => Uint8Array.of(0x2e, 1, 5, 0xc9, ...tail)),
  );
  const update = fc.oneof(
    n1.map((n1SmMsg) => ({ n1SmMsg })),
    fc.record({ n2SmInfo: fc.uint8Array({ maxLength: 60 }), n2SmInfoType: type }),
  );
  await fc.assert(
    fc.asyncProperty(update, async (body) => {
      const given = await twin.updated(1, body);
      assert.ok(given.ok, JSON.stringify(given));
    }),
    { numRuns: 300 },
  );
  assert.equal(twin.smf.state().sessions[0]?.state, "ACTIVE");
  await fc.assert(
    fc.asyncProperty(n1, async (n1SmMsg) => {
      const given = await twin.create({ pduSessionId: 2, n1SmMsg });
      assert.equal(given.ok, false);
    }),
    { numRuns: 200 },
  );
  assert.equal(twin.smf.state().sessions.length, 1);
});

test("garbage as the gNB's answer to a set-up is a refusal: the phone hears #26", async () => {
  const twin = await smfTwin();
  twin.gnb = "silent";
  await twin.create();
  const given = await twin.updated(1, { n2SmInfoType: "PDU_RES_SETUP_RSP", n2SmInfo: Uint8Array.of(1, 2, 3) });
  const n1 = n1Of(given);
  assert.equal(n1?.is === "PDU session establishment reject" && n1.cause, Cause5gsm.insufficientResources);
  assert.deepEqual(await twin.holdings(), nothing);
});
