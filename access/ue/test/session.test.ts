import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { dnn, type Ipv4 } from "@freehold/model";
import {
  DlNasTransport,
  decode,
  defaultQosRule,
  encode,
  type Message5gsm,
  PcoIdentifier,
  PduSessionEstablishmentAccept,
  PduSessionEstablishmentReject,
  PduSessionModificationCommand,
  PduSessionReleaseCommand,
  PduSessionReleaseReject,
  Status5gsm,
} from "@freehold/nas";
import { NoAnswer, Rejected, type Session } from "../src/index.ts";
import { Network } from "./network.ts";

/** The next 5GSM message, with what accompanied it. */
async function sm<Is extends Message5gsm["is"]>(n: Network, is: Is) {
  const { message: transport } = await n.next("UL NAS transport");
  const read = decode(transport.payloadContainer, { receiver: "network" });
  assert.ok(read.ok);
  assert.equal(read.value.is, is);
  return { transport, message: read.value as Extract<Message5gsm, { is: Is }> };
}

const acceptOf = (
  { pduSessionId, pti }: { readonly pduSessionId: number; readonly pti: number },
  changes: Partial<Omit<PduSessionEstablishmentAccept, "is">> = {},
): PduSessionEstablishmentAccept =>
  PduSessionEstablishmentAccept({
    pduSessionId,
    pti,
    selectedPduSessionType: "IPv4",
    selectedSscMode: 1,
    authorizedQosRules: [defaultQosRule(5)],
    sessionAmbr: { uplink: 1e6, downlink: 2e6 },
    pduAddress: { type: "IPv4", ipv4: "10.45.0.7" as Ipv4 },
    dnn: dnn("internet"),
    ...changes,
  });

async function asking(): Promise<{ n: Network; establishing: Promise<Session>; request: { pduSessionId: number; pti: number } }> {
  const n = await Network.start();
  await n.registered();
  const establishing = n.ue.establish({ dnn: dnn("internet"), sNssai: { sst: 1 } });
  establishing.catch(() => {});
  const { message } = await sm(n, "PDU session establishment request");
  return { n, establishing, request: { pduSessionId: message.pduSessionId, pti: message.pti } };
}

async function established(): Promise<{ n: Network; session: Session }> {
  const { n, establishing, request } = await asking();
  n.session(acceptOf(request));
  return { n, session: await n.wait(establishing) };
}

