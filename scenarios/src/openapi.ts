import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TapeEntry } from "@freehold/tape";
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

/** The published files of the services that the core produces and consumes. */
export const services =
  /^TS29\d{3}_(Nsmf_PDUSession|Nudm_(SDM|UEAU|UECM)|Nudr_DR|Npcf_(AM|SM)PolicyControl|Nausf_UEAuthentication|Nnrf_NF(Management|Discovery)|Namf_Communication|Nnssf_NSSelection)\.yaml$/;

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
    // A request's body is optional unless it says otherwise; an answer that has a description of one has one.
    const optional = status === undefined && there.node["required"] === undefined;
    if (json === undefined) return content === undefined || optional ? undefined : "the body is missing";
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

/** Callbacks go to URIs of their consumer's own: what they carry, by the name of the operation. */
const callbacks: Readonly<Record<string, readonly [file: string, type: string]>> = {
  Nsmf_PDUSession_SMContextStatusNotify: ["TS29502_Nsmf_PDUSession.yaml", "SmContextStatusNotification"],
  Nudm_UECM_DeregistrationNotification: ["TS29503_Nudm_UECM.yaml", "DeregistrationData"],
  Nudm_SDM_Notification: ["TS29503_Nudm_SDM.yaml", "ModificationNotification"],
  Nnrf_NFManagement_NFStatusNotify: ["TS29510_Nnrf_NFManagement.yaml", "NotificationData"],
  Namf_Communication_N1N2TransferFailureNotification: ["TS29518_Namf_Communication.yaml", "N1N2MsgTxfrFailureNotification"],
};

/** The JSON of a body, its own or the first part's; the tape's dashes in place of keys become digits again. */
function jsonOf({ bytes, carriage }: TapeEntry): { type: string | undefined; json: unknown } {
  if (carriage.kind !== "http2" || bytes.length === 0) return { type: undefined, json: undefined };
  const type = carriage.headers["content-type"];
  const text = new TextDecoder("latin1").decode(bytes);
  const json = type?.startsWith("multipart/") ? text.slice(text.indexOf("{"), text.indexOf("\r\n--", text.indexOf("{"))) : text;
  return { type, json: JSON.parse(json.replace(/"-{32,}"/g, (dashes) => dashes.replaceAll("-", "0"))) };
}

/** Every SBI message of a tape against the published set: what is wrong, and which kinds of message were seen (`operation status`). */
export function judge(api: OpenApi, tape: Iterable<TapeEntry>): { faults: string[]; seen: Set<string> } {
  const faults: string[] = [];
  const seen = new Set<string>();
  const asked = new Map<string, TapeEntry>();
  for (const entry of tape) {
    const { carriage, message } = entry;
    if (carriage.kind !== "http2") continue;
    const exchange = JSON.stringify([carriage.src, carriage.dst, carriage.exchange]);
    const status = "status" in carriage.half ? carriage.half.status : undefined;
    if (status === undefined) asked.set(exchange, entry);
    const request = asked.get(exchange)?.carriage;
    if (request?.kind !== "http2" || !("method" in request.half)) throw new Error(`an answer without its request: ${message}`);
    const { method, path } = request.half;
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
  return { faults, seen };
}
