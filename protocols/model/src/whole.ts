import { attempt, Reader, type Result } from "@freehold/wire";

/** Decodes octets that hold exactly one value: a remainder is an error. */
export function whole<T>(octets: Uint8Array, field: string, read: (r: Reader) => T): Result<T> {
  return attempt(() => {
    const r = new Reader(octets);
    const value = read(r);
    if (r.left > 0) throw r.fault("unexpected", field, `${r.left} octet(s) after the value`);
    return value;
  });
}
