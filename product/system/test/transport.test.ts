import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryNetwork, PortError } from "@freehold/net";
import { seededRandom, silentLog, VirtualClock } from "@freehold/runtime";
import { chooseSctp, coreDoors, readConfig } from "../src/index.ts";

const door = (udpPort: number) => coreDoors(readConfig(`n2: { addresses: [192.0.2.1], udpPort: ${udpPort} }`, "the test")).of("amf");

const world = () => {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  return { clock, random, log: silentLog };
};

test("transport udp is our own SCTP over the given UDP, and says so", async () => {
  const here = world();
  const net = new MemoryNetwork(here.clock);
  const { sctp, why } = await chooseSctp("udp", { world: here, udpPort: 9_900, udp: net.udp("192.0.2.1"), door: door(9_900) });
  assert.equal(sctp.backend, "UDP encapsulation");
  assert.equal(why, "SCTP: our own over UDP port 9900 (RFC 6951)");
});

test("an address that is not this host's fails kernel and raw IP alike, so auto ends with UDP and says why not the others", async () => {
  const here = world();
  const net = new MemoryNetwork(here.clock);
  const options = { world: here, udpPort: 9_899, udp: net.udp("192.0.2.1"), tryAddress: "192.0.2.1", door: door(9_899) };
  const { sctp, why } = await chooseSctp("auto", options);
  assert.equal(sctp.backend, "UDP encapsulation");
  assert.match(why, /^SCTP: our own over UDP port 9899 \(RFC 6951\); not the kernel's \(E[A-Z]+\); not our own over raw IP \(E[A-Z]+\)/);
  await assert.rejects(chooseSctp("raw", options), (error) => error instanceof PortError && error.code === "EPROTONOSUPPORT");
});
