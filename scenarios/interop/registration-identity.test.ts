/** Who the phone says it is, and how it proves it: rows 8 to 10. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HomeNetworkKey } from "@freehold/crypto";
import { Cause5gmm, Secret } from "@freehold/model";
import { encode, noKey } from "@freehold/nas";
import { hex, toHex } from "@freehold/wire";
import { alice, amfOf, faults, scenario } from "../src/by-hand.ts";
import { carriers, FiveGC, subscriber } from "../src/index.ts";
import { OddGnb } from "../src/odd-gnb.ts";
import { ScriptedPhone } from "../src/scripted-phone.ts";

/** TS 33.501 §C.4.3 and §C.4.4: keys of the home network, and what the SUPI imsi-274012001002086 is under each scheme. */
const published = [
  { scheme: 0, keyId: 0, output: "00012080f6", key: undefined },
  {
    scheme: 1,
    keyId: 27,
    output: "b2e92f836055a255837debf850b528997ce0201cb82adfe4be1f587d07d8457dcb02352410cddd9e730ef3fa87",
    key: "c53c22208b61860b06c62e5406a7b330c2b577aa5558981510d128247d38bd1d",
  },
  {
    scheme: 2,
    keyId: 28,
    output: "039aab8376597021e855679a9778ea0b67396e68c66df32c0f41e9acca2da9b9d146a33fc2716ac7dae96aa30a4d",
    key: "f1ab1074477ebcc7f554ea1c5fc368b1616730155e0041ac447d6301975fecda",
  },
] as const;

const homeNetworkKeys = published.flatMap(({ scheme, keyId, key }) =>
  key === undefined ? [] : [{ id: keyId, profile: scheme, privateKey: Secret.fromHex(key) }],
);

for (const { scheme, keyId, output } of published) {
  for (const [routing, octets] of [
    ["0", "f0ff"],
    ["17", "71ff"],
    ["678", "76f8"],
    ["1234", "2143"],
  ] as const) {
    test(`INTEROP 8, 9: the SUCI that TS 33.501 annex C.4 prints for scheme ${scheme}, with routing indicator ${routing}: its SUPI of a three-digit MNC registers`, async () => {
      const config = `network: { plmns: [{ mcc: "274", mnc: "012" }] }`;
      const person = subscriber(1, { supi: "imsi-274012001002086" });
      await using system = await FiveGC.start({ config, subscribers: [person], homeNetworkKeys });
      const gnb = await OddGnb.connect(system, { plmn: { mcc: "274", mnc: "012" } });
      const phone = new ScriptedPhone(system, gnb, person);
      const identity = `01722410${octets}${scheme.toString(16).padStart(2, "0")}${keyId.toString(16).padStart(2, "0")}${output}`;
      const length = (identity.length / 2).toString(16).padStart(4, "0");
      phone.put(hex(`7e004179${length}${identity}2e02e0e0`));
      const { message } = await phone.next("Authentication request");
      assert.equal(toHex(message.abba), "0000");
      assert.ok(message.ngKsi <= 6);
      assert.equal(message.autn![6]! & 0x80, 0x80, "separation bit");
      // The phone's side takes the digits of the SUPI and 5G:mnc012.mcc274.3gppnetwork.org: a core that does otherwise fails at the MAC.
      phone.say({ is: "Authentication response", resStar: phone.challenged(message).resStar });
      phone.takeSecurity(await phone.next("Security mode command"));
      phone.say({ is: "Security mode complete", nasMessageContainer: encode(phone.registrationRequest()) }, 4);
      assert.deepEqual((await phone.accepted()).guti?.guti.plmn, { mcc: "274", mnc: "012" });
      phone.say({ is: "Registration complete" }, 2);
      await system.clock.settle();
      assert.deepEqual([amfOf(system).ues[0]?.rm, faults(system)], ["REGISTERED", []]);
    });
  }
}

for (const carrier of carriers) {
  test(`INTEROP 8: a phone of ours with a key of profile B registers, over the ${carrier} carrier`, async () => {
    const { id, profile, privateKey } = homeNetworkKeys[1]!;
    await using system = await FiveGC.start({ carrier, homeNetworkKeys, config: "security: { suciSchemes: [B] }" });
    await system.gnb();
    const ue = await system.ue(alice, { homeNetworkKey: new HomeNetworkKey(profile, id, privateKey) });
    await system.until(ue.register());
    assert.equal(ue.state().mm, "5GMM-REGISTERED");
  });
}

