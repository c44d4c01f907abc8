import { parseUri } from "@freehold/sbi";
import { type JsonError, type JsonSchema, JsonValidator } from "@freehold/wire";
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { configSchema } from "./schema.ts";
import type { FreeholdConfig } from "./types.ts";

/** What is wrong with a configuration, each fault in one line: file, line, key, what was found, what is allowed. */
export class ConfigFault extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(faults.join("\n"));
    this.name = "ConfigFault";
    this.faults = faults;
  }
}

const validator = new JsonValidator();

/** Reads a configuration: `text` is YAML, `name` is how messages call the file. Throws `ConfigFault`. */
export function readConfig(text: string, name: string): FreeholdConfig {
  return readYaml<FreeholdConfig>(text, name, configSchema as JsonSchema, relations);
}

/** A YAML file against a schema with defaults; `relations` finds what no schema says. */
export function readYaml<T>(
  text: string,
  name: string,
  schema: JsonSchema,
  more?: (value: T) => readonly (readonly [pointer: string, what: string])[],
): T {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken !== undefined) throw new ConfigFault([`${name}:${lines.linePos(broken.pos[0]).line}: not YAML: ${broken.message}`]);
  const line = (pointer: string): number => lineOf(document.contents as Node | null, pointer, lines);
  const given: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
  const errors = validator.validate(schema, given);
  if (errors.length > 0) throw new ConfigFault(errors.map((e) => `${name}:${line(e.pointer)}: ${say(schema, given, e)}`));
  const whole = validator.withDefaults(schema, given) as T;
  const wrong = more?.(whole) ?? [];
  if (wrong.length > 0) throw new ConfigFault(wrong.map(([pointer, what]) => `${name}:${line(pointer)}: ${keyOf(pointer)}: ${what}`));
  return deepFreeze(whole);
}

const parts = (pointer: string): string[] =>
  pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
const keyOf = (pointer: string): string =>
  parts(pointer).reduce((key, part) => (/^\d+$/.test(part) ? `${key}[${part}]` : key === "" ? part : `${key}.${part}`), "") || "the file";

/** One fault in the user's words. */
function say(schema: JsonSchema, given: unknown, { pointer, fault, detail }: JsonError): string {
  const key = keyOf(pointer);
  const at = schemaAt(schema, parts(pointer));
  const found = valueAt(given, parts(pointer));
  if (fault === "missing") return `${key}: missing; ${allowed(at)}`;
  if (at === undefined) {
    const holder = schemaAt(schema, parts(pointer).slice(0, -1));
    return `${key}: no such key; allowed here: ${Object.keys(holder?.properties ?? {}).join(", ")}`;
  }
  return `${key}: found ${JSON.stringify(found)}; ${allowed(at)}${at.pattern === undefined && at.enum === undefined ? ` (${detail})` : ""}`;
}

/** What a schema takes, in words. */
function allowed(schema: (JsonSchema & { readonly description?: string }) | undefined): string {
  if (schema === undefined) return "see freehold init --schema";
  const what =
    schema.enum !== undefined
      ? `one of ${schema.enum.join(", ")}`
      : schema.type === "integer"
        ? `a whole number${schema.minimum === undefined ? "" : ` from ${schema.minimum}`}${schema.maximum === undefined ? "" : ` to ${schema.maximum}`}`
        : schema.type === "string"
          ? `text${schema.pattern === undefined ? "" : ` like ${schema.pattern}`}`
          : schema.type === "array"
            ? `a list${schema.minItems === undefined ? "" : ` of at least ${schema.minItems}`}`
            : schema.type === "boolean"
              ? "true or false"
              : schema.type === "object"
                ? `keys ${Object.keys(schema.properties ?? {}).join(", ")}`
                : "another value";
  return `allowed: ${what}${schema.description === undefined ? "" : `: ${schema.description}`}`;
}

function schemaAt(schema: JsonSchema, path: readonly string[]): JsonSchema | undefined {
  let here: JsonSchema | undefined = schema;
  for (const part of path) here = here?.type === "array" ? here.items : here?.properties?.[part];
  return here;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let here: unknown = value;
  for (const part of path) here = typeof here === "object" && here !== null ? (here as Record<string, unknown>)[part] : undefined;
  return here;
}

/** The line of a value, or of the nearest thing above it that stands in the file. */
function lineOf(root: Node | null, pointer: string, lines: LineCounter): number {
  let node: Node | null | undefined = root;
  let at = root?.range?.[0] ?? 0;
  for (const part of parts(pointer)) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === part);
      const key = pair?.key as Node | undefined;
      if (pair === undefined || key === undefined) break;
      at = key.range?.[0] ?? at;
      node = pair.value as Node | null;
    } else if (isSeq(node)) {
      node = node.items[Number(part)] as Node | undefined;
      at = node?.range?.[0] ?? at;
    } else break;
  }
  return lines.linePos(at).line;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const part of Object.values(value)) deepFreeze(part);
    Object.freeze(value);
  }
  return value;
}

const quad = (address: string): number => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);

/** What holds between keys: names used once, pools that do not overlap, addresses that are addresses. */
function relations(config: FreeholdConfig): (readonly [string, string])[] {
  const wrong: (readonly [string, string])[] = [];
  const plmns = new Set<string>();
  for (const [i, { mcc, mnc }] of config.network.plmns.entries()) {
    if (plmns.has(mcc + mnc)) wrong.push([`/network/plmns/${i}`, `PLMN ${mcc}${mnc} stands here twice`]);
    plmns.add(mcc + mnc);
  }
  const pools: { readonly dnn: string; readonly from: number; readonly to: number }[] = [];
  const dnns = new Set<string>();
  const interfaces = new Set<string>();
  for (const [i, network] of config.dataNetworks.entries()) {
    const at = `/dataNetworks/${i}`;
    const [address = "", length = "32"] = network.ipv4.split("/");
    if (address.split(".").some((part) => Number(part) > 255)) {
      wrong.push([`${at}/ipv4`, `found ${network.ipv4}; an octet is at most 255`]);
      continue;
    }
    const size = 2 ** (32 - Number(length));
    const from = Math.floor(quad(address) / size) * size;
    const clash = pools.find((pool) => from < pool.to && pool.from < from + size);
    if (clash !== undefined)
      wrong.push([`${at}/ipv4`, `${network.ipv4} overlaps the pool of ${clash.dnn}; give each data network its own`]);
    pools.push({ dnn: network.dnn, from, to: from + size });
    if (dnns.has(network.dnn.toLowerCase())) wrong.push([`${at}/dnn`, `${network.dnn} stands here twice`]);
    dnns.add(network.dnn.toLowerCase());
    if (network.path === "tun" && interfaces.has(network.interface))
      wrong.push([`${at}/interface`, `${network.interface} is used twice; name another`]);
    interfaces.add(network.interface);
  }
  for (const [i, { apiRoot }] of config.sbi.peers.entries()) {
    const at = `/sbi/peers/${i}`;
    if (config.sbi.carrier === "local")
      wrong.push([at, "is reached over HTTP/2 alone; set sbi.carrier to http2, so that it can reach this core too"]);
    if (parseUri(apiRoot) === undefined) wrong.push([`${at}/apiRoot`, `found ${apiRoot}; a port is 1 to 65535`]);
  }
  const ids = new Set<number>();
  for (const [i, { id }] of config.security.homeNetworkKeys.entries()) {
    if (ids.has(id)) wrong.push([`/security/homeNetworkKeys/${i}/id`, `key id ${id} stands here twice`]);
    ids.add(id);
  }
  return wrong;
}
