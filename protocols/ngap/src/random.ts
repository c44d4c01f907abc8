/** Random messages of the schema, for property tests, fuzzing and load. */
import { type Choose, type RandomOptions, randomValue } from "@freehold/asn1";
import type { Message } from "./codec.ts";
import { procedures } from "./generated/procedures.js";
import { schema } from "./generated/schema.js";
import type { MessageName, Types } from "./generated/types.d.ts";

/** The names of all messages, in order of their procedures. */
export const messageNames: readonly MessageName[] = procedures.flatMap((row) => {
  const names: MessageName[] = [row.initiatingMessage];
  if ("successfulOutcome" in row) names.push(row.successfulOutcome);
  if ("unsuccessfulOutcome" in row) names.push(row.unsuccessfulOutcome);
  return names;
});

/** A message with random IEs; equal choices give equal messages. */
export function randomMessage<N extends MessageName>(is: N, choose: Choose, options?: RandomOptions): Message<N> {
  return { is, ies: randomType(is, choose, options) } as Message<N>;
}

/** A random value of a named type. */
export function randomType<N extends keyof Types>(type: N, choose: Choose, options?: RandomOptions): Types[N] {
  // The walk follows the same schema that the types were written from.
  return randomValue(schema, type, choose, options) as Types[N];
}
