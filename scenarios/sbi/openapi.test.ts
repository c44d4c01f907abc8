import assert from "node:assert/strict";
import { test } from "node:test";
import type { TapeEntry } from "@freehold/tape";
import { FiveGC, internet, outcome, subscriber } from "../src/index.ts";
import { noOpenApi, OpenApi } from "../src/openapi.ts";

/** Callbacks go to URIs of their consumer's own: what they carry, by the name of the operation. */
const callbacks: Readonly<Record<string, readonly [file: string, type: string]>> = {
  Nsmf_PDUSession_SMContextStatusNotify: ["TS29502_Nsmf_PDUSession.yaml", "SmContextStatusNotification"],
  Nudm_UECM_DeregistrationNotification: ["TS29503_Nudm_UECM.yaml", "DeregistrationData"],
};

/** The JSON of a body, its own or the first part's; the tape's dashes in place of keys become digits again. */
function jsonOf({ bytes, carriage }: TapeEntry): { type: string | undefined; json: unknown } {
  if (carriage.kind !== "http2" || bytes.length === 0) return { type: undefined, json: undefined };
  const type = carriage.headers["content-type"];
  const text = new TextDecoder("latin1").decode(bytes);
  const json = type?.startsWith("multipart/") ? text.slice(text.indexOf("{"), text.indexOf("\r\n--", text.indexOf("{"))) : text;
  return { type, json: JSON.parse(json.replace(/"-{32,}"/g, (dashes) => dashes.replaceAll("-", "0"))) };
}

test("every SBI request and answer of registration, session, rejects and deregistration is what the published OpenAPI describes (Ajv as the oracle)", {
  skip: noOpenApi,
}, async () => {
  await using system = await FiveGC.start({ carrier: "wire" });
  await system.gnb();
  const ue = await system.ue(subscriber(1));
  await system.until(ue.register());
  const session = await system.until(ue.establish({ dnn: internet }));
  await system.clock.advance(500);
  await system.until(session.release());
  await system.until(ue.establish({ dnn: internet, pduSessionId: 2 }));
  await system.until(ue.establish({ dnn: internet, pduSessionId: 2 }));
  await outcome(system.until(ue.establish({ dnn: internet, type: "IPv6" })));
  await system.until(ue.deregister());
  await outcome(system.until((await system.ue(subscriber(2))).register()));
  await system.clock.advance(2_000);

  const api = new OpenApi(/^TS29(502|503|504|507|509|510|512|518|519|531)_/);
  const faults: string[] = [];
  const seen = new Set<string>();
  const asked = new Map<string, TapeEntry>();
  for (const entry of system.tape.entries()) {
    const { carriage, message } = entry;
    if (carriage.kind !== "http2") continue;
    const exchange = JSON.stringify([carriage.src, carriage.dst, carriage.exchange]);
    const answers = "status" in carriage.half;
    const request = answers ? asked.get(exchange) : entry;
    if (!answers) asked.set(exchange, entry);
    assert.ok(request?.carriage.kind === "http2" && "method" in request.carriage.half, `an answer without its request: ${message}`);
    const { method, path } = request.carriage.half;
    const status = "status" in carriage.half ? carriage.half.status : undefined;
    const { type, json } = jsonOf(entry);
    const row = api.find(method, path);
    const callback = callbacks[message];
    let fault: string | undefined;
    if (row !== undefined) fault = api.fault(row, type, json, status);
    else if (callback !== undefined) fault = status === undefined ? api.faultOf(...callback, json) : undefined;
    else fault = "neither an operation of the published set nor a callback";
    seen.add(`${message} ${status ?? "request"}`);
    if (fault !== undefined) faults.push(`${method} ${path} ${status ?? ""} (${message}): ${fault}`);
  }
  assert.deepEqual(faults, []);
  for (const one of [
    "Nausf_UEAuthentication_Authenticate 201",
    "Nsmf_PDUSession_CreateSMContext 403",
    "Nsmf_PDUSession_SMContextStatusNotify 204",
  ])
    assert.ok(seen.has(one), one);
  assert.ok(seen.size > 40, `${seen.size} kinds of message`);
});
