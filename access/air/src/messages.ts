import type { Plmn, SNssai } from "@freehold/model";

/**
 * What phone and gNB say to each other on the simulated air. It stands in for RRC (TS 38.331), PDCP and the radio below: the same
 * steps and the same decisions (establishment, AS security with proof of KgNB, reconfiguration, release, paging), in messages of our own,
 * since no core ever sees them.
 */
export type AirMessage =
  // ---- phone → gNB
  | { readonly is: "SetupRequest"; readonly identity: AirIdentity; readonly cause: EstablishmentCause }
  | {
      readonly is: "SetupComplete";
      readonly selectedPlmn: Plmn;
      /** The 5G-S-TMSI (6 octets, hex) where the phone has one: the gNB puts it in INITIAL UE MESSAGE. */
      readonly sTmsi?: string;
      /** AMF region, set, pointer (3 octets, hex) of the phone's GUAMI. */
      readonly registeredAmf?: string;
      readonly sNssais?: readonly SNssai[];
      readonly nas: Uint8Array;
    }
  | { readonly is: "UlInformationTransfer"; readonly nas: Uint8Array }
  /** MAC over what the command said, keyed from the phone's own KgNB: the gNB compares it with that of the KgNB it was given. */
  | { readonly is: "SecurityModeComplete"; readonly mac: Uint8Array }
  | { readonly is: "SecurityModeFailure"; readonly why: string }
  | { readonly is: "UeCapabilityInformation"; readonly capability: Uint8Array }
  | { readonly is: "ReconfigurationComplete"; readonly transaction: number }
  // ---- gNB → phone
  | { readonly is: "Setup" }
  | { readonly is: "Reject"; readonly waitSeconds: number }
  | { readonly is: "DlInformationTransfer"; readonly nas: Uint8Array }
  | {
      readonly is: "SecurityModeCommand";
      readonly nea: number;
      readonly nia: number;
      /** The UE security capabilities that the core gave the gNB: the four bit strings of TS 38.413 §9.3.1.86, two octets each. The phone compares. */
      readonly securityCapabilities: Uint8Array;
      readonly mac: Uint8Array;
    }
  | { readonly is: "UeCapabilityEnquiry" }
  | {
      readonly is: "Reconfiguration";
      readonly transaction: number;
      readonly add: readonly Bearer[];
      readonly release: readonly number[];
      readonly nas: readonly Uint8Array[];
    }
  | { readonly is: "Release"; readonly cause: string }
  // ---- broadcast
  | { readonly is: "Paging"; readonly sTmsi: string };

/** A data radio bearer set: the QoS flows of one PDU session (TS 37.324 maps them; here a session is one bearer). */
export interface Bearer {
  readonly pduSessionId: number;
  readonly qfis: readonly number[];
}

export type AirIdentity = { readonly random: number } | { readonly sTmsi: string };

/** TS 38.331 EstablishmentCause, the part that a core sees as RRCEstablishmentCause. */
export type EstablishmentCause =
  | "emergency"
  | "highPriorityAccess"
  | "mt-Access"
  | "mo-Signalling"
  | "mo-Data"
  | "mo-VoiceCall"
  | "mo-VideoCall"
  | "mo-SMS";

/** What the cell broadcasts (SIB1). */
export interface SystemInformation {
  readonly plmns: readonly Plmn[];
  /** Tracking area code, 24 bits. */
  readonly tac: number;
  /** NR cell identity, 36 bits. */
  readonly cellId: number;
  readonly gnbName: string;
}
