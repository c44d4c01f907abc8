import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpRequest, HttpResponse } from "@freehold/net";
import { PortError } from "@freehold/net";
import { seededRandom, VirtualClock } from "@freehold/runtime";
import * as sbi from "@freehold/sbi";
import { hex, toText } from "@freehold/wire";

const body = {
  supi: "imsi-001010000000001",
  pduSessionId: 1,
  dnn: "internet",
  servingNfId: "00000000-0000-4000-8000-000000000001",
  servingNetwork: { mcc: "001", mnc: "01" },
  anType: "3GPP_ACCESS",
  smContextStatusUri: "http://127.0.0.16:8080/namf-callback/v1/x",
  n1SmMsg: hex("2e0101c1"),
} as const;

const smf = "http://127.0.0.17:8080";

for (const form of sbi.twinForms) {
  test(`a call with a binary part, a callback inside it, an error with a binary part (${form})`, async () => {
    const twin = sbi.sbiTwin({ form });
    const amf = twin.join("AMF", "127.0.0.16").sbi;
    const session = twin.join("SMF", "127.0.0.17").sbi;
    let seen = 0;
    session.produce(sbi.Nsmf_PDUSession, {
      async createSmContext({ body }, call) {
        seen++;
        assert.equal(call.caller, "AMF");
        assert.deepEqual(body.n1SmMsg, hex("2e0101c1"));
        assert.ok(form !== "frozen" || Object.isFrozen(body));
        const status = session.consume(sbi.Nsmf_PDUSession_Callback, body.smContextStatusUri);
        const told = await status.smContextStatusNotify({ body: { statusInfo: { resourceStatus: "RELEASED" } } });
        assert.equal(told.status, 204);
        if (body.dnn === "ims") return sbi.refuseWith(403, { error: { status: 403, cause: "DNN_DENIED" }, n1SmMsg: hex("2e01") });
        return sbi.created({ hSmfUri: "http://127.0.0.99:1" }, "/nsmf-pdusession/v1/sm-contexts/7");
      },
    });
    const told: string[] = [];
    const callback = amf.callback(sbi.Nsmf_PDUSession_Callback, "/namf-callback/v1/sm-context-status/{supi}/{psi}", {
      smContextStatusNotify: ({ supi, psi, body }) => {
        told.push(`${supi} ${psi} ${body.statusInfo.resourceStatus}`);
        return sbi.noContent();
      },
    });
    const smContextStatusUri = callback.uri({ supi: body.supi, psi: 1 });
    assert.equal(smContextStatusUri, "http://127.0.0.16:8080/namf-callback/v1/sm-context-status/imsi-001010000000001/1");
    const face = amf.consume(sbi.Nsmf_PDUSession, smf);
    const made = await twin.clock.until(face.createSmContext({ body: { ...body, smContextStatusUri } }));
    assert.deepEqual(made, {
      ok: true,
      status: 201,
      value: { hSmfUri: "http://127.0.0.99:1" },
      location: `${smf}/nsmf-pdusession/v1/sm-contexts/7`,
    });
    assert.equal(seen, 1); // also where the network repeated it
    assert.deepEqual(told, ["imsi-001010000000001 1 RELEASED"]);
    const denied = await twin.clock.until(face.createSmContext({ body: { ...body, smContextStatusUri, dnn: "ims" } }));
    assert.ok(!denied.ok);
    assert.equal(denied.problem.cause, "DNN_DENIED");
    assert.deepEqual(denied.refusal?.n1SmMsg, hex("2e01"));

    const [request] = twin.tape;
    assert.deepEqual(
      [request?.from, request?.to, request?.message, request?.ue],
      ["AMF", "SMF", "Nsmf_PDUSession_CreateSMContext", body.supi],
    );
    const response = twin.tape.find((e) => e.carriage.kind === "http2" && "status" in e.carriage.half && e.message === request?.message);
    assert.ok(request?.carriage.kind === "http2" && response?.carriage.kind === "http2");
    assert.equal(request.carriage.exchange, response.carriage.exchange);
    assert.deepEqual(request.carriage.half, { method: "POST", path: "/nsmf-pdusession/v1/sm-contexts" });
    assert.match(toText(request.bytes), /Content-Type: application\/vnd\.3gpp\.5gnas\r\nContent-Id: n1SmMsg/);
    assert.match(request.carriage.headers["user-agent"] ?? "", /^AMF-/);
    assert.ok(twin.tape.every((e) => e.interface === "SBI"));
  });
}

