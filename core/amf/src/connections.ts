import type { Connections } from "@freehold/net";

/** Every socket of the AMF. `freehold egress` prints it; the function's door refuses anything else. */
export const connections: Connections = {
  listens: [
    { protocol: "sctp", place: "n2", why: "gNBs connect to it for NGAP (TS 38.412 §7)" },
    { protocol: "sctp", place: "n2.trial", why: "finds out whether the kernel has SCTP; closed at once" },
    { protocol: "udp", place: "n2.udp", why: "carries that SCTP in UDP (RFC 6951)" },
    { protocol: "ip", place: "n2.ip", why: "carries that SCTP over raw IP, protocol 132 (RFC 9260)" },
    { protocol: "http2", place: "sbi.amf", why: "Namf services and callbacks (TS 29.518)" },
  ],
  calls: [
    { protocol: "udp", place: "n2.udp.gnbs", why: "SCTP in UDP, to gNBs that began an association" },
    { protocol: "ip", place: "n2.ip.gnbs", why: "SCTP over raw IP, to gNBs that began an association" },
    { protocol: "http2", place: "sbi.nrf", why: "registers itself and finds others (TS 29.510 §5.2, §5.3)" },
    {
      protocol: "http2",
      place: "functions",
      why: "AUSF, UDM, PCF, NSSF, SMF as the NRF names them; callback URIs that they gave (TS 23.502 §4.2.2.2)",
    },
  ],
  asks: [],
};
