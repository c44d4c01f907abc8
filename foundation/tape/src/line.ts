import { type Alias, printable } from "./alias.ts";
import type { TapeEntry } from "./entry.ts";
import { statusOf } from "./exchange.ts";

/** One entry as a log line: `09:30:00.123456  AMF → UE  Authentication request`, then whose (when `alias` is given) and the note. */
export function line(entry: TapeEntry, alias?: Alias): string {
  const status = statusOf(entry);
  const parts = [`${clockTime(entry.at)}  ${entry.from} → ${entry.to}  ${entry.message}`];
  if (status !== undefined) parts[0] += ` ${status}`;
  if (entry.ue !== undefined && alias !== undefined) parts.push(alias(entry.ue));
  if (entry.note !== undefined) parts.push(entry.note);
  return printable(parts.join("  · "));
}

/** Time of day in UTC with microseconds. */
function clockTime(at: number): string {
  // the fraction apart: a Date has whole milliseconds only
  const micros = Math.floor(at * 1000);
  const time = new Date(Math.floor(micros / 1000)).toISOString().slice(11, 23);
  return `${time}${String(micros % 1000).padStart(3, "0")}`;
}
