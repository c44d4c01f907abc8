import { encodePlain } from "./plain.ts";
import type { EncodedChange } from "./plan.ts";
import type { Change } from "./ports.ts";

/** Names are compared octet by octet once stored: what UTF-8 cannot carry, or what C ends a string at, is no name. */
function name(text: string): string {
  if (!text.isWellFormed() || text.includes("\0"))
    throw new TypeError("a table, key or secondary key holds a NUL or half a surrogate pair");
  return text;
}

/** A change as the store's own data: the caller may go on using its objects. TypeError for what is not `Plain`. */
export function encodeChange(change: Change): EncodedChange {
  const { expect } = change;
  const table = name(change.table);
  const key = name(change.key);
  if ("remove" in change) return { table, key, expect, text: undefined, unique: undefined };
  return { table, key, expect, text: encodePlain(change.value), unique: change.unique && secondaryKeys(change.unique) };
}

function secondaryKeys(unique: Readonly<Record<string, string>>): Record<string, string> {
  const copy = { ...unique };
  for (const index in copy) {
    name(index);
    name(copy[index]!);
  }
  return copy;
}
