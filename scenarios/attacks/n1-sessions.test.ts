/** UL NAS TRANSPORT with contents that no phone should send, from a phone that is rightly registered. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "@freehold/runtime";
import { concat, hex } from "@freehold/wire";
import { type Census, census, subscriber, survives } from "../src/index.ts";
import { OddGnb } from "../src/odd-gnb.ts";
import { ScriptedPhone } from "../src/scripted-phone.ts";

/** UL NAS TRANSPORT around a container: TS 24.501 §8.2.10. */
const uplink = (container: Uint8Array, rest: string): Uint8Array =>
  concat(hex("7e006701"), Uint8Array.of(container.length >> 8, container.length), container, hex(rest));
/** UERANSIM's request of 2023 (free5gc-ueransim-5gaka-resync-2023, frame 1599) for this session identity and transaction. */
const request = (psi: number, pti: number, options = ""): Uint8Array => concat(Uint8Array.of(0x2e, psi, pti), hex(`c1ffff91a1${options}`));
const psiAnd = (psi: number, rest = ""): string => `12${psi.toString(16).padStart(2, "0")}81${rest}`;

/** The attacker's gNB is still there when it is over, its phone is not. */
const but = (found: Census): Census => ({ ...found, gnbs: found.gnbs.filter(({ name }) => name !== "odd") });

test("attack 30: 5GSM of every wrong kind: oversize options, identities out of range, malformed lists, names and slices", async () => {
  await survives(
    async (system) => {
      const gnb = await OddGnb.connect(system);
      const phone = new ScriptedPhone(system, gnb, subscriber(1));
      await phone.register();
      const send = async (octets: Uint8Array): Promise<void> => {
        phone.put(phone.security!.protect(octets, 2));
        await system.clock.advance(50);
      };
      const long = (octets: number): string => `7b${octets.toString(16).padStart(4, "0")}80${"000d00".repeat((octets - 1) / 3)}`;
      const messages = [
        // extended PCO of 32,000 octets; options whose lengths lie
        uplink(request(1, 1, long(31_999)), psiAnd(1)),
        uplink(request(1, 2, "7bffff80000d00"), psiAnd(1)),
        uplink(request(1, 3, "7b000780000dff0a0000"), psiAnd(1)),
        uplink(request(1, 4, "7b00238080211001ffff10810600000000830600000000000c00000d00000200000a00001000"), psiAnd(1)),
        // session identities 0, 16, 255, and one that is not that of the container
        ...[0, 16, 255].map((psi) => uplink(request(psi, 1), psiAnd(psi))),
        uplink(request(2, 1), psiAnd(3)),
        // transactions 0 and 255, and one in use
        ...[0, 255, 7, 7].map((pti) => uplink(request(4, pti), psiAnd(4))),
        // a modification with rules and descriptions that are none, QFI 0 and 64
        uplink(hex("2e0405c97a00090100063131010100ff7900062041010109"), "1204"),
        uplink(hex("2e0406c97a000901000631310101ff407900064041010109"), "1204"),
        uplink(hex("2e0407c97affff"), "1204"),
        // DNN: an empty label, a label past the end, 255 octets; S-NSSAI of 0, 3 and 9 octets
        ...["250100", "250a08696e7465726e6574", `25ff${"01".repeat(255)}`, "2200", "2203010203", "2209010203040506070809"].map((more) =>
          uplink(request(5, 9), psiAnd(5, more)),
        ),
        // an unknown 5GSM message, an empty one, none at all
        uplink(hex("2e0401ee"), "1204"),
        uplink(hex("2e"), "1204"),
        uplink(new Uint8Array(0), "1204"),
      ];
      for (const message of messages) await send(message);
      const random = seededRandom("n1");
      for (let i = 0; i < 150; i++) await send(uplink(concat(hex("2e04"), random(i % 40)), psiAnd(4)));
      const whole = uplink(request(6, 1, "2801007b000780000a00000d00"), psiAnd(6, "250908696e7465726e6574"));
      for (let at = 1; at < whole.length; at++) await send(whole.slice(0, at));
      assert.equal(phone.released, false);
      // answered: some by the AMF with the container, some by the SMF
      const answers = phone.heard.filter(({ message }) => message.is === "DL NAS transport");
      assert.ok(answers.length > 50, `${answers.length} answers`);
      // still registered, and served: then it switches off
      phone.say(
        {
          is: "Deregistration request (UE originating)",
          deregistrationType: { switchOff: true, reRegistrationRequired: false, accessType: "3GPP access" },
          ngKsi: phone.ngKsi,
          mobileIdentity: { is: "5G-GUTI", guti: phone.guti! },
        },
        2,
      );
      await system.clock.advance(1_000);
      assert.equal(but(census(system)).registered.length, 2);
    },
    { but, patienceMs: 120_000 },
  );
});
