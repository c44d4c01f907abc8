import assert from "node:assert/strict";
import { test } from "node:test";
import { ladder, merge } from "../src/index.ts";
import { Recorder, registration } from "./registration.ts";

const figure = (text: string): string => text.slice(1, -1);

test("a ladder has a column per function, a row per message, and answers behind their requests", () => {
  assert.equal(
    ladder(registration().slice(0, 10), undefined, { width: 100 }),
    figure(`
      ms    UE    gNB    AMF    AUSF   UDM    NRF
     0.0    │      ├─────►│      │      │      │   InitialUEMessage
     0.4    ├──────┼─────►│      │      │      │   Registration request
     0.7    │      │      ├──────┼──────┼─────►│   Nnrf_NFDiscovery_Request → 200, 1.0 ms
     2.0    │      │      ├─────►│      │      │   Nausf_UEAuthentication_Authenticate → 201, 1.0 ms
     3.3    │      │      │      ├─────►│      │   Nudm_UEAuthentication_Get → 200, 1.0 ms
     4.6    │◄─────┼──────┤      │      │      │   Authentication request
     5.0    │      │◄─────┤      │      │      │   DownlinkNASTransport
`),
  );
});

test("answers have rows of their own when asked for, and when their request is not there", () => {
  const [, , request, answer] = registration();
  assert.equal(
    ladder([request!, answer!], undefined, { answers: true }),
    figure(`
      ms   AMF           NRF
     0.0    ├────────────►│   Nnrf_NFDiscovery_Request
     1.0    │◄╌╌╌╌╌╌╌╌╌╌╌╌┤   Nnrf_NFDiscovery_Request 200
`),
  );
  assert.match(ladder([answer!]), /◄╌+┤ {3}Nnrf_NFDiscovery_Request 200$/);
});

test("lanes can be named: their order is kept, entries between others are left out", () => {
  assert.equal(
    ladder(registration().slice(0, 10), ["AMF", "UE"], { ascii: true, width: 60 }),
    figure(`
      ms   AMF            UE
     0.0    |<------------+   Registration request
     4.3    +------------>|   Authentication request
`),
  );
});

test("several phones are told apart by alias, never by identity", () => {
  const text = ladder(merge(registration("imsi-001010000000001"), registration("imsi-001010000000002")));
  assert.match(text, /phone 1: Registration request/);
  assert.match(text, /phone 2: Registration request/);
  assert.equal(text.includes("imsi"), false);
});

test("a message to oneself is a point, a long figure repeats the names below", () => {
  const tape = new Recorder();
  for (let i = 0; i < 31; i++) tape.n1("AMF", "AMF", "Registration request");
  tape.n1("UE", "AMF", "Registration request");
  const rows = ladder(tape.entries, undefined, { width: 50 }).split("\n");
  assert.match(rows[1]!, /│ +● {3}Registration request/);
  assert.equal(rows.at(-1), rows[0]);
  assert.equal(ladder([]).trim(), "ms");
});

test("colours wrap each part, and a failed exchange is red; without them the text is the same", () => {
  const tape = registration();
  const coloured = ladder(tape, undefined, { colour: true });
  assert.ok(coloured.includes("\u001b[31mNudm_SDM_Get → 404"));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences
  assert.equal(coloured.replace(/\u001b\[\d+m/g, "").replaceAll(/ +$/gm, ""), ladder(tape));
});

test("a note that quotes a peer cannot move the cursor or break the row", () => {
  const tape = new Recorder();
  tape.n1("UE", "AMF", "Registration request", undefined, "name \u001b[2J\nevil");
  assert.equal(ladder(tape.entries).split("\n")[1]?.endsWith("Registration request  name \ufffd[2J\ufffdevil"), true);
});

test("in ASCII nothing else is used, and no row is wider than asked", () => {
  for (const width of [66, 80, 100, 120]) {
    const text = ladder(registration(), undefined, { width, ascii: true });
    assert.match(text, /^[\x20-\x7e\n]*$/);
    for (const row of text.split("\n")) assert.ok(row.length <= width, `${row.length} > ${width}: ${row}`);
  }
});
