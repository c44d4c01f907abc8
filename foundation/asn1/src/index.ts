/** ASN.1 as 3GPP uses it: `compile` turns modules into a schema of plain data, `Per` encodes and decodes by it (X.691). */
export { type Compilation, compile } from "./compile.ts";
export { componentKey, ieKey, typeName } from "./names.ts";
export type { ContainerExtras, UnknownIe } from "./per/containers.ts";
export { EncodeFault, PerFault } from "./per/fault.ts";
export { type Decoded, type DecodeOptions, Per } from "./per/per.ts";
export { type Finding, PerReader } from "./per/reader.ts";
export { alphabetOf, type BitString, type Codec } from "./per/scalars.ts";
export { PerWriter } from "./per/writer.ts";
export { type Choose, type RandomOptions, randomValue } from "./random.ts";
export type * from "./schema.ts";
export { SyntaxFault } from "./tokens.ts";
