import assert from "node:assert/strict";
import { test } from "node:test";
import {
  answer,
  created,
  Nausf_UEAuthentication,
  Nsmf_PDUSession,
  Nudm_SDM,
  Nudm_UECM,
  noContent,
  type ProblemDetails,
  sbiTwin,
} from "@freehold/sbi";
import { concat, fromText, toText } from "@freehold/wire";
import fc from "fast-check";

const snn = "5G:mnc001.mcc001.3gppnetwork.org";
const valid = { supiOrSuci: "imsi-001010000000001", servingNetworkName: snn };

function door() {
  const twin = sbiTwin();
  const { sbi } = twin.join("UDM", "127.0.0.12");
  const reached: unknown[] = [];
  const reach = (input: unknown) => {
    reached.push(input);
    return noContent() as never;
  };
  sbi.produce(Nausf_UEAuthentication, { authenticate: reach, confirm: reach });
  sbi.produce(Nudm_SDM, { getAmData: reach, getSmData: reach, getNssai: reach, subscribe: reach });
  sbi.produce(Nudm_UECM, { registerSmf: reach });
  sbi.produce(Nsmf_PDUSession, {
    createSmContext: (input) => {
      reached.push(input);
      return created({}, "/a/b");
    },
    updateSmContext: (input) => {
      reached.push(input);
      return answer({});
    },
  });
  const ask = async (method: string, path: string, text: string | Uint8Array = "", headers: Record<string, string> = {}) => {
    const body = typeof text === "string" ? fromText(text) : text;
    const type: Record<string, string> = body.length > 0 ? { "content-type": "application/json" } : {};
    const response = await sbi.server.handle({ method, path, headers: { "user-agent": "AMF", ...type, ...headers }, body });
    const problem = response.body.length > 0 ? (JSON.parse(toText(response.body)) as ProblemDetails) : {};
    return { status: response.status, headers: response.headers, cause: problem.cause, params: problem.invalidParams?.map((p) => p.param) };
  };
  return { ask, reached, twin, sbi };
}

test("INTEROP 38: what is right reaches the producer, with what is unknown kept and numbers typed", async () => {
  const { ask, reached } = door();
  const more = { ...valid, someLaterAttribute: { a: [1] } };
  assert.equal((await ask("POST", "/nausf-auth/v1/ue-authentications", JSON.stringify(more))).status, 204);
  assert.deepEqual(reached, [{ body: more }]);
  const query = `plmn-id=${encodeURIComponent('{"mcc":"001","mnc":"01"}')}&single-nssai=%7B%22sst%22%3A1%7D&dnn=internet&later=1`;
  assert.equal((await ask("GET", `/nudm-sdm/v2/imsi-001010000000001/sm-data?${query}`)).status, 204);
  assert.deepEqual(reached[1], {
    supi: "imsi-001010000000001",
    "plmn-id": { mcc: "001", mnc: "01" },
    "single-nssai": { sst: 1 },
    dnn: "internet",
  });
  const smf = {
    smfInstanceId: "4947a69a-f61b-4bc1-b9da-47c9c5d14b64",
    pduSessionId: 5,
    singleNssai: { sst: 1 },
    plmnId: { mcc: "001", mnc: "01" },
  };
  assert.equal((await ask("PUT", "/nudm-uecm/v1/imsi-001010000000001/registrations/smf-registrations/5", JSON.stringify(smf))).status, 204);
  assert.equal((reached[2] as unknown as { pduSessionId: unknown }).pduSessionId, 5);
});

