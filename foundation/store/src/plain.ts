/**
 * How a `Plain` value lies in a row: JSON text. Octets are the string `~` + base64; a string of our own that begins with `~` gets a
 * second one. JSON, because the engine's own encoder is several times faster than a tagged one written here, and because an operator
 * can read a row with the sqlite3 tool.
 */
import type { Plain } from "./ports.ts";

const mark = "~";
/** What every marked string begins with inside JSON text: without it nothing has to be walked. */
const marked = `"${mark}`;

/** JSON text of `value`; TypeError names the place of anything that would not come back as it went in. */
export function encodePlain(value: Plain): string {
  return JSON.stringify(prepare(value, undefined, ""));
}

/** The value that `encodePlain` was given. `text` is what this package wrote. */
export function decodePlain(text: string): Plain {
  const value = JSON.parse(text) as Plain;
  return text.includes(marked) ? restore(value) : value;
}

/** Where in a value we are: becomes text only in an error. */
interface Place {
  readonly within: Place | undefined;
  readonly step: string | number;
}

function refuse(what: string, within: Place | undefined, step: string | number): never {
  let path = "";
  for (let place: Place | undefined = { within, step }; place !== undefined; place = place.within) {
    if (place.within !== undefined) path = (typeof place.step === "number" ? `[${place.step}]` : `.${place.step}`) + path;
  }
  throw new TypeError(`value${path}: ${what} cannot be stored`);
}

/** The value itself where JSON keeps it; a copy along the path to each octet string or marked text. */
function prepare(value: unknown, within: Place | undefined, step: string | number): unknown {
  switch (typeof value) {
    case "string":
      return isMarked(value) ? mark + value : value;
    case "boolean":
      return value;
    case "number":
      if (!Number.isFinite(value) || Object.is(value, -0)) refuse(Object.is(value, -0) ? "-0" : `${value}`, within, step);
      return value;
    case "object":
      if (value === null) return null;
      if (value instanceof Uint8Array) return mark + base64(value);
      if (Array.isArray(value)) return prepareArray(value, { within, step });
      return prepareObject(value, within, step);
    default:
      return refuse(`a ${typeof value}`, within, step);
  }
}

function prepareArray(array: readonly unknown[], place: Place): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let i = 0; i < array.length; i++) {
    const item = array[i];
    const kept = prepare(item, place, i);
    if (kept !== item) copy ??= array.slice();
    if (copy !== undefined) copy[i] = kept;
  }
  return copy ?? array;
}

function prepareObject(object: object, within: Place | undefined, step: string | number): object {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) {
    refuse(`an instance of ${object.constructor?.name ?? "a class"}`, within, step);
  }
  const place: Place = { within, step };
  let copy: Record<string, unknown> | undefined;
  const source = object as Record<string, unknown>;
  const keys = Object.keys(source);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    const item = source[key];
    // an absent optional: JSON leaves it out, and it reads back as undefined
    if (item === undefined) continue;
    const kept = prepare(item, place, key);
    if (kept !== item) {
      // a spread defines own properties, so that a key "__proto__" stays a key
      copy ??= { ...source };
      copy[key] = kept;
    }
  }
  return copy ?? object;
}

/** In place: the value is fresh from JSON.parse and nobody else holds it. Arrays and objects apart: measured twice as fast as one loop. */
function restore(value: Plain): Plain {
  if (typeof value === "string") return isMarked(value) ? restoreText(value) : value;
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) restoreArray(value as Plain[]);
  else restoreObject(value as Record<string, Plain>);
  return value;
}

function restoreArray(array: Plain[]): void {
  for (let i = 0; i < array.length; i++) {
    const item = array[i]!;
    if (typeof item === "string") {
      if (isMarked(item)) array[i] = restoreText(item);
    } else restore(item);
  }
}

function restoreObject(object: Record<string, Plain>): void {
  const keys = Object.keys(object);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    const item = object[key]!;
    if (typeof item === "string") {
      if (isMarked(item)) object[key] = restoreText(item);
    } else restore(item);
  }
}

const isMarked = (text: string): boolean => text.charCodeAt(0) === 0x7e;

const restoreText = (text: string): string | Uint8Array =>
  text.startsWith(mark, 1) ? text.slice(1) : Uint8Array.fromBase64(text.slice(1));

/** Base64 of the octets themselves: a Buffer's own toBase64 is the same, but a subclass could differ. */
const base64 = (octets: Uint8Array): string => Uint8Array.prototype.toBase64.call(octets);