describe("PDU session establishment", () => {
  test("asks for IPv4v6, DNS servers and MTU, names DNN and slice, and takes what the network gives", async () => {
    const n = await Network.start();
    await n.registered();
    const establishing = n.ue.establish({ dnn: dnn("internet"), sNssai: { sst: 1 } });
    const { message, transport } = await sm(n, "PDU session establishment request");
    assert.equal(message.pduSessionType, "IPv4v6");
    assert.deepEqual(
      message.extendedProtocolConfigurationOptions?.items.map(({ id }) => id),
      [PcoIdentifier.dnsServerIpv4Address, PcoIdentifier.dnsServerIpv6Address, PcoIdentifier.ipv4LinkMtu],
    );
    assert.equal(transport.requestType, "initial request");
    assert.equal(transport.pduSessionId, 1);
    assert.equal(transport.dnn, "internet");
    assert.deepEqual(transport.sNssai, { sst: 1 });
    n.session(acceptOf(message, { cause: 50 }));
    const session = await n.wait(establishing);
    assert.deepEqual(
      [session.id, session.type, session.ip, session.qfi, session.cause, session.mtu, session.ambr],
      [1, "IPv4", "10.45.0.7", 5, 50, 1500, { uplink: 1e6, downlink: 2e6 }],
    );
    await n.end();
  });

  test("rejected with #27 says so", async () => {
    const { n, establishing, request } = await asking();
    n.session(PduSessionEstablishmentReject({ ...request, cause: 27, backOffTimerValue: 60 }));
    await assert.rejects(n.wait(establishing), (error: unknown) => {
      assert.ok(error instanceof Rejected);
      assert.equal(error.message, "PDU session establishment reject: #27 Missing or unknown DNN");
      assert.equal(error.retryAfterSeconds, 60);
      return true;
    });
    assert.deepEqual(n.ue.sessions, []);
    await n.end();
  });

  test("that the AMF could not forward says so, by the AMF's cause", async () => {
    const { n, establishing, request } = await asking();
    n.send(
      DlNasTransport({
        payloadContainerType: "N1 SM information",
        payloadContainer: Uint8Array.of(0x2e, request.pduSessionId, request.pti, 0xc1, 0xff, 0xff),
        pduSessionId: request.pduSessionId,
        cause: 91,
      }),
    );
    await assert.rejects(
      n.wait(establishing),
      (error: unknown) => error instanceof Rejected && error.cause5g === 91 && /not forwarded/.test(error.message),
    );
    await n.end();
  });

  test("that nobody answers is sent five times with T3580, the same transaction each time", async () => {
    const { n, establishing, request } = await asking();
    const begun = n.clock.now();
    await assert.rejects(n.wait(establishing), (error: unknown) => error instanceof NoAnswer && /T3580 expired/.test(error.message));
    assert.equal(Math.round((n.clock.now() - begun) / 1000), 80);
    for (let i = 0; i < 4; i++) assert.equal((await sm(n, "PDU session establishment request")).message.pti, request.pti);
    await n.quiet();
    await n.end();
  });

  const wrong: readonly (readonly [string, Partial<Omit<PduSessionEstablishmentAccept, "is">>])[] = [
    ["no default QoS rule", { authorizedQosRules: [{ ...defaultQosRule(5), isDefault: false }] }],
    ["two default QoS rules", { authorizedQosRules: [defaultQosRule(5), defaultQosRule(6, { id: 2 })] }],
    ["a default QoS rule of precedence 80", { authorizedQosRules: [defaultQosRule(5, { precedence: 80 })] }],
    ["QFI 0", { authorizedQosRules: [defaultQosRule(0)] }],
    ["no PDU address", { pduAddress: undefined }],
    ["a PDU address of another type", { selectedPduSessionType: "IPv4v6" }],
    ["a type that was not asked for", { selectedPduSessionType: "Ethernet" }],
  ];
  for (const [name, changes] of wrong) {
    test(`accepted with ${name} is not taken, and released`, async () => {
      const { n, establishing, request } = await asking();
      n.session(acceptOf(request, changes));
      await assert.rejects(n.wait(establishing), /refused by the phone/);
      const { message } = await sm(n, "PDU session release request");
      assert.deepEqual(n.ue.sessions, []);
      assert.deepEqual(n.refusals, { "PDU session accept": 1 });
      n.session(PduSessionReleaseCommand({ pduSessionId: message.pduSessionId, pti: message.pti, cause: 36 }));
      await sm(n, "PDU session release complete");
      await n.end();
    });
  }

  test("accepted under a PTI that is not in use is answered with 5GSM status #47", async () => {
    const { n, request } = await asking();
    n.session(acceptOf({ ...request, pti: 200 }));
    const { message } = await sm(n, "5GSM status");
    assert.equal(message.cause, 47);
    assert.equal(message.pti, 200);
    assert.deepEqual(n.ue.sessions, []);
    await n.end();
  });

  test("two at once have their own transactions, whatever the order of the answers", async () => {
    const n = await Network.start();
    await n.registered();
    const first = n.ue.establish({ pduSessionId: 3 });
    const second = n.ue.establish({ pduSessionId: 4 });
    const a = (await sm(n, "PDU session establishment request")).message;
    const b = (await sm(n, "PDU session establishment request")).message;
    assert.notEqual(a.pti, b.pti);
    n.session(acceptOf(b, { pduAddress: { type: "IPv4", ipv4: "10.45.0.4" as Ipv4 } }));
    n.session(acceptOf(a, { pduAddress: { type: "IPv4", ipv4: "10.45.0.3" as Ipv4 } }));
    assert.equal((await n.wait(first)).ip, "10.45.0.3");
    assert.equal((await n.wait(second)).ip, "10.45.0.4");
    await n.end();
  });
});