test("INTEROP 38: TS 29.500 §5.2.7.2: each kind of wrong has its status and cause, and no producer hears of it", async () => {
  const { ask, reached } = door();
  const post = (text: string | Uint8Array, headers?: Record<string, string>) =>
    ask("POST", "/nausf-auth/v1/ue-authentications", text, headers);
  const missing = await post(JSON.stringify({ supiOrSuci: valid.supiOrSuci }));
  assert.deepEqual([missing.status, missing.cause, missing.params], [400, "MANDATORY_IE_MISSING", ["/servingNetworkName"]]);
  const wrong = await post(JSON.stringify({ ...valid, servingNetworkName: "5G:mnc1" }));
  assert.deepEqual([wrong.status, wrong.cause, wrong.params], [400, "MANDATORY_IE_INCORRECT", ["/servingNetworkName"]]);
  assert.equal((await post(JSON.stringify({ ...valid, supiOrSuci: { $ne: "" } }))).cause, "MANDATORY_IE_INCORRECT");
  for (const text of ['{"supiOrSuci"', "[", '{"a":1,"a":2}', '{"__proto__":{}}', "[".repeat(1_000), "nonsense", '"\ud800"']) {
    assert.equal((await post(text)).status, 400, text.slice(0, 20));
  }
  assert.equal((await post("")).cause, "INVALID_MSG_FORMAT");
  assert.equal((await post("{}", { "content-type": "text/plain" })).status, 415);
  assert.equal((await post("{}", { "content-type": "" })).status, 415);
  assert.equal((await post(new Uint8Array(1_048_577))).status, 413);
  const method = await ask("GET", "/nausf-auth/v1/ue-authentications");
  assert.deepEqual([method.status, method.headers["allow"]], [405, "POST"]);
  for (const path of [
    "/",
    "",
    "/nausf-auth",
    "/nausf-auth/v2/ue-authentications",
    "/nausf-auths/v1/ue-authentications",
    "*",
    "http://x/y",
  ]) {
    const { status, cause } = await ask("POST", path);
    assert.deepEqual([status, cause], [400, "INVALID_API"], path);
  }
  for (const path of ["/nausf-auth/v1", "/nausf-auth/v1/ue-authentications/a/b/c", "/nausf-auth/v1/ue-authentication"]) {
    const { status, cause } = await ask("POST", path);
    assert.deepEqual([status, cause], [404, "RESOURCE_URI_STRUCTURE_NOT_FOUND"], path);
  }
  const optional = await post(JSON.stringify({ ...valid, supportedFeatures: "zz" }));
  assert.deepEqual([optional.status, optional.cause, optional.params], [400, "OPTIONAL_IE_INCORRECT", ["/supportedFeatures"]]);
  assert.equal((await ask("GET", `/nudm-sdm/v2/${"a".repeat(9_000)}`)).status, 414);
  assert.deepEqual(reached, []);
});

test("attack 46: identities in paths are those of 3GPP, whatever encoding hides them", async () => {
  const { ask, reached } = door();
  for (const id of [
    "imsi-00101",
    "imsi-001010000000001%00",
    "imsi-001010000000001%0a",
    "%2e%2e",
    "..",
    "imsi-1%2f..",
    "$ne",
    "%7B%22$ne%22%3A1%7D",
    "imsi-",
    "IMSI-001010000000001",
    "imsi-0010100000000011111",
    "%",
    "%zz",
    "%ff",
    "",
    "null",
    "nai-",
  ]) {
    const expected = id === "imsi-00101" ? 204 : 400;
    const { status } = await ask("GET", `/nudm-sdm/v2/${id}/am-data`);
    assert.ok(status === expected || (id === "" && status === 404), `${id}: ${status}`);
  }
  assert.equal(reached.length, 1);
  assert.equal((await ask("PUT", "/nudm-uecm/v1/imsi-001010000000001/registrations/smf-registrations/256", "{}")).status, 400);
  assert.equal((await ask("PUT", "/nudm-uecm/v1/imsi-001010000000001/registrations/smf-registrations/1e1", "{}")).status, 400);
});

test("any octets in any place are answered, below 500, and never kill the door", async () => {
  const { sbi } = door();
  const paths = fc.oneof(
    fc.string().map((s) => `/nudm-sdm/v2/${encodeURIComponent(s)}/am-data?${s}`),
    fc.string({ unit: fc.constantFrom("/", "a", "%", "2", "e", "?", "&", "=", ".", "{") }).map((s) => `/nudm-sdm/v2/${s}`),
    fc.constantFrom("/nausf-auth/v1/ue-authentications", "/nsmf-pdusession/v1/sm-contexts", "/nsmf-pdusession/v1/sm-contexts/1/modify"),
  );
  const media = fc.constantFrom(
    "application/json",
    "multipart/related; boundary=x",
    "multipart/related",
    "application/merge-patch+json",
    "",
  );
  const bodies = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .string({ unit: fc.constantFrom("--x", "\r\n", "Content-Type: application/json", "{}", "Content-Id: a", "--", "a"), maxLength: 30 })
      .map(fromText),
    fc.json().map(fromText),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom("GET", "POST", "PUT", "X"), paths, media, bodies, async (method, path, type, body) => {
      const response = await sbi.server.handle({ method, path, headers: { "content-type": type }, body });
      assert.ok(response.status < 500, `${response.status} ${method} ${path}`);
    }),
    { numRuns: 400 },
  );
});

