export * from "./address.ts";
export { type Alias, aliases } from "./alias.ts";
export * from "./entry.ts";
export * from "./follow.ts";
export * from "./ladder.ts";
export * from "./line.ts";
export * from "./pcapng/writer.ts";
export * from "./tape.ts";