test("octets that are handed over are copies: neither side can change what the other holds", async () => {
  const twin = sbi.sbiTwin({ form: "frozen" });
  const session = twin.join("SMF", "127.0.0.17").sbi;
  let held: Uint8Array | undefined;
  session.produce(sbi.Nsmf_PDUSession, {
    createSmContext: ({ body }) => {
      held = body.n1SmMsg;
      return sbi.created({}, "/x/y");
    },
  });
  const n1SmMsg = hex("2e0101c1");
  await twin
    .join("AMF", "127.0.0.16")
    .sbi.consume(sbi.Nsmf_PDUSession, smf)
    .createSmContext({ body: { ...body, n1SmMsg } });
  n1SmMsg[0] = 0;
  assert.deepEqual(held, hex("2e0101c1"));
});

test("a producer that fails, one that is missing and one that is silent are told apart", async () => {
  const twin = sbi.sbiTwin();
  const session = twin.join("SMF", "127.0.0.17").sbi;
  const calls: string[] = [];
  session.produce(sbi.Nsmf_PDUSession, {
    createSmContext: () => {
      throw new TypeError("a bug");
    },
    releaseSmContext: () => {
      throw new sbi.SbiReject(404, "CONTEXT_NOT_FOUND");
    },
    updateSmContext: () => new Promise(() => void calls.push("update")),
  });
  const face = twin.join("AMF", "127.0.0.16").sbi.consume(sbi.Nsmf_PDUSession, smf);
  const bug = await face.createSmContext({ body });
  assert.deepEqual([bug.status, !bug.ok && bug.problem.cause], [500, "UNSPECIFIED_NF_FAILURE"]);
  assert.ok(twin.lines.some((l) => l.level === "error" && l.fields["error"] instanceof TypeError));
  const gone = await face.releaseSmContext({ smContextRef: "7" });
  assert.deepEqual([gone.status, !gone.ok && gone.problem.cause], [404, "CONTEXT_NOT_FOUND"]);
  assert.equal((await face.retrieveSmContext({ smContextRef: "7" })).status, 501);
  await assert.rejects(twin.clock.until(face.updateSmContext({ smContextRef: "7", body: {} })), /no answer in 10000 ms/);
  assert.deepEqual(calls, ["update"]); // a POST that may have acted is not sent again
  const aborted = AbortSignal.abort(new Error("the procedure ended"));
  await assert.rejects(face.createSmContext({ body }, { signal: aborted }), /the procedure ended/);
  const nobody = twin.join("AMF", "127.0.0.18").sbi.consume(sbi.Nsmf_PDUSession, "http://127.0.0.77:8080");
  await assert.rejects(twin.clock.until(nobody.createSmContext({ body })), (e) => e instanceof sbi.SbiTransportError && !e.acted);
});

/** An HTTP/2 port whose other side is a function. */
function http2Over(answer: (request: HttpRequest, n: number) => HttpResponse | PortError) {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const requests: (HttpRequest & { to: string })[] = [];
  const port = {
    listen: () => Promise.reject(new PortError("ENOTSUP", "no")),
    request: async (to: { host: string; port: number }, request: HttpRequest): Promise<HttpResponse> => {
      requests.push({ ...request, to: `${to.host}:${to.port}` });
      const given = answer(request, requests.length);
      if (given instanceof PortError) throw given;
      return given;
    },
    close: async () => {},
  };
  const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
  const one = new sbi.Sbi({
    nfType: "AMF",
    nfInstanceId: body.servingNfId,
    apiRoot: "http://127.0.0.16:8080",
    carrier: sbi.http2(port),
    clock,
    random,
    log,
  });
  return { clock, requests, one };
}

const respond = (status: number, headers: Record<string, string> = {}, text = ""): HttpResponse => ({
  status,
  headers: { ...(text && { "content-type": "application/json" }), ...headers },
  body: new TextEncoder().encode(text),
});

test("INTEROP 38: 308 is followed to another host with the same body; a loop ends", async () => {
  const { clock, requests, one } = http2Over((request) =>
    request.path.includes("sm-contexts") && requests.length === 1
      ? respond(308, { location: "http://127.0.0.27:9090/other/nsmf-pdusession/v1/sm-contexts" })
      : respond(201, { location: "http://127.0.0.27:9090/c/1" }, "{}"),
  );
  const made = await clock.until(one.consume(sbi.Nsmf_PDUSession, smf).createSmContext({ body }));
  assert.equal(made.ok && made.location, "http://127.0.0.27:9090/c/1");
  assert.deepEqual(
    requests.map((r) => `${r.to}${r.path}`),
    ["127.0.0.17:8080/nsmf-pdusession/v1/sm-contexts", "127.0.0.27:9090/other/nsmf-pdusession/v1/sm-contexts"],
  );
  assert.deepEqual(requests[0]?.body, requests[1]?.body);
  const loop = http2Over(() => respond(307, { location: `${smf}/again` }));
  await assert.rejects(loop.clock.until(loop.one.consume(sbi.Nsmf_PDUSession, smf).createSmContext({ body })), /redirections/);
});

