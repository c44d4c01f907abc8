export * from "./codes.ts";
export * from "./header.ts";
export * from "./message.ts";
export * from "./writers.ts";
