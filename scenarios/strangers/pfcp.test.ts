/** Every PFCP request of a foreign SMF in the captures, in order, to our UPF: association, sessions, their changes, their end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type IpAddress, ip, seid } from "@freehold/model";
import { MemoryNetwork } from "@freehold/net";
import { decode, encode, nodeIdOf, type Pfcp } from "@freehold/pfcp";
import { memoryLog, seededRandom, VirtualClock } from "@freehold/runtime";
import { echoN6, memoryDataPath, startUpf } from "@freehold/upf";
import { explain } from "@freehold/wire";
import { pfcpOf, specsFolder } from "../src/strangers/index.ts";

const forwardsNowhere = "a FAR that forwards without Forwarding Parameters (TS 29.244 table 7.5.2.3-1)";

/** Requests that our UPF refuses, and why that is right. */
const refused: Readonly<Record<string, { readonly frames: readonly number[]; readonly why: string }>> = {
  "open5gs-testsuite-2020": {
    frames: [
      204, 304, 472, 566, 2652, 2692, 2775, 2872, 2999, 3045, 3120, 3203, 3286, 3369, 3452, 3535, 3618, 3701, 3784, 3867, 3952, 4045,
    ],
    why: "an IPv6 address out of the /64 of the first session, which never ends: without IP6PL an address stands for its /64 (TS 29.244 §8.2.62)",
  },
  "free5gc-2020-telekom": { frames: [216], why: forwardsNowhere },
  "free5gc-2021-virtualgnb": { frames: [1834], why: forwardsNowhere },
  "oai-cn5g-spgwu-ext-2021": {
    frames: [122, 123],
    why: "an Apply Action that only says to notify: one of DROP, FORW, BUFF must be there (TS 29.244 §8.2.26)",
  },
};

const captures = [
  "open5gs-testsuite-2020",
  "open5gs-roaming-lbo-2023",
  "open5gs-ueransim-n2handover-2026",
  "open5gs-ueransim-service-reject-2026",
  "free5gc-2020-telekom",
  "free5gc-2021-virtualgnb",
  "free5gc-ueransim-5gaka-resync-2023",
  "oai-cn5g-gnbsim-2ue-2021",
  "oai-cn5g-oai-gnb-2021",
  "oai-cn5g-spgwu-ext-2021",
  "oai-cn5g-vpp-upf-2021",
];

const asked = new Set([
  "PFCP Association Setup Request",
  "PFCP Session Establishment Request",
  "PFCP Session Modification Request",
  "PFCP Session Deletion Request",
]);
const upfAt = { host: ip("192.0.2.7"), port: 8805 };

function read(octets: Uint8Array): Pfcp {
  const result = decode(octets);
  assert.ok(result.ok, result.ok ? "" : explain(result.error));
  return result.value;
}

/** Addresses of F-TEIDs that the SMF gives itself: they are its UPF's, so they are ours here. */
function addressesGiven(messages: readonly Pfcp[]): readonly IpAddress[] {
  const given = messages.flatMap(({ message }) =>
    message.is === "PFCP Session Establishment Request"
      ? message.createPdr.flatMap(({ pdi }) =>
          pdi.localFTeid?.is === "fTeid" && pdi.localFTeid.ipv4 !== undefined ? [pdi.localFTeid.ipv4] : [],
        )
      : [],
  );
  return given.length > 0 ? [...new Set(given)] : [ip("192.0.2.8")];
}

/** Data networks that the sessions are in: named, or the one that there is. */
function dataNetworksOf(messages: readonly Pfcp[]): readonly string[] {
  const names = messages.flatMap(({ message }) =>
    message.is === "PFCP Session Establishment Request"
      ? [
          message.apnDnn,
          ...message.createFar.map(({ forwardingParameters: f }) => (f?.destinationInterface === "core" ? f.networkInstance : undefined)),
        ]
      : [],
  );
  const known = [...new Set(names.filter((name) => name !== undefined))];
  return known.length > 0 ? known : ["internet"];
}

