import assert from "node:assert/strict";
import { test } from "node:test";
import * as sbi from "@freehold/sbi";
import fc from "fast-check";
import { isValid, valuesOf } from "./sample.ts";

const services = (Object.values(sbi) as unknown[]).filter(
  (v): v is sbi.Service => typeof v === "object" && v !== null && "operations" in v && "nf" in v,
);

/** A path segment may not be anything: what the door refuses by rule is not sent. */
const sendable = (value: unknown): boolean => typeof value !== "string" || !/[\p{Cc}/\\]|^\.{1,2}$|^$/u.test(value);

for (const service of services) {
  test(`${service.name}: every operation crosses the wire as it was meant, both ways`, async () => {
    const twin = sbi.sbiTwin({ form: "wire" });
    const producer = twin.join(service.nf.slice(0, 6), "127.0.0.30").sbi;
    const consumer = twin.join("XNF", "127.0.0.31").sbi;
    for (const [key, op] of Object.entries(service.operations)) {
      let seen: unknown;
      let next: sbi.Answer<unknown, unknown> = sbi.noContent();
      const act = {
        [key]: (input: unknown) => {
          seen = input;
          return next;
        },
      } as unknown as sbi.Producer<sbi.Service>;
      const mounted = service.callback ? producer.callback(service, "/nx-callback/v1/one", act) : producer.produce(service, act);
      const uri = service.callback ? `${producer.apiRoot}/nx-callback/v1/one` : producer.apiRoot;
      const face = consumer.consume(service, uri) as Record<string, (input: unknown) => Promise<sbi.Answer<unknown, unknown>>>;
      const [status, success] = Object.entries(op.answers).find(([s, a]) => s.startsWith("2") && a.schema) ?? ["204", {}];
      const [errorStatus, error] = Object.entries(op.answers).find(([s]) => s >= "4") ?? [];
      const inputs = fc.record(
        Object.fromEntries([
          ...op.parameters.map((p) => [p.name, p.required ? valuesOf(p.schema) : fc.constant(undefined)]),
          ...(op.request ? [["body", valuesOf(op.request.schema)]] : []),
        ]) as Record<string, fc.Arbitrary<unknown>>,
        { noNullPrototype: true },
      );
      const values = success.schema ? valuesOf(success.schema) : fc.constant(undefined);
      const refusals = error?.schema ? valuesOf(error.schema) : fc.constant(undefined);
      await fc.assert(
        fc.asyncProperty(inputs, values, refusals, async (input, value, refusal) => {
          const given = Object.fromEntries(Object.entries(input).filter(([, v]) => v !== undefined));
          fc.pre(op.parameters.every((p) => !p.required || (sendable(given[p.name]) && isValid(p.schema, given[p.name]))));
          fc.pre(op.request === undefined || isValid(op.request.schema, given["body"]));
          fc.pre(success.schema === undefined || isValid(success.schema, value));
          next = { ok: true, status: Number(status), value };
          const answered = await face[key]?.(given);
          assert.deepEqual(seen, given, `${op.name} input`);
          assert.deepEqual(answered, next, `${op.name} answer`);
          if (refusal === undefined || !isValid(error?.schema ?? {}, refusal)) return;
          next = sbi.refuseWith(Number(errorStatus), refusal as { error?: sbi.ProblemDetails });
          assert.deepEqual(await face[key]?.(given), next, `${op.name} refusal`);
        }),
        { numRuns: 8, endOnFailure: true, seed: 1 },
      );
      mounted[Symbol.dispose]();
    }
  });
}

test("the table of operations covers the flow: every service, every callback", () => {
  assert.equal(services.length, 21);
  const names = new Set(services.flatMap((s) => Object.values(s.operations).map((op) => op.name)));
  for (const name of ["Nausf_UEAuthentication_Authenticate", "Nsmf_PDUSession_CreateSMContext", "Namf_Communication_N1N2MessageTransfer"])
    assert.ok(names.has(name));
});
