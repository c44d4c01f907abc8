// The SBI contracts: 3GPP's OpenAPI -> protocols/sbi/src/generated (services, schemas as compact data; types). Names, structure and
// constraints only. The operations are those of tools/generate/sbi/operations.mjs.
import { OpenApi } from "./sbi/openapi.mjs";
import { callbacks, services } from "./sbi/operations.mjs";
import { Schemas } from "./sbi/schemas.mjs";

const JSON_TYPES = [
  "application/json",
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/3gppHal+json",
  "application/problem+json",
];

/** The JSON schema inside a `content` map: the media types it may come as, and the schema of the JSON (part). */
function content(schemas, node, file) {
  if (!node) return undefined;
  const media = Object.keys(node);
  const json = JSON_TYPES.find((t) => media.includes(t) && t !== "application/problem+json");
  const of = json ? node[json].schema : node["multipart/related"]?.schema?.properties?.jsonData;
  if (!of) return undefined;
  return {
    media: media.filter((t) => t !== "application/problem+json"),
    schema: schemas.compact(of, file),
    type: schemas.type(of, file),
  };
}

/** TS 29.571 lets Supi, Gpsi and VarUeId be any string for the sake of later releases; in a path that would let anything name a row. */
function strictParameter(schema) {
  return schema.pattern?.startsWith("^(imsi-") ? { ...schema, pattern: schema.pattern.replace(/\|\.\+\)\$$/, ")$") } : schema;
}

function operation(api, schemas, file, path, item, method, name, callback = false) {
  const node = item[method.toLowerCase()];
  if (!node) throw new Error(`${file}: no ${method} ${path}`);
  const parameters = [...(item.parameters ?? []), ...(node.parameters ?? [])]
    .map((p) => api.resolve(p, file))
    .filter(({ node: p }) => p.in === "path" || p.in === "query");
  const rows = [];
  const input = [];
  for (const { file: where, node: p } of parameters) {
    const json = p.content?.["application/json"]?.schema;
    const of = json ?? p.schema;
    const resolved = api.resolve(of, where);
    rows.push({
      name: p.name,
      in: p.in,
      ...((p.required || p.in === "path") && { required: true }),
      ...(json && { json: true }),
      ...(!json && (resolved.node.type === "array" || resolved.node.items) && { list: p.explode === false ? "comma" : "repeat" }),
      schema: p.in === "path" ? strictParameter(schemas.compact(resolved.node, resolved.file)) : schemas.compact(of, where),
    });
    const key = /^[A-Za-z_]\w*$/.test(p.name) ? p.name : JSON.stringify(p.name);
    input.push(`readonly ${key}${p.required || p.in === "path" ? "" : "?"}: ${schemas.type(of, where, "    ")}`);
  }
  const { node: requestBody, file: bodyFile } = node.requestBody ? api.resolve(node.requestBody, file) : {};
  const body = content(schemas, requestBody?.content, bodyFile);
  // Where the file says nothing, OpenAPI makes a body optional; the text of the TS does not, for what is put or notified.
  const required = requestBody?.required ?? (method === "PUT" || callback);
  if (body) input.push(`readonly body${required ? "" : "?"}: ${body.type}`);
  const answers = {};
  const values = new Set();
  const errors = new Set();
  for (const [status, raw] of Object.entries(node.responses)) {
    const { node: response, file: where } = api.resolve(raw, file);
    if (status.startsWith("3") || status === "default") continue;
    const value = content(schemas, response.content, where);
    if (status.startsWith("2")) {
      const hal = value?.media.find((t) => t === "application/3gppHal+json");
      answers[status] = value ? { ...(hal && { media: hal }), schema: value.schema } : {};
      values.add(value ? value.type : "undefined");
    } else if (value && value.type !== "ProblemDetails") {
      answers[status] = { schema: value.schema };
      errors.add(value.type);
    }
  }
  return {
    data: {
      name,
      method,
      path,
      parameters: rows,
      ...(body && { request: { media: body.media, schema: body.schema, ...(required && { required: true }) } }),
      answers,
    },
    type: `Operation<{ ${input.join("; ")} }, ${[...values].join(" | ") || "undefined"}, ${errors.size > 0 ? [...errors].join(" | ") : "never"}>`,
  };
}

