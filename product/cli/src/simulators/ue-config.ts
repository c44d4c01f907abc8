import type { HomeNetworkPublicKey, Nea, Nia } from "@freehold/crypto";
import { type Dnn, ProtectionScheme, Secret, sNssai, supi } from "@freehold/model";
import { readYaml } from "@freehold/system";
import type { UeConfig } from "@freehold/ue";
import { hex } from "@freehold/wire";
import { algorithm, cell, ciphering, integer, integrity, object, slice } from "./schema.ts";

interface UeFile {
  readonly imsi: string;
  readonly mncDigits: 2 | 3;
  readonly k?: unknown;
  readonly opc?: unknown;
  readonly op?: unknown;
  readonly routingIndicator: string;
  readonly homeNetworkKey?: { readonly id: number; readonly scheme: "A" | "B"; readonly publicKey: string };
  readonly slices: readonly { readonly sst: number; readonly sd?: string }[];
  readonly sessions: readonly {
    readonly dnn?: string;
    readonly type: "IPv4" | "IPv6" | "IPv4v6";
    readonly slice?: { readonly sst: number; readonly sd?: string };
  }[];
  readonly air: string;
  readonly ciphering: readonly string[];
  readonly integrity: readonly string[];
  readonly log: "debug" | "info" | "warn" | "error";
}

// No pattern here: what is wrong with a key is said without repeating it.
const key = (description: string) => ({ description }) as const;

/** Test set 1 of TS 35.208 §4.3: a key that everybody knows. */
const known = { k: "465b5ce8b199b49faa5f0a2ee238a6bc", opc: "cd63cb71954a9f4e48a5994e37a02baf" };

export const ueSchema = object("phones", {
  imsi: {
    type: "string",
    pattern: "^[0-9]{6,15}$",
    default: "001010000000001",
    description: "IMSI of the first phone, digits in quotes; further ones count up",
  },
  mncDigits: { ...integer(2, 3, 2, "digits of the home network's MNC"), enum: [2, 3] },
  k: key("K, 32 hexadecimal digits, in quotes"),
  opc: key("OPc, 32 hexadecimal digits, in quotes"),
  op: key("OP in place of OPc, 32 hexadecimal digits, in quotes"),
  routingIndicator: { type: "string", pattern: "^[0-9]{1,4}$", default: "0", description: "one to four digits, in quotes" },
  homeNetworkKey: {
    type: "object",
    description: "conceals the SUPI; without it the null scheme",
    additionalProperties: false,
    required: ["id", "scheme", "publicKey"],
    properties: {
      id: { type: "integer", minimum: 0, maximum: 255, description: "home network public key identifier" },
      scheme: { type: "string", enum: ["A", "B"], description: "profile A or B" },
      publicKey: {
        type: "string",
        pattern: "^([0-9a-fA-F]{64}|0[23][0-9a-fA-F]{64})$",
        description: "as freehold init prints it, in quotes",
      },
    },
  },
  slices: { type: "array", maxItems: 8, items: slice, default: [], description: "requested NSSAI; empty requests none" },
  sessions: {
    type: "array",
    maxItems: 15,
    description: "PDU sessions after registration",
    items: {
      type: "object",
      additionalProperties: false,
      properties: {
        dnn: { type: "string", pattern: "^[A-Za-z0-9]([A-Za-z0-9.-]{0,98}[A-Za-z0-9])?$", description: "data network name" },
        type: { type: "string", enum: ["IPv4", "IPv6", "IPv4v6"], default: "IPv4", description: "PDU session type" },
        slice,
      },
    },
    default: [{ dnn: "internet", type: "IPv4" }],
  },
  air: cell,
  ciphering: { ...ciphering, default: ["NEA0", "NEA1", "NEA2", "NEA3"] },
  integrity: { ...integrity, default: ["NIA1", "NIA2", "NIA3"] },
  log: { type: "string", enum: ["debug", "info", "warn", "error"], default: "warn", description: "log level" },
});

