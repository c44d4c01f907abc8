/** Our SMF with the answers of UPFs that nobody here wrote: octets of captures, with our sequence numbers and SEIDs put in. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { UdpSocket } from "@freehold/net";
import { decode, encode, type PfcpMessage } from "@freehold/pfcp";
import { explain, hex } from "@freehold/wire";
import { gnbTunnel, type SmfTwin, smfAddress, smfTwin, upfAddress } from "./twin.ts";

interface Foreign {
  readonly peer: string;
  readonly capture: string;
  /** Its address there. */
  readonly host: string;
  readonly associationResponse?: string;
  readonly associationRequest?: string;
  readonly heartbeatRequest?: string;
  readonly establishment: string;
  /** What their SMF called the PDR that ours calls 1, where it is another. */
  readonly uplinkPdrId?: number;
  readonly modification: string;
  readonly report?: string;
  readonly deletion?: string;
}
const pdrId = (id: number): string => `00380002${id.toString(16).padStart(4, "0")}`;
const foreign = (JSON.parse(readFileSync(new URL("vectors/foreign-upfs.json", import.meta.url), "utf8")) as Foreign[]).map((is) => ({
  ...is,
  establishment: is.uplinkPdrId === undefined ? is.establishment : is.establishment.replace(pdrId(is.uplinkPdrId), pdrId(1)),
}));
const smf = { host: smfAddress, port: 8805 };

function read(octets: Uint8Array) {
  const result = decode(octets);
  assert.ok(result.ok, result.ok ? "" : explain(result.error));
  return result.value;
}

/** A UPF that says what was captured. */
class ForeignUpf {
  readonly heard: PfcpMessage[] = [];
  readonly answers: PfcpMessage[] = [];
  /** The SMF's SEID of the session. */
  cpSeid = 0n;
  readonly #is: Foreign;
  /** Its recovery time stamp. */
  readonly #began: number;
  readonly #socket: UdpSocket;

  constructor(is: Foreign, socket: UdpSocket) {
    this.#is = is;
    this.#socket = socket;
    const { message } = read(hex(is.associationRequest ?? is.associationResponse ?? ""));
    this.#began = "recoveryTimeStamp" in message ? Number(message.recoveryTimeStamp) : 0;
    socket.onDatagram = (octets) => this.#take(octets);
  }

  /** Captured octets with another sequence number and SEID. */
  say(octets: string, sequenceNumber: number): void {
    const bytes = hex(octets);
    const view = new DataView(bytes.buffer);
    const at = (bytes[0]! & 1) === 1 ? 12 : 4;
    if (at === 12) view.setBigUint64(4, this.cpSeid);
    view.setUint16(at, sequenceNumber >> 8);
    bytes[at + 2] = sequenceNumber & 255;
    this.#socket.send(bytes, smf);
  }

  #take(octets: Uint8Array): void {
    const { header, message } = read(octets);
    const { sequenceNumber } = header;
    if (message.is.endsWith("Response")) {
      this.answers.push(message);
      return;
    }
    this.heard.push(message);
    const { associationResponse, establishment, modification, deletion } = this.#is;
    switch (message.is) {
      case "PFCP Heartbeat Request":
        this.#socket.send(encode({ sequenceNumber }, { is: "PFCP Heartbeat Response", recoveryTimeStamp: this.#began }), smf);
        return;
      case "PFCP Association Setup Request":
        if (associationResponse !== undefined) this.say(associationResponse, sequenceNumber);
        return;
      case "PFCP Session Establishment Request":
        this.cpSeid = message.cpFSeid.seid;
        return this.say(establishment, sequenceNumber);
      case "PFCP Session Modification Request":
        return this.say(modification, sequenceNumber);
      case "PFCP Session Deletion Request":
        if (deletion !== undefined) this.say(deletion, sequenceNumber);
        return;
      default:
    }
  }
}

async function withUpf(is: Foreign): Promise<{ twin: SmfTwin; upf: ForeignUpf }> {
  const n3 = "10.100.0.9";
  const twin = await smfTwin({ upf: false, config: { upfs: [{ address: upfAddress, n3 }] } });
  const upf = new ForeignUpf(is, await twin.network.udp().bind({ host: upfAddress, port: 8805 }));
  if (is.associationRequest !== undefined) upf.say(is.associationRequest, 1);
  await twin.clock.advance(6_000);
  return { twin, upf };
}