function everyService(api, schemas) {
  const out = [];
  for (const [name, row] of Object.entries(services)) {
    const document = api.file(row.file);
    const root = row.root ?? document.servers[0].url.replace("{apiRoot}", "");
    const [, serviceName, version] = root.split("/");
    const operations = Object.entries(row.operations).map(([key, [method, path, full]]) => {
      const { node, file } = api.resolve(document.paths[path] ?? { $ref: `#/paths/${path}` }, row.file);
      return [key, operation(api, schemas, file, path, node, method, full)];
    });
    out.push({ name, nf: row.nf, serviceName, version, operations, from: api.version(row.file) });
  }
  for (const [name, row] of Object.entries(callbacks)) {
    const document = api.file(row.file);
    const operations = Object.entries(row.operations).map(([key, [method, path, callback, expression, full]]) => {
      const item = document.paths[path]?.[method.toLowerCase()]?.callbacks?.[callback]?.[expression];
      if (!item) throw new Error(`${row.file}: no callback ${callback} of ${method} ${path}`);
      return [key, operation(api, schemas, row.file, expression.replace(/^\{[^}]*\}/, ""), item, "POST", full, true)];
    });
    const paths = operations.map(([, o]) => o.data.path);
    if (new Set(paths).size < paths.length) throw new Error(`${name}: two operations at one URI`);
    out.push({ name, nf: row.nf, callback: true, operations, from: api.version(row.file) });
  }
  schemas.drain();
  return out;
}

const FOLDER = "protocols/sbi/src/generated";

/** The texts of the generated files by path. `read` gives the text of a file of the specifications folder. */
function generate(read) {
  const api = new OpenApi(read);
  const schemas = new Schemas(api);
  schemas.name("TS29571_CommonData.yaml#/components/schemas/ProblemDetails", "");
  schemas.name("TS29571_CommonData.yaml#/components/schemas/RedirectResponse", "");
  const out = everyService(api, schemas);
  const versions = [...schemas.files]
    .map((f) => api.version(f).ts)
    .filter((v, i, all) => all.indexOf(v) === i)
    .sort();
  const banner = (what) =>
    `// Generated by tools/generate.mjs; do not edit. ${what}\n// From: ${versions.join(", ")} (OpenAPI, Rel-19). Names, structure and constraints only.\n`;

  const serviceJs = out.map(
    (s) =>
      `/** ${s.from.ts}, API ${s.from.api} */\nexport const ${s.name} = ${JSON.stringify(
        {
          name: s.name,
          nf: s.nf,
          ...(s.callback ? { callback: true } : { serviceName: s.serviceName, version: s.version }),
          operations: Object.fromEntries(s.operations.map(([k, o]) => [k, o.data])),
        },
        null,
        1,
      )};\n`,
  );
  const serviceTypes = out.map(
    (s) =>
      `/** ${s.from.ts}, API ${s.from.api} */\nexport declare const ${s.name}: Service<{\n${s.operations
        .map(([k, o]) => `  /** ${o.data.name}: ${o.data.method} ${o.data.path || "(the callback URI)"} */\n  ${k}: ${o.type};`)
        .join("\n")}\n}>;\n`,
  );
  const typeNames = schemas.typeEntries().map(([name]) => name);
  const usedIn = (text) => typeNames.filter((n) => new RegExp(`\\b${n}\\b`).test(text));
  const declared = serviceTypes.join("\n");

  const files = {
    "services.js": `${banner("The operations.")}${serviceJs.join("\n")}`,
    "services.d.ts": `${banner("The operations, typed.")}import type { Operation, Service } from "../service.ts";\nimport type { ${usedIn(declared).join(", ")} } from "./types.js";\n\n${declared}`,
    "schemas.js": `${banner("Every schema that the operations reach.")}export const schemas = {\n${schemas
      .compactEntries()
      .map(([n, s]) => `  ${n}: ${JSON.stringify(s)},`)
      .join("\n")}\n};\n`,
    "schemas.d.ts": `${banner("Every schema that the operations reach.")}import type { JsonSchema } from "@freehold/wire";\nexport declare const schemas: { readonly [name: string]: JsonSchema };\n`,
    "types.d.ts": `${banner("The data types, under the specification's names.")}\n/** A value of an extensible enumeration that this release does not name. */\nexport type OtherValue = string & {};\n\n${schemas
      .typeEntries()
      .map(([n, t]) => `export type ${n} = ${t};`)
      .join("\n")}\n`,
  };
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`${FOLDER}/${name}`, text]));
}

/** What tools/generate.mjs runs. */
export const sbi = {
  name: "SBI from 3GPP's OpenAPI (Rel-19)",
  needs: [...new Set([...Object.values(services), ...Object.values(callbacks)].map((row) => `openapi/Rel-19/${row.file}`))],
  generate,
};
