import { Cause5gsm } from "@freehold/model";
import { nodeIdOf } from "@freehold/pfcp";
import { establish, establishmentRequest, setDownlink, unanswered } from "../n4-session.ts";
import { Reject } from "../reject.ts";
import { release } from "./pdu-session-release.ts";
import type { Step } from "./step.ts";

/**
 * The UPF has restarted, or we have (TS 23.527 §4.2, §4.3 (unchecked)): the session is made again with the uplink tunnel that the gNB knows
 * (RESTI, TS 29.244 §8.2.143 (unchecked)). One that the UPF will not have back is released.
 */
export async function restoration(step: Step, retained: boolean): Promise<void> {
  const { smf, session } = step;
  const c = session.context;
  const node = c && smf.n4.nodes.get(c.n4.upf);
  if (c?.state !== "ACTIVE" || node === undefined || c.n4.uplink === undefined) return;
  if (retained && (await confirmed(step))) return;
  const uplink = smf.n4.uplinkOf(node, c.n4.uplink);
  if (uplink === undefined) return;
  try {
    const nodeId = nodeIdOf(smf.n4.address);
    const made = await establish(c, smf.n4.ask, establishmentRequest(c, { nodeId, address: smf.n4.address, uplink }));
    if (made.uplink.teid !== c.n4.uplink.teid || made.uplink.address !== c.n4.uplink.address) {
      await session.change({ n4: { ...c.n4, up: made.up } });
      throw new Reject(Cause5gsm.networkFailure, "the UPF gives another uplink tunnel than the gNB knows");
    }
    if (made.up !== c.n4.up) await session.change({ n4: { ...c.n4, up: made.up } });
    session.log.info("the session is back at its UPF", { upf: node.name });
  } catch (error) {
    if (error instanceof Reject) {
      session.log.warn("the session is not restored", { why: error.message });
      await release(step, { by: "network", cause: Cause5gsm.networkFailure });
      return;
    }
    unanswered(error); // its next association will try again
    session.log.warn("the session is not restored", { why: error.message });
  }
}

/** The UPF has the session still: it hears again what its downlink path is, for it may have changed it without our having written that down. */
async function confirmed({ smf, session }: Step): Promise<boolean> {
  const c = session.held;
  try {
    await setDownlink(c, smf.n4.ask, c.an);
    return true;
  } catch (error) {
    if (error instanceof Reject) return false; // it has not: it is made again
    unanswered(error); // its next association will try again
    session.log.warn("the session is not confirmed at its UPF", { why: error.message });
    return true;
  }
}