for (const is of foreign) {
  test(`INTEROP 33, 34, 35: a session at ${is.peer} (${is.capture}): established, connected, idle`, async () => {
    const { twin, upf } = await withUpf(is);
    assert.deepEqual(
      twin.smf.state().upfs.map(({ state }) => state),
      ["ASSOCIATED"],
    );
    if (is.associationRequest !== undefined) {
      const [answer] = upf.answers;
      assert.ok(answer?.is === "PFCP Association Setup Response" && answer.cause === 1);
      // our own request is not sent again: it would be a second association
      const before = upf.heard.filter((m) => m.is === "PFCP Association Setup Request").length;
      await twin.clock.advance(30_000);
      assert.equal(upf.heard.filter((m) => m.is === "PFCP Association Setup Request").length, before);
    }
    if (is.heartbeatRequest !== undefined) {
      upf.say(is.heartbeatRequest, 77);
      await twin.clock.settle();
      assert.ok(upf.answers.some((m) => m.is === "PFCP Heartbeat Response"));
    }
    assert.equal((await twin.create()).status, 201);
    const [session] = twin.smf.state().sessions;
    assert.deepEqual([session?.state, session?.connection, session?.downlink], ["ACTIVE", "ACTIVATED", gnbTunnel]);
    // the F-TEID is the UPF's choice where it chose, else ours, at the address that it or the configuration names
    const theirs = read(hex(is.establishment)).message;
    assert.ok(theirs.is === "PFCP Session Establishment Response");
    const chosen = theirs.createdPdr?.find(({ pdrId }) => pdrId === 1)?.localFTeid;
    const request = upf.heard.find((m) => m.is === "PFCP Session Establishment Request");
    assert.ok(request?.is === "PFCP Session Establishment Request");
    const asked = request.createPdr[0]?.pdi.localFTeid;
    assert.deepEqual(
      session?.uplink,
      chosen?.is === "fTeid"
        ? { teid: chosen.teid, address: chosen.ipv4 }
        : asked?.is === "fTeid" && { teid: asked.teid, address: "10.100.0.9" },
    );
    assert.equal(asked?.is, chosen?.is === "fTeid" ? "choose" : "fTeid");
    assert.equal(BigInt(`0x${session?.upSeid}`), theirs.upFSeid?.seid);
    // connected by Update FAR: FORW, Access, outer header creation 0100 with the gNB's tunnel; idle: BUFF and NOCP
    await twin.updated(1, { upCnxState: "DEACTIVATED" });
    const fars = upf.heard.flatMap((m) => (m.is === "PFCP Session Modification Request" ? (m.updateFar ?? []) : []));
    assert.deepEqual(
      fars.map(({ applyAction: a, updateForwardingParameters: to }) => [
        a?.forw === true,
        a?.buff === true,
        a?.nocp === true,
        to?.destinationInterface,
        to?.outerHeaderCreation?.description,
      ]),
      [
        [true, false, false, "access", 0x0100],
        [false, true, true, undefined, undefined],
      ],
    );
    assert.equal(twin.smf.state().sessions[0]?.connection, "DEACTIVATED");
    if (is.report !== undefined) {
      upf.say(is.report, 78);
      await twin.clock.settle();
      const report = upf.answers.at(-1);
      assert.ok(report?.is === "PFCP Session Report Response" && report.cause === 1);
    }
    if (is.deletion !== undefined) {
      assert.ok((await twin.released(1)).ok);
      assert.deepEqual([twin.smf.state().sessions, twin.smf.state().leftovers, twin.smf.state().addresses["internet"]], [[], 0, 0]);
    }
  });
}

test("attack 39: a UPF's answers that come twice, late, or with a SEID that is not ours move nothing", async () => {
  const is = foreign.find(({ capture }) => capture === "open5gs-roaming-lbo-2023")!;
  const { twin, upf } = await withUpf(is);
  await twin.create();
  const before = twin.smf.state();
  for (const octets of [is.establishment, is.modification, is.deletion!, is.associationResponse!])
    for (const sequence of [0, 1, 0xffffff]) upf.say(octets, sequence);
  upf.cpSeid ^= 1n;
  upf.say(is.report!, 5);
  await twin.clock.advance(1_000);
  assert.deepEqual(twin.smf.state(), before);
  const last = upf.answers.at(-1);
  assert.ok(last?.is === "PFCP Session Report Response" && last.cause === 65);
});

test("attack 37: a UPF's answers with any octet changed are an answer or none, never a fault", async () => {
  const is = foreign.find(({ capture }) => capture === "open5gs-roaming-lbo-2023")!;
  for (let at = 16; at < is.establishment.length / 2; at += 7) {
    const octets = hex(is.establishment);
    octets[at]! ^= 0x91;
    const changed = Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
    const { twin } = await withUpf({ ...is, establishment: changed });
    assert.equal((await twin.create()).status, 201);
    await twin.clock.advance(10_000);
    assert.deepEqual(
      twin.sbi.lines.filter(({ level }) => level === "error"),
      [],
      `octet ${at}`,
    );
  }
});
