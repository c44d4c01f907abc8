export * from "./five-gc.ts";
export * from "./holdings.ts";
export * from "./outcome.ts";
export * from "./survivors.ts";
