import type { Nea, Nia } from "@freehold/crypto";
import type { GnbConfig } from "@freehold/gnb";
import { sNssai } from "@freehold/model";
import { readYaml, type Transport } from "@freehold/system";
import { address, algorithm, cell, ciphering, integer, integrity, object, port, slice } from "./schema.ts";

interface GnbFile {
  readonly name: string;
  readonly gnbId: number;
  readonly gnbIdBits: number;
  readonly cellId: number;
  readonly tac: number;
  readonly plmns: readonly {
    readonly mcc: string;
    readonly mnc: string;
    readonly slices: readonly { readonly sst: number; readonly sd?: string }[];
  }[];
  readonly amf: { readonly addresses: readonly string[]; readonly port: number };
  readonly n2: { readonly address: string; readonly transport: Transport; readonly udpPort: number };
  readonly n3: { readonly address: string; readonly port: number; readonly upfPort: number };
  readonly air: string;
  readonly ciphering: readonly string[];
  readonly integrity: readonly string[];
  readonly inactivitySeconds: number;
  readonly log: "debug" | "info" | "warn" | "error";
}

export const gnbSchema = object("a gNB", {
  name: { type: "string", minLength: 1, maxLength: 150, default: "freehold-gnb", description: "RAN node name" },
  gnbId: integer(0, 2 ** 32 - 1, 1, "gNB ID"),
  gnbIdBits: integer(22, 32, 24, "length of the gNB ID in bits"),
  cellId: integer(0, 2 ** 14 - 1, 1, "the cell's own part of the NR cell identity"),
  tac: integer(0, 0xffffff, 1, "tracking area code"),
  plmns: {
    type: "array",
    minItems: 1,
    maxItems: 12,
    description: "PLMNs broadcast, each with its slices",
    items: {
      type: "object",
      additionalProperties: false,
      required: ["mcc", "mnc"],
      properties: {
        mcc: { type: "string", pattern: "^[0-9]{3}$", description: "three digits, in quotes" },
        mnc: { type: "string", pattern: "^[0-9]{2,3}$", description: "two or three digits, in quotes: a leading zero counts" },
        slices: { type: "array", minItems: 1, maxItems: 1024, items: slice, default: [{ sst: 1 }] },
      },
    },
    default: [{ mcc: "001", mnc: "01", slices: [{ sst: 1 }] }],
  },
  amf: object("the core's N2", {
    addresses: { type: "array", minItems: 1, maxItems: 16, items: address, default: ["127.0.0.5"] },
    port: port(38_412, "SCTP port of the AMF"),
  }),
  n2: object("own side of N2", {
    address: { ...address, default: "127.0.0.9" },
    transport: {
      type: "string",
      enum: ["auto", "kernel", "raw", "udp"],
      default: "auto",
      description: "what carries SCTP; must agree with the core's",
    },
    udpPort: port(9_899, "UDP port of the core with transport udp"),
  }),
  n3: object("own side of N3", {
    address: { ...address, default: "127.0.0.9" },
    port: port(2_152, "own UDP port"),
    upfPort: port(2_152, "UDP port of UPFs"),
  }),
  air: cell,
  ciphering: { ...ciphering, default: ["NEA2", "NEA1", "NEA3", "NEA0"] },
  integrity: { ...integrity, default: ["NIA2", "NIA1", "NIA3"] },
  inactivitySeconds: integer(0, 86_400, 0, "releases a phone after so long without traffic; 0: never"),
  log: { type: "string", enum: ["debug", "info", "warn", "error"], default: "info", description: "log level" },
});

/** What `freehold gnb --init` prints; reading it gives the defaults. */
export const gnbTemplate = `# Freehold: a simulated gNB. Every key may be left out; what stands here is the default.

name: freehold-gnb
gnbId: 1
gnbIdBits: 24
cellId: 1
tac: 1
plmns:
  - mcc: "001" # in quotes: a leading zero counts
    mnc: "01"
    slices:
      - sst: 1 # add sd: "010203" where used

amf: { addresses: [127.0.0.5], port: 38412 } # the core's n2.addresses

n2:
  address: 127.0.0.9 # own address towards the AMF
  transport: auto # kernel, raw (root), udp; the core must use the same, and auto finds the same only for the same user on the same machine
  udpPort: 9899 # the core's n2.udpPort, of transport udp

n3: { address: 127.0.0.9, port: 2152, upfPort: 2152 } # own address towards the UPF

air: 127.0.0.9:4997 # where phones find the cell

ciphering: [NEA2, NEA1, NEA3, NEA0] # between phone and gNB, most wanted first
integrity: [NIA2, NIA1, NIA3]
inactivitySeconds: 0 # releases a phone after so long without traffic; 0: never

log: info # debug, info, warn, error
`;

export interface GnbSettings {
  readonly gnb: GnbConfig;
  readonly transport: Transport;
  readonly udpPort: number;
  readonly log: GnbFile["log"];
}

/** Reads gnb.yaml. Throws `ConfigFault`. */
export function readGnb(text: string, name: string): GnbSettings {
  const file = readYaml<GnbFile>(text, name, gnbSchema, fits);
  const { amf, n2, n3, plmns, ciphering: nea, integrity: nia, inactivitySeconds, log, ...same } = file;
  return {
    gnb: {
      ...same,
      plmns: plmns.map(({ mcc, mnc, slices }) => ({ plmn: { mcc, mnc }, slices: slices.map(({ sst, sd }) => sNssai(sst, sd)) })),
      amfs: amf.addresses.map((host) => ({ host, port: amf.port })),
      n2: { host: n2.address, port: 0 },
      n3: { host: n3.address, port: n3.port },
      upfPort: n3.upfPort,
      nea: nea.map(algorithm<Nea>),
      nia: nia.map(algorithm<Exclude<Nia, 0>>),
      ...(inactivitySeconds > 0 && { inactivityMs: inactivitySeconds * 1_000 }),
    },
    transport: n2.transport,
    udpPort: n2.udpPort,
    log,
  };
}

function fits({ gnbId, gnbIdBits, cellId }: GnbFile): (readonly [string, string])[] {
  const wrong: (readonly [string, string])[] = [];
  if (gnbId >= 2 ** gnbIdBits) wrong.push(["/gnbId", `found ${gnbId}; does not fit ${gnbIdBits} bits`]);
  if (cellId >= 2 ** (36 - gnbIdBits))
    wrong.push(["/cellId", `found ${cellId}; does not fit the ${36 - gnbIdBits} bits that the gNB ID leaves`]);
  return wrong;
}
