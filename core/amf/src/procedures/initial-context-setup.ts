import { deriveKgnb } from "@freehold/crypto";
import { AccessType } from "@freehold/model";
import type { NasMessage } from "@freehold/nas";
import { SecurityCapability } from "@freehold/nas";
import { type InitialContextSetupRequest, type Message, type Pdu, ueSecurityCapabilities } from "@freehold/ngap";
import { encode } from "@freehold/wire";
import { N2Answer } from "../config.ts";
import { causeText, ngapGuami, ngapSNssai, ngapUeAmbr } from "../n2-values.ts";
import { Abandon } from "../reject.ts";
import type { Step } from "./step.ts";

/** What rides in the set-up: NAS, and PDU sessions where they come with it. */
export interface ContextSetup {
  readonly nas?: NasMessage;
  /** Waits for the answer to the NAS message; `first` sends it in the set-up, later transmissions go by themselves. */
  readonly answered?: (first: () => Promise<void>) => Promise<void>;
  readonly sessions?: InitialContextSetupRequest["pduSessionResourceSetupListCxtReq"];
}

type Answer = Pdu<"InitialContextSetupResponse"> | Pdu<"InitialContextSetupFailure">;

/**
 * Initial Context Setup, TS 38.413 §8.3.1: gives the gNB what it needs to secure and serve the UE. KgNB takes the uplink COUNT of the
 * message that established security (TS 33.501 §6.8.1.2, annex A.9), which the caller has committed.
 */
export async function initialContextSetup(step: Step, uplinkCount: number, setup: ContextSetup): Promise<void> {
  const { ue, connection, scope } = step;
  connection.contextBegun = true;
  const answer = connection.inbox.expect<Answer>(
    (pdu) => (pdu.is === "InitialContextSetupResponse" || pdu.is === "InitialContextSetupFailure" ? pdu : undefined),
    {
      scope,
      timer: N2Answer,
    },
  );
  const send = async (): Promise<void> => {
    if (setup.nas === undefined) connection.send(request(step, uplinkCount, setup, undefined));
    else await ue.n1.carry(setup.nas, (nasPdu) => connection.send(request(step, uplinkCount, setup, nasPdu)));
  };
  const set = answer.then((pdu) => {
    if (pdu.is === "InitialContextSetupFailure")
      throw new Abandon(`the gNB refuses Initial Context Setup: ${causeText(pdu.ies.cause)}`, "TS 38.413 §8.3.1.3");
    connection.contextSetUp = true;
    connection.settled = true;
  });
  if (setup.answered === undefined) {
    await send();
    return await set;
  }
  await Promise.all([set, setup.answered(send)]);
}

function request(
  { amf, ue, connection }: Step,
  uplinkCount: number,
  setup: ContextSetup,
  nasPdu: Uint8Array | undefined,
): Message<"InitialContextSetupRequest"> {
  const { context, security } = ue;
  if (context === undefined || security === undefined) throw new Error("Initial Context Setup without a context");
  const ambr = context.subscribed.ueAmbr;
  if (ambr !== undefined) connection.ambrSent = true;
  const { ueSecurityCapability: capability } = security;
  const radioCapability = ue.radioCapability ?? context.radioCapability;
  return {
    is: "InitialContextSetupRequest",
    ies: {
      ...connection.ids,
      ...(ambr === undefined ? {} : { ueAggregateMaximumBitRate: ngapUeAmbr(ambr) }),
      guami: ngapGuami(amf.guamiFor(context.servingPlmn)),
      ...(setup.sessions === undefined ? {} : { pduSessionResourceSetupListCxtReq: setup.sessions }),
      allowedNSSAI: context.allowed.map((s) => ({ sNSSAI: ngapSNssai(s) })),
      ueSecurityCapabilities: ueSecurityCapabilities(encode(SecurityCapability, capability)),
      securityKey: { bits: deriveKgnb(security.kamf, uplinkCount, AccessType.threeGpp).reveal(), length: 256 },
      ...(radioCapability === undefined ? {} : { ueRadioCapability: radioCapability }),
      ...(context.pei === undefined ? {} : masked(context.pei)),
      ...(nasPdu === undefined ? {} : { nasPdu }),
    },
  };
}

/** Masked IMEISV, TS 38.413 §9.3.1.54: the last four digits of the SNR, digits 11 to 14, are ones. */
function masked(pei: string): { maskedIMEISV?: { bits: Uint8Array; length: number } } {
  const digits = /^imeisv-(\d{16})$/.exec(pei)?.[1];
  if (digits === undefined) return {};
  const hidden = `${digits.slice(0, 10)}ffff${digits.slice(14)}`;
  return {
    maskedIMEISV: { bits: Uint8Array.from({ length: 8 }, (_, i) => Number.parseInt(hidden.slice(2 * i, 2 * i + 2), 16)), length: 64 },
  };
}
