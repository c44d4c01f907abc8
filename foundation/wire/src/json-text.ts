import { bad, good, type Result } from "./result.ts";

/** What a JSON text from outside may be at most. */
export interface JsonLimits {
  /** nesting of objects and arrays */
  readonly depth: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * JSON text to a value, strictly: a member named twice, a member named `__proto__`, a number beyond any, or nesting beyond the limit is an error that names
 * the offset (in UTF-16 units). RFC 8259 leaves duplicates to the receiver; two receivers that choose differently is how checks are passed by.
 */
export function parseJson(text: string, limits: JsonLimits = { depth: 40 }): Result<unknown> {
  const fault = scan(text, limits);
  if (fault !== undefined) return bad(fault.detail === "nested too deeply" ? "limit" : "invalid", "json", fault.at, fault.detail);
  try {
    return good(JSON.parse(text) as unknown);
  } catch (error) {
    return bad("invalid", "json", 0, error instanceof SyntaxError ? error.message.slice(0, 120) : "not JSON");
  }
}

/** One pass over the text: nesting and member names. Syntax is left to JSON.parse. */
function scan(text: string, limits: JsonLimits): { at: number; detail: string } | undefined {
  // Per open bracket: the names seen so far in an object, or undefined for an array.
  const open: (Set<string> | undefined)[] = [];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x7b || unit === 0x5b) {
      if (open.length >= limits.depth) return { at: i, detail: "nested too deeply" };
      open.push(unit === 0x7b ? new Set() : undefined);
    } else if (unit === 0x7d || unit === 0x5d) {
      open.pop();
    } else if (unit >= 0x30 && unit <= 0x39) {
      const start = i;
      while (inNumber(text.charCodeAt(i + 1))) i++;
      // JSON.parse makes Infinity of 1e999, which no store and no writer of JSON can give back.
      if (i > start + 2 && Number(text.slice(start, i + 1)) === Number.POSITIVE_INFINITY)
        return { at: start, detail: "a number too large" };
    } else if (unit === QUOTE) {
      const start = i;
      let escaped = false;
      for (i++; i < text.length && text.charCodeAt(i) !== QUOTE; i++) {
        if (text.charCodeAt(i) === BACKSLASH) {
          escaped = true;
          i++;
        }
      }
      const names = open.at(-1);
      if (names === undefined || !beforeColon(text, i + 1)) continue;
      const name = memberName(text.slice(start, i + 1), escaped);
      if (name === undefined) continue;
      if (name === "__proto__") return { at: start, detail: "member named __proto__" };
      if (names.has(name)) return { at: start, detail: "member named twice" };
      names.add(name);
    }
  }
  return undefined;
}

/** Digits, signs, the point and the exponent. */
const inNumber = (unit: number): boolean =>
  (unit >= 0x30 && unit <= 0x39) || unit === 0x2e || unit === 0x65 || unit === 0x45 || unit === 0x2b || unit === 0x2d;

function beforeColon(text: string, from: number): boolean {
  for (let i = from; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x3a) return true;
    if (unit !== 0x20 && unit !== 0x09 && unit !== 0x0a && unit !== 0x0d) return false;
  }
  return false;
}

function memberName(quoted: string, escaped: boolean): string | undefined {
  if (!escaped) return quoted.slice(1, -1);
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return undefined;
  }
}
