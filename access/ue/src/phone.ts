import type { Milenage, ServingNetworkName, SqnWindow } from "@freehold/crypto";
import type { Guti, SNssai, Tai } from "@freehold/model";
import type { Message5gmm, Message5gsm, MobileIdentity } from "@freehold/nas";
import type { Inbox, Lane, Scope } from "@freehold/runtime";
import type { CheckedUeConfig, UeWorld } from "./config.ts";
import type { Connection } from "./connection.ts";
import type { Challenge } from "./mm/authentication.ts";
import type { ServiceKind } from "./mm/service-request.ts";
import type { N1 } from "./n1.ts";
import type { Security } from "./security.ts";
import type { PduSession } from "./sm/session.ts";
import type { TimerName } from "./timers.ts";

/** TS 24.501 §5.1.3.2.1 (unchecked), the main states. */
export type MmState =
  | "5GMM-DEREGISTERED"
  | "5GMM-REGISTERED-INITIATED"
  | "5GMM-REGISTERED"
  | "5GMM-DEREGISTERED-INITIATED"
  | "5GMM-SERVICE-REQUEST-INITIATED";

/** Something that happened to the phone, in one line. */
export interface UeEvent {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The message or event, in the standard's words: "Registration accept", "PDU session released". */
  readonly is: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Reasons under which what the network did wrong is counted. */
export const refusalReasons = {
  "malformed message": "TS 24.501 §7",
  "message without protection": "TS 24.501 §4.4.4.2",
  "no security context": "TS 24.501 §4.4.4.2",
  "MAC failure": "TS 24.501 §4.4.3.3",
  "downlink COUNT replayed": "TS 24.501 §4.4.3.2",
  "AUTN: MAC failure": "TS 24.501 §5.4.1.3.6",
  "AUTN: synch failure": "TS 24.501 §5.4.1.3.6",
  "AUTN: separation bit": "TS 24.501 §5.4.1.3.6",
  "ngKSI in use": "TS 24.501 §5.4.1.3.6",
  "capabilities altered": "TS 24.501 §5.4.2.5",
  "algorithm not supported": "TS 24.501 §5.4.2.5",
  "null integrity": "TS 24.501 §5.4.2.5",
  "security mode command refused": "TS 24.501 §5.4.2.5",
  "registration accept": "TS 24.501 §5.5.1.2.4",
  "5GSM message": "TS 24.501 §7.3",
  "PDU session accept": "TS 24.501 §6.4.1.3",
} as const;
export type RefusalReason = keyof typeof refusalReasons;

/** What the network granted in registration. */
export interface Granted {
  readonly allowedNssai: readonly SNssai[];
  readonly rejectedNssai: readonly (SNssai & { readonly cause: number })[];
  readonly configuredNssai: readonly SNssai[];
  readonly tais: readonly Tai[];
  readonly t3512Seconds: number | undefined;
  readonly imsVoiceOverPs: boolean;
}

/** What a DL NAS TRANSPORT brought for session management. */
export type SmDelivery =
  | { readonly is: "message"; readonly message: Message5gsm }
  /** Our own message came back (TS 24.501 §5.4.5.3.3). */
  | { readonly is: "not forwarded"; readonly pduSessionId: number; readonly cause: number; readonly retryAfterSeconds: number | undefined };

/** The phone as its procedures see it. */
export interface Phone {
  readonly config: CheckedUeConfig;
  readonly world: UeWorld;
  readonly milenage: Milenage;
  readonly sqn: SqnWindow;
  readonly security: Security;
  readonly connection: Connection;
  readonly challenge: Challenge;
  readonly n1: N1;
  /** At most one 5GMM procedure that the phone began. */
  readonly lane: Lane;
  /** Ends with the phone. */
  readonly scope: Scope;
  readonly mmInbox: Inbox<Message5gmm>;
  readonly smInbox: Inbox<SmDelivery>;
  readonly sessions: Map<number, PduSession>;
  /** PDU session identities that are being asked for. */
  readonly establishing: Set<number>;
  readonly deadlines: Map<TimerName | "T3346", number>;
  readonly networkName: { full?: string; short?: string };
  mm: MmState;
  guti: Guti | undefined;
  /** The TAI of the last registration. */
  lastTai: Tai | undefined;
  granted: Granted | undefined;
  /** In force now: the phone's place. */
  readonly tai: Tai | undefined;
  readonly servingNetworkName: ServingNetworkName;
  /** GUTI, or a SUCI made for the occasion. */
  identity(): MobileIdentity;
  suci(): MobileIdentity;
  tell(is: string, detail?: Readonly<Record<string, unknown>>): void;
  refuse(reason: RefusalReason, detail?: Readonly<Record<string, unknown>>): void;
  /** Starts a timer by name, replacing it. */
  start(timer: TimerName | "T3346", fn: () => void, ms?: number): void;
  stop(timer: TimerName | "T3346"): void;
  running(timer: TimerName | "T3346"): boolean;
  /** Stops those that run until `resume` starts them anew. */
  suspend(...timers: readonly TimerName[]): void;
  resume(): void;
  /** Ends the 5GMM procedure that runs. */
  abort(reason: unknown): void;
  /** 5GMM-REGISTERED is left: sessions go. */
  deregistered(why: string): void;
  /** Connected before it resolves: by service request when the phone is idle. `sessions` are those whose user plane is wanted. */
  wake(serviceType: ServiceKind, sessions?: readonly number[]): Promise<void>;
  /** A free procedure transaction identity, 1 to 254. */
  takePti(): number;
  releasePti(pti: number): void;
  /** Registers once the present connection has been released. */
  registerAgain(): void;
}
