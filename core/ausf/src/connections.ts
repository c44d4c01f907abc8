import type { Connections } from "@freehold/net";

/** Every socket of the AUSF. `freehold egress` prints it; the function's door refuses anything else. */
export const connections: Connections = {
  listens: [{ protocol: "http2", place: "sbi.ausf", why: "Nausf services (TS 29.509)" }],
  calls: [
    { protocol: "http2", place: "sbi.nrf", why: "registers itself and finds others (TS 29.510 §5.2, §5.3)" },
    { protocol: "http2", place: "functions", why: "asks the UDM for authentication vectors (TS 29.509 §5.2.2.2)" },
  ],
  asks: [],
};
