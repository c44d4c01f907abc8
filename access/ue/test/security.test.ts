import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { abba, deriveKamf, deriveKausf, deriveKgnb, deriveKseaf, deriveResStar, servingNetworkName } from "@freehold/crypto";
import { AccessType } from "@freehold/model";
import {
  AuthenticationReject,
  AuthenticationRequest,
  ConfigurationUpdateCommand,
  decode,
  encode,
  IdentityRequest,
  networkName,
  SecurityHeaderType,
} from "@freehold/nas";
import { hex } from "@freehold/wire";
import { NetworkRefused, Rejected } from "../src/index.ts";
import { Network } from "./network.ts";

/** A phone that has sent its REGISTRATION REQUEST and waits. */
async function asking(): Promise<{ n: Network; registering: Promise<unknown> }> {
  const n = await Network.start();
  const registering = n.ue.register({ attempts: 1 });
  registering.catch(() => {});
  await n.next("Registration request");
  return { n, registering };
}

describe("authentication", () => {
  test("an AUTN whose MAC is wrong is answered with #20, and the next good challenge is taken", async () => {
    const { n, registering } = await asking();
    n.challenge({ bend: (autn) => autn.map((octet, i) => (i === 15 ? octet ^ 1 : octet)) });
    const failure = await n.next("Authentication failure");
    assert.equal(failure.message.cause, 20);
    assert.equal(failure.message.auts, undefined);
    assert.deepEqual(n.refusals, { "AUTN: MAC failure": 1 });
    assert.ok("T3520" in n.ue.state().timers);
    await n.secured();
    assert.equal("T3520" in n.ue.state().timers, false);
    n.send(n.accept());
    await n.wait(registering);
    await n.end();
  });

  test("a SQN that was used is answered with #21 and an AUTS that brings the home network up to date", async () => {
    const { n } = await asking();
    const { resStar } = n.challenge({ sqn: 0x4021 });
    assert.deepEqual((await n.next("Authentication response")).message.resStar, resStar);
    const { rand } = n.challenge({ ngKsi: 1, sqn: 0x4021 });
    const failure = await n.next("Authentication failure");
    assert.equal(failure.message.cause, 21);
    const checked = n.milenage.checkAuts({ rand, auts: failure.message.auts! });
    assert.deepEqual(checked, { ok: true, sqnMs: 0x4021 });
    assert.deepEqual(n.refusals, { "AUTN: synch failure": 1 });
    await n.end();
  });

  test("a SQN too far ahead is answered with #21", async () => {
    const { n } = await asking();
    n.challenge({ sqn: 2 ** 40 });
    assert.equal((await n.next("Authentication failure")).message.cause, 21);
    await n.end();
  });

  test("an AMF field without the separation bit is answered with #26", async () => {
    const { n } = await asking();
    n.challenge({ amf: 0 });
    assert.equal((await n.next("Authentication failure")).message.cause, 26);
    assert.deepEqual(n.refusals, { "AUTN: separation bit": 1 });
    await n.end();
  });

  test("an ngKSI that names the context in use, or none at all, is answered with #71", async () => {
    const n = await Network.start();
    await n.registered();
    const answered = async (ngKsi: number) => {
      const vector = n.milenage.generate({ rand: n.random(16), sqn: (n.sqn += 33) });
      n.send({
        is: "Authentication request",
        ngKsi,
        abba: Uint8Array.of(0, 0),
        rand: vector.rand,
        autn: vector.autn,
      });
      return (await n.next("Authentication failure")).message.cause;
    };
    assert.equal(await answered(0), 71);
    assert.equal(await answered(7), 71);
    assert.deepEqual(n.refusals, { "ngKSI in use": 2 });
    await n.end();
  });

  test("the same challenge again is answered with the same RES*, although its SQN is used", async () => {
    const { n } = await asking();
    const before = n.random;
    const fixed = hex("000102030405060708090a0b0c0d0e0f");
    Object.assign(n, { random: (octets: number) => (octets === 16 ? fixed : before(octets)) });
    const { resStar } = n.challenge({ sqn: 65 });
    assert.deepEqual((await n.next("Authentication response")).message.resStar, resStar);
    n.challenge({ sqn: 65 });
    assert.deepEqual((await n.next("Authentication response")).message.resStar, resStar);
    assert.deepEqual(n.refusals, {});
    await n.end();
  });

  test("three failures in a row, and the network is taken for false", async () => {
    const { n, registering } = await asking();
    for (let i = 0; i < 3; i++) {
      n.challenge({ bend: (autn) => autn.fill(0, 8) });
      assert.equal((await n.next("Authentication failure")).message.cause, 20);
    }
    await assert.rejects(
      n.wait(registering),
      (error: unknown) => error instanceof NetworkRefused && /3 challenges in a row/.test(error.message),
    );
    assert.equal(n.ue.state().connected, false);
    await n.end();
  });

  test("so is one that sends no other challenge before T3520 ends; T3510 stands still meanwhile", async () => {
    const { n, registering } = await asking();
    await n.clock.advance(10_000);
    n.challenge({ amf: 0 });
    await n.next("Authentication failure");
    assert.equal("T3510" in n.ue.state().timers, false);
    const begun = n.clock.now();
    await assert.rejects(n.wait(registering), (error: unknown) => error instanceof NetworkRefused && /T3520 expired/.test(error.message));
    assert.equal(Math.round((n.clock.now() - begun) / 1000), 15);
    await n.end();
  });

  test("AUTHENTICATION REJECT ends registration and takes identity and keys away", async () => {
    const { n, registering } = await asking();
    n.challenge();
    await n.next("Authentication response");
    n.plain(AuthenticationReject({}));
    await assert.rejects(
      n.wait(registering),
      (error: unknown) => error instanceof Rejected && /^Authentication reject/.test(error.message),
    );
    assert.equal(n.ue.state().guti, undefined);
    assert.equal(n.ue.state().security, undefined);
    await n.end();
  });
});

