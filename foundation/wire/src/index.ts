export * from "./json-schema.ts";
export * from "./json-text.ts";
export * from "./octets.ts";
export * from "./reader.ts";
export * from "./result.ts";
export * from "./writer.ts";
