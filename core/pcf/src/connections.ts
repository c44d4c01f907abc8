import type { Connections } from "@freehold/net";

/** Every socket of the PCF. `freehold egress` prints it; the function's door refuses anything else. */
export const connections: Connections = {
  listens: [{ protocol: "http2", place: "sbi.pcf", why: "Npcf services (TS 29.507, TS 29.512)" }],
  calls: [
    { protocol: "http2", place: "sbi.nrf", why: "registers itself and finds others (TS 29.510 §5.2, §5.3)" },
    {
      protocol: "http2",
      place: "functions",
      why: "reads policy data of the UDR; tells AMF and SMF of new policy at their callback URIs (TS 29.512 §4.2.3)",
    },
  ],
  asks: [],
};
