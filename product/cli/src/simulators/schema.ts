/** Parts that gnb.yaml and ue.yaml share. JSON Schemas with defaults, read by `readYaml`. */
export const address = {
  type: "string",
  pattern: "^(\\d{1,3}(\\.\\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)$",
  description: "an IPv4 or IPv6 address",
} as const;

export const port = (value: number, description: string) =>
  ({ type: "integer", minimum: 1, maximum: 65_535, default: value, description }) as const;

export const integer = (minimum: number, maximum: number, value: number, description: string) =>
  ({ type: "integer", minimum, maximum, default: value, description }) as const;

export const object = <const P extends object>(description: string, properties: P) =>
  ({ type: "object", description, additionalProperties: false, properties, default: {} }) as const;

export const slice = {
  type: "object",
  additionalProperties: false,
  required: ["sst"],
  properties: {
    sst: { type: "integer", minimum: 0, maximum: 255, description: "slice/service type: 1 eMBB, 2 URLLC, 3 MIoT" },
    sd: { type: "string", pattern: "^[0-9a-fA-F]{6}$", description: "slice differentiator, six hexadecimal digits, in quotes" },
  },
} as const;

/** The air over UDP: address and port of the cell. */
export const cell = {
  type: "string",
  pattern: "^(\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-fA-F:.]+\\]):\\d{1,5}$",
  default: "127.0.0.9:4997",
  description: "address:port where the cell is on the air (UDP); IPv6 in brackets",
} as const;

export const ciphering = {
  type: "array",
  minItems: 1,
  uniqueItems: true,
  items: { type: "string", enum: ["NEA0", "NEA1", "NEA2", "NEA3"] },
  description: "ciphering algorithms",
} as const;

export const integrity = {
  type: "array",
  minItems: 1,
  uniqueItems: true,
  items: { type: "string", enum: ["NIA1", "NIA2", "NIA3"] },
  description: "integrity algorithms",
} as const;

/** 2 of "NEA2". */
export const algorithm = <N extends number>(name: string): N => Number(name.slice(3)) as N;
