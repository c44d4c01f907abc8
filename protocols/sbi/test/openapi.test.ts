import assert from "node:assert/strict";
import { test } from "node:test";
import { schemas } from "@freehold/sbi";
import { JsonValidator } from "@freehold/wire";
import { Ajv } from "ajv";
import fc from "fast-check";
import { parse } from "yaml";
import { valuesOf } from "./sample.ts";
import { noSpecs, readSpec } from "./specs.ts";

/** The slips of the published set that tools/generate mends, mended here by other hands: texts that do not parse, lines run together. */
const mended = (text: string): string =>
  text
    .replace(/^( *description: )'([^'\n]*)\n(?:[^'\n]*\n)*?[^'\n]*'$/gm, "$1''")
    .replace(/^( *- [A-Z][A-Z0-9_-]*)( {4,})- (type: string|[A-Z][A-Z0-9_-]*)$/gm, "$1\n$2- $3");

/** OpenAPI 3.0 to what Ajv understands: `nullable` becomes a type, references keep their file. */
function forAjv(node: unknown, file: string): unknown {
  if (Array.isArray(node)) return node.map((item) => forAjv(item, file));
  if (typeof node !== "object" || node === null) return node;
  const given = node as Record<string, unknown>;
  if (typeof given["$ref"] === "string") {
    const [target, pointer] = given["$ref"].split("#");
    return { $ref: `${target === "" ? file : target}#${pointer}` };
  }
  const [only, ...more] = Array.isArray(given["anyOf"]) ? (given["anyOf"] as { enum?: unknown }[]) : [];
  // Known values and nothing beside them: the row for any string was forgotten.
  if (only?.enum !== undefined && more.length === 0) return { type: "string" };
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    if (["discriminator", "nullable", "example", "default", "xml", "externalDocs"].includes(key) && typeof value !== "object") continue;
    // Taken more loosely on purpose (tools/generate/sbi/schemas.mjs): what fits two alternatives, and empty lists and maps.
    if ((key === "minItems" || key === "minProperties") && value === 1) continue;
    if (key === "oneOf" && Array.isArray(value)) {
      out["anyOf"] = forAjv(value, file);
      continue;
    }
    if (key === "format" && !["uuid", "date-time", "date", "byte", "int32"].includes(String(value))) continue;
    out[key] = forAjv(value, file);
  }
  return given["nullable"] === true ? { anyOf: [{ type: "null" }, out] } : out;
}

const roots: readonly [type: string, file: string][] = [
  ["AuthenticationInfo", "TS29509_Nausf_UEAuthentication.yaml"],
  ["UEAuthenticationCtx", "TS29509_Nausf_UEAuthentication.yaml"],
  ["ConfirmationDataResponse", "TS29509_Nausf_UEAuthentication.yaml"],
  ["AuthenticationInfoRequest", "TS29503_Nudm_UEAU.yaml"],
  ["AuthEvent", "TS29503_Nudm_UEAU.yaml"],
  ["AccessAndMobilitySubscriptionData", "TS29503_Nudm_SDM.yaml"],
  ["SessionManagementSubscriptionData", "TS29503_Nudm_SDM.yaml"],
  ["SdmSubscription", "TS29503_Nudm_SDM.yaml"],
  ["Amf3GppAccessRegistration", "TS29503_Nudm_UECM.yaml"],
  ["SmfRegistration", "TS29503_Nudm_UECM.yaml"],
  ["AuthenticationSubscription", "TS29505_Subscription_Data.yaml"],
  ["PolicyAssociationRequest", "TS29507_Npcf_AMPolicyControl.yaml"],
  ["SmPolicyContextData", "TS29512_Npcf_SMPolicyControl.yaml"],
  ["SmPolicyDecision", "TS29512_Npcf_SMPolicyControl.yaml"],
  ["AuthorizedNetworkSliceInfo", "TS29531_Nnssf_NSSelection.yaml"],
  ["NFProfile", "TS29510_Nnrf_NFManagement.yaml"],
  ["SubscriptionData", "TS29510_Nnrf_NFManagement.yaml"],
  ["UserLocation", "TS29571_CommonData.yaml"],
  ["ProblemDetails", "TS29571_CommonData.yaml"],
];

/** Something about a value is made wrong: a member gone, or another value in its place. */
function spoilt(value: unknown): fc.Arbitrary<unknown> {
  if (typeof value !== "object" || value === null) return fc.constantFrom<unknown>(null, -1, "", "§", [], {}, 1e9, true);
  const keys = Object.keys(value);
  if (keys.length === 0) return fc.constantFrom<unknown>(null, 1, "x");
  return fc.constantFrom(...keys).chain((key) => {
    const member = (value as Record<string, unknown>)[key];
    const replaced = spoilt(member).map((v) =>
      Array.isArray(value) ? value.map((old, i) => (String(i) === key ? v : old)) : { ...value, [key]: v },
    );
    const removed = fc.constant(Object.fromEntries(Object.entries(value).filter(([k]) => k !== key)));
    return Array.isArray(value) ? replaced : fc.oneof(replaced, replaced, removed);
  });
}

test("the compact schemas take and refuse what the published OpenAPI does (Ajv as the oracle)", { skip: noSpecs }, () => {
  const ajv = new Ajv({
    strict: false,
    logger: false,
    validateFormats: true,
    formats: {
      uuid: /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/,
      "date-time": /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/,
      date: /^\d{4}-\d\d-\d\d$/,
      byte: /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
      int32: true,
    },
  });
  const added = new Set<string>();
  const add = (file: string): void => {
    if (added.has(file)) return;
    added.add(file);
    const text = readSpec(`openapi/Rel-19/${file}`);
    const document = parse(mended(text), { maxAliasCount: -1 }) as {
      components?: { schemas?: unknown };
    };
    ajv.addSchema({ $id: file, components: { schemas: forAjv(document.components?.schemas, file) } });
    for (const [, other] of text.matchAll(/\$ref: '?(TS\d[\w-]+\.yaml)#\/components\/schemas/g)) if (other) add(other);
  };
  const validator = new JsonValidator(schemas);
  let refused = 0;
  let compared = 0;
  for (const [type, file] of roots) {
    add(file);
    const oracle = ajv.getSchema(`${file}#/components/schemas/${type}`);
    assert.ok(oracle, type);
    const schema = { $ref: type };
    fc.assert(
      fc.property(
        valuesOf(schema).chain((value) => fc.oneof(fc.constant(value), spoilt(value))),
        (value) => {
          const ours = validator.validate(schema, value);
          const theirs = oracle(value) === true;
          compared++;
          if (!theirs) refused++;
          assert.equal(
            ours.length === 0,
            theirs,
            `${type} ${JSON.stringify(value)} ${JSON.stringify(ours)} ${JSON.stringify(oracle.errors)}`,
          );
        },
      ),
      { numRuns: 60, seed: 1 },
    );
  }
  assert.ok(refused > compared / 10 && refused < compared, `${refused} of ${compared} refused`);
});