/** What `freehold ue --init` prints; reading it gives the defaults. */
export const ueTemplate = `# Freehold: simulated phones. Every key may be left out; what stands here is the default.

imsi: "001010000000001" # of the first phone; -n 10 counts up
mncDigits: 2
k: "${known.k}" # the test key of TS 35.208: everybody knows it
opc: "${known.opc}" # or op:
routingIndicator: "0"
# homeNetworkKey: { id: 1, scheme: A, publicKey: "..." } # as freehold init prints it; without it the SUPI goes in clear

slices: [] # requested; [] requests none
sessions: # after registration
  - dnn: internet
    type: IPv4

air: 127.0.0.9:4997 # the gNB's air

ciphering: [NEA0, NEA1, NEA2, NEA3] # what the phone can
integrity: [NIA1, NIA2, NIA3]

log: warn # debug, info, warn, error
`;

export interface UeSettings {
  /** The first phone. */
  readonly ue: UeConfig;
  readonly log: UeFile["log"];
}

/** Reads ue.yaml. Throws `ConfigFault`, which never repeats a key. */
export function readUe(text: string, name: string): UeSettings {
  const file = readYaml<UeFile>(text, name, ueSchema, keysFit);
  const { imsi, k = known.k, op, opc, homeNetworkKey, slices, sessions, ciphering: nea, integrity: nia, log, ...same } = file;
  return {
    ue: {
      ...same,
      supi: supi(`imsi-${imsi}`),
      k: secret(k),
      ...(op === undefined ? { opc: secret(opc ?? known.opc) } : { op: secret(op) }),
      ...(homeNetworkKey !== undefined && { homeNetworkKey: publicKey(homeNetworkKey) }),
      ...(slices.length > 0 && { slices: slices.map(({ sst, sd }) => sNssai(sst, sd)) }),
      sessions: sessions.map(({ dnn, type, slice: one }) => ({
        ...(dnn !== undefined && { dnn: dnn as Dnn }),
        type,
        ...(one !== undefined && { sNssai: sNssai(one.sst, one.sd) }),
      })),
      nea: nea.map(algorithm<Nea>),
      nia: nia.map(algorithm<Nia>),
    },
    log,
  };
}

const secret = (text: unknown): Secret => Secret.fromHex(String(text));

const publicKey = ({ id, scheme, publicKey: digits }: NonNullable<UeFile["homeNetworkKey"]>): HomeNetworkPublicKey => ({
  id,
  profile: scheme === "A" ? ProtectionScheme.profileA : ProtectionScheme.profileB,
  publicKey: hex(digits),
});

function keysFit(file: UeFile): (readonly [string, string])[] {
  const wrong: (readonly [string, string])[] = [];
  for (const name of ["k", "opc", "op"] as const) {
    const value = file[name];
    if (value === undefined) continue;
    if (typeof value !== "string") wrong.push([`/${name}`, "not text: put its 32 hexadecimal digits in quotes"]);
    else if (!/^[0-9a-fA-F]{32}$/.test(value)) wrong.push([`/${name}`, `${value.length} characters; allowed: 32 hexadecimal digits`]);
  }
  if (file.opc !== undefined && file.op !== undefined) wrong.push(["/op", "OPc is there as well; give one of the two"]);
  if (file.k !== undefined && file.opc === undefined && file.op === undefined) wrong.push(["/k", "its OPc (or OP) is missing"]);
  const { homeNetworkKey: key } = file;
  if (key !== undefined && (key.publicKey.length === 64) !== (key.scheme === "A")) {
    wrong.push(["/homeNetworkKey/publicKey", `profile ${key.scheme} wants ${key.scheme === "A" ? 64 : 66} digits`]);
  }
  if (!file.ciphering.includes("NEA0")) wrong.push(["/ciphering", "every phone has NEA0"]);
  return wrong;
}
