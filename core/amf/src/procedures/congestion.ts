import { Cause5gmm } from "@freehold/model";
import type { NasMessage } from "@freehold/nas";
import type { Cause } from "@freehold/ngap";
import type { Amf } from "../amf.ts";
import type { N2Connection } from "../ran.ts";
import type { Ue } from "../ue.ts";
import { dismiss, releaseConnection } from "./ue-context-release.ts";

const overload: Cause = { choice: "misc", value: "control-processing-overload" };

/** T3346 in seconds: half a minute to a minute, spread so that those turned away together do not come back together. */
function backOff(amf: Amf): number {
  const [draw = 0] = amf.world.random(1);
  return 30 + 2 * (draw & 15);
}

/**
 * A phone that proved itself hears #22 with T3346, protected, as TS 24.501 §5.5.1.2.5, §5.5.1.3.5 and §5.6.1.5 have it. `ue` is on the
 * connection.
 */
export function turnAwayKnown(amf: Amf, ue: Ue, connection: N2Connection, to: NasMessage["is"]): void {
  tellTurnedAway(amf, connection);
  const is = to === "Service request" ? "Service reject" : "Registration reject";
  amf.start("congestion", async () => {
    await ue.n1.send({ is, cause: Cause5gmm.congestion, t3346: backOff(amf) });
    await releaseConnection(amf, connection, overload);
  });
}

/**
 * Whoever proved nothing is released without NAS: an unprotected #22 would keep a good phone away for 15 to 30 minutes whatever T3346 says
 * (TS 24.501 §5.5.1.2.5), while after a release it tries again in ten seconds (T3511, §5.5.1.2.7).
 */
export function turnAwayStranger(amf: Amf, connection: N2Connection): void {
  tellTurnedAway(amf, connection);
  dismiss(amf, connection, overload);
}

/** A flood of phones is not a flood of lines: 1st, 2nd, 4th, 8th and so on. */
export function tellTurnedAway(amf: Amf, { node }: N2Connection): void {
  const count = amf.admission.turnedAway;
  if ((count & (count - 1)) === 0)
    amf.world.log.warn("initial messages turned away: more registrations at once than amf.registrationsPerSecond (TS 24.501 §5.3.9)", {
      gnb: node.name,
      count,
    });
}
