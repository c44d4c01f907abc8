import { sameJson } from "./json-schema.ts";

/** JSON Patch (RFC 6902) and merge patch (RFC 7396) on plain JSON from outside. Nothing given is changed: the result is a copy. */

export interface PatchOp {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

export type Patched = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly at: number; readonly detail: string };

const MOST_OPERATIONS = 128;
/** What all copies of one patch may add, in members and characters, and how deep a copied value may be: copies of copies double each time. */
const MOST_COPIED = 65_536;
const DEEPEST_COPY = 40;

class Wrong extends Error {}

type Container = Record<string, unknown> | unknown[];

const isContainer = (value: unknown): value is Container => typeof value === "object" && value !== null && !(value instanceof Uint8Array);

function segmentsOf(pointer: string): string[] {
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) throw new Wrong(`${pointer} is no JSON pointer`);
  return pointer
    .slice(1)
    .split("/")
    .map((s) => s.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function indexOf(list: readonly unknown[], segment: string, adding: boolean): number {
  if (adding && segment === "-") return list.length;
  const index = /^(0|[1-9][0-9]{0,8})$/.test(segment) ? Number(segment) : -1;
  if (index < 0 || index > list.length - (adding ? 0 : 1)) throw new Wrong(`no item ${segment}`);
  return index;
}

function member(container: Container, segment: string): unknown {
  if (Array.isArray(container)) return container[indexOf(container, segment, false)];
  if (!Object.hasOwn(container, segment)) throw new Wrong(`no member ${segment}`);
  return container[segment];
}

function find(root: unknown, pointer: string): unknown {
  return segmentsOf(pointer).reduce((here, segment) => {
    if (!isContainer(here)) throw new Wrong(`nothing below ${segment}`);
    return member(here, segment);
  }, root);
}

/** The root with what `change` does to the container that holds the last segment of `pointer`. */
function edit(root: unknown, pointer: string, change: (container: Container, segment: string) => void): unknown {
  const segments = segmentsOf(pointer);
  const last = segments.pop();
  if (last === undefined) throw new Wrong("the whole document may not go");
  if (last === "__proto__" || segments.includes("__proto__")) throw new Wrong("member named __proto__");
  const copy = (value: unknown): Container => {
    if (!isContainer(value)) throw new Wrong("nothing there");
    return Array.isArray(value) ? [...value] : { ...value };
  };
  const top = copy(root);
  let here = top;
  for (const segment of segments) {
    const below = copy(member(here, segment));
    if (Array.isArray(here)) here[indexOf(here, segment, false)] = below;
    else here[segment] = below;
    here = below;
  }
  change(here, last);
  return top;
}

const add = (root: unknown, pointer: string, value: unknown): unknown =>
  pointer === ""
    ? value
    : edit(root, pointer, (container, segment) => {
        if (Array.isArray(container)) container.splice(indexOf(container, segment, true), 0, value);
        else container[segment] = value;
      });

const remove = (root: unknown, pointer: string): unknown =>
  edit(root, pointer, (container, segment) => {
    member(container, segment);
    if (Array.isArray(container)) container.splice(indexOf(container, segment, false), 1);
    else delete container[segment];
  });

/** Members and characters of a value, counted no further than `most`. */
function weigh(value: unknown, most: number, depth = 0): number {
  if (depth > DEEPEST_COPY) throw new Wrong("copies what is nested too deeply");
  let weight = typeof value === "string" ? 1 + value.length : 1;
  if (!isContainer(value)) return weight;
  for (const [key, below] of Object.entries(value)) {
    weight += key.length + weigh(below, most - weight, depth + 1);
    if (weight > most) break;
  }
  return weight;
}

/** What the operations of one patch may still copy. */
interface Budget {
  left: number;
}

function copied(value: unknown, budget: Budget): unknown {
  budget.left -= weigh(value, budget.left);
  if (budget.left < 0) throw new Wrong("copies too much");
  return value;
}

function one(root: unknown, { op, path, from, value }: PatchOp, budget: Budget): unknown {
  switch (op) {
    case "add":
      return add(root, path, value);
    case "remove":
      return remove(root, path);
    case "replace":
      find(root, path);
      if (path === "") return value;
      return edit(root, path, (container, segment) => {
        if (Array.isArray(container)) container[indexOf(container, segment, false)] = value;
        else container[segment] = value;
      });
    case "move":
      if (from === undefined || path.startsWith(`${from}/`)) throw new Wrong("cannot move there");
      return add(remove(root, from), path, find(root, from));
    case "copy":
      if (from === undefined) throw new Wrong("from is missing");
      return add(root, path, copied(find(root, from), budget));
    case "test":
      if (!sameJson(find(root, path), value)) throw new Wrong(`${path} is not what was expected`);
      return root;
    default:
      throw new Wrong(`operation ${op}`);
  }
}

/** All operations or none; `at` is the index of the one that failed. A failed `test` is how a caller compares and sets. */
export function applyPatch(document: unknown, operations: readonly PatchOp[]): Patched {
  if (operations.length > MOST_OPERATIONS) return { ok: false, at: MOST_OPERATIONS, detail: "too many operations" };
  const budget: Budget = { left: MOST_COPIED };
  let value = document;
  for (const [at, operation] of operations.entries()) {
    try {
      value = one(value, operation, budget);
    } catch (error) {
      if (error instanceof Wrong) return { ok: false, at, detail: error.message };
      throw error;
    }
  }
  return { ok: true, value };
}

/** RFC 7396: null removes a member, an object goes into it, anything else replaces. */
export function mergePatch(document: unknown, patch: unknown): unknown {
  if (!isContainer(patch) || Array.isArray(patch)) return patch;
  const out: Record<string, unknown> = isContainer(document) && !Array.isArray(document) ? { ...document } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else if (value !== undefined && key !== "__proto__") out[key] = mergePatch(out[key], value);
  }
  return out;
}
