import type { Connections } from "@freehold/net";

/** Every socket of the phone simulator. `freehold egress` prints it; the function's door refuses anything else. */
export const connections: Connections = {
  listens: [{ protocol: "udp", place: "air", why: "the simulated air, towards the cell" }],
  calls: [{ protocol: "udp", place: "cell", why: "the simulated air: the cell of its configuration" }],
  asks: [],
};
