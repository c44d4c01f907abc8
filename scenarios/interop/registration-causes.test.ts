/** What other functions refuse, as the phone is told: row 20, the whole table of TS 29.524. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Cause5gmm, problemsTo5gmm } from "@freehold/model";
import { encode } from "@freehold/nas";
import { refuse } from "@freehold/sbi";
import { alice, amfOf, faults } from "../src/by-hand.ts";
import { FiveGC } from "../src/index.ts";
import { OddGnb } from "../src/odd-gnb.ts";
import { ScriptedPhone } from "../src/scripted-phone.ts";

/** The first call of a registration to each service. */
const firstCall: Readonly<Record<string, string>> = {
  Nausf_UEAuthentication: "Nausf_UEAuthentication_Authenticate",
  Nudm_UECM: "Nudm_UECM_Registration",
  Nudm_SDM: "Nudm_SDM_Get",
};

const passing = [
  { service: "Nausf_UEAuthentication", status: 504, problem: "UPSTREAM_SERVER_ERROR" },
  { service: "Nudm_UECM", status: 503, problem: "NF_CONGESTION" },
  { service: "Nudm_SDM", status: 500, problem: "SYSTEM_FAILURE" },
  { service: "Nudm_UECM", status: 403, problem: "A_CAUSE_OF_A_LATER_RELEASE" },
].map((row) => ({ ...row, cause: Cause5gmm.congestion, clause: "TS 24.501 §5.5.1.2.5" }));

for (const { service, status, problem, cause, clause } of [...problemsTo5gmm, ...passing]) {
  const told = cause === "authenticationReject" ? "AUTHENTICATION REJECT" : `#${cause}`;
  test(`INTEROP 20: ${service} says ${status} ${problem}: ${told} (${clause}), and the next registration is served`, async () => {
    let refuses = true;
    const answering = (operation: string) => (refuses && operation === firstCall[service] ? refuse(status, problem) : undefined);
    await using system = await FiveGC.start({ answering });
    const gnb = await OddGnb.connect(system);
    const phone = new ScriptedPhone(system, gnb, alice);
    if (service === "Nausf_UEAuthentication") phone.say(phone.registrationRequest());
    else {
      await phone.toSecurityMode();
      phone.say({ is: "Security mode complete", nasMessageContainer: encode(phone.registrationRequest()) }, 4);
    }
    const secured = service === "Nausf_UEAuthentication" ? 0 : 2;
    if (cause === "authenticationReject") assert.equal((await phone.next("Authentication reject")).header, secured);
    else {
      const { message, header } = await phone.next("Registration reject");
      assert.deepEqual([message.cause, header, message.t3346 !== undefined], [cause, secured, cause === Cause5gmm.congestion]);
    }
    await system.clock.advance(1_000);
    assert.deepEqual([amfOf(system).ues.filter(({ rm }) => rm === "REGISTERED"), amfOf(system).connections, phone.released], [[], 0, true]);
    refuses = false;
    await new ScriptedPhone(system, gnb, alice, 2).register();
    assert.deepEqual([amfOf(system).ues.map(({ rm }) => rm), faults(system)], [["REGISTERED"], []]);
  });
}
