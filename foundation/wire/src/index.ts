export * from "./ip.ts";
export * from "./octets.ts";
export * from "./reader.ts";
export * from "./result.ts";
export * from "./writer.ts";
