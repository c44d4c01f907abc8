import type { WireErrorKind } from "@freehold/wire";

/** A decoding error on its way up: each level adds the name of its field; the door turns it into a `WireError`. */
export class PerFault extends Error {
  readonly kind: WireErrorKind;
  readonly at: number;
  readonly path: string[] = [];
  /** What the outermost protocol IE container held before the error, so that its sender can be answered. */
  partial: Readonly<Record<string, unknown>> | undefined;

  constructor(kind: WireErrorKind, at: number, detail: string) {
    super(detail);
    this.kind = kind;
    this.at = at;
  }
}

/** Adds a field name to the path of a fault; other errors pass unchanged. */
export function within(fault: unknown, field: string): unknown {
  if (fault instanceof PerFault) fault.path.unshift(field);
  return fault;
}

/** A value of ours that its type does not allow. */
export class EncodeFault extends RangeError {
  readonly path: string[] = [];
  readonly detail: string;
  constructor(detail: string) {
    super(detail);
    this.name = "EncodeFault";
    this.detail = detail;
  }
  add(field: string): this {
    this.path.unshift(field);
    this.message = `${this.path.join(".")}: ${this.detail}`;
    return this;
  }
}

export const inside = (fault: unknown, field: string): unknown => (fault instanceof EncodeFault ? fault.add(field) : fault);
