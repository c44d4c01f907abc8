/** N1 and N2 SM information as others' phones and gNBs sent it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Cause5gsm } from "@freehold/model";
import { decode } from "@freehold/nas";
import { hex, toHex } from "@freehold/wire";
import { nothing, smfTwin, transferOf } from "./twin.ts";

interface Vectors {
  readonly requests: readonly { readonly peer: string; readonly capture: string; readonly octets: string }[];
  readonly responses: readonly {
    readonly peer: string;
    readonly capture: string;
    readonly octets: string;
    readonly teid: number;
    readonly address: string;
  }[];
}
const { requests, responses }: Vectors = JSON.parse(readFileSync(new URL("vectors/foreign-n1-n2.json", import.meta.url), "utf8"));

function asked(octets: Uint8Array) {
  const read = decode(octets, { receiver: "network" });
  assert.ok(read.ok && read.value.is === "PDU session establishment request");
  return read.value;
}

for (const { peer, capture, octets } of requests) {
  const request = asked(hex(octets));
  const { pduSessionId, pti } = request;
  if (pti === 0) {
    test(`INTEROP 29: the request of ${peer} (${capture}) has no PTI: it is rejected with #81, and nothing is left`, async () => {
      const twin = await smfTwin();
      const given = await twin.create({ pduSessionId, n1SmMsg: hex(octets) });
      assert.ok(!given.ok && given.refusal?.n1SmMsg !== undefined);
      assert.equal(toHex(given.refusal.n1SmMsg), `2e${pduSessionId.toString(16).padStart(2, "0")}00c351`);
      assert.deepEqual(await twin.holdings(), nothing);
    });
    continue;
  }
  test(`INTEROP 28, 29, 30: the request of ${peer} (${capture}) is accepted with what it asked for and no more`, async () => {
    const twin = await smfTwin();
    assert.equal((await twin.create({ pduSessionId, n1SmMsg: hex(octets) })).status, 201);
    const [told] = twin.told;
    const n1 = told?.n1;
    assert.ok(n1?.is === "PDU session establishment accept" && told?.n2 !== undefined);
    assert.deepEqual([n1.pduSessionId, n1.pti, n1.selectedSscMode], [pduSessionId, pti, 1]);
    const both = request.pduSessionType === "IPv4v6";
    assert.deepEqual(
      [n1.selectedPduSessionType, n1.cause, n1.pduAddress?.type],
      ["IPv4", both ? Cause5gsm.pduSessionTypeIpv4OnlyAllowed : undefined, "IPv4"],
    );
    const [rule, ...rules] = n1.authorizedQosRules;
    assert.deepEqual([rule?.isDefault, rule?.precedence, rule?.qfi, rules.length], [true, 255, 1, 0]);
    assert.deepEqual([n1.dnn, n1.sNssai?.sst], ["internet", 1]);
    // PCO: every identifier that is answered was asked for; every one that this network can answer is answered
    const wanted = request.extendedProtocolConfigurationOptions?.items.map(({ id }) => id) ?? [];
    const answered = n1.extendedProtocolConfigurationOptions?.items.map(({ id }) => id) ?? [];
    const known = [0x8021, 0x0003, 0x000c, 0x000d, 0x0010];
    assert.deepEqual([...new Set(answered)].sort(), [...new Set(wanted.filter((id) => known.includes(id)))].sort());
    assert.equal(n1.alwaysOnPduSessionIndication, undefined);
    const n2 = transferOf(told.n2.octets);
    assert.equal(n2.pduSessionType, "ipv4");
    assert.equal(n2.ulNguUpTNLInformation?.choice === "gTPTunnel" && n2.ulNguUpTNLInformation.value.transportLayerAddress.length, 32);
  });
}

for (const { peer, capture, octets, teid, address } of responses) {
  test(`INTEROP 31: the set-up response of ${peer} (${capture}) gives the UPF the gNB's tunnel`, async () => {
    const twin = await smfTwin();
    twin.gnb = "silent";
    await twin.create();
    await twin.updated(1, { n2SmInfo: hex(octets), n2SmInfoType: "PDU_RES_SETUP_RSP" });
    const [session] = twin.smf.state().sessions;
    assert.deepEqual([session?.state, session?.connection, session?.downlink], ["ACTIVE", "ACTIVATED", { teid, address }]);
    const [standing] = twin.upf.sessions.values();
    const to = standing?.modifications.at(-1)?.updateFar?.[0]?.updateForwardingParameters?.outerHeaderCreation;
    assert.deepEqual([to?.teid, to?.ipv4], [teid, address]);
  });
}

test("INTEROP 31: of both address families the UPF is given the one that its own end has", async () => {
  const { octets } = responses.find(({ peer }) => peer.includes("both"))!;
  const twin = await smfTwin({ config: { upfs: [{ address: "127.0.0.8", n3: "fd69:f21d:873c:fa::9" }] }, upf: false });
  twin.upf.features.ftup = false;
  await twin.upf.start(twin.network, twin.sbi);
  await twin.clock.advance(6_000);
  twin.gnb = "silent";
  await twin.create();
  const [standing] = twin.upf.sessions.values();
  assert.equal(standing?.establishment.createPdr[0]?.outerHeaderRemoval?.description, "gtpuUdpIp");
  const [told] = twin.told;
  const tunnel = transferOf(told!.n2!.octets).ulNguUpTNLInformation;
  assert.equal(tunnel?.choice === "gTPTunnel" && tunnel.value.transportLayerAddress.length, 128);
  await twin.updated(1, { n2SmInfo: hex(octets), n2SmInfoType: "PDU_RES_SETUP_RSP" });
  assert.deepEqual(twin.smf.state().sessions[0]?.downlink, { teid: 1, address: "fd69:f21d:873c:fa::2" });
  const to = standing?.modifications.at(-1)?.updateFar?.[0]?.updateForwardingParameters?.outerHeaderCreation;
  assert.deepEqual([to?.description, to?.ipv6], [0x0200, "fd69:f21d:873c:fa::2"]);
});

test("INTEROP 31: a set-up response whose tunnel is nobody's, or that is cut at any octet, is a set-up that failed", async () => {
  const whole = responses[0]!.octets;
  const bad = [
    ...["00000000", "e0000001", "ffffffff"].map((address) => whole.replace("0ac8c801", address)),
    ...Array.from({ length: whole.length / 2 - 1 }, (_, at) => whole.slice(0, 2 * at)),
  ];
  for (const octets of bad) {
    const twin = await smfTwin();
    twin.gnb = "silent";
    await twin.create();
    await twin.updated(1, { n2SmInfo: hex(octets), n2SmInfoType: "PDU_RES_SETUP_RSP" });
    assert.deepEqual(await twin.holdings(), nothing, octets);
  }
});
