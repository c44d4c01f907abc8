import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeHttp2 } from "@freehold/net";
import { seededRandom, systemClock } from "@freehold/runtime";
import {
  created,
  http2,
  listen,
  Nsmf_PDUSession,
  Nsmf_PDUSession_Callback,
  noContent,
  refuseWith,
  Sbi,
  SbiRecorder,
  SbiTransportError,
} from "@freehold/sbi";
import type { TapeEntry } from "@freehold/tape";
import { hex } from "@freehold/wire";

test("over sockets: binary parts, a callback inside the call, an error with a body; both ends on one tape once", async () => {
  const clock = systemClock();
  const random = seededRandom("http2");
  const log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
  const port = nodeHttp2();
  const tape: TapeEntry[] = [];
  const recorder = new SbiRecorder({ record: (entry) => void tape.push(entry) }, { clock, random });
  const carrier = http2(port);
  const common = { carrier, clock, random, log, recorder };
  const nfInstanceId = "4947a69a-f61b-4bc1-b9da-47c9c5d14b64";
  const amf = new Sbi({ ...common, nfType: "AMF", nfInstanceId, apiRoot: "http://127.77.3.5:18080", recordedByPeer: () => true });
  const smf = new Sbi({ ...common, nfType: "SMF", nfInstanceId, apiRoot: "http://127.77.3.6:18080/smf", recordedByPeer: () => true });
  const listeners = [await listen(port, amf.server, recorder.server("AMF")), await listen(port, smf.server, recorder.server("SMF"))];
  try {
    smf.produce(Nsmf_PDUSession, {
      async createSmContext({ body }) {
        assert.deepEqual(body.n1SmMsg, hex("2e0101c1ffff91a1"));
        const told = await smf.consume(Nsmf_PDUSession_Callback, body.smContextStatusUri).smContextStatusNotify({
          body: { statusInfo: { resourceStatus: "UPDATED" } },
        });
        assert.equal(told.status, 204);
        if (body.dnn === "ims") return refuseWith(403, { error: { cause: "DNN_DENIED" }, n1SmMsg: hex("2e01") });
        return created({}, "/nsmf-pdusession/v1/sm-contexts/1");
      },
    });
    const callback = amf.callback(Nsmf_PDUSession_Callback, "/namf-callback/v1/{supi}", { smContextStatusNotify: () => noContent() });
    const face = amf.consume(Nsmf_PDUSession, smf.apiRoot);
    const body = {
      servingNfId: nfInstanceId,
      servingNetwork: { mcc: "001", mnc: "01" },
      anType: "3GPP_ACCESS",
      smContextStatusUri: callback.uri({ supi: "imsi-001010000000001" }),
      n1SmMsg: hex("2e0101c1ffff91a1"),
    } as const;
    const made = await face.createSmContext({ body });
    assert.equal(made.ok && made.location, "http://127.77.3.6:18080/smf/nsmf-pdusession/v1/sm-contexts/1");
    const denied = await face.createSmContext({ body: { ...body, dnn: "ims" } });
    assert.ok(!denied.ok);
    assert.deepEqual([denied.status, denied.problem.cause, denied.refusal?.n1SmMsg], [403, "DNN_DENIED", hex("2e01")]);
    assert.equal((await face.releaseSmContext({ smContextRef: "1" })).status, 501);
    assert.equal(tape.length, 10);
    assert.ok(tape.every((e) => e.carriage.kind === "http2" && e.carriage.dst.port === 18_080 && e.carriage.src.port > 1_023));
    const nobody = amf.consume(Nsmf_PDUSession, "http://127.77.3.7:18080");
    await assert.rejects(nobody.createSmContext({ body }), (error) => error instanceof SbiTransportError && !error.acted);
  } finally {
    await Promise.all(listeners.map((l) => l.close()));
    await port.close();
  }
});
