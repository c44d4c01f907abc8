import { type IpAddress, ip, ipFromOctets, ipOctets } from "@freehold/model";
import { type Cause, decodeType, encodeType } from "@freehold/ngap";
import type { SmContextUpdateData } from "@freehold/sbi";
import { explain, Writer } from "@freehold/wire";
import { ngapAmbr, ngapFlow } from "./qos.ts";
import type { SessionContext, Tunnel } from "./session-context.ts";

/** What the gNB said of a session's resources, as far as this SMF follows it. */
export type N2Information =
  | { readonly is: "setup"; readonly tunnel: Tunnel; readonly failedFlows: readonly number[] }
  | { readonly is: "setup failed"; readonly cause: Cause | undefined; readonly why: string }
  | { readonly is: "released" }
  | { readonly is: "other"; readonly type: string };

/** TS 38.413 §9.3.2.4: 32 bits are IPv4, 128 IPv6, 160 both, the IPv4 address first: the one of the family that the UPF's end has. */
function addressOf(bits: Uint8Array, length: number, over: "IPv4" | "IPv6"): IpAddress | undefined {
  const octets =
    length === 32 || length === 128 ? bits : length === 160 ? (over === "IPv4" ? bits.subarray(0, 4) : bits.subarray(4)) : undefined;
  const made = octets && ipFromOctets(octets);
  // "this host", multicast and broadcast are nobody's end of a tunnel
  const first = octets?.[0] ?? 0;
  const nobody = octets?.length === 4 ? first === 0 || first >= 224 : first === 0xff || octets?.every((octet) => octet === 0);
  return made?.ok && !nobody ? made.value : undefined;
}

const failed = (why: string, cause?: Cause): N2Information => ({ is: "setup failed", cause, why });

function readSetup(octets: Uint8Array, over: "IPv4" | "IPv6"): N2Information {
  const read = decodeType("PDUSessionResourceSetupResponseTransfer", octets);
  if (!read.ok) return failed(explain(read.error));
  const {
    dLQosFlowPerTNLInformation: { uPTransportLayerInformation: end },
    qosFlowFailedToSetupList: refused = [],
  } = read.value;
  if (end.choice !== "gTPTunnel") return failed("the gNB names no GTP tunnel");
  const { transportLayerAddress: at, gTPTEID } = end.value;
  const address = addressOf(at.bits, at.length, over);
  if (address === undefined) return failed(`a transport layer address of ${at.length} bits`);
  const teid = gTPTEID.reduce((n, octet) => n * 256 + octet, 0);
  return { is: "setup", tunnel: { teid, address }, failedFlows: refused.map((item) => item.qosFlowIdentifier) };
}

function readFailure(octets: Uint8Array): N2Information {
  const read = decodeType("PDUSessionResourceSetupUnsuccessfulTransfer", octets);
  if (!read.ok) return failed(explain(read.error));
  const { cause } = read.value;
  return failed(typeof cause.value === "string" ? `${cause.choice}: ${cause.value}` : cause.choice, cause);
}

/** The N2 SM information of an UpdateSMContext; never throws, whatever the octets. Octets that say nothing of a set-up mean that it failed. */
export function readN2(
  { n2SmInfo, n2SmInfoType }: Pick<SmContextUpdateData, "n2SmInfo" | "n2SmInfoType">,
  over: "IPv4" | "IPv6" = "IPv4",
): N2Information | undefined {
  if (n2SmInfoType === undefined) return undefined;
  const octets = n2SmInfo ?? new Uint8Array();
  switch (n2SmInfoType) {
    case "PDU_RES_SETUP_RSP":
      return readSetup(octets, over);
    case "PDU_RES_SETUP_FAIL":
      return readFailure(octets);
    case "PDU_RES_REL_RSP":
      return { is: "released" };
    default:
      return { is: "other", type: n2SmInfoType };
  }
}

const protection = { REQUIRED: "required", PREFERRED: "preferred", NOT_NEEDED: "not-needed" } as const;

/** PDU Session Resource Setup Request Transfer, TS 38.413 §9.3.4.1. */
export function setupRequest(c: SessionContext): Uint8Array {
  const { uplink } = c.n4;
  if (uplink === undefined) throw new Error("resources asked for before the UPF's tunnel is known");
  const address = ipOctets(ip(uplink.address));
  return encodeType("PDUSessionResourceSetupRequestTransfer", {
    pduSessionAggregateMaximumBitRate: ngapAmbr(c.qos.ambr),
    ulNguUpTNLInformation: {
      choice: "gTPTunnel",
      value: { transportLayerAddress: { bits: address, length: address.length * 8 }, gTPTEID: new Writer(4).u32(uplink.teid).done() },
    },
    pduSessionType: "ipv4",
    ...(c.security && {
      securityIndication: {
        integrityProtectionIndication: protection[c.security.integrity],
        confidentialityProtectionIndication: protection[c.security.confidentiality],
        // conditional on integrity being required or preferred (table 9.3.1.27, unchecked)
        ...(c.security.integrity !== "NOT_NEEDED" && {
          maximumIntegrityProtectedDataRateUL: c.security.fullRate ? "maximum-UE-rate" : "bitrate64kbs",
        }),
      },
    }),
    qosFlowSetupRequestList: [ngapFlow(c.qos)],
  });
}

/** PDU Session Resource Release Command Transfer, TS 38.413 §9.3.4.12 (unchecked). */
export const releaseCommand = (cause: Cause): Uint8Array => encodeType("PDUSessionResourceReleaseCommandTransfer", { cause });
