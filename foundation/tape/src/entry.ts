import type { Address } from "./address.ts";

/** How the bytes travelled: enough to build the frame again for a pcapng. */
export type Carriage =
  | { readonly kind: "sctp"; readonly src: Address; readonly dst: Address; readonly stream: number; readonly ppid: number }
  | { readonly kind: "udp"; readonly src: Address; readonly dst: Address }
  | {
      readonly kind: "http2";
      /** client and server, whichever sent this half */
      readonly src: Address;
      readonly dst: Address;
      /** pairs request and response */
      readonly exchange: number;
      readonly half: { readonly method: string; readonly path: string } | { readonly status: number };
      readonly headers: Readonly<Record<string, string>>;
    }
  /** A NAS message in clear, as it was before protection or after deciphering. */
  | { readonly kind: "nas" };

/** One message that crossed a door, recorded once, by the function that sent or received it at the edge it owns. */
export interface TapeEntry {
  /** Milliseconds since 1970, with fractions (World.clock). */
  readonly at: number;
  /** The reference point: N1 N2 N3 N4 N6 SBI. */
  readonly interface: "N1" | "N2" | "N3" | "N4" | "N6" | "SBI";
  /** Lane names of the ladder: "UE", "gNB", "AMF", "SMF", "UPF", "AUSF" … */
  readonly from: string;
  readonly to: string;
  /** The standard's name for the message ("Registration request", "InitialUEMessage", "Nudm_UEAuthentication_Get"). */
  readonly message: string;
  /** Whose: a SUPI once known, else undefined. Printed as a pseudonym. */
  readonly ue?: string;
  readonly bytes: Uint8Array;
  /** Of an entry that makes its octets when looked at: about how many it holds until then. They are its own, and it is not looked at to be kept. */
  readonly unwritten?: number;
  readonly carriage: Carriage;
  /** One sentence where something deserves it: why a reject, which retransmission. */
  readonly note?: string;
}

/** The sink that functions are given. `Tape` (a bounded ring) implements it; so does a forwarder to a parent process. */
export interface TapeSink {
  record(entry: TapeEntry): void;
}
