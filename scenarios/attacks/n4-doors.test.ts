/** Strangers at both N4 doors of a running system: the UPF's and the SMF's. Their bytes are PFCP of others' SMFs and UPFs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ip, seid, teid } from "@freehold/model";
import type { UdpSocket } from "@freehold/net";
import { decode, encode, gtpuTo, nodeIdOf, type PfcpMessage } from "@freehold/pfcp";
import { seededRandom } from "@freehold/runtime";
import { hex } from "@freehold/wire";
import { establishment, modification } from "../src/foreign-pfcp.ts";
import { census, type FiveGC, survives } from "../src/index.ts";

/** free5GC's SMF of 2020: association set-up and session establishment; Open5GS's UPF of 2023: a session report. */
const foreign = {
  association: hex("2005001a00000100003c0005000ac8c80100600004e28c67230059000100"),
  report: hex("213800210000000000000c590000020000270001010053000c003800020001002d00020201"),
};

/** Somebody on the N4 network who is nobody's partner. */
class Stranger {
  readonly answers: PfcpMessage[] = [];
  readonly #socket: UdpSocket;
  readonly system: FiveGC;
  #sequence = 0;

  private constructor(system: FiveGC, socket: UdpSocket) {
    this.system = system;
    this.#socket = socket;
    socket.onDatagram = (octets) => {
      const read = decode(octets);
      assert.ok(read.ok, "what we answer decodes");
      this.answers.push(read.value.message);
    };
  }
  static async at(system: FiveGC, host = "127.6.6.6"): Promise<Stranger> {
    return new Stranger(system, await system.until(system.network.udp(host).bind({ host, port: 8805 })));
  }
  get #doors(): readonly string[] {
    return [this.system.config.n4.upf, this.system.config.n4.smf];
  }
  raw(octets: Uint8Array): void {
    for (const host of this.#doors) this.#socket.send(octets, { host, port: 8805 });
  }
  say(message: PfcpMessage, to?: bigint): void {
    this.#sequence = (this.#sequence + 1) % 2 ** 24;
    this.raw(encode({ sequenceNumber: this.#sequence, ...(to !== undefined && { seid: seid(to) }) }, message));
  }
  /** Causes of the answers so far, each once. */
  get causes(): number[] {
    return [...new Set(this.answers.flatMap((m) => ("cause" in m && m.cause !== undefined ? [m.cause] : [])))].sort((a, b) => a - b);
  }
}

const linesOf = ({ log }: FiveGC): number => log.lines.length;

test("attack 32: associations from an address that is not listed, under the SMF's own name, and under ten thousand others", async () => {
  await survives(async (system) => {
    const stranger = await Stranger.at(system);
    const before = linesOf(system);
    stranger.raw(foreign.association);
    for (const name of [system.config.n4.smf, system.config.n4.upf, "127.6.6.6"])
      stranger.say({ is: "PFCP Association Setup Request", nodeId: nodeIdOf(ip(name)), recoveryTimeStamp: 4_000_000_000 });
    for (let i = 0; i < 10_000; i++) {
      const nodeId = { is: "fqdn", value: `smf${i}.example` } as const;
      stranger.say({ is: "PFCP Association Setup Request", nodeId, recoveryTimeStamp: i });
    }
    for (const name of [system.config.n4.smf, system.config.n4.upf])
      stranger.say({ is: "PFCP Association Release Request", nodeId: nodeIdOf(ip(name)) });
    await system.clock.settle();
    assert.equal(stranger.causes.includes(1), false);
    assert.ok(linesOf(system) - before < 200, `${linesOf(system) - before} lines of log`);
    const { upf } = system.core.state() as { upf: { associations: readonly unknown[] } };
    assert.equal(upf.associations.length, 1);
  });
});

test("attack 33: who knows every SEID changes, ends and reports no session that is not its own", async () => {
  await survives(async (system) => {
    const stranger = await Stranger.at(system);
    const { smf } = system.core.state() as { smf: { sessions: readonly { readonly seid: string }[] } };
    const seids = [...census(system).upfSessions, ...smf.sessions].map((one) => BigInt(`0x${one.seid}`));
    assert.equal(seids.length, 4);
    for (const id of seids) {
      stranger.say({ is: "PFCP Session Deletion Request" }, id);
      stranger.say(
        {
          is: "PFCP Session Modification Request",
          updateFar: [
            {
              farId: 2,
              applyAction: { forw: true },
              updateForwardingParameters: { destinationInterface: "access", outerHeaderCreation: gtpuTo(teid(1), ip("127.6.6.6")) },
            },
          ],
        },
        id,
      );
      stranger.say({ is: "PFCP Session Report Request", reportType: { downlinkData: true }, downlinkDataReport: { pdrId: [2] } }, id);
      const report = foreign.report.slice();
      new DataView(report.buffer).setBigUint64(4, id);
      stranger.raw(report);
    }
    await system.clock.settle();
    assert.deepEqual(stranger.causes, [65, 76]);
  });
});

test("attack 34: a session with a resident's address, asked for by who has no association, is not made", async () => {
  await survives(async (system) => {
    const stranger = await Stranger.at(system);
    for (const { addresses } of census(system).upfSessions) {
      stranger.say(
        {
          is: "PFCP Session Establishment Request",
          nodeId: nodeIdOf(ip(system.config.n4.smf)),
          cpFSeid: { seid: seid(7n), ipv4: ip("127.6.6.6") as never, ipv6: undefined },
          createPdr: [
            {
              pdrId: 1,
              precedence: 1,
              farId: 1,
              pdi: {
                sourceInterface: "core",
                ueIpAddress: [{ ipv4: addresses[0] as never, ipv6: undefined, destination: true, chooseIpv4: false, chooseIpv6: false }],
              },
            },
          ],
          createFar: [{ farId: 1, applyAction: { drop: true } }],
        },
        0n,
      );
    }
    await system.clock.settle();
    // The UPF answers; what the SMF would say does not leave by its door, for nobody placed this address (decision 26).
    assert.deepEqual(stranger.causes, [72]);
  });
});

test("attack 36, 37: PFCP without what it must have, cut at every octet, with every octet changed, and random octets", async () => {
  await survives(async (system) => {
    const stranger = await Stranger.at(system);
    const random = seededRandom("n4");
    for (const whole of [foreign.association, foreign.report, establishment, modification]) {
      for (let at = 0; at < whole.length; at++) {
        const cut = whole.slice(0, at);
        if (at >= 4) new DataView(cut.buffer).setUint16(2, at - 4); // a length that is true of what is left
        stranger.raw(cut);
        stranger.raw(whole.with(at, random(1)[0]!));
        stranger.raw(whole.with(at, 0));
        stranger.raw(whole.with(at, 0xff));
      }
    }
    // nothing but a header, of each type
    for (let type = 0; type < 256; type++) {
      stranger.raw(Uint8Array.of(0x20, type, 0, 4, 0, 0, type, 0));
      stranger.raw(Uint8Array.of(0x21, type, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, type, 0));
    }
    for (let i = 0; i < 2_000; i++) stranger.raw(random(1 + (i % 120)));
    await system.clock.settle();
    assert.equal(stranger.causes.includes(1), false);
  });
});

test("attack 38, 39: a flood of session establishments, repeats of one, and heartbeats whose time stamps jump", async () => {
  await survives(async (system) => {
    const stranger = await Stranger.at(system);
    for (let i = 0; i < 5_000; i++) {
      const octets = establishment.slice();
      new DataView(octets.buffer).setUint32(12, i << 8);
      stranger.raw(octets);
      if (i % 10 === 0) stranger.raw(octets);
    }
    for (let i = 0; i < 500; i++) stranger.say({ is: "PFCP Heartbeat Request", recoveryTimeStamp: (i * 2_654_435_761) % 2 ** 32 });
    await system.clock.settle();
    // The UPF answers; what the SMF would say does not leave by its door, for nobody placed this address (decision 26).
    assert.deepEqual(stranger.causes, [72]);
    // a stranger is answered, and asked nothing
    assert.equal(
      stranger.answers.some((m) => m.is.endsWith("Request")),
      false,
    );
  });
});
