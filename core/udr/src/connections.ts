import type { Connections } from "@freehold/net";

/** Every socket of the UDR. `freehold egress` prints it; the function's door refuses anything else. */
export const connections: Connections = {
  listens: [{ protocol: "http2", place: "sbi.udr", why: "Nudr services (TS 29.504)" }],
  calls: [{ protocol: "http2", place: "sbi.nrf", why: "registers itself and finds others (TS 29.510 §5.2, §5.3)" }],
  asks: [],
};
