import { ForeignSctp } from "@freehold/net";
import { sctpCompliance } from "./compliance.ts";
import { memoryGround, hosts } from "./ground.ts";
const lib = ForeignSctp.open();
for (const side of ["near", "far"] as const) sctpCompliance(`usrsctp ${side}`, async () => {
  const g = memoryGround();
  const socket = g.pipes.attach(side === "near" ? hosts[0] : hosts[1]);
  const host = lib.attach({ host: socket.host, world: g.world, send: (p, to) => socket.send(p, to, 0) });
  socket.onPacket = (p, from) => host.receive(p, from);
  return { ...g, [side]: host, end: async () => { host.close(); await socket.close(); } };
});
