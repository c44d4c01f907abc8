import { type Guti, ngapPlmnOctets, sameTai, sTmsiOf, type Tai } from "@freehold/model";
import type { RegistrationRequest } from "@freehold/nas";
import { bitsOf, encode, type Message, type PagingDRX, type PagingPriority } from "@freehold/ngap";
import { type N1N2MessageTransferCause, Namf_Communication_Callback, SbiTransportError } from "@freehold/sbi";
import type { Amf } from "../amf.ts";
import { T3513 } from "../config.ts";
import type { N2Association } from "../ran.ts";
import type { Waiting } from "../reach.ts";
import type { Ue } from "../ue.ts";
import type { UeContext } from "../ue-context.ts";

/** Keeps what is for a UE that cannot be given it now, and pages the UE when it is idle (TS 23.502 §4.2.3.3 steps 3b and 4b). */
export function waitFor(amf: Amf, ue: Ue, waiting: Waiting): void {
  const { reach } = ue;
  const idle = reach.waiting.size === 0 && ue.n2 === undefined;
  reach.waiting.set(waiting.pduSessionId, waiting);
  if (idle) {
    reach.pages = 0;
    page(amf, ue);
  }
}

/**
 * Paging, TS 24.501 §5.6.2, TS 38.413 §8.5: in every cell of the registration area, again at each expiry of T3513, until the UE is here or
 * it was asked for often enough. A UE that was lost while something waited is paged on with what is left of its transmissions.
 */
export function page(amf: Amf, ue: Ue): void {
  const { reach, context } = ue;
  reach.stopPaging();
  if (reach.waiting.size === 0 || ue.n2 !== undefined || context === undefined) return;
  if (reach.lost || reach.pages >= T3513.tries) {
    ue.log.warn("the UE does not answer paging (TS 24.501 §5.6.2.4)", { pages: reach.pages });
    return giveUp(amf, ue, "UE_NOT_RESPONDING");
  }
  reach.pages++;
  const gnbs = broadcast(amf, ue, context);
  ue.log.info("paging", { ue: ue.name, transmission: reach.pages, gnbs });
  reach.stopPaging = amf.background.after(T3513.ms, () => page(amf, ue));
}

/** One encoding for every gNB with a cell in the registration area; gives how many there were. */
function broadcast(amf: Amf, ue: Ue, context: UeContext): number {
  const area = context.registrationArea;
  const gnbs = [...amf.nodes.values()].flatMap((node): N2Association[] => {
    const serves = node.areas.some(({ tai }) => area.some((one) => sameTai(one, tai)));
    const association = serves ? [...node.associations].find(({ ended }) => !ended) : undefined;
    return association === undefined ? [] : [association];
  });
  if (gnbs.length === 0) return 0;
  const priority = Math.min(...[...ue.reach.waiting.values()].map((one) => one.priority ?? Number.POSITIVE_INFINITY));
  // TS 24.501 §5.4.4.6: while two GUTIs hold the UE is paged with the old one first, then with the new.
  const guti = ue.reach.pages % 2 === 1 ? (context.formerGuti ?? context.guti) : context.guti;
  const pdu = paging(context, guti, area, priority);
  const octets = encode(pdu);
  for (const gnb of gnbs) gnb.sendOctets(pdu.is, octets, 0, ue); // non-UE-associated signalling: stream 0
  return gnbs.length;
}

function paging({ drx }: UeContext, guti: Guti, area: readonly Tai[], priority: number): Message<"Paging"> {
  const { amfSetId, amfPointer, tmsi } = sTmsiOf(guti);
  return {
    is: "Paging",
    ies: {
      uePagingIdentity: {
        choice: "fiveG-S-TMSI",
        value: {
          aMFSetID: bitsOf(amfSetId, 10),
          aMFPointer: bitsOf(amfPointer, 6),
          fiveGTMSI: Uint8Array.of(tmsi >>> 24, tmsi >>> 16, tmsi >>> 8, tmsi),
        },
      },
      ...(drx === undefined ? {} : { pagingDRX: drx }),
      taiListForPaging: area.map(({ plmn, tac }) => ({
        tAI: { pLMNIdentity: ngapPlmnOctets(plmn), tAC: Uint8Array.of(tac >>> 16, tac >>> 8, tac) },
      })),
      // TS 23.501 §5.7.2.2: ARP priority levels 1 to 8 are of services that are given precedence.
      ...(Number.isInteger(priority) && priority >= 1 && priority <= 8 ? { pagingPriority: `priolevel${priority}` as PagingPriority } : {}),
    },
  };
}

const cycles: Readonly<Record<string, PagingDRX>> = { "T = 32": "v32", "T = 64": "v64", "T = 128": "v128", "T = 256": "v256" };

/** DRX parameters of the UE (TS 24.501 §9.11.3.2A) as gNBs are told them; undefined where it asks for none. */
export const pagingDrx = (requested: RegistrationRequest["requestedDrxParameters"]): PagingDRX | undefined => cycles[requested ?? ""];

/** Who asked for what waits is told that it will not arrive: Namf_Communication_N1N2TransferFailureNotification (TS 29.518 §5.2.2.3.2). */
export function giveUp(amf: Amf, ue: Ue, cause: N1N2MessageTransferCause): void {
  ue.reach.stopPaging();
  ue.reach.pages = 0;
  for (const { failure, uri } of ue.reach.takeAll()) {
    if (failure === undefined) continue;
    amf.start("N1N2 transfer failure notification", async () => {
      try {
        const told = await amf.world.sbi
          .consume(Namf_Communication_Callback, failure)
          .n1n2TransferFailure({ body: { cause, n1n2MsgDataUri: uri } }, { ue: ue.supi });
        if (!told.ok) ue.log.info("nobody waits for the failed transfer any more", { status: told.status });
      } catch (error) {
        if (!(error instanceof SbiTransportError)) throw error;
        ue.log.warn("the failure of a transfer is not heard", { why: error.message });
      }
    });
  }
}
