import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom, VirtualClock } from "@freehold/runtime";
import * as sbi from "@freehold/sbi";
import { hex } from "@freehold/wire";

const log = { debug() {}, info() {}, warn: () => {}, error: console.log, child: () => log };

for (const form of ["frozen", "wire", "contrary"] as const) {
  test(`a binary part crosses (${form})`, async () => {
    const clock = new VirtualClock();
    const random = seededRandom(1);
    const net = new sbi.LocalNetwork();
    let carrier = sbi.local(net, { form: form === "contrary" ? "wire" : form });
    if (form === "contrary") carrier = sbi.contrary(carrier, { clock, random });
    const entries: unknown[] = [];
    const recorder = new sbi.SbiRecorder({ record: (e) => void entries.push(e) }, { clock, random });
    const make = (nfType: string, n: number) => {
      const s = new sbi.Sbi({
        nfType,
        nfInstanceId: `00000000-0000-4000-8000-00000000000${n}`,
        apiRoot: `http://127.0.0.${n}:8080`,
        carrier,
        clock,
        random,
        log,
        recorder,
      });
      net.attach(s.server);
      return s;
    };
    const amf = make("AMF", 5);
    const smf = make("SMF", 6);
    let seen = 0;
    smf.produce(sbi.Nsmf_PDUSession, {
      async createSmContext({ body }, call) {
        seen++;
        assert.equal(call.caller, "AMF");
        assert.deepEqual(body.n1SmMsg, hex("2e0101c1"));
        const status = smf.consume(sbi.Nsmf_PDUSession_Callback, body.smContextStatusUri);
        const told = await status.smContextStatusNotify({ body: { statusInfo: { resourceStatus: "RELEASED" } } });
        assert.equal(told.ok, true);
        if (body.dnn === "no") return sbi.refuseWith(403, { error: { status: 403, cause: "DNN_DENIED" }, n1SmMsg: hex("2e01") });
        return sbi.created({ hSmfUri: "http://x" }, "/nsmf-pdusession/v1/sm-contexts/7");
      },
    });
    const told: string[] = [];
    const callback = amf.callback(sbi.Nsmf_PDUSession_Callback, "/namf-callback/v1/sm-context-status/{supi}/{psi}", {
      smContextStatusNotify: ({ supi, psi, body }) => {
        told.push(`${supi} ${psi} ${body.statusInfo.resourceStatus}`);
        return sbi.noContent();
      },
    });
    const face = amf.consume(sbi.Nsmf_PDUSession, "http://127.0.0.6:8080");
    const input = {
      body: {
        supi: "imsi-001010000000001",
        pduSessionId: 1,
        dnn: "internet",
        servingNfId: amf.nfInstanceId,
        servingNetwork: { mcc: "001", mnc: "01" },
        anType: "3GPP_ACCESS",
        smContextStatusUri: callback.uri({ supi: "imsi-001010000000001", psi: 1 }),
        n1SmMsg: hex("2e0101c1"),
      },
    } as const;
    const a = await clock.until(face.createSmContext(input));
    assert.equal(a.ok && a.location, "http://127.0.0.6:8080/nsmf-pdusession/v1/sm-contexts/7");
    assert.equal(seen, 1);
    assert.deepEqual(told, ["imsi-001010000000001 1 RELEASED"]);
    const b = await clock.until(face.createSmContext({ body: { ...input.body, dnn: "no" } }));
    assert.equal(!b.ok && b.problem.cause, "DNN_DENIED");
    assert.deepEqual(!b.ok && b.refusal?.n1SmMsg, hex("2e01"));
  });
}
