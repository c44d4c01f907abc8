export * from "./capture.ts";
export * from "./compare.ts";
export * from "./core.ts";
export * from "./corpus.ts";
export * from "./expect.ts";
export * from "./replay.ts";
