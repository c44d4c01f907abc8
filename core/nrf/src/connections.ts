import type { Connections } from "@freehold/net";

/** Every socket of the NRF. `freehold egress` prints it; the function's door refuses anything else. */
export const connections: Connections = {
  listens: [{ protocol: "http2", place: "sbi.nrf", why: "Nnrf services (TS 29.510)" }],
  calls: [{ protocol: "http2", place: "functions", why: "tells subscribers of changes at their callback URIs (TS 29.510 §5.2.2.6)" }],
  asks: [],
};
