export * from "./address.ts";
export * from "./entry.ts";
