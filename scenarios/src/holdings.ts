import type { SmfState } from "@freehold/smf";
import type { UpfState } from "@freehold/upf";
import type { FiveGC } from "./five-gc.ts";

/** What sessions hold in the core and at the gNBs, counted from each function's own state. */
export interface Holdings {
  /** PDU sessions by UE of the AMF. */
  readonly amf: readonly (readonly number[])[];
  readonly smfSessions: number;
  readonly leftovers: number;
  readonly addresses: Readonly<Record<string, number>>;
  readonly upfSessions: number;
  readonly teids: number;
}

/** No session anywhere; `amf` and `addresses` are as each scenario has them. */
export const nothing: Omit<Holdings, "amf" | "addresses"> = { smfSessions: 0, leftovers: 0, upfSessions: 0, teids: 0 };

export function holdings({ core }: FiveGC): Holdings {
  const { amf, smf, upf } = core.state() as { amf: { ues: { sessions: number[] }[] }; smf: SmfState; upf: UpfState };
  return {
    amf: amf.ues.map(({ sessions }) => sessions),
    smfSessions: smf.sessions.length,
    leftovers: smf.leftovers,
    addresses: smf.addresses,
    upfSessions: upf.sessions.length,
    teids: upf.n4["teids"] ?? Number.NaN,
  };
}

/** Packets that the UPF has dropped, by reason; those that never happened are left out. */
export function dropped({ core }: FiveGC): Record<string, number> {
  const { dropped } = core.state()["upf"] as UpfState;
  return Object.fromEntries(Object.entries(dropped).filter(([, count]) => count > 0));
}