test("HTTP/2: what may be repeated is, after a while; what may not is not, unless it never arrived", async () => {
  const reset = new PortError("ECONNRESET", "reset");
  const get = http2Over((_, n) => (n < 3 ? reset : respond(200, {}, '{"nssai":{"defaultSingleNssais":[{"sst":1}]}}')));
  const am = await get.clock.until(get.one.consume(sbi.Nudm_SDM, smf).getAmData({ supi: body.supi }));
  assert.ok(am.ok);
  assert.equal(get.requests.length, 3);
  const gone = http2Over((_, n) => (n === 1 ? reset : respond(404)));
  const deleted = await gone.clock.until(gone.one.consume(sbi.Npcf_AMPolicyControl, smf).delete({ polAssoId: "1" }));
  assert.equal(deleted.status, 204); // the first try deleted it
  const post = http2Over(() => reset);
  await assert.rejects(post.clock.until(post.one.consume(sbi.Nsmf_PDUSession, smf).createSmContext({ body })));
  assert.equal(post.requests.length, 1);
  const refused = http2Over((_, n) => (n === 1 ? new PortError("ECONNREFUSED", "refused") : respond(201, {}, "{}")));
  assert.ok((await refused.clock.until(refused.one.consume(sbi.Nsmf_PDUSession, smf).createSmContext({ body }))).ok);
});

test("HTTP/2: an answer that is none, from a producer that is not ours, is a transport error; any error body is a problem", async () => {
  const read = async (response: HttpResponse) => {
    const { clock, one } = http2Over(() => response);
    const given = one.consume(sbi.Nausf_UEAuthentication, smf).authenticate({
      body: { supiOrSuci: body.supi, servingNetworkName: "5G:mnc001.mcc001.3gppnetwork.org" },
    });
    try {
      const a = await clock.until(given);
      return a.ok ? "ok" : `${a.status} ${a.problem.cause}`;
    } catch (error) {
      assert.ok(error instanceof sbi.SbiTransportError);
      return "broken";
    }
  };
  assert.equal(await read(respond(201, {}, '{"authType":')), "broken");
  assert.equal(await read(respond(201, {}, '{"authType":"5G_AKA"}')), "broken");
  assert.equal(await read(respond(201)), "broken");
  assert.equal(await read(respond(102)), "broken");
  assert.equal(await read(respond(404, {}, '{"cause":"USER_NOT_FOUND","status":"404","x":1}')), "404 USER_NOT_FOUND");
  assert.equal(await read(respond(503, { "content-type": "text/html" }, "<h1>busy</h1>")), "503 undefined");
  assert.equal(await read(respond(500, {}, "[]")), "500 undefined");
  const hal =
    '{"authType":"5G_AKA","5gAuthData":{"rand":"00112233445566778899aabbccddeeff","autn":"00112233445566778899aabbccddeeff","hxresStar":"00112233445566778899aabbccddeeff"},"_links":{"5g-aka":{"href":"http://x/y"}},"later":[1]}';
  assert.equal(await read(respond(201, { "content-type": "application/3gppHal+json; charset=utf-8" }, hal)), "ok");
});

test("contrary: a hundred registrations of slices arrive as sent, however the network behaves", async () => {
  for (const seed of [1, 2, 3]) {
    const twin = sbi.sbiTwin({ form: "contrary", seed });
    const made = new Map<string, number>();
    twin.join("PCF", "127.0.0.14").sbi.produce(sbi.Npcf_AMPolicyControl, {
      create: ({ body }) => {
        made.set(body.supi, (made.get(body.supi) ?? 0) + 1);
        return sbi.created({ suppFeat: "0" }, `/npcf-am-policy-control/v1/policies/${body.supi}`);
      },
      delete: ({ polAssoId }) => (made.delete(polAssoId) ? sbi.noContent() : sbi.refuse(404, "X")),
    });
    const face = twin.join("AMF", "127.0.0.16").sbi.consume(sbi.Npcf_AMPolicyControl, "http://127.0.0.14:8080");
    const supis = Array.from({ length: 100 }, (_, i) => `imsi-0010100000${String(i).padStart(5, "0")}`);
    const all = await twin.clock.until(
      Promise.all(supis.map((supi) => face.create({ body: { supi, notificationUri: "http://127.0.0.16:8080/a/b", suppFeat: "0" } }))),
    );
    assert.ok(all.every((a) => a.ok));
    assert.deepEqual([...made.values()], new Array(100).fill(1)); // repeats were answered, not acted on
    assert.notDeepEqual([...made.keys()], supis); // they changed places
    const deleted = await twin.clock.until(Promise.all(supis.map((polAssoId) => face.delete({ polAssoId }))));
    assert.ok(deleted.every((a) => a.status === 204));
    assert.equal(made.size, 0);
  }
});
