import type { Connections } from "@freehold/net";

/** Every socket of the UPF. `freehold egress` prints it; the function's door refuses anything else. */
export const connections: Connections = {
  listens: [
    { protocol: "udp", place: "n3", why: "GTP-U (TS 29.281 §4.4.2)" },
    { protocol: "udp", place: "n4.upf", why: "PFCP (TS 29.244 §6.4)" },
    { protocol: "tun", place: "n6", why: "packets of phones, handed to the kernel's own routing; set up by rtnetlink" },
  ],
  calls: [
    { protocol: "udp", place: "gnbs", why: "GTP-U to gNBs as NGAP names them, and answers to their echo requests (TS 29.281 §4.4.2)" },
    { protocol: "udp", place: "n4.smfs", why: "PFCP towards SMFs (TS 29.244 §6.4)" },
  ],
  asks: [],
};
