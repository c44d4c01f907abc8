/** Security mode and what comes under protection: rows 11 to 14. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { encode, type NasMessage, NasSecurity } from "@freehold/nas";
import { hex, toHex } from "@freehold/wire";
import { alice, amfOf, scenario } from "../src/by-hand.ts";
import { FiveGC } from "../src/index.ts";
import type { ScriptedPhone } from "../src/scripted-phone.ts";

/** UE security capability of phones that others made: as UERANSIM, OpenAirInterface, gnbsim and free5GC's tester send it, of 2, 4 and 8 octets. */
const capabilities = ["e0e0", "f0f0", "e0e0c040", "8020e0e0", "f070f070", "2040", "8020e0e01707e0e0"];

for (const octets of capabilities) {
  scenario(
    `INTEROP 11: the capabilities ${octets} of others' phones come back octet for octet, under header type 3, COUNT 0, not ciphered`,
    async (phone) => {
      const identity = encode(phone.registrationRequest()).subarray(4, 4 + 2 + 13);
      phone.put(hex(`7e0041 79 ${toHex(identity)} 2e ${(octets.length / 2).toString(16).padStart(2, "0")} ${octets}`.replaceAll(" ", "")));
      const { message } = await phone.next("Authentication request");
      phone.say({ is: "Authentication response", resStar: phone.challenged(message).resStar });
      const command = await phone.next("Security mode command");
      phone.takeSecurity(command);
      const text = toHex(command.bytes);
      assert.match(text, /^7e03[0-9a-f]{8}007e005d/);
      assert.ok(text.includes(`${(octets.length / 2).toString(16).padStart(2, "0")}${octets}`), text);
      assert.equal(command.message.imeisvRequest, true);
      assert.equal(command.message.selectedEpsNasSecurityAlgorithms, undefined);
      phone.say({ is: "Security mode complete" }, 4);
      await phone.accepted();
      phone.say({ is: "Registration complete" }, 2);
    },
    { config: "security: { ciphering: [NEA2, NEA1, NEA3, NEA0] }" },
  );
}

scenario("INTEROP 11: a phone with S1 mode is told the algorithms of EPS that carry the same numbers", async (phone) => {
  const { message } = await phone.toSecurityMode(phone.registrationRequest({ capability5gmm: { s1Mode: true } }));
  assert.deepEqual(message.selectedEpsNasSecurityAlgorithms, message.selectedNasSecurityAlgorithms);
  phone.say({ is: "Security mode complete" }, 4);
  await phone.accepted();
});

scenario(
  "INTEROP 12: what stands in the container alone counts: slices, session status; the IMEISV is kept and masked for the gNB",
  async (phone, system, gnb) => {
    const clear = phone.registrationRequest();
    await phone.toSecurityMode(clear);
    const whole = phone.registrationRequest({
      requestedNssai: [{ sst: 1 }, { sst: 9 }],
      pduSessionStatus: [3, 5],
      requestedDrxParameters: "T = 64",
    });
    const imeisv = { is: "IMEISV", imeisv: "3534900698733190" } as const;
    phone.say({ is: "Security mode complete", imeisv, nasMessageContainer: encode(whole) }, 4);
    const accept = await phone.accepted();
    assert.deepEqual(
      accept.rejectedNssai?.map(({ sst }) => sst),
      [9],
    );
    assert.deepEqual([accept.pduSessionStatus, accept.negotiatedDrxParameters], [[], "T = 64"]);
    phone.say({ is: "Registration complete" }, 2);
    await system.clock.settle();
    const setup = gnb.heard.find((pdu) => pdu.is === "InitialContextSetupRequest");
    assert.equal(toHex(setup?.is === "InitialContextSetupRequest" ? setup.ies.maskedIMEISV!.bits : new Uint8Array()), "3534900698ffff90");
  },
);

/** A registered phone, idle, with another beginning under its own keys. */
async function later(phone: ScriptedPhone, request: (of: ScriptedPhone) => Uint8Array): Promise<ScriptedPhone> {
  await phone.register();
  const next = phone.again(2);
  next.put(request(next));
  return next;
}

