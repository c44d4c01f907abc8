import { type Door, kernelSctp, PortError, rawIp, type SctpPort, type UdpPort } from "@freehold/net";
import type { World } from "@freehold/runtime";
import { sctpOverIp, sctpOverUdp } from "@freehold/sctp";
import type { FreeholdConfig } from "./config/types.ts";

export type Transport = FreeholdConfig["n2"]["transport"];

export interface ChosenSctp {
  readonly sctp: SctpPort;
  /** For the start-up line: what carries SCTP, and why not what was wanted more. */
  readonly why: string;
}

interface Candidate {
  readonly name: string;
  /** Rejects when this host or user cannot. */
  open(): Promise<SctpPort>;
}

/** SCTP's IP protocol number. */
const sctpProtocol = 132;

/**
 * What carries SCTP for a transport of the configuration: the kernel's, our own over raw IP, our own over UDP (RFC 6951 on `udpPort`);
 * `auto` takes the first that a trial on `tryAddress` shows to work. Rejects with `PortError` when the one asked for does not.
 * All of it goes through `door`. Both ends must agree: over UDP only peers over UDP are reached.
 */
export async function chooseSctp(
  transport: Transport,
  options: { readonly world: World; readonly udpPort: number; readonly udp: UdpPort; readonly tryAddress?: string; readonly door: Door },
): Promise<ChosenSctp> {
  const { world, udpPort, udp, door, tryAddress = "127.0.0.1" } = options;
  const candidates: Record<Exclude<Transport, "auto">, Candidate> = {
    kernel: {
      name: "the kernel's",
      async open() {
        const sctp = door.sctp(kernelSctp({ log: world.log }));
        await using _trial = await sctp.listen({ addresses: [tryAddress], port: 0, onAssociation: () => {} });
        return sctp;
      },
    },
    raw: {
      name: "our own over raw IP",
      async open() {
        const ip = door.ip(rawIp({ log: world.log }));
        await using _trial = await ip.open({ protocol: sctpProtocol, addresses: [tryAddress] });
        return door.sctp(sctpOverIp(ip, world));
      },
    },
    udp: {
      name: `our own over UDP port ${udpPort} (RFC 6951)`,
      open: async () => door.sctp(sctpOverUdp(door.udp(udp), world, { encapsulationPort: udpPort })),
    },
  };
  const wanted = transport === "auto" ? (["kernel", "raw", "udp"] as const) : [transport];
  const failures: { readonly short: string; readonly whole: string }[] = [];
  for (const key of wanted) {
    const { name, open } = candidates[key];
    try {
      const sctp = await open();
      return { sctp, why: [`SCTP: ${name}`, ...failures.map(({ short }) => short)].join("; ") };
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      failures.push({ short: `not ${name} (${error.code})`, whole: `not ${name}: ${error.message}` });
    }
  }
  throw new PortError("EPROTONOSUPPORT", `no SCTP by transport ${transport}: ${failures.map(({ whole }) => whole).join("; ")}`);
}
