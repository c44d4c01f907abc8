import { Cause5gmm, type Suci, suciText } from "@freehold/model";
import { T3570 } from "../config.ts";
import { Reject } from "../reject.ts";
import type { Step } from "./step.ts";

/** Identification, TS 24.501 §5.4.3: asks for the SUCI. T3570's fifth expiry ends the procedure that asked. */
export async function requestSuci({ ue, scope }: Step): Promise<string> {
  const suci = await ue.n1.ask<Suci>(scope, { is: "Identity request", identityType: "SUCI" }, T3570, (answer) => {
    if (answer.is !== "Identity response" || answer.mobileIdentity.is !== "SUCI") return undefined;
    return answer.mobileIdentity.suci;
  });
  return textOf(suci);
}

/** The SUCI as the AUSF takes it. One that no phone can have, such as a null scheme output that is no MSIN, is the phone's fault. */
export function textOf(suci: Suci): string {
  try {
    return suciText(suci);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Reject(Cause5gmm.invalidMandatoryInformation, `the SUCI is none: ${error.message}`, "TS 24.501 §7.5.1");
  }
}
