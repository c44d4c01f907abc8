export * from "./address.ts";
export { type Alias, aliases } from "./alias.ts";
export * from "./entry.ts";
export * from "./follow.ts";
export * from "./ladder.ts";
export * from "./line.ts";
export * from "./pcapng/writer.ts";
export { Recorded, type Recording, type Whose } from "./recorded.ts";
export * from "./tape.ts";