const contained = (phone: ScriptedPhone, whole: NasMessage, spoil = false): Uint8Array => {
  const container = phone.security!.protectContainer(encode(whole));
  if (spoil) container[0]! ^= 0x55;
  return phone.security!.protect(encode(phone.registrationRequest({ nasMessageContainer: container })), 1);
};

scenario("INTEROP 13: header type 1 with a ciphered container: the container counts, no authentication runs", async (phone) => {
  const next = await later(phone, (p) => contained(p, p.registrationRequest({ requestedNssai: [{ sst: 1 }, { sst: 8 }] })));
  assert.deepEqual(
    (await next.accepted()).rejectedNssai?.map(({ sst }) => sst),
    [8],
  );
  assert.equal(next.names().includes("Authentication request"), false);
  next.say({ is: "Registration complete" }, 2);
});

scenario(
  "INTEROP 13: a right MAC over a container that does not decipher: authenticated, and the whole request asked for again",
  async (phone) => {
    const next = await later(phone, (p) => contained(p, p.registrationRequest(), true));
    await next.next("Identity request");
    next.say({ is: "Identity response", mobileIdentity: { is: "SUCI", suci: next.suci } });
    const { message } = await next.next("Authentication request");
    next.say({ is: "Authentication response", resStar: next.challenged(message).resStar });
    const command = await next.next("Security mode command");
    assert.equal(command.message.additionalSecurityInformation?.retransmissionOfInitialNasMessageRequested, true);
    next.takeSecurity(command);
    next.say({ is: "Security mode complete", nasMessageContainer: encode(next.registrationRequest()) }, 4);
    await next.accepted();
    next.say({ is: "Registration complete" }, 2);
  },
);

scenario("INTEROP 13: of a request that came in clear nothing has failed: RINMR is not set (TS 33.501 §6.4.6 step 3)", async (phone) => {
  const { message } = await phone.toSecurityMode();
  assert.equal(message.additionalSecurityInformation, undefined);
});

/** The phone's own context at another COUNT. */
const at = (phone: ScriptedPhone, nea: 2, send: number, receive: number): void => {
  const { nia } = phone.security!;
  const keys = phone.keys();
  phone.security = new NasSecurity({
    side: "UE",
    nea,
    nia,
    ...keys,
    counts: { "3GPP_ACCESS": { send, receive }, NON_3GPP_ACCESS: { send: 0, receive: 0 } },
  });
};

scenario("INTEROP 14: messages lost in between, up to 255, and the overflow counter is still estimated", async (phone) => {
  await phone.register();
  let send = phone.security!.counts().send;
  let next = phone;
  for (const [ran, gap] of [200, 255, 255, 100].entries()) {
    send += gap;
    at(next, 2, send, next.security!.counts().receive);
    next = next.again(2 + ran);
    next.say(next.registrationRequest(), 1);
    await next.accepted();
    next.say({ is: "Registration complete" }, 2);
    send = next.security!.counts().send;
  }
  assert.ok(send > 3 * 256);
  assert.equal(next.names().includes("Authentication request"), false);
});

test("INTEROP 14: with NEA0 every message after the command has header type 2, and a COUNT that goes up by one", async () => {
  await using system = await FiveGC.start({ config: "security: { ciphering: [NEA0] }" });
  await system.gnb();
  const ue = await system.ue(alice, { sessions: [{}] });
  await system.until(ue.bringUp());
  const nas = system.tape
    .entries()
    .flatMap(({ interface: where, from, bytes, message }) =>
      where === "N2" && from === "AMF" && /NAS|Setup/.test(message) ? [toHex(bytes)] : [],
    );
  const counts = nas.flatMap((text) => [...text.matchAll(/7e02[0-9a-f]{8}([0-9a-f]{2})7e00/g)].map(([, sqn]) => Number.parseInt(sqn!, 16)));
  assert.ok(counts.length >= 3);
  assert.deepEqual(
    counts,
    counts.map((_, i) => counts[0]! + i),
  );
  assert.deepEqual(
    amfOf(system).ues.map(({ rm }) => rm),
    ["REGISTERED"],
  );
});
