/** Constraints as PER sees them (X.691 9.3). */
import type { Bounds, Int } from "./schema.ts";
import type { Bound, Constraint, Element, Value } from "./syntax.ts";
import { SyntaxFault } from "./tokens.ts";

export const integer = (value: bigint): Int =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();

export const given = <K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]: T });
export const minimum = (a: Int | undefined, b: Int | undefined): Int | undefined =>
  a === undefined || b === undefined ? (a ?? b) : BigInt(a) < BigInt(b) ? a : b;
export const maximum = (a: Int | undefined, b: Int | undefined): Int | undefined =>
  a === undefined || b === undefined ? (a ?? b) : BigInt(a) > BigInt(b) ? a : b;

/** Bounds of the alternatives of a constraint; gaps between them are not visible to PER. */
export function bounds(elements: readonly Element[], extensible: boolean, integerOf: (value: Value) => bigint): Bounds<Int> {
  let lo: Int | undefined;
  let hi: Int | undefined;
  let [openLo, openHi] = [false, false];
  for (const element of elements) {
    if (element.e !== "range") throw new SyntaxFault(`a range expected, not ${element.e}`, 0);
    const bound = (b: Bound): Int | undefined => (b === "MIN" || b === "MAX" ? undefined : integer(integerOf(b)));
    const [from, to] = [bound(element.lo), bound(element.hi)];
    openLo ||= from === undefined;
    openHi ||= to === undefined;
    lo = minimum(lo, from);
    hi = maximum(hi, to);
  }
  return { ...(!openLo && given("lo", lo)), ...(!openHi && given("hi", hi)), ...(extensible && { x: 1 as const }) };
}

/** The characters of a FROM constraint, in order. */
export function alphabet(constraint: Constraint): string {
  const characters = new Set<string>();
  for (const element of constraint.root) {
    if (element.e !== "range" || typeof element.lo === "string" || typeof element.hi === "string")
      throw new SyntaxFault("FROM wants characters", 0);
    if (element.lo.v !== "text" || element.hi.v !== "text") throw new SyntaxFault("FROM wants characters", 0);
    if (element.lo === element.hi) for (const each of element.lo.text) characters.add(each);
    else for (let i = element.lo.text.charCodeAt(0); i <= element.hi.text.charCodeAt(0); i++) characters.add(String.fromCharCode(i));
  }
  return [...characters].sort().join("");
}
