import type { Connections } from "@freehold/net";

/** Every socket of the SMF. `freehold egress` prints it; the function's door refuses anything else. */
export const connections: Connections = {
  listens: [
    { protocol: "udp", place: "n4.smf", why: "PFCP (TS 29.244 §6.4)" },
    { protocol: "http2", place: "sbi.smf", why: "Nsmf services and callbacks (TS 29.502)" },
  ],
  calls: [
    { protocol: "udp", place: "n4.upfs", why: "PFCP towards UPFs (TS 29.244 §6.4)" },
    { protocol: "http2", place: "sbi.nrf", why: "registers itself and finds others (TS 29.510 §5.2, §5.3)" },
    {
      protocol: "http2",
      place: "functions",
      why: "UDM, PCF and AMF as the NRF names them; status callbacks that the AMF gave (TS 29.502 §5.2.2.5)",
    },
  ],
  asks: [],
};