/** Initial messages as other projects keep them (test data of free5gc and Open5GS, phones of UERANSIM), and what a phone must hear. */
const strangers: readonly (readonly [what: string, octets: string, heard: string])[] = [
  [
    "a mobility update with a 5G-GUTI of another network and all its sessions",
    "7e00410a000bf202f839cafe00000000011001072e0280204002000450020004",
    "Identity request",
  ],
  [
    "the same, its mobile identity alone in clear, the rest in a container",
    "7e00410a000bf202f839cafe00000000012e0280207100207e00410a000bf202f839cafe00000000011001072e0280204002000450020004",
    "Identity request",
  ],
  ["a periodic update", "7e004103000bf202f839cafe000000000150020004", "Identity request"],
  [
    "the same under protection that nobody here can verify",
    "7e0100000000007e004103000bf202f839cafe00000000017100157e004103000bf202f839cafe000000000150020004",
    "Identity request",
  ],
  ["an initial registration with that 5G-GUTI, ngKSI 7", "7e00417a000bf202f839cafe00000000011001072e02802040020004", "Identity request"],
  [
    "a SUCI of the null scheme with eight capability octets",
    "7e004179000d011300130fff000041000021f02e048020e0e01707e0e0c040008020",
    "Registration reject",
  ],
  ["a service request of an unknown 5G-S-TMSI", "7e004c10000704fe00000000014002000450020004", "Service reject"],
  ["a service request with a container", "7e004c20000704fe00000000017100117e004c20000704fe000000000150020004", "Service reject"],
  ["a deregistration of an unknown 5G-GUTI", "7e004501000bf202f839cafe0000000001", "Deregistration accept (UE originating)"],
];

for (const [what, octets, heard] of strangers) {
  scenario(`INTEROP 8, 13: ${what}: ${heard}`, async (phone, system) => {
    phone.put(hex(octets));
    const told = (await phone.next(heard as "Identity request")).message;
    if (heard === "Identity request") {
      assert.equal(told.identityType, "SUCI");
      phone.say({ is: "Identity response", mobileIdentity: { is: "SUCI", suci: phone.suci } });
      await phone.next("Authentication request");
    }
    await system.clock.advance(40_000);
    assert.ok(phone.released);
    assert.deepEqual([amfOf(system).ues, amfOf(system).connections], [[], 0]);
  });
}

scenario(
  "INTEROP 8, 13: a 5G-GUTI mapped from EPS, with the EPS message and its own 5G-GUTI beside: SUCI, then registered",
  async (phone, system) => {
    const mapped = { plmn: { mcc: "001", mnc: "01" }, amfRegionId: 0x80, amfSetId: 0x12, amfPointer: 1, tmsi: 0xc0ffee01 };
    const own = { ...mapped, amfRegionId: 7, tmsi: 5 };
    const request = phone.registrationRequest({
      registrationType: { type: "mobility registration updating", followOnRequest: true },
      ngKsi: noKey,
      mobileIdentity: { is: "5G-GUTI", guti: mapped },
      additionalGuti: { is: "5G-GUTI", guti: own },
      ueStatus: { s1ModeRegistered: true, n1ModeRegistered: false },
      epsNasMessageContainer: hex("17a1b2c3d40507480b08f600f110000201c0ffee01"),
    });
    phone.say(request);
    await phone.next("Identity request");
    phone.say({ is: "Identity response", mobileIdentity: { is: "SUCI", suci: phone.suci } });
    const { message } = await phone.next("Authentication request");
    phone.say({ is: "Authentication response", resStar: phone.challenged(message).resStar });
    phone.takeSecurity(await phone.next("Security mode command"));
    phone.say({ is: "Security mode complete", nasMessageContainer: encode(phone.registrationRequest()) }, 4);
    await phone.accepted();
    phone.say({ is: "Registration complete" }, 2);
    await system.clock.settle();
    assert.equal(amfOf(system).ues[0]?.rm, "REGISTERED");
  },
);

scenario(
  "INTEROP 10: a 5G-GUTI of ours under a wrong MAC: SUCI before any challenge; a wrong RES* then changes nothing of the UE that it names",
  async (phone, system) => {
    await phone.register();
    const before = amfOf(system).ues;
    const other = phone.again(2);
    const bytes = other.security!.protect(encode(other.registrationRequest()), 1);
    bytes[2]! ^= 1;
    other.put(bytes);
    await other.next("Identity request");
    assert.deepEqual(other.names(), ["Identity request"]);
    other.say({ is: "Identity response", mobileIdentity: { is: "SUCI", suci: other.suci } });
    await other.next("Authentication request");
    other.say({ is: "Authentication response", resStar: new Uint8Array(16) });
    await other.next("Authentication reject");
    await system.clock.advance(1_000);
    assert.deepEqual(amfOf(system).ues, before);
    assert.equal(phone.released, false);
  },
);

scenario(
  "INTEROP 10: after a failed resynchronisation, a failed ngKSI and a right answer in the end, one phone is registered once",
  async (phone, system) => {
    phone.say(phone.registrationRequest());
    const first = await phone.next("Authentication request");
    phone.say({ is: "Authentication failure", cause: Cause5gmm.ngKsiAlreadyInUse });
    const second = await phone.next("Authentication request");
    phone.say({
      is: "Authentication failure",
      cause: Cause5gmm.synchFailure,
      auts: phone.milenage.auts({ rand: second.message.rand!, sqnMs: 32 * 70_000 }),
    });
    const third = await phone.next("Authentication request");
    assert.notDeepEqual(third.message.rand, first.message.rand);
    phone.say({ is: "Authentication response", resStar: phone.challenged(third.message).resStar });
    phone.takeSecurity(await phone.next("Security mode command"));
    phone.say({ is: "Security mode complete" }, 4);
    await phone.accepted();
    phone.say({ is: "Registration complete" }, 2);
    await system.clock.settle();
    assert.equal(amfOf(system).ues.length, 1);
  },
);
