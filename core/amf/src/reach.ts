import type { SNssai } from "@freehold/model";
import type { Cancel } from "@freehold/runtime";

/** What waits for a UE until it can be given it (TS 23.502 §4.2.3.3 step 3b): of one PDU session, the newest. */
export interface Waiting {
  readonly pduSessionId: number;
  readonly n1: Uint8Array | undefined;
  readonly n2: { readonly type: string; readonly octets: Uint8Array; readonly sNssai: SNssai | undefined } | undefined;
  /** URI of the transfer at this AMF, and where its failure is told. */
  readonly uri: string;
  readonly failure: string | undefined;
  /** ARP priority level of the flow, for which the UE is paged. */
  readonly priority: number | undefined;
}

/** Whether an idle UE can be reached, and what it is paged for. Nothing of it outlives this AMF: the SMF asks again. */
export class Reach {
  /** By PDU session ID. */
  readonly waiting = new Map<number, Waiting>();
  /** Transmissions of PAGING since something waits. */
  pages = 0;
  /** The mobile reachable timer has expired: the UE is not paged (TS 24.501 §5.3.7). */
  lost = false;
  /** Stops T3513. */
  stopPaging: Cancel = () => {};
  /** Stops the mobile reachable timer, or the implicit deregistration timer after it. */
  stopWatch: Cancel = () => {};

  /** The UE is here: no timer that asks for it runs on. */
  found(): void {
    this.stopPaging();
    this.stopWatch();
    this.lost = false;
  }

  /** Takes what waits for a PDU session away. */
  take(pduSessionId: number): Waiting | undefined {
    const one = this.waiting.get(pduSessionId);
    this.waiting.delete(pduSessionId);
    return one;
  }

  /** Takes everything away that waits. */
  takeAll(): readonly Waiting[] {
    const all = [...this.waiting.values()];
    this.waiting.clear();
    return all;
  }
}
