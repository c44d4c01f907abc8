import { Cause5gmm } from "@freehold/model";
import type { Amf } from "../amf.ts";
import type { Ue } from "../ue.ts";
import { releaseConnection } from "./ue-context-release.ts";

/**
 * SERVICE REQUEST of a UE that this AMF cannot resume, TS 24.501 §5.6.1.5: cause #9 makes the phone register again at once. An
 * unverified one changes nothing of the UE that it names.
 */
export function refuseService(amf: Amf, ue: Ue, verified: boolean): void {
  const connection = ue.n2;
  if (connection === undefined) return;
  ue.log.info("Service request answered by #9: the phone registers again", { verified });
  amf.start("service reject", async () => {
    await ue.n1.send({ is: "Service reject", cause: Cause5gmm.ueIdentityCannotBeDerivedByTheNetwork });
    await releaseConnection(amf, connection, { choice: "nas", value: "normal-release" });
  });
}
