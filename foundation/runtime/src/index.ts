export * from "./ask.ts";
export * from "./clock.ts";
export * from "./ids.ts";
export * from "./lane.ts";
export * from "./log.ts";
export * from "./ports.ts";
export * from "./random.ts";
export * from "./scope.ts";