test("INTEROP 38: multipart: parts by Content-Id in any order and case; what is missing, doubled or unclosed is refused", async () => {
  const { ask, reached } = door();
  const json = JSON.stringify({
    servingNfId: "4947a69a-f61b-4bc1-b9da-47c9c5d14b64",
    servingNetwork: { mcc: "001", mnc: "01" },
    anType: "3GPP_ACCESS",
    smContextStatusUri: "http://127.0.0.16:8080/a/b",
    n1SmMsg: { contentId: "n1-part" },
  });
  const binary = Uint8Array.of(0x2e, 0x01, 0x0d, 0x0a, 0x2d, 0x2d, 0xff);
  const post = async (body: Uint8Array, boundary = "b") =>
    (await ask("POST", "/nsmf-pdusession/v1/sm-contexts", body, { "content-type": `multipart/related; boundary=${boundary}` })).status;
  const part = (headers: string, content: Uint8Array) => concat(fromText(`--b\r\n${headers}\r\n\r\n`), content, fromText("\r\n"));
  const jsonPart = part("Content-Type: application/json", fromText(json));
  const n1Part = part("content-id: <n1-part>\r\ncontent-type:application/vnd.3gpp.5gnas", binary);
  const end = fromText("--b--\r\n");
  assert.equal(await post(concat(jsonPart, n1Part, end)), 201);
  assert.deepEqual((reached[0] as { body: { n1SmMsg: Uint8Array } }).body.n1SmMsg, binary);
  assert.equal(await post(concat(fromText("preamble\r\n"), n1Part, jsonPart, end, fromText("epilogue"))), 201);
  assert.equal(await post(concat(jsonPart, n1Part, end), '"b"'), 201);
  assert.equal(await post(concat(jsonPart, end)), 400); // the part that is spoken of is not there
  assert.equal(await post(concat(jsonPart, n1Part)), 400);
  assert.equal(await post(concat(jsonPart, ...new Array<Uint8Array>(20).fill(n1Part), end)), 400);
  assert.equal(await post(concat(part(`x: ${"y".repeat(3_000)}`, binary), end)), 400);
  assert.equal(await post(end), 400);
  assert.equal(await post(concat(jsonPart, n1Part, end), "c".repeat(71)), 400);
  assert.equal(await post(fromText(json)), 400);
  assert.equal((await ask("POST", "/nsmf-pdusession/v1/sm-contexts", json)).status, 400); // a reference in plain JSON has no part
  const whole = concat(jsonPart, n1Part, end);
  for (let cut = 0; cut < whole.length - 4; cut += 3) assert.equal(await post(whole.subarray(0, cut)), 400);
});

test("a POST with the same idempotency key is acted on once, from one caller, for half a minute", async () => {
  const { ask, reached, twin } = door();
  const headers = { "3gpp-sbi-request-info": "idempotency-key=0123456789abcdef" };
  const post = (more: Record<string, string> = {}) =>
    ask("POST", "/nausf-auth/v1/ue-authentications", JSON.stringify(valid), { ...headers, ...more });
  await Promise.all([post(), post()]);
  assert.equal(reached.length, 1);
  await post({ "user-agent": "SMF" });
  assert.equal(reached.length, 2);
  await twin.clock.advance(30_001);
  await post();
  assert.equal(reached.length, 3);
});

test("a service that is no longer produced is not there", async () => {
  const twin = sbiTwin();
  const { sbi } = twin.join("AUSF", "127.0.0.13");
  const produced = sbi.produce(Nausf_UEAuthentication, {});
  const request = {
    method: "POST",
    path: "/nausf-auth/v1/ue-authentications",
    headers: { "content-type": "application/json" },
    body: fromText(JSON.stringify(valid)),
  };
  assert.equal((await sbi.server.handle(request)).status, 501);
  produced[Symbol.dispose]();
  assert.equal((await sbi.server.handle(request)).status, 400);
  assert.throws(() => sbi.callback(Nausf_UEAuthentication, "/{a}/b", {}), RangeError);
});
