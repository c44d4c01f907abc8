import { AlgorithmType, deriveAlgorithmKey, type Nea, type Nia } from "@freehold/crypto";
import { Secret } from "@freehold/model";
import { NasSecurity, type NasSecurityInit } from "@freehold/nas";
import type { Amf } from "./amf.ts";
import { countBlock } from "./n1-sender.ts";
import { type LiveSecurity, type Ue, ueTable } from "./ue.ts";
import type { SecurityContext } from "./ue-context.ts";

/** A NAS security context over a KAMF: keys by TS 33.501 §A.8. */
export function nasSecurity(kamf: Secret, nea: Nea, nia: Nia, counts?: NasSecurityInit["counts"]): NasSecurity {
  return new NasSecurity({
    side: "network",
    nea,
    nia,
    integrityKey: deriveAlgorithmKey(kamf, AlgorithmType.nasInt, nia),
    cipheringKey: deriveAlgorithmKey(kamf, AlgorithmType.nasEnc, nea),
    counts,
  });
}

/** The UE's security context ready for use: as it is, or from what was committed. After a restart the downlink COUNT goes on at its bound. */
export function liveSecurity(amf: Amf, ue: Ue): LiveSecurity | undefined {
  const stored = ue.context?.security;
  if (ue.security !== undefined || stored === undefined || ue.context === undefined) return ue.security;
  const kamf = new Secret(amf.world.vault.open(`${ueTable}/${ue.context.supi}`, "kamf", stored.kamf));
  const { nea, nia, counts } = stored.nas;
  const went = { ...counts, "3GPP_ACCESS": { ...counts["3GPP_ACCESS"], send: stored.downlinkBound } };
  ue.security = {
    ngKsi: stored.ngKsi,
    kamf,
    nas: nasSecurity(kamf, nea, nia, went),
    ueSecurityCapability: stored.ueSecurityCapability,
    downlinkBound: stored.downlinkBound,
  };
  return ue.security;
}

/** A COUNT is near its end: no message more is protected under this KAMF than what runs, and the next initial message authenticates (TS 33.501 §6.4.3.1). */
export const wornOut = ({ nas }: LiveSecurity): boolean => {
  const { send, receive } = nas.counts();
  return Math.max(send, receive) >= countEnd - countBlock;
};
/** NAS COUNT has 24 bits. */
const countEnd = 2 ** 24;

/** The context's form for the store: KAMF sealed, a block of downlink COUNT values reserved. */
export function storedSecurity(amf: Amf, supi: string, live: LiveSecurity): SecurityContext {
  live.downlinkBound = live.nas.counts().send + countBlock;
  return {
    ngKsi: live.ngKsi,
    kamf: amf.world.vault.seal(`${ueTable}/${supi}`, "kamf", live.kamf.reveal()),
    ueSecurityCapability: live.ueSecurityCapability,
    nas: live.nas.state(),
    downlinkBound: live.downlinkBound,
  };
}