/** Where the SMF speaks from. */
function smfOf(messages: readonly Pfcp[]): IpAddress {
  for (const { message } of messages) {
    if (message.is === "PFCP Session Establishment Request" && message.cpFSeid.ipv4 !== undefined) return message.cpFSeid.ipv4;
  }
  throw new Error("no session is established");
}

async function accepted(specs: string, capture: string): Promise<void> {
  const traced = pfcpOf(specs, capture).map(({ frame, bytes }) => ({ frame, bytes, ...read(bytes) }));
  const clock = new VirtualClock();
  const net = new MemoryNetwork(clock);
  const udp = net.udp();
  const log = memoryLog();
  const random = seededRandom(capture);
  const smf = smfOf(traced);
  await using _ = await startUpf(
    {
      nodeId: nodeIdOf(upfAt.host),
      n4: upfAt,
      n3: addressesGiven(traced),
      dataNetworks: dataNetworksOf(traced).map((dnn) => ({ dnn, pools: [] })),
      smfs: [{ addresses: ["0.0.0.0/0"] }],
      heartbeat: 0,
    },
    { clock, random, log, n4: udp, dataPath: memoryDataPath(udp, () => echoN6({ clock, random })) },
  );
  const socket = await udp.bind({ host: smf, port: 8805 });
  const answers: Pfcp[] = [];
  socket.onDatagram = (octets) => void answers.push(read(octets));
  const ask = async (octets: Uint8Array): Promise<Pfcp> => {
    socket.send(octets, upfAt);
    await clock.settle();
    const [answer, ...more] = answers.splice(0);
    assert.ok(answer !== undefined && more.length === 0, "one answer");
    return answer;
  };
  const associates = ({ message }: Pick<Pfcp, "message">): boolean =>
    message.is === "PFCP Association Setup Request" && (message.nodeId.is !== "ipv4" || message.nodeId.value === smf);
  if (!traced.some(associates)) {
    await ask(encode({ sequenceNumber: 0xffffff }, { is: "PFCP Association Setup Request", nodeId: nodeIdOf(smf), recoveryTimeStamp: 1 }));
  }
  /** Our SEID by that which their UPF gave. */
  const seids = new Map<bigint, bigint>();
  const taken: Record<"accepted" | "refused", number[]> = { accepted: [], refused: [] };
  for (const { frame, header, message, bytes } of traced) {
    if (!asked.has(message.is)) continue;
    // UPFs set associations up too, and a second core's SMF may be in the capture: not for this UPF.
    if (message.is === "PFCP Association Setup Request" && !associates({ message })) continue;
    const ours = header.seid === undefined ? undefined : seids.get(header.seid);
    // What follows a session that was refused has no session here.
    if (ours === undefined && header.seid !== undefined && header.seid !== 0n) continue;
    const answer = await ask(ours === undefined ? bytes : encode({ ...header, seid: seid(ours) }, message));
    assert.ok("cause" in answer.message, `frame ${frame} is answered`);
    taken[answer.message.cause === 1 ? "accepted" : "refused"].push(frame);
    if (answer.message.is !== "PFCP Session Establishment Response" || answer.message.upFSeid === undefined) continue;
    const theirs = traced.find(
      (t) => t.frame > frame && t.message.is === "PFCP Session Establishment Response" && t.header.sequenceNumber === header.sequenceNumber,
    )?.message;
    if (theirs?.is === "PFCP Session Establishment Response" && theirs.upFSeid !== undefined)
      seids.set(theirs.upFSeid.seid, answer.message.upFSeid.seid);
  }
  const why = log.lines.map(({ event, fields }) => `${event} ${JSON.stringify(fields["why"] ?? "")}`).join("; ");
  assert.deepEqual(taken.refused, refused[capture]?.frames ?? [], why);
  assert.ok(taken.accepted.length >= 1);
}

const specs = specsFolder();
for (const capture of captures) {
  const but = refused[capture]?.why;
  const sentence = `INTEROP 34, 35: every PFCP request of the SMF of ${capture} is accepted${but === undefined ? "" : `, but for ${but}`}`;
  if (specs === undefined) test(sentence, { skip: "the specification folder is not here (FREEHOLD_SPECS)" }, () => {});
  else test(sentence, () => accepted(specs, capture));
}
