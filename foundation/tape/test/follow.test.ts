import assert from "node:assert/strict";
import { test } from "node:test";
import { toFollow } from "../src/index.ts";
import { Recorder, registration } from "./registration.ts";

const authentication = `
  UE  → AMF   Registration request
  AMF → NRF   Nnrf_NFDiscovery_Request
  AMF → AUSF  Nausf_UEAuthentication_Authenticate
  AMF → UE    Authentication request      UE → AMF  Authentication response
  AMF → AUSF  Nausf_UEAuthentication_Authenticate
  AMF → UE    Security mode command       UE → AMF  Security mode complete`;

test("the figure of a registration follows the tape, whatever passed between functions it does not name", () => {
  assert.equal(
    toFollow(
      registration(),
      `${authentication}
  …
  AMF → UE    Registration accept         UE → AMF  UL NAS transport
  AMF → UE    DL NAS transport`,
    ),
    undefined,
  );
});

test("dots stand for any entries, none included; ASCII arrows and dots do too", () => {
  const tape = registration();
  assert.equal(toFollow(tape, "…"), undefined);
  assert.equal(toFollow(tape, "... \n UE -> AMF  Registration request\n..."), undefined);
  assert.equal(toFollow(tape, "… UE → AMF  Registration request   AMF → UE  Authentication request   …"), undefined);
  assert.equal(toFollow(tape, "…\n…  UE → AMF  UL NAS transport   … AMF → UE  DL NAS transport"), undefined);
  assert.equal(toFollow([], ""), undefined);
});

test("a run after dots is found where it is whole, not where it only begins", () => {
  const tape = new Recorder();
  for (const message of ["Authentication request", "Security mode command", "Authentication request", "Registration accept"])
    tape.n1("AMF", "UE", message);
  assert.equal(toFollow(tape.entries, "… AMF → UE  Authentication request   AMF → UE  Registration accept"), undefined);
  assert.equal(toFollow(tape.entries, "… AMF → UE  Authentication request   …   AMF → UE  Registration accept"), undefined);
});

test("the first difference is shown with what was expected and what is on the tape", () => {
  const wrong = authentication.replace("Authentication response", "Authentication failure");
  assert.equal(
    toFollow(registration(), `${wrong}\n…`),
    `the tape differs at step 5
      AMF → AUSF  Nausf_UEAuthentication_Authenticate
      AUSF → AMF  Nausf_UEAuthentication_Authenticate 201
      AMF → UE  Authentication request
  -   UE → AMF  Authentication failure
  +   UE → AMF  Authentication response
  +   AMF → AUSF  Nausf_UEAuthentication_Authenticate
  +   AUSF → AMF  Nausf_UEAuthentication_Authenticate 200
  +   AMF → UE  Security mode command
  +   … and 4 more
  (- expected, + on the tape)`,
  );
});

test("an entry too many at the end, a missing one, and a wrong direction are differences", () => {
  const tape = registration();
  assert.match(toFollow(tape, authentication)!, /^the tape goes on where the text ends\n[^+]*\n {2}\+ {3}AMF → UE {2}Registration accept/);
  assert.match(toFollow(tape.slice(0, 2), authentication)!, /^the tape ends before step 2\n/);
  assert.match(
    toFollow(tape, "AMF → UE  Registration request   …")!,
    /^the tape differs at step 1\n {2}- {3}AMF → UE {2}Registration request\n/,
  );
  assert.match(toFollow(tape, "… UE → AMF  Service request   …")!, /Service request/);
  assert.match(toFollow(tape, "… UE → AMF  Registration request")!, /the tape goes on/);
});

test("an answer is compared when it is named, with its status", () => {
  const tape = registration();
  assert.equal(toFollow(tape, "AMF → UDM  Nudm_SDM_Get   UDM → AMF  Nudm_SDM_Get 404"), undefined);
  assert.match(
    toFollow(tape, "AMF → UDM  Nudm_SDM_Get   UDM → AMF  Nudm_SDM_Get 200")!,
    /\+ {3}UDM → AMF {2}Nudm_SDM_Get 404|the tape ends/,
  );
});

test("with `all` nothing on the tape is passed over but answers", () => {
  assert.match(toFollow(registration(), authentication, { all: true })!, /\+ {3}gNB → AMF {2}InitialUEMessage/);
});

test("repeats are differences unless they are allowed", () => {
  const tape = new Recorder();
  tape.n1("AMF", "UE", "Authentication request");
  tape.n1("AMF", "UE", "Authentication request");
  tape.n1("UE", "AMF", "Authentication response");
  const text = "AMF → UE  Authentication request   UE → AMF  Authentication response";
  assert.match(toFollow(tape.entries, text)!, /differs at step 2/);
  assert.equal(toFollow(tape.entries, text, { repeats: true }), undefined);
});

test("a text that is no figure is refused", () => {
  assert.throws(() => toFollow([], "UE AMF Registration request"), /not a step "FROM → TO {2}message": UE AMF Registration request/);
  assert.throws(() => toFollow([], "UE → AMF Registration request"), SyntaxError);
});
