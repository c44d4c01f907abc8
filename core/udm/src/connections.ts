import type { Connections } from "@freehold/net";

/** Every socket of the UDM. `freehold egress` prints it; the function's door refuses anything else. */
export const connections: Connections = {
  listens: [{ protocol: "http2", place: "sbi.udm", why: "Nudm services (TS 29.503)" }],
  calls: [
    { protocol: "http2", place: "sbi.nrf", why: "registers itself and finds others (TS 29.510 §5.2, §5.3)" },
    {
      protocol: "http2",
      place: "functions",
      why: "reads the UDR; tells AMFs of deregistration and changed data at their callback URIs (TS 29.503 §5.3.2.3)",
    },
  ],
  asks: [],
};
