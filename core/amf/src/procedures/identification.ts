import { type Suci, suciText } from "@freehold/model";
import { T3570 } from "../config.ts";
import type { Step } from "./step.ts";

/** Identification, TS 24.501 §5.4.3: asks for the SUCI. T3570's fifth expiry ends the procedure that asked. */
export async function requestSuci({ ue, scope }: Step): Promise<string> {
  const suci = await ue.n1.ask<Suci>(scope, { is: "Identity request", identityType: "SUCI" }, T3570, (answer) => {
    if (answer.is !== "Identity response" || answer.mobileIdentity.is !== "SUCI") return undefined;
    return answer.mobileIdentity.suci;
  });
  return suciText(suci);
}
