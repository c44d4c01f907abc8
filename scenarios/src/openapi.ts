import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { parse } from "yaml";

/** The folder of specifications, which is not part of the project; tests that need it are skipped by name without it. */
const folder = join(process.env["FREEHOLD_SPECS"] ?? join(import.meta.dirname, "../../../shared/specs"), "openapi/Rel-19");
export const noOpenApi = existsSync(folder) ? false : "the specifications folder is not here";

type Json = { readonly [key: string]: Json | undefined };

/** The slips of the published set: texts that do not parse, lines run together. */
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
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    if (!["discriminator", "nullable", "example", "default"].includes(key) || typeof value === "object") out[key] = forAjv(value, file);
  }
  return given["nullable"] === true ? { anyOf: [{ type: "null" }, out] } : out;
}

interface Row {
  readonly file: string;
  readonly path: RegExp;
  readonly operation: Json;
}

/** The published OpenAPI of the services under test, as Ajv reads it: an oracle of other hands than the SBI's own validator. */
export class OpenApi {
  readonly #ajv = new Ajv({ strict: false, logger: false, validateFormats: false });
  readonly #documents = new Map<string, Json>();
  readonly #rows: (Row & { readonly method: string })[] = [];
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(files: RegExp) {
    for (const file of readdirSync(folder).filter((name) => files.test(name))) {
      const document = this.#document(file);
      const servers = document["servers"] as unknown as readonly { url: string }[] | undefined;
      const root = (servers?.[0]?.url ?? "").replace("{apiRoot}", "");
      for (const [path, item] of Object.entries(document["paths"] ?? {})) {
        const form = new RegExp(`^${`${root}${path}`.replace(/\{[^}]+\}/g, "[^/]+")}$`);
        const there = this.#at(item, file);
        for (const [method, operation] of Object.entries(there.node ?? {}))
          if (operation !== undefined) this.#rows.push({ file: there.file, path: form, operation, method });
      }
    }
  }

  #document(file: string): Json {
    let document = this.#documents.get(file);
    if (document === undefined) {
      const text = readFileSync(join(folder, file), "utf8");
      document = parse(mended(text), { maxAliasCount: -1 }) as Json;
      this.#documents.set(file, document);
      this.#ajv.addSchema({ $id: file, components: { schemas: forAjv(document["components"]?.["schemas"], file) } });
      for (const [, other] of text.matchAll(/\$ref: '?(TS\d[\w-]+\.yaml)#/g)) if (other !== undefined) this.#document(other);
    }
    return document;
  }

  /** Follows a reference to another place of the set. */
  #at(node: Json | undefined, file: string): { node: Json | undefined; file: string } {
    const reference: unknown = node?.["$ref"];
    if (typeof reference !== "string") return { node, file };
    const [target, pointer] = reference.split("#") as [string, string];
    const there = target === "" ? file : target;
    let found: Json | undefined = this.#document(there);
    for (const key of pointer.split("/").slice(1)) found = found?.[decodeURIComponent(key).replaceAll("~1", "/")];
    return this.#at(found, there);
  }

  /** The published operation of a request, if there is one. */
  find(method: string, path: string): Row | undefined {
    const bare = path.replace(/\?.*$/, "");
    // A template without parameters goes before one with them.
    const rows = this.#rows.filter((row) => row.method === method.toLowerCase() && row.path.test(bare));
    return rows.sort((a, b) => a.path.source.split("[^/]+").length - b.path.source.split("[^/]+").length)[0];
  }

  /** What is wrong with a body, undefined for nothing. `status` is that of an answer; without it the body is the request's. */
  fault({ file, operation }: Row, type: string | undefined, json: unknown, status?: number): string | undefined {
    const responses = operation["responses"];
    const there = this.#at(status === undefined ? operation["requestBody"] : (responses?.[status] ?? responses?.["default"]), file);
    if (there.node === undefined)
      return status === undefined && json === undefined ? undefined : `no ${status ?? "request body"} is described`;
    const content = there.node["content"];
    if (json === undefined) return content === undefined || there.node["required"] === undefined ? undefined : "the body is missing";
    const bare = type?.replace(/;.*$/, "") ?? "";
    const described = content?.[bare]?.["schema"];
    if (described === undefined) return `no body of type ${bare} is described`;
    const whole = this.#at(described, there.file);
    const schema = bare.startsWith("multipart/") ? whole.node?.["properties"]?.["jsonData"] : described;
    const key = JSON.stringify([whole.file, schema]);
    let validate = this.#compiled.get(key);
    if (validate === undefined) {
      validate = this.#ajv.compile(forAjv(schema, bare.startsWith("multipart/") ? whole.file : there.file) as object);
      this.#compiled.set(key, validate);
    }
    return validate(json) ? undefined : this.#ajv.errorsText(validate.errors);
  }

  /** What is wrong with a value of a named type: for callbacks, whose URIs are their consumer's own. */
  faultOf(file: string, type: string, json: unknown): string | undefined {
    this.#document(file);
    const validate = this.#ajv.getSchema(`${file}#/components/schemas/${type}`);
    if (validate === undefined) return `no type ${type}`;
    return validate(json) ? undefined : this.#ajv.errorsText(validate.errors);
  }
}
