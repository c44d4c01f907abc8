export * from "./five-gc.ts";
