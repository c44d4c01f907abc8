import assert from "node:assert/strict";
import { test } from "node:test";
import { demonstrate } from "@freehold/system";
import { judge, noOpenApi, OpenApi, services } from "../src/openapi.ts";

/** Reading the published set takes seconds: once for both. */
const published = noOpenApi === false ? new OpenApi(services) : undefined;

for (const [way, carrier] of [
  ["local", "local"],
  ["processes", "http2"],
] as const) {
  test(`INTEROP 38: what the functions of the demonstration say to each other is what the published OpenAPI describes (${way}; Ajv as the oracle)`, {
    skip: noOpenApi,
    timeout: 60_000,
  }, async () => {
    const { phones, tape } = await demonstrate(way, {
      ...{ phones: 2, carrier, verbose: false, progress: () => {} },
      signal: new AbortController().signal,
    });
    assert.ok(phones.every(({ failed, deregistered }) => failed === undefined && deregistered));
    const { faults, seen } = judge(published!, tape);
    assert.deepEqual(faults, []);
    assert.ok(seen.has("Nsmf_PDUSession_CreateSMContext 201") && seen.size > 40, [...seen].join(", "));
    for (const { carriage, message, from } of tape) {
      if (carriage.kind !== "http2") continue;
      const { half, headers } = carriage;
      if ("method" in half) assert.match(headers["user-agent"] ?? "", new RegExp(`^${from}(-|$)`), message);
      else if (half.status === 201) assert.match(headers["location"] ?? "", /^http:\/\/127\.[0-9.]+:\d+\//, message);
      else if (half.status >= 400) assert.match(headers["content-type"] ?? "", /problem\+json|multipart/, message);
    }
  });
}
