import { toHex } from "@freehold/wire";

/** A value as JSON carries it: octets as hexadecimal digits, a bigint as its decimal digits, what is absent left out. */
export function plainJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(plainJson);
  if (value instanceof Map) return [...value].map(plainJson);
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, one]) => one !== undefined);
    return Object.fromEntries(entries.map(([key, one]) => [key, plainJson(one)]));
  }
  return value;
}

export const indented = (text: string, margin: string): string =>
  text
    .split("\n")
    .map((line) => margin + line)
    .join("\n");
