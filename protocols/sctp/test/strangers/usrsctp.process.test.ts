// libusrsctp as the other side, in this process, on virtual time: only the age of its cookies goes by the wall clock.
import { ForeignSctp } from "@freehold/net";
import { sctpCompliance } from "../compliance.ts";
import { hosts, memoryGround } from "../ground.ts";
import { strangerSuite } from "./suite.ts";

function open(): { foreign?: ForeignSctp; skip: string | false } {
  try {
    return { foreign: ForeignSctp.open(), skip: false };
  } catch (error) {
    return { skip: error instanceof Error ? error.message : String(error) };
  }
}
const { foreign, skip } = open();

function ground(side: "near" | "far", ...options: Parameters<typeof memoryGround>) {
  const memory = memoryGround(...options);
  const socket = memory.pipes.attach(side === "near" ? hosts[0] : hosts[1]);
  const { clock, random } = memory.world;
  const host = foreign!.attach({ host: socket.host, world: { clock, random }, send: (packet, to) => socket.send(packet, to, 0) });
  socket.onPacket = (packet, from) => host.receive(packet, from);
  const end = async () => {
    host.close();
    await socket.close();
    await memory.rest();
  };
  return { ...memory, end, host };
}

const aboutOurPort = ["names, addresses", "one port listens", "the send queue"];
for (const side of ["near", "far"] as const) {
  const make = async () => {
    const made = ground(side);
    return { ...made, [side]: made.host };
  };
  sctpCompliance(`libusrsctp as the ${side} side`, make, skip, side === "near" ? [...aboutOurPort, "what the peer sends"] : aboutOurPort);
}

const singleStream =
  "INTEROP 1: libusrsctp with a single stream is served on stream 0, and payload protocol identifier 60 is on the wire in network order";
strangerSuite(
  "libusrsctp",
  async (options) => {
    const { near, host, pipes, clock, ...rest } = ground("far", { delay: 1 }, options);
    // Clock timers that are not our stack's: the one tick of the foreign host.
    const foreignTimers = 1;
    return {
      ...{ ...rest, ours: near, theirs: host, ourHost: hosts[0], theirHost: hosts[1], wire: pipes },
      armed: () => clock.armed - foreignTimers,
      cookieLife: async (ms) => {
        foreign!.cookieLife = ms;
      },
      age: async (ms) => {
        await clock.advance(ms);
        await new Promise((resolve) => setTimeout(resolve, ms));
      },
    };
  },
  { messages: 10_000, lossy: 10_000, associations: 1_000, singleStream, skip },
);