describe("security mode", () => {
  async function challenged(): Promise<Network> {
    const { n } = await asking();
    n.challenge();
    await n.next("Authentication response");
    return n;
  }
  const rejected = async (n: Network, cause: number, refusals: object): Promise<void> => {
    const reject = await n.next("Security mode reject");
    assert.equal(reject.message.cause, cause);
    assert.equal(reject.header, 0);
    assert.deepEqual(n.refusals, refusals);
    assert.equal(n.ue.state().security, undefined);
    await n.end();
  };

  test("replayed capabilities that were altered are rejected with #23", async () => {
    const n = await challenged();
    n.securityMode({ capability: { nea: [0, 1, 2], nia: [1, 2, 3] } });
    await rejected(n, 23, { "capabilities altered": 1 });
  });

  test("so are capabilities that say more than the phone did", async () => {
    const n = await challenged();
    n.securityMode({ capability: { nea: [0, 1, 2, 3], nia: [0, 1, 2, 3] } });
    await rejected(n, 23, { "capabilities altered": 1 });
  });

  test("NIA0 is refused", async () => {
    const n = await challenged();
    n.securityMode({ nia: 0 });
    await rejected(n, 23, { "null integrity": 1 });
  });

  test("an algorithm that the phone has not is refused", async () => {
    const { n } = await (async () => {
      const made = await Network.start({ nea: [0, 2], nia: [2] });
      made.ue.register({ attempts: 1 }).catch(() => {});
      await made.next("Registration request");
      made.challenge();
      await made.next("Authentication response");
      return { n: made };
    })();
    n.securityMode({ nea: 1, capability: { nea: [0, 2], nia: [2] } });
    await rejected(n, 23, { "algorithm not supported": 1 });
  });

  test("a MAC of another key is rejected with #24", async () => {
    const n = await challenged();
    n.kamf = deriveKgnb(n.kamf!, 1, AccessType.threeGpp);
    n.securityMode();
    await rejected(n, 24, { "security mode command refused": 1 });
  });

  test("an ngKSI that names no key is rejected with #24", async () => {
    const n = await challenged();
    n.securityMode({ ngKsi: 3 });
    await rejected(n, 24, { "security mode command refused": 1 });
  });

  test("the completion brings IMEISV and the whole request, which the first message did not", async () => {
    const { n } = await asking();
    n.challenge();
    await n.next("Authentication response");
    n.securityMode();
    const { message, header } = await n.next("Security mode complete");
    assert.equal(header, SecurityHeaderType.integrityProtectedAndCipheredWithNewContext);
    assert.deepEqual(message.imeisv, { is: "IMEISV", imeisv: "0010170100000100" });
    const whole = decode(message.nasMessageContainer!, { receiver: "network" });
    assert.ok(whole.ok && whole.value.is === "Registration request");
    const request = whole.value as Extract<typeof whole.value, { is: "Registration request" }>;
    assert.deepEqual(request.requestedNssai, [{ sst: 1 }]);
    assert.deepEqual(n.ue.state().security, { ngKsi: 0, nea: 2, nia: 2, uplink: 1, downlink: 1 });
    await n.end();
  });
});

