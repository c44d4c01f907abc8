import { HomeNetworkKey } from "@freehold/crypto";
import { Secret } from "@freehold/model";
import type { Random } from "@freehold/runtime";
import { readConfig } from "../config/load.ts";
import type { FreeholdConfig } from "../config/types.ts";

/** What one run of the demonstration is made of: addresses, keys and phones of its own, new each time. */
export interface DemoPlan {
  readonly config: FreeholdConfig;
  readonly homeNetworkKeys: readonly {
    readonly id: number;
    readonly profile: 1 | 2;
    readonly privateKey: Secret;
    readonly key: HomeNetworkKey;
  }[];
  readonly phones: readonly DemoPhone[];
  readonly gnb: { readonly n2: string; readonly n3: string; readonly air: string };
  /** What phones reach behind the UPF. */
  readonly target: { readonly ping: string; readonly name: string; readonly path: string };
}

export interface DemoPhone {
  readonly supi: string;
  readonly k: Secret;
  readonly opc: Secret;
  /** How the phone conceals its SUPI: each way once. */
  readonly scheme: "A" | "B" | "null";
}

export interface DemoOptions {
  readonly phones: number;
  readonly carrier: "local" | "http2";
  /** NEA of first choice: the proof runs once without ciphering. */
  readonly ciphering?: readonly string[];
  /** Log lines of the core on standard error. */
  readonly verbose: boolean;
  /** Where tcpdump writes what it sees beside the tape, on the core's interfaces; for the demonstration that has some. */
  readonly capture?: string;
}

/** Addresses in 127.0.0.0/8 of this run alone, so that demonstrations do not meet each other or a core that runs. */
export function loopbackPlan(random: Random, { phones, carrier, ciphering }: DemoOptions): DemoPlan {
  const [a, b] = random(2);
  const net = `127.${64 + (a! & 63)}.${b!}`;
  const sbi = ["nrf", "udr", "udm", "ausf", "pcf", "nssf", "amf", "smf"].map((name, i) => `${name}: ${net}.${10 + i}`).join(", ");
  const config = readConfig(
    `
n2: { addresses: [${net}.5], transport: udp }
n3: { addresses: [${net}.7] }
n4: { smf: ${net}.4, upf: ${net}.8 }
dataNetworks: [{ dnn: internet, dns: [198.51.100.53] }]
egress: { gnbs: [${net}.20] }
sbi: { carrier: ${carrier}, addresses: { ${sbi} } }
${ciphering === undefined ? "" : `security: { ciphering: [${ciphering.join(", ")}] }`}
`,
    "the demonstration's configuration",
  );
  return {
    config,
    ...keysAndPhones(random, phones),
    gnb: { n2: `${net}.20`, n3: `${net}.20`, air: `${net}.21:4997` },
    target: { ping: "198.51.100.1", name: "freehold.example", path: "/" },
  };
}

/** Fresh keys: nothing here is secret for longer than the run. */
export function keysAndPhones(random: Random, phones: number): Pick<DemoPlan, "homeNetworkKeys" | "phones"> {
  const keyA = new Secret(random(32));
  const keyB = new Secret(random(32));
  const schemes = ["A", "B", "null"] as const;
  return {
    homeNetworkKeys: [
      { id: 1, profile: 1, privateKey: keyA, key: new HomeNetworkKey(1, 1, keyA) },
      { id: 2, profile: 2, privateKey: keyB, key: new HomeNetworkKey(2, 2, keyB) },
    ],
    phones: Array.from({ length: phones }, (_, i) => ({
      supi: `imsi-00101${String(i + 1).padStart(10, "0")}`,
      k: new Secret(random(16)),
      opc: new Secret(random(16)),
      scheme: schemes[i % 3]!,
    })),
  };
}

/** A subscription to one slice and one data network: what freehold subscriber add makes by default. */
export const subscriber = ({ supi, k, opc }: DemoPhone) => ({
  supi,
  k,
  opc,
  ueAmbr: { uplink: 1e9, downlink: 1e9 },
  slices: [
    { sst: 1, default: true, dnns: [{ dnn: "internet", default: true, type: "IPV4" as const, ambr: { uplink: 1e9, downlink: 1e9 } }] },
  ],
});
