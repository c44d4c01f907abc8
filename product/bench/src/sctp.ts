import process from "node:process";
import { ForeignSctp, nodeUdp, PortError, type SctpAssociation, type SctpPort, type UdpPort } from "@freehold/net";
import { silentLog, systemClock, systemRandom, type World } from "@freehold/runtime";
import { sctpOverUdp } from "@freehold/sctp";
import { rounded } from "./statistics.ts";

export interface SctpRow {
  /** Who sends to whom, and how. */
  readonly between: string;
  readonly octets: number;
  /** User and system time of the process in which both ends and both sockets are, per message (with its answer, where there is one). */
  readonly cpuUsPerMessage: number;
  readonly messagesPerSecond: number;
  readonly megabytesPerSecond: number;
  /** Datagrams sent by either end, per message. */
  readonly datagramsPerMessage: number;
}

export interface SctpReport {
  readonly bench: "sctp";
  readonly rows: readonly SctpRow[];
  /** Why libusrsctp was not measured. */
  readonly without?: string;
}

export interface SctpOptions {
  /** CPU time for which each figure is measured, milliseconds; 500 unless given. */
  readonly ms?: number;
  readonly progress?: (text: string) => void;
  readonly signal?: AbortSignal;
}

const sizes = [64, 1_024, 60_000];
const near = "127.132.99.1";
const far = "127.132.99.2";
const port = 38_412;
const encapsulation = 9_899;
/** Messages on their way at a time: as a gNB has phones in the middle of something. */
const atATime = 16;

/** CPU time so far, microseconds. */
const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A UDP port that counts what it sends. */
function counting(udp: UdpPort, sent: { datagrams: number }): UdpPort {
  return {
    async bind(local) {
      const socket = await udp.bind(local);
      const send = socket.send.bind(socket);
      socket.send = (data, to) => {
        sent.datagrams++;
        send(data, to);
      };
      return socket;
    },
  };
}

interface Ends extends AsyncDisposable {
  readonly client: SctpAssociation;
  readonly server: SctpAssociation;
  readonly sent: { datagrams: number };
}

/** An association over UDP on loopback; the connecting end is libusrsctp's where one is given. */
async function open(foreign: ForeignSctp | undefined): Promise<Ends> {
  await using opening = new AsyncDisposableStack();
  const world: World = { clock: systemClock(), random: systemRandom, log: silentLog };
  const sent = { datagrams: 0 };
  const udp = counting(nodeUdp(), sent);
  const arrived = Promise.withResolvers<SctpAssociation>();
  const listener = await sctpOverUdp(udp, world).listen({ addresses: [far], port, streams: 8, onAssociation: arrived.resolve });
  opening.defer(() => listener.close());
  let connecting: SctpPort = sctpOverUdp(udp, world);
  if (foreign !== undefined) {
    const socket = await udp.bind({ host: near, port: encapsulation });
    opening.defer(() => socket.close());
    const host = foreign.attach({ host: near, world, send: (packet, to) => socket.send(packet, { host: to, port: encapsulation }) });
    opening.defer(() => host.close());
    socket.onDatagram = (packet, from) => host.receive(packet, from.host);
    connecting = host;
  }
  const client = await connecting.connect({ local: { host: near, port: 0 }, remote: { host: far, port }, streams: 8 });
  const server = await arrived.promise;
  opening.defer(async () => {
    for (const end of [client, server]) end.abort("measured");
    await turn();
  });
  const closing = opening.move();
  return { client, server, sent, [Symbol.asyncDispose]: () => closing.disposeAsync() };
}

/** Sends as much as is taken until `ms` of CPU time have gone, waits until all has come, and divides. */
async function oneWay(
  ends: Ends,
  from: SctpAssociation,
  to: SctpAssociation,
  octets: number,
  ms: number,
): Promise<Omit<SctpRow, "between">> {
  const data = new Uint8Array(octets).fill(7);
  let taken = 0;
  let came = 0;
  to.onMessage = () => void came++;
  const run = async (untilMs: number): Promise<void> => {
    const begin = cpu();
    while (cpu() - begin < untilMs * 1_000) {
      while (taken - came < 1_000 && from.send({ stream: taken & 7, ppid: 60, data })) taken++;
      await turn();
    }
    while (came < taken) await turn();
  };
  await run(ms / 2); // warms the code, opens the congestion window
  [taken, came, ends.sent.datagrams] = [0, 0, 0];
  return figures(
    ends,
    octets,
    () => run(ms),
    () => came,
  );
}

/** A message and its answer, some at a time. */
async function answered(ends: Ends, octets: number, ms: number): Promise<Omit<SctpRow, "between">> {
  const { client, server } = ends;
  const data = new Uint8Array(octets).fill(7);
  let answers = 0;
  let more = true;
  let open = 0;
  server.onMessage = (message) => void server.send(message);
  client.onMessage = ({ stream }) => {
    answers++;
    if (more) client.send({ stream, ppid: 60, data });
    else open--;
  };
  const run = async (untilMs: number): Promise<void> => {
    const begin = cpu();
    more = true;
    for (open = 0; open < atATime; open++) client.send({ stream: open & 7, ppid: 60, data });
    while (cpu() - begin < untilMs * 1_000) await turn();
    more = false;
    while (open > 0) await turn();
  };
  await run(ms / 2);
  [answers, ends.sent.datagrams] = [0, 0];
  return figures(
    ends,
    octets,
    () => run(ms),
    () => answers,
  );
}

async function figures(ends: Ends, octets: number, run: () => Promise<void>, count: () => number): Promise<Omit<SctpRow, "between">> {
  const [cpuBefore, before] = [cpu(), performance.now()];
  await run();
  const [spent, seconds, messages] = [cpu() - cpuBefore, (performance.now() - before) / 1_000, count()];
  return {
    octets,
    cpuUsPerMessage: rounded(spent / messages, 2),
    messagesPerSecond: rounded(messages / seconds, 0),
    megabytesPerSecond: rounded((messages * octets) / seconds / 1e6, 1),
    datagramsPerMessage: rounded(ends.sent.datagrams / messages, 3),
  };
}

/** What SCTP in user space costs: our stack with itself, and with libusrsctp where the system has it. Both ends in this process, UDP on loopback. */
export async function sctp({ ms = 500, progress, signal }: SctpOptions = {}): Promise<SctpReport> {
  const rows: SctpRow[] = [];
  const measure = async (between: string, foreign: ForeignSctp | undefined, work: (ends: Ends) => Promise<Omit<SctpRow, "between">>) => {
    signal?.throwIfAborted();
    progress?.(between);
    await using ends = await open(foreign);
    rows.push({ between, ...(await work(ends)) });
  };
  for (const octets of sizes) {
    await measure("ours and ours, one way", undefined, (ends) => oneWay(ends, ends.client, ends.server, octets, ms));
  }
  await measure(`ours and ours, answered, ${atATime} at a time`, undefined, (ends) => answered(ends, 64, ms));
  let foreign: ForeignSctp;
  try {
    foreign = ForeignSctp.open();
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return { bench: "sctp", rows, without: error.message };
  }
  for (const octets of sizes) {
    await measure("ours to libusrsctp, one way", foreign, (ends) => oneWay(ends, ends.server, ends.client, octets, ms));
    await measure("libusrsctp to ours, one way", foreign, (ends) => oneWay(ends, ends.client, ends.server, octets, ms));
  }
  await measure(`libusrsctp asks ours, ${atATime} at a time`, foreign, (ends) => answered(ends, 64, ms));
  return { bench: "sctp", rows };
}
