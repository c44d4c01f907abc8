import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ConfigurationUpdateCommand,
  DeregistrationAcceptUeOriginating,
  DeregistrationRequestUeTerminated,
  decode,
  networkName,
  RegistrationReject,
  SecurityHeaderType,
  ServiceAccept,
  ServiceReject,
} from "@freehold/nas";
import { NoAnswer, NotAllowed, Rejected } from "../src/index.ts";
import { Network } from "./network.ts";

describe("registration", () => {
  test("without a context sends the clear text IEs alone", async () => {
    const n = await Network.start();
    n.ue.register().catch(() => {});
    const { message, header } = await n.next("Registration request");
    assert.equal(header, 0);
    assert.equal(message.ngKsi, 7);
    assert.deepEqual(message.registrationType, { type: "initial registration", followOnRequest: false });
    assert.ok(message.mobileIdentity.is === "SUCI");
    assert.deepEqual(message.ueSecurityCapability?.nia, [1, 2, 3]);
    assert.equal(message.requestedNssai, undefined);
    assert.equal(message.capability5gmm, undefined);
    await n.end();
  });

  test("with a context names the GUTI, is integrity protected, and hides the rest in a ciphered container", async () => {
    const n = await Network.start();
    await n.registered();
    const leaving = n.ue.deregister();
    await n.next("Deregistration request (UE originating)");
    n.send(DeregistrationAcceptUeOriginating({}));
    await n.clock.advance(10);
    await n.release();
    await n.wait(leaving);
    const registering = n.ue.register();
    const { message, header, count } = await n.next("Registration request");
    assert.equal(header, SecurityHeaderType.integrityProtected);
    assert.deepEqual(message.mobileIdentity, { is: "5G-GUTI", guti: n.guti() });
    assert.equal(message.ngKsi, 0);
    assert.equal(message.requestedNssai, undefined);
    assert.ok(message.nasMessageContainer && count !== undefined);
    const whole = decode(n.nas!.unprotectContainer(message.nasMessageContainer, count), { receiver: "network" });
    assert.ok(whole.ok && whole.value.is === "Registration request");
    const request = whole.value as Extract<typeof whole.value, { is: "Registration request" }>;
    assert.deepEqual(request.requestedNssai, [{ sst: 1 }]);
    assert.deepEqual(request.lastVisitedRegisteredTai, { plmn: n.plmn, tac: 1 });
    n.send(n.accept());
    await n.wait(registering);
    await n.next("Registration complete");
    assert.deepEqual(n.refusals, {});
    await n.end();
  });

  test("of a phone that the network has forgotten is authenticated anew, and the whole request comes again when asked for", async () => {
    const n = await Network.start();
    await n.registered();
    await n.release();
    n.nas = undefined;
    const registering = n.ue.register();
    const first = await n.next("Registration request");
    assert.equal(first.header, SecurityHeaderType.integrityProtected);
    n.challenge({ ngKsi: 1 });
    // Protected under a context that the network lacks, and therefore not ciphered.
    assert.equal((await n.next("Authentication response")).header, SecurityHeaderType.integrityProtected);
    n.securityMode({ ngKsi: 1, again: true });
    const { message } = await n.next("Security mode complete");
    assert.ok(message.nasMessageContainer);
    n.send(n.accept());
    await n.wait(registering);
    assert.equal(n.ue.state().security?.ngKsi, 1);
    await n.end();
  });

  test("accepted without a GUTI is not completed", async () => {
    const n = await Network.start();
    await n.registered();
    await n.release();
    const registering = n.ue.register();
    await n.next("Registration request");
    n.send(n.accept({ guti: undefined }));
    await n.wait(registering);
    await n.quiet();
    await n.end();
  });

  test("an accept with another tracking area, or with no slice, is remarked on", async () => {
    const n = await Network.start();
    const registering = n.ue.register();
    await n.next("Registration request");
    await n.secured();
    n.send(n.accept({ allowedNssai: undefined, taiList: [{ is: "one PLMN", plmn: n.plmn, tacs: [2] }] }));
    await n.wait(registering);
    assert.deepEqual(n.refusals, { "registration accept": 2 });
    await n.end();
  });

  test("rejected with #62 says so, keeps the identity, and waits for release", async () => {
    const n = await Network.start();
    const registering = n.ue.register();
    registering.catch(() => {});
    await n.next("Registration request");
    n.plain(RegistrationReject({ cause: 62 }));
    await assert.rejects(n.wait(registering), (error: unknown) => {
      assert.ok(error instanceof Rejected);
      assert.equal(error.message, "Registration reject: #62 No network slices available");
      assert.equal(error.cause5g, 62);
      return true;
    });
    assert.equal(n.ue.state().connected, true);
    await n.clock.advance(10_000);
    assert.equal(n.ue.state().connected, false);
    await n.end();
  });

  test("rejected with #22 may not be tried again until T3346 ends", async () => {
    const n = await Network.start();
    const registering = n.ue.register();
    registering.catch(() => {});
    await n.next("Registration request");
    n.plain(RegistrationReject({ cause: 22, t3346: 60 }));
    await assert.rejects(n.wait(registering), (error: unknown) => error instanceof Rejected && error.retryAfterSeconds === 60);
    await assert.rejects(n.ue.register(), (error: unknown) => error instanceof NotAllowed && error.retryAfterSeconds === 60);
    await n.release();
    await n.clock.advance(60_000);
    const again = n.ue.register({ attempts: 1 });
    again.catch(() => {});
    await n.next("Registration request");
    await n.end();
  });

  test("rejected with #3 takes GUTI and keys away", async () => {
    const n = await Network.start();
    await n.registered();
    await n.release();
    const registering = n.ue.register();
    registering.catch(() => {});
    await n.next("Registration request");
    n.send(RegistrationReject({ cause: 3 }));
    await assert.rejects(n.wait(registering), /#3 Illegal UE/);
    await n.release();
    const again = n.ue.register({ attempts: 1 });
    again.catch(() => {});
    const { message, header } = await n.next("Registration request");
    assert.equal(header, 0);
    assert.equal(message.mobileIdentity.is, "SUCI");
    await n.end();
  });

  test("that nobody answers is tried five times with T3510 and T3511, then T3502 runs", async () => {
    const n = await Network.start();
    const begun = n.clock.now();
    const registering = n.ue.register();
    await assert.rejects(n.wait(registering), (error: unknown) => error instanceof NoAnswer && /T3510 expired/.test(error.message));
    assert.equal(n.links, 5);
    assert.equal(Math.round((n.clock.now() - begun) / 1000), 5 * 15 + 4 * 10);
    assert.ok("T3502" in n.ue.state().timers);
    await n.end();
  });

  test("that no gNB answers fails with T300", async () => {
    const n = await Network.start();
    n.deaf = true;
    await assert.rejects(
      n.wait(n.ue.register({ attempts: 1 })),
      (error: unknown) => error instanceof NoAnswer && /gNB does not answer/.test(error.message),
    );
    await n.end();
  });

  test("whose radio link is lost fails as such", async () => {
    const n = await Network.start();
    const registering = n.ue.register({ attempts: 1 });
    registering.catch(() => {});
    await n.next("Registration request");
    await n.release();
    await assert.rejects(n.wait(registering), (error: unknown) => error instanceof NoAnswer && /Radio link/.test(error.message));
    await n.end();
  });

  test("is repeated when T3512 ends in idle", async () => {
    const n = await Network.start();
    await n.registered();
    await n.release();
    await n.clock.advance(3_239_000);
    assert.equal(n.links, 1);
    await n.clock.advance(2_000);
    const { message } = await n.next("Registration request");
    assert.equal(message.registrationType.type, "periodic registration updating");
    n.send(n.accept());
    await n.clock.advance(10);
    assert.equal(n.ue.state().mm, "5GMM-REGISTERED");
    await n.end();
  });
});

test("a periodic update that is rejected with #10 becomes an initial registration", async () => {
  const n = await Network.start();
  await n.registered();
  await n.release();
  await n.clock.advance(3_241_000);
  await n.next("Registration request");
  n.plain(RegistrationReject({ cause: 10 }));
  await n.clock.advance(10);
  assert.equal(n.ue.state().mm, "5GMM-DEREGISTERED");
  await n.release();
  assert.equal((await n.next("Registration request")).message.registrationType.type, "initial registration");
  await n.end();
});

describe("deregistration", () => {
  test("is asked for five times with T3521, then the phone goes alone", async () => {
    const n = await Network.start();
    await n.registered();
    const begun = n.clock.now();
    await n.wait(n.ue.deregister());
    for (let i = 0; i < 5; i++) await n.next("Deregistration request (UE originating)");
    await n.quiet();
    assert.ok(n.clock.now() - begun >= 75_000);
    assert.equal(n.ue.state().mm, "5GMM-DEREGISTERED");
    assert.equal(n.ue.state().connected, false);
    await n.end();
  });

  test("for switch-off waits for no answer", async () => {
    const n = await Network.start();
    await n.registered();
    const leaving = n.ue.deregister({ switchOff: true });
    const { message } = await n.next("Deregistration request (UE originating)");
    assert.equal(message.deregistrationType.switchOff, true);
    await n.wait(leaving);
    assert.equal(n.ue.state().mm, "5GMM-DEREGISTERED");
    await n.end();
  });

  test("by the network is accepted; with re-registration required the phone comes back after release", async () => {
    const n = await Network.start();
    await n.registered();
    n.send(
      DeregistrationRequestUeTerminated({
        deregistrationType: { switchOff: false, reRegistrationRequired: true, accessType: "3GPP access" },
      }),
    );
    await n.next("Deregistration accept (UE terminated)");
    assert.equal(n.ue.state().mm, "5GMM-DEREGISTERED");
    await n.release();
    assert.equal((await n.next("Registration request")).message.registrationType.type, "initial registration");
    await n.end();
  });

  test("takes the place of a registration that runs", async () => {
    const n = await Network.start();
    const registering = n.ue.register();
    registering.catch(() => {});
    await n.next("Registration request");
    const leaving = n.ue.deregister({ switchOff: true });
    await assert.rejects(n.wait(registering), /superseded/);
    await n.wait(leaving);
    assert.equal(n.ue.state().connected, false);
    await n.end();
  });
});

describe("configuration update", () => {
  test("is acknowledged when the network asks for it, and only then", async () => {
    const n = await Network.start();
    await n.registered();
    n.send(ConfigurationUpdateCommand({ shortNameForNetwork: networkName("FH") }));
    await n.quiet();
    n.send(
      ConfigurationUpdateCommand({
        configurationUpdateIndication: { acknowledgementRequested: true, registrationRequested: false },
        guti: { is: "5G-GUTI", guti: n.guti(0xabcdef01) },
      }),
    );
    await n.next("Configuration update complete");
    assert.match(n.ue.state().guti ?? "", /abcdef01$/);
    await n.end();
  });
});

describe("service request", () => {
  test("rejected with #9 takes the registration away", async () => {
    const n = await Network.start();
    await n.registered();
    await n.release();
    const session = n.ue.establish();
    session.catch(() => {});
    const { message, header } = await n.next("Service request");
    assert.equal(header, SecurityHeaderType.integrityProtected);
    assert.equal(message.serviceType, "signalling");
    assert.equal(message.sTmsi.sTmsi.tmsi, 0xc0ffee01);
    n.plain(ServiceReject({ cause: 9 }));
    await assert.rejects(n.wait(session), (error: unknown) => error instanceof Rejected && error.cause5g === 9);
    assert.equal(n.ue.state().mm, "5GMM-DEREGISTERED");
    assert.equal(n.ue.state().guti, undefined);
    // And the phone comes back by itself, as one that the network has not seen.
    await n.release();
    const again = await n.next("Registration request");
    assert.equal(again.message.registrationType.type, "initial registration");
    assert.equal(again.message.mobileIdentity.is, "SUCI");
    await n.end();
  });

  test("answered by nobody fails with T3517 and leaves the phone registered", async () => {
    const n = await Network.start();
    await n.registered();
    await n.release();
    await assert.rejects(n.wait(n.ue.establish()), /T3517 expired/);
    assert.equal(n.ue.state().mm, "5GMM-REGISTERED");
    await n.end();
  });

  test("is what a paged phone answers, once", async () => {
    const n = await Network.start();
    await n.registered();
    await n.release();
    assert.equal(n.ue.state().connected, false);
    n.page("0041deadbeef");
    await n.quiet();
    n.page("0041c0ffee01");
    n.page("0041c0ffee01");
    assert.equal((await n.next("Service request")).message.serviceType, "mobile terminated services");
    n.send(ServiceAccept({}));
    await n.quiet();
    assert.equal(n.ue.state().connected, true);
    await n.end();
  });
});
