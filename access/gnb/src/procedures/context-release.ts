/** TS 38.413 §8.3.2 UE Context Release Request, §8.3.3 UE Context Release, §8.7.4 NG Reset. */
import type { Cause, Pdu, UEAssociatedLogicalNGConnectionItem } from "@freehold/ngap";
import { Superseded } from "@freehold/runtime";
import type { GnbNode } from "../node.ts";
import type { UeConnection } from "../ue-connection.ts";
import { causeText, radio } from "../values.ts";

/** §8.3.2: asks the AMF to release; the AMF answers with a command. Without an AMF that knows it, the UE goes at once. */
export function requestRelease(gnb: GnbNode, ue: UeConnection, cause: Cause): void {
  if (ue.gone || ue.releaseRequested) return;
  if (ue.amfUeNgapId === undefined || !gnb.n2Up) {
    gnb.drop(ue, causeText(cause)).catch((why: unknown) => gnb.world.log.error("release failed", { why }));
    return;
  }
  ue.releaseRequested = true;
  const sessions = [...ue.sessions.keys()].map((pDUSessionID) => ({ pDUSessionID }));
  gnb.send(
    {
      is: "UEContextReleaseRequest",
      ies: { ...ue.ids, ...(sessions.length === 0 ? {} : { pduSessionResourceListCxtRelReq: sessions }), cause },
    },
    ue.stream,
  );
}

/** §8.3.3: takes the place of whatever runs. */
export function ueContextRelease(gnb: GnbNode, ue: UeConnection, cause: Cause | undefined): void {
  ue.lane
    .supersede("UE CONTEXT RELEASE COMMAND", "UE Context Release", async () => {
      const sessions = [...ue.sessions.keys()].map((pDUSessionID) => ({ pDUSessionID }));
      ue.link.send({ is: "Release", cause: causeText(cause) });
      await gnb.drop(ue, "released by the AMF");
      gnb.send(
        {
          is: "UEContextReleaseComplete",
          ies: {
            ...ue.ids,
            userLocationInformation: ue.location,
            ...(sessions.length === 0 ? {} : { pduSessionResourceListCxtRelCpl: sessions }),
          },
        },
        ue.stream,
      );
    })
    .catch((why: unknown) => {
      // Dropping the UE closes the lane under the release itself.
      if (!(why instanceof Superseded)) gnb.world.log.warn("UE Context Release failed", { ranUeNgapId: ue.ranUeNgapId, why });
    });
}

const matches = (ue: UeConnection, { aMFUENGAPID, rANUENGAPID }: UEAssociatedLogicalNGConnectionItem): boolean =>
  rANUENGAPID !== undefined ? ue.ranUeNgapId === rANUENGAPID : aMFUENGAPID !== undefined && ue.amfUeNgapId === aMFUENGAPID;

/** §8.7.4.2.1: frees all, or the connections listed; the acknowledgement repeats the list. */
export async function ngReset(gnb: GnbNode, { ies }: Pdu<"NGReset">): Promise<void> {
  const { resetType } = ies;
  const list = resetType.choice === "partOfNG-Interface" ? resetType.value : undefined;
  const affected = [...gnb.ues.values()].filter((ue) => list === undefined || list.some((item) => matches(ue, item)));
  for (const ue of affected) {
    ue.link.send({ is: "Release", cause: "NG Reset" });
    await gnb.drop(ue, `NG Reset: ${causeText(ies.cause)}`);
  }
  gnb.send({ is: "NGResetAcknowledge", ies: list === undefined ? {} : { ueAssociatedLogicalNGConnectionList: list } });
}

export const inactivity = radio("user-inactivity");
