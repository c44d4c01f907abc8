import type { Connections } from "@freehold/net";

/** Every socket of the gNB simulator. `freehold egress` prints it; the function's door refuses anything else. */
export const connections: Connections = {
  listens: [
    { protocol: "udp", place: "n3", why: "GTP-U (TS 29.281 §4.4.2)" },
    { protocol: "udp", place: "n2.udp", why: "carries SCTP in UDP (RFC 6951)" },
    { protocol: "ip", place: "n2.ip", why: "carries SCTP over raw IP, protocol 132 (RFC 9260)" },
    { protocol: "sctp", place: "n2.trial", why: "finds out whether the kernel has SCTP; closed at once" },
    { protocol: "udp", place: "air", why: "the simulated air, towards phones" },
  ],
  calls: [
    { protocol: "sctp", place: "amfs", why: "NGAP (TS 38.412 §7)" },
    { protocol: "udp", place: "amfs.udp", why: "SCTP in UDP" },
    { protocol: "ip", place: "amfs.ip", why: "SCTP over raw IP" },
    { protocol: "udp", place: "upfs", why: "GTP-U to UPFs as NGAP names them (TS 29.281 §4.4.2)" },
    { protocol: "udp", place: "phones", why: "the simulated air, to phones that spoke first" },
  ],
  asks: [],
};