describe("after the secure exchange", () => {
  const command = ConfigurationUpdateCommand({ fullNameForNetwork: networkName("Other") });

  test("a message whose COUNT was taken is refused as a replay, and changes nothing", async () => {
    const n = await Network.start();
    await n.registered();
    const bytes = n.protect(ConfigurationUpdateCommand({ fullNameForNetwork: networkName("First") }));
    n.bytes(bytes);
    await n.clock.advance(10);
    assert.equal(n.ue.state().networkName.full, "First");
    const state = n.ue.state().security;
    n.bytes(bytes);
    await n.quiet();
    assert.deepEqual(n.refusals, { "downlink COUNT replayed": 1 });
    assert.deepEqual(n.ue.state().security, state);
    await n.end();
  });

  test("a sender that uses a COUNT twice is told apart from one with wrong keys", async () => {
    const n = await Network.start();
    await n.registered();
    const { nas } = n;
    const before = n.context();
    // The fresh context begins at COUNT 0, which the security mode command used.
    n.bytes(before.protect(encode(command)));
    await n.quiet();
    assert.deepEqual(n.refusals, { "downlink COUNT replayed": 1 });
    n.nas = nas;
    const spoiled = n.protect(command);
    spoiled[spoiled.length - 1]! ^= 1;
    n.bytes(spoiled);
    await n.quiet();
    assert.deepEqual(n.refusals, { "downlink COUNT replayed": 1, "MAC failure": 1 });
    assert.equal(n.ue.state().networkName.full, undefined);
    // COUNT has a gap now, and what comes next is taken all the same.
    n.send(command);
    await n.clock.advance(10);
    assert.equal(n.ue.state().networkName.full, "Other");
    await n.end();
  });

  test("nothing is taken without protection", async () => {
    const n = await Network.start();
    await n.registered();
    for (const message of [command, IdentityRequest({ identityType: "SUCI" }), AuthenticationReject({})]) n.plain(message);
    await n.quiet();
    assert.deepEqual(n.refusals, { "message without protection": 3 });
    assert.equal(n.ue.state().mm, "5GMM-REGISTERED");
    await n.end();
  });

  test("before it, a request for the IMEISV is not answered, and an accept is not taken", async () => {
    const { n } = await asking();
    n.plain(IdentityRequest({ identityType: "IMEISV" }));
    n.plain(n.accept());
    await n.quiet();
    assert.deepEqual(n.refusals, { "message without protection": 2 });
    n.plain(IdentityRequest({ identityType: "SUCI" }));
    const { message } = await n.next("Identity response");
    assert.equal(message.mobileIdentity.is, "SUCI");
    await n.end();
  });
});

test("a registered phone that is authenticated again goes on under the new key, and sends no request a second time", async () => {
  const n = await Network.start();
  await n.registered();
  const old = n.nas!;
  const vector = n.milenage.generate({ rand: n.random(16), sqn: (n.sqn += 33) });
  n.send(AuthenticationRequest({ ngKsi: 1, abba: abba(), rand: vector.rand, autn: vector.autn }));
  const { message } = await n.next("Authentication response");
  const snn = servingNetworkName(n.plmn);
  assert.deepEqual(message.resStar, deriveResStar(vector, snn, vector.rand, vector.xres));
  n.kamf = deriveKamf(deriveKseaf(deriveKausf(vector, snn, vector.autn), snn), n.config.supi, abba());
  n.securityMode({ nea: 0, nia: 1, ngKsi: 1 });
  const complete = await n.next("Security mode complete");
  assert.equal(complete.count, 0);
  assert.equal(complete.message.nasMessageContainer, undefined);
  assert.deepEqual(n.ue.state().security, { ngKsi: 1, nea: 0, nia: 1, uplink: 1, downlink: 1 });
  // What comes under the old key is nothing any more.
  n.bytes(old.protect(encode(ConfigurationUpdateCommand({ fullNameForNetwork: networkName("Old") }))));
  n.send(ConfigurationUpdateCommand({ fullNameForNetwork: networkName("New") }));
  await n.quiet();
  assert.equal(n.ue.state().networkName.full, "New");
  assert.deepEqual(n.refusals, { "MAC failure": 1 });
  await n.end();
});

describe("AS security", () => {
  const ours = hex("e000 e000 0000 0000");

  test("is activated under KgNB of the security mode complete's COUNT, and no other", async () => {
    const n = await Network.start();
    const registering = n.ue.register();
    await n.next("Registration request");
    await n.secured();
    const right = deriveKgnb(n.kamf!, 0, AccessType.threeGpp);
    assert.deepEqual(await n.asSecurity(deriveKgnb(n.kamf!, 1, AccessType.threeGpp), ours), { is: "SecurityModeFailure", why: "MAC" });
    assert.deepEqual(await n.asSecurity(right, hex("f000 7000 0000 0000")), { is: "SecurityModeFailure", why: "capabilities" });
    assert.equal((await n.asSecurity(right, ours)).is, "SecurityModeComplete");
    assert.deepEqual(n.ue.state().asSecurity, { nea: 2, nia: 2 });
    n.send(n.accept());
    await n.wait(registering);
    await n.end();
  });

  test("after a service request it is that of the request's COUNT", async () => {
    const n = await Network.start();
    await n.registered();
    await n.release();
    n.ue.establish().catch(() => {});
    const { count } = await n.next("Service request");
    assert.equal(count, 2);
    assert.equal((await n.asSecurity(deriveKgnb(n.kamf!, 2, AccessType.threeGpp), ours)).is, "SecurityModeComplete");
    await n.end();
  });
});
