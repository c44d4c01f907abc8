/** What a phone says of itself before anybody believes it: families 18 to 22. */
import assert from "node:assert/strict";
import { Secret } from "@freehold/model";
import { encode } from "@freehold/nas";
import { concat, hex } from "@freehold/wire";
import { n1Attack } from "../src/n1-attack.ts";

const capability = hex("2e02e0e0");
const u16 = (n: number): Uint8Array => Uint8Array.of(n >> 8, n & 255);

/** Registration request (41) or Deregistration request (45) with these octets as mobile identity, whatever its length says. */
const withIdentity = (type: 0x41 | 0x45, identity: Uint8Array, length = identity.length): Uint8Array =>
  concat(Uint8Array.of(0x7e, 0, type, 0x79), u16(length), identity, type === 0x41 ? capability : new Uint8Array());

const answered =
  /^(Registration reject #96|Registration reject #7|Identity request|Authentication request|Authentication reject|Deregistration accept.*|released)$/;

n1Attack(
  "attack 18: 5GS mobile identities of every type in 0 to 7 octets, true and lying lengths, in registration, deregistration and identity response",
  async (attacker) => {
    const { system } = attacker;
    for (let type = 0; type < 8; type++) {
      for (let length = 0; length <= 7; length++) {
        for (const fill of [0x00, 0xff, 0xf1]) {
          const identity = new Uint8Array(length).fill(fill);
          if (length > 0) identity[0] = (fill & 0xf8) | type;
          for (const message of [0x41, 0x45] as const) {
            for (const told of [length, 0, 0xffff]) {
              const heard = await attacker.first(withIdentity(message, identity, told), 0);
              for (const one of heard) assert.match(one, answered);
            }
          }
        }
      }
    }
    const phone = attacker.phone();
    phone.guti = { plmn: { mcc: "999", mnc: "99" }, amfRegionId: 1, amfSetId: 1, amfPointer: 1, tmsi: 1 };
    phone.say(phone.registrationRequest());
    await phone.next("Identity request");
    for (let length = 0; length <= 7; length++) {
      for (let type = 0; type < 8; type++) phone.put(concat(hex("7e005c"), u16(length), new Uint8Array(length).fill(type)));
    }
    await system.clock.settle();
    assert.deepEqual(phone.names(), ["Identity request"]);
    phone.say({ is: "Identity response", mobileIdentity: { is: "SUCI", suci: phone.suci } });
    await phone.next("Authentication request");
  },
);

n1Attack(
  "attack 18, 21: a REGISTRATION REQUEST whose mandatory part is wrong is rejected with #96 at once, the connection released",
  async (attacker) => {
    for (const octets of ["7e00417900", "7e004179000101", "7e0041790004010100", "7e0041790007f200f110cafe00"]) {
      assert.deepEqual(await attacker.first(hex(octets)), ["Registration reject #96", "released"], octets);
    }
  },
);

/** SUCI in octets: format and type, PLMN 001-01, routing indicator 0, scheme, key, output. */
const suci = (format: number, scheme: number, key: number, output: Uint8Array): Uint8Array =>
  concat(Uint8Array.of((format << 4) | 1), hex("00f110f0ff"), Uint8Array.of(scheme, key), output);

const rejected = /^(Authentication reject|Registration reject #(7|96|111)|released)$/;

n1Attack(
  "attack 19: SUCIs of other formats, unknown schemes and keys, short outputs, points off the curve, wrong MACs: rejected each, never for congestion",
  async (attacker) => {
    const { publicKey } = attacker.system.homeNetworkKey;
    const attempts: Uint8Array[] = [];
    for (const format of [1, 2, 3, 7])
      attempts.push(
        suci(format, 0, 0, hex("1032547698")),
        concat(Uint8Array.of((format << 4) | 1), new TextEncoder().encode("alice@example.com")),
      );
    for (const scheme of [3, 7, 11, 12, 15]) attempts.push(suci(0, scheme, 1, new Uint8Array(48).fill(7)));
    for (const key of [0, 2, 250, 255]) attempts.push(suci(0, 1, key, new Uint8Array(45).fill(7)));
    for (const length of [0, 1, 31, 32, 33, 39, 40, 41, 45]) attempts.push(suci(0, 1, 1, new Uint8Array(length).fill(9)));
    attempts.push(suci(0, 1, 1, new Uint8Array(45)), suci(0, 1, 1, concat(publicKey, new Uint8Array(13))));
    for (const head of [0x00, 0x02, 0x03, 0x04, 0x05, 0xff])
      attempts.push(suci(0, 2, 1, concat(Uint8Array.of(head), new Uint8Array(45).fill(0xff))));
    for (const output of ["", "f0", "0a0b0c0d0e", "ffffffffff", "10325476"]) attempts.push(suci(0, 0, 0, hex(output)));
    attempts.push(suci(0, 0, 0, new Uint8Array(3_000).fill(0x11)));
    for (const identity of attempts) {
      const heard = await attacker.first(withIdentity(0x41, identity), 2_000);
      assert.ok(heard.length === 2 && heard[1] === "released", `${Buffer.from(identity).toString("hex")}: ${heard.join(", ")}`);
      for (const one of heard) assert.match(one, rejected);
    }
  },
);

n1Attack(
  "attack 19: invalid points of P-256 at a network that has a key of profile B",
  async (attacker) => {
    for (const point of [
      `02${"ff".repeat(32)}`,
      `03${"00".repeat(31)}05`,
      `04${"11".repeat(32)}`,
      `00${"00".repeat(32)}`,
      `02${"00".repeat(31)}01`,
    ]) {
      const heard = await attacker.first(withIdentity(0x41, suci(0, 2, 9, hex(`${point}46a33fc2716ac7dae96aa30a4d`))), 2_000);
      assert.deepEqual(heard, ["Authentication reject", "released"], point);
    }
  },
  {
    homeNetworkKeys: [
      { id: 9, profile: 2, privateKey: Secret.fromHex("f1ab1074477ebcc7f554ea1c5fc368b1616730155e0041ac447d6301975fecda") },
    ],
  },
);

n1Attack(
  "attack 20: 5G-GUTIs of a zero and a foreign PLMN and of unknown AMFs, with every registration type: asked for the SUCI or rejected",
  async (attacker) => {
    const gutis = [
      "f2000000000000deadbeef",
      "f2ffffffffffffffffffff",
      "f299f999cafe0012345678",
      "f200f110ffffff00000001",
      "f200f11000000000000000",
      "0200f1100200400000007f",
    ];
    for (const guti of gutis) {
      for (let type = 0; type < 16; type++) {
        const request = withIdentity(0x41, hex(guti));
        request[3] = 0x70 | type;
        const heard = await attacker.first(request, 10);
        // Digits that are none make no PLMN: the identity is malformed.
        const expected = guti.startsWith("f2fff") ? ["Registration reject #96", "released"] : ["Identity request"];
        assert.deepEqual(heard, expected, `${guti}, registration type ${type}`);
      }
    }
  },
);

n1Attack("attack 21: UE security capability missing, empty, short, long, all zero, lying about its length", async (attacker) => {
  const { system } = attacker;
  const bare = encode(attacker.phone().registrationRequest());
  const identity = bare.subarray(0, 6 + 13);
  for (const ie of [
    "",
    "2e",
    "2e00",
    "2e01e0",
    "2e02",
    "2e0200",
    "2e020000",
    "2e08e0e0",
    "2effe0e0",
    "2e0200002e02e0e0",
    `2e0a${"00".repeat(10)}`,
    `2eff${"e0".repeat(255)}`,
    "2e02ffff",
    "2e020001",
  ]) {
    const phone = attacker.phone();
    phone.put(concat(identity, hex(ie)));
    await system.clock.settle();
    const [first] = phone.heard;
    if (first?.message.is === "Authentication request") {
      phone.say({ is: "Authentication response", resStar: phone.challenged(first.message).resStar });
      await system.clock.advance(2_000);
    }
    for (const is of phone.names()) assert.match(is, /^(Registration reject|Authentication request|Security mode command)$/, ie);
    // Not one of them says what the AMF may choose by itself: integrity that the phone does not have.
    for (const { message } of phone.heard)
      if (message.is === "Security mode command") assert.notEqual(message.selectedNasSecurityAlgorithms.integrity, 0, ie);
  }
});

n1Attack(
  "attack 22: NAS PDUs of no octets and of a few, security headers cut short or reserved, first on a connection and in the middle",
  async (attacker) => {
    const { system } = attacker;
    const cut = [
      "",
      "7e",
      "7e00",
      "7e02",
      "7e025f74",
      "7e0100000000",
      "7e010000000000",
      "7e01000000000001",
      "7e0100000000007e",
      "7e0100000000007e00",
      "2e",
      "2e0101",
      "ff",
      "00",
    ];
    const reserved = Array.from({ length: 11 }, (_, i) => `7e${(5 + i).toString(16).padStart(2, "0")}000000000007e0041`);
    for (const octets of [...cut, ...reserved.map((r) => r.slice(0, r.length & ~1))]) {
      const heard = await attacker.first(hex(octets));
      assert.deepEqual(heard.at(-1), "released", octets || "nothing");
    }
    const phone = attacker.phone();
    await phone.toSecurityMode();
    const heard = phone.heard.length;
    for (const octets of cut) phone.put(hex(octets));
    await system.clock.settle();
    assert.deepEqual(phone.names(heard), []);
    phone.say({ is: "Security mode complete" }, 4);
    await phone.accepted();
    phone.say({ is: "Registration complete" }, 2);
    await phone.next("Configuration update command");
    const registered = phone.heard.length;
    for (const octets of cut) {
      phone.put(hex(octets));
      phone.put(phone.security!.protect(hex(octets).length >= 3 ? hex(octets) : concat(hex(octets), new Uint8Array(3)), 2));
    }
    await system.clock.settle();
    for (const is of phone.names(registered)) assert.equal(is, "5GMM status");
  },
);
