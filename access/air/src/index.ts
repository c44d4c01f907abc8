export * from "./codec.ts";
export * from "./memory.ts";
export * from "./messages.ts";
export * from "./ports.ts";
export * from "./security.ts";
export * from "./udp.ts";
