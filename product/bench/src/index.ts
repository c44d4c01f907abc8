export { type CodecOptions, type CodecReport, type CodecRow, codec } from "./codec/codec.ts";
export { profile, type RegistrationOptions, type RegistrationReport, registration } from "./registration.ts";
export { type SctpOptions, type SctpReport, type SctpRow, sctp } from "./sctp.ts";
export { type StartOptions, type StartReport, start } from "./start.ts";
export { bounded, median, percentile, rounded } from "./statistics.ts";
