import { type JsonError, JsonValidator } from "@freehold/wire";
import { schemas } from "./generated/schemas.js";

const validator = new JsonValidator(schemas);

/** Errors of a value against a data type of the specification ("NFProfile"), for values that no door has checked: after a patch, from a store, from configuration. */
export const checkType = (type: string, value: unknown): readonly JsonError[] => validator.validate({ $ref: type }, value);
