// A Linux kernel as the other side: user-mode-linux behind a TAP, real time. One guest for the whole file.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type IpPort, nodeUdp, rawIp, type SctpPort } from "@freehold/net";
import { type Clock, seededRandom, silentLog, systemClock, systemRandom, type World } from "@freehold/runtime";
import { type SctpOptions, sctpOverIp, sctpOverUdp } from "../../src/index.ts";
import { Guest, guestHost, noGuest, ourHost } from "./guest.ts";
import { Relay } from "./relay.ts";
import { type StrangerGround, strangerSuite } from "./suite.ts";

const skip = noGuest();
let booting: Promise<Guest> | undefined;
/** The guest's timers, shorter than Linux has them by itself, so that losses cost less waiting. Milliseconds. */
const timers = { rto_initial: 300, rto_min: 200, rto_max: 1_000 };
const guest = (): Promise<Guest> => {
  booting ??= Guest.start().then(async (started) => {
    await started.sysctl(timers);
    return started;
  });
  return booting;
};
after(async () => {
  if (booting !== undefined) await (await booting)[Symbol.asyncDispose]();
});

test("Linux: the suite of the house's kernel binding holds inside the guest", { skip }, async () => {
  const args = [
    "--test",
    "--test-isolation=none",
    "--test-reporter=tap",
    "--test-name-pattern=SCTP",
    "foundation/net/test/linux.process.test.ts",
  ];
  const { code, output } = (await (await guest()).order({ do: "node", args })) as { code: number; output: string };
  const lines = output.split("\n").filter((line) => /^(not )?ok \d+ - kernel SCTP/.test(line));
  assert.equal(code, 0, output);
  assert.ok(lines.length >= 7, output);
  assert.ok(
    lines.every((line) => line.startsWith("ok ") && !/# SKIP/.test(line)),
    lines.join("\n"),
  );
});

/** A clock that says how many of its timers are armed. */
function counted(clock: Clock): { clock: Clock; armed: () => number } {
  let armed = 0;
  return {
    armed: () => armed,
    clock: {
      now: () => clock.now(),
      sleep: (ms, signal) => clock.sleep(ms, signal),
      after(ms, fn) {
        armed++;
        let over = false;
        const settle = () => {
          if (!over) armed--;
          over = true;
        };
        const cancel = clock.after(ms, () => {
          settle();
          fn();
        });
        return () => {
          settle();
          cancel();
        };
      },
    },
  };
}

const real = systemClock();
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

type Stack = (relay: Relay, world: World, options: Partial<SctpOptions>) => SctpPort;

const make =
  (stack: Stack, encapsulated: boolean) =>
  async (options: Partial<SctpOptions> = {}): Promise<StrangerGround> => {
    const other = await guest();
    await other.sysctl({ encap_port: encapsulated ? 9_899 : 0, udp_port: encapsulated ? 9_899 : 0 });
    const { clock, armed } = counted(real);
    const relay = new Relay({ clock: real, random: seededRandom("relay") }, ourHost);
    const world = { clock, random: systemRandom, log: silentLog };
    const ours = stack(relay, world, { rtoInitial: 300, rtoMin: 250, rtoMax: 1_000, ...options });
    const closing: (() => Promise<void>)[] = [];
    if (encapsulated) {
      // Linux answers a restarting INIT at the UDP port that it knows from the association before, whatever port the INIT came from. So ours
      // stays what it is: with a listener, whose socket all share.
      const listener = await ours.listen({ addresses: [ourHost], port: 9, onAssociation: (association) => association.abort("nobody") });
      closing.push(() => listener.close());
    }
    const open: (() => void)[] = [];
    const keep = <A extends { abort(why: string): void }>(association: A): A => {
      open.push(() => association.abort("the test is over"));
      return association;
    };
    const kept = (port: SctpPort): SctpPort => ({
      backend: port.backend,
      connect: async (o) => keep(await port.connect(o)),
      listen: async (o) => {
        const listener = await port.listen({ ...o, onAssociation: (association) => o.onAssociation(keep(association)) });
        closing.push(() => listener.close());
        return listener;
      },
    });
    return {
      ...{ ours: kept(ours), theirs: kept(other.sctp), ourHost, theirHost: guestHost, wire: relay, armed },
      cookieLife: (ms) => other.sysctl({ valid_cookie_life: ms }),
      age: pause,
      wait: (promise) => promise,
      async until(condition) {
        for (const limit = real.now() + 20_000; !condition(); await pause(2)) {
          if (real.now() > limit) throw new Error("twenty seconds passed and it did not happen");
        }
      },
      rest: () => pause(30),
      async end() {
        relay.pass = () => true;
        relay.quality = {};
        for (const close of closing) await close().catch(() => {});
        for (const abort of open) abort();
        await pause(30);
      },
    };
  };

/** Raw sockets open once for all tests of a relay: a stack takes one socket an address. */
const overIp: Stack = (relay, world, options) => sctpOverIp(relay.ip(rawIp() satisfies IpPort), world, options);
const overUdp: Stack = (relay, world, options) => sctpOverUdp(relay.udp(nodeUdp(), 9_899), world, options);

const singleStream =
  "INTEROP 1: Linux with a single stream is served on stream 0, and payload protocol identifier 60 is on the wire in network order";
strangerSuite("Linux", make(overIp, false), { messages: 10_000, lossy: 1_500, associations: 1_000, singleStream, skip });
strangerSuite("Linux over UDP", make(overUdp, true), { messages: 2_000, lossy: 400, associations: 0, carrierOnly: true, skip });
