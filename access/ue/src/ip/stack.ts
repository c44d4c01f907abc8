import type { Ipv4 } from "@freehold/model";
import type { Clock, Random } from "@freehold/runtime";
import { NotAllowed } from "../errors.ts";
import type { Session } from "../sm/session.ts";

/** What the small IP stack needs beside the session. */
export interface IpWorld {
  readonly clock: Clock;
  readonly random: Random;
}

export function ownAddress(session: Session): Ipv4 {
  if (session.ip === undefined) throw new NotAllowed("IP", `PDU session ${session.id} has no IPv4 address`);
  return session.ip;
}

/** An ephemeral port (RFC 6335: 49152 to 65535). */
export function ephemeralPort(random: Random): number {
  const [a, b] = random(2);
  return 49_152 + (((a! << 8) | b!) & 0x3fff);
}