describe("PDU session release", () => {
  test("by the phone waits for the command and completes it", async () => {
    const { n, session } = await established();
    const releasing = n.wait(session.release());
    const { message } = await sm(n, "PDU session release request");
    n.session(PduSessionReleaseCommand({ pduSessionId: message.pduSessionId, pti: message.pti, cause: 36 }));
    await releasing;
    assert.equal((await sm(n, "PDU session release complete")).message.pti, message.pti);
    assert.equal(session.active, false);
    assert.equal(session.send(Uint8Array.of(0x45)), false);
    await assert.rejects(session.release(), /session is gone/);
    await n.end();
  });

  test("that the network rejects leaves the session", async () => {
    const { n, session } = await established();
    const releasing = session.release();
    releasing.catch(() => {});
    const { message } = await sm(n, "PDU session release request");
    n.session(PduSessionReleaseReject({ pduSessionId: message.pduSessionId, pti: message.pti, cause: 43 }));
    await assert.rejects(n.wait(releasing), /#43 Invalid PDU session identity/);
    assert.equal(session.active, true);
    await n.end();
  });

  test("that nobody answers is sent five times with T3582, then the phone lets go of it", async () => {
    const { n, session } = await established();
    await assert.rejects(n.wait(session.release()), /T3582 expired/);
    for (let i = 0; i < 5; i++) await sm(n, "PDU session release request");
    await n.quiet();
    assert.equal(session.active, false);
    await n.end();
  });

  test("by the network is completed; of a session that is not there, answered with #43", async () => {
    const { n, session } = await established();
    const why: string[] = [];
    session.onReleased = (text) => why.push(text);
    n.session(PduSessionReleaseCommand({ pduSessionId: 1, pti: 0, cause: 39 }));
    await sm(n, "PDU session release complete");
    assert.deepEqual(why, ["#39 Reactivation requested"]);
    n.session(PduSessionReleaseCommand({ pduSessionId: 1, pti: 0, cause: 39 }));
    assert.equal((await sm(n, "5GSM status")).message.cause, 43);
    await n.end();
  });
});

test("a modification command is completed and taken over; of a session that is not there, rejected", async () => {
  const { n, session } = await established();
  n.session(
    PduSessionModificationCommand({
      pduSessionId: 1,
      pti: 0,
      sessionAmbr: { uplink: 5e6, downlink: 6e6 },
      authorizedQosRules: [{ ...defaultQosRule(7), operation: "modify existing QoS rule and replace all packet filters" }],
    }),
  );
  await sm(n, "PDU session modification complete");
  assert.deepEqual(session.ambr, { uplink: 5e6, downlink: 6e6 });
  assert.equal(session.qfi, 7);
  n.session(PduSessionModificationCommand({ pduSessionId: 2, pti: 0 }));
  assert.equal((await sm(n, "PDU session modification command reject")).message.cause, 43);
  await n.end();
});

test("a 5GSM status is never answered; a message that does not read is, with its cause", async () => {
  const { n } = await established();
  n.session(Status5gsm({ pduSessionId: 1, pti: 0, cause: 97 }));
  await n.quiet();
  const inside = (payloadContainer: Uint8Array): void =>
    n.send(DlNasTransport({ payloadContainerType: "N1 SM information", payloadContainer, pduSessionId: 1 }));
  inside(Uint8Array.of(0x2e, 1, 9, 0xee));
  assert.equal((await sm(n, "5GSM status")).message.cause, 97);
  inside(encode(PduSessionReleaseCommand({ pduSessionId: 1, pti: 9, cause: 36 })).subarray(0, 4));
  assert.equal((await sm(n, "5GSM status")).message.cause, 96);
  inside(Uint8Array.of(0x2e, 1));
  await n.quiet();
  await n.end();
});

test("sessions end when the registration does", async () => {
  const { n, session } = await established();
  const leaving = n.ue.deregister({ switchOff: true });
  await n.next("Deregistration request (UE originating)");
  await n.wait(leaving);
  assert.equal(session.active, false);
  await n.end();
});
