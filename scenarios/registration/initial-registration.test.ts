import assert from "node:assert/strict";
import { test } from "node:test";
import { Cause5gmm, Secret } from "@freehold/model";
import { toFollow } from "@freehold/tape";
import { carriers, FiveGC, subscriber } from "../src/index.ts";

/** A reject's cause as the phone tells it. */
async function rejected(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "was accepted";
}

for (const carrier of carriers) {
  test(`INTEROP 8: initial registration with a SUCI of profile A, over the ${carrier} carrier`, async () => {
    await using system = await FiveGC.start({ carrier });
    await system.gnb();
    const alice = subscriber(1);
    const ue = await system.ue(alice);
    await system.until(ue.register());
    const state = ue.state();
    assert.equal(state.mm, "5GMM-REGISTERED");
    assert.deepEqual(state.allowedNssai, ["1"]);
    assert.deepEqual(state.security && [state.security.nea, state.security.nia], [2, 2]);
    await system.clock.advance(100);
    assert.equal(
      toFollow(
        system.tape.entries(),
        `
        …
        UE → AMF  Registration request
        …
        AMF → AUSF  Nausf_UEAuthentication_Authenticate
        …
        AUSF → UDM  Nudm_UEAuthentication_Get
        …
        AMF → UE  Authentication request
        …
        UE → AMF  Authentication response
        …
        AMF → AUSF  Nausf_UEAuthentication_Authenticate
        …
        AMF → UE  Security mode command
        …
        UE → AMF  Security mode complete
        …
        AMF → UDM  Nudm_UECM_Registration
        …
        AMF → UDM  Nudm_SDM_Get
        …
        AMF → UDM  Nudm_SDM_Subscribe
        …
        AMF → NSSF  Nnssf_NSSelection_Get
        …
        AMF → PCF  Npcf_AMPolicyControl_Create
        …
        AMF → UE  Registration accept
        …
        AMF → gNB  InitialContextSetupRequest
        …
        UE → AMF  Registration complete
        …`,
        { repeats: true },
      ),
      undefined,
    );
  });
}

test("INTEROP 15: each registration gets another 5G-GUTI, and the 5G-TMSIs are not near each other (TS 33.501 §6.12.3)", async () => {
  await using system = await FiveGC.start();
  await system.gnb();
  const ue = await system.ue(subscriber(1));
  const tmsis = new Set<number>();
  for (let i = 0; i < 8; i++) {
    await system.until(ue.register());
    const guti = ue.state().guti ?? "";
    tmsis.add(Number.parseInt(guti.slice(-8), 16));
    await system.until(ue.deregister());
  }
  assert.equal(tmsis.size, 8);
  const sorted = [...tmsis].sort((a, b) => a - b);
  assert.ok(sorted.every((t, i) => i === 0 || t - sorted[i - 1]! > 1_000));
});

test("INTEROP 13: the second registration uses the GUTI and the security context of the first: no authentication runs", async () => {
  await using system = await FiveGC.start();
  await system.gnb();
  const ue = await system.ue(subscriber(1));
  await system.until(ue.register());
  await system.until(ue.deregister());
  const before = system.tape.length;
  await system.until(ue.register());
  const after = system.tape.entries().slice(before);
  assert.ok(after.some((e) => e.message === "Registration accept"));
  assert.equal(
    after.some((e) => e.message === "Authentication request"),
    false,
  );
});

test("a SUPI that nobody provisioned is told #7 (TS 29.524), and the log says which function said so", async () => {
  await using system = await FiveGC.start();
  await system.gnb();
  const ue = await system.ue(subscriber(2));
  assert.match(await rejected(system.until(ue.register())), /#7 /);
  assert.ok(
    system.log.lines.some((l) => l.level === "warn" && /registration rejected: Nausf_UEAuthentication: 404 USER_NOT_FOUND/.test(l.event)),
  );
});

test("a wrong key: the phone finds the challenge wrong, AUTHENTICATION REJECT ends it, and another phone is served (TS 24.501 §5.4.1.3.7)", async () => {
  const [alice, bob] = [subscriber(1), subscriber(2)];
  await using system = await FiveGC.start({ subscribers: [alice, bob] });
  await system.gnb();
  const wrong = await system.ue({ ...alice, k: new Secret(new Uint8Array(16).fill(9)) });
  assert.match(await rejected(system.until(wrong.register())), /Authentication reject/i);
  const right = await system.ue(bob);
  await system.until(right.register());
  assert.equal(right.state().mm, "5GMM-REGISTERED");
});

test("INTEROP 15: a slice that is not subscribed is a rejected NSSAI; the default one serves when no other is left (TS 23.501 §5.15.5.2.1), and without one it is #62", async () => {
  const config = `network: { plmns: [{ mcc: "001", mnc: "01", slices: [{ sst: 1 }, { sst: 2 }] }] }`;
  const [alice, bob] = [subscriber(1), subscriber(2)];
  const elsewhere = { ...bob, slices: bob.slices.map((s) => ({ ...s, sst: 3 })) };
  await using system = await FiveGC.start({ config, subscribers: [alice, elsewhere] });
  await system.gnb();
  const both = await system.ue(alice, { slices: [{ sst: 1 }, { sst: 2 }] });
  await system.until(both.register());
  assert.deepEqual(both.state().allowedNssai, ["1"]);
  assert.equal(both.state().rejectedNssai.length, 1);
  await system.until(both.deregister());
  const other = await system.ue(alice, { slices: [{ sst: 2 }] });
  await system.until(other.register());
  assert.deepEqual(other.state().allowedNssai, ["1"]);
  assert.equal(other.state().rejectedNssai.length, 1);
  const none = await system.ue(elsewhere, { slices: [{ sst: 2 }] });
  assert.match(await rejected(system.until(none.register())), new RegExp(`#${Cause5gmm.noNetworkSlicesAvailable} `));
});

test("a USIM ahead of the network: AUTS goes home, one new challenge, and the phone registers (TS 33.501 §6.1.3.3)", async () => {
  await using system = await FiveGC.start();
  await system.gnb();
  const ahead = Array.from({ length: 32 }, (_, i) => 0x1000 * 32 + i);
  const ue = await system.ue(subscriber(1), { sqn: ahead });
  await system.until(ue.register());
  assert.equal(ue.state().mm, "5GMM-REGISTERED");
  assert.equal(system.tape.entries().filter((e) => e.message === "Authentication failure").length, 1);
  assert.equal(system.tape.entries().filter((e) => e.message === "Authentication request").length, 2);
});

test("without the null scheme a phone that does not conceal its identity is refused", async () => {
  await using system = await FiveGC.start({ config: "security: { suciSchemes: [A, B] }" });
  await system.gnb();
  const ue = await system.ue(subscriber(1), { homeNetworkKey: undefined });
  assert.notEqual(await rejected(system.until(ue.register())), "was accepted");
});

test("INTEROP 14: NEA0 is chosen only where it is configured; the header type is then still 2", async () => {
  await using system = await FiveGC.start({ config: "security: { ciphering: [NEA0] }" });
  await system.gnb();
  const ue = await system.ue(subscriber(1));
  await system.until(ue.register());
  assert.equal(ue.state().security?.nea, 0);
});
