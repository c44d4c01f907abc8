import type { Cancel } from "@freehold/runtime";
import { fromText, Writer } from "@freehold/wire";
import type { Session } from "../sm/session.ts";
import { checksum, ipv4, ipv4Packet, Protocol, readIpv4 } from "./packet.ts";
import { type IpWorld, ownAddress } from "./stack.ts";

export interface PingResult {
  readonly sent: number;
  readonly received: number;
  /** Of those that came back, in order of sending. */
  readonly rttMs: readonly number[];
}

export interface PingOptions {
  /** Between two requests, ms; 1000 unless given. */
  readonly intervalMs?: number;
  /** How long to wait for an answer, ms; 2000 unless given. */
  readonly timeoutMs?: number;
  /** Octets of payload; 56 unless given. */
  readonly size?: number;
}

function echoRequest(identifier: number, sequence: number, data: Uint8Array): Uint8Array {
  const message = new Writer(8 + data.length).u8(8).u8(0).u16(0).u16(identifier).u16(sequence).octets(data).done();
  const sum = checksum(message);
  message[2] = sum >> 8;
  message[3] = sum & 0xff;
  return message;
}

/** Answers echo requests to the session's own address as a host does (RFC 1122 §3.2.2.6), until cancelled. */
export function answerPings(session: Session): Cancel {
  const own = ownAddress(session);
  return session.listen((packet) => {
    const read = readIpv4(packet);
    if (read === undefined || read.protocol !== Protocol.icmp || read.destination !== own) return false;
    const { payload } = read;
    if (payload.length < 8 || payload[0] !== 8 || checksum(payload) !== 0) return false;
    const reply = payload.slice();
    reply.fill(0, 0, 1);
    reply.fill(0, 2, 4);
    const sum = checksum(reply);
    reply[2] = sum >> 8;
    reply[3] = sum & 0xff;
    session.send(ipv4Packet(own, ipv4(read.source), Protocol.icmp, reply));
    return true;
  });
}

/** ICMP echo (RFC 792) through a session. Resolves when every request was answered or is late; a missing answer is a number, not an error. */
export async function ping(
  session: Session,
  world: IpWorld,
  address: string,
  count = 3,
  { intervalMs = 1_000, timeoutMs = 2_000, size = 56 }: PingOptions = {},
): Promise<PingResult> {
  const source = ownAddress(session);
  const to = ipv4(address);
  const [a, b] = world.random(2);
  const identifier = (a! << 8) | b!;
  const pattern = fromText("Freehold ");
  const data = Uint8Array.from({ length: size }, (_, i) => pattern[i % pattern.length]!);
  const waiting = new Map<number, { readonly at: number; readonly answered: () => void }>();
  const rtt = new Map<number, number>();
  const stop = session.listen((packet) => {
    const read = readIpv4(packet);
    if (read === undefined || read.protocol !== Protocol.icmp || read.source !== to || read.destination !== source) return false;
    const { payload } = read;
    if (payload.length < 8 || payload[0] !== 0 || checksum(payload) !== 0) return false;
    if (((payload[4]! << 8) | payload[5]!) !== identifier) return false;
    const sequence = (payload[6]! << 8) | payload[7]!;
    const request = waiting.get(sequence);
    if (request === undefined) return true;
    rtt.set(sequence, world.clock.now() - request.at);
    waiting.delete(sequence);
    request.answered();
    return true;
  });
  try {
    for (let sequence = 1; sequence <= count; sequence++) {
      const begun = world.clock.now();
      const answered = new Promise<void>((resolve) => {
        const late = world.clock.after(timeoutMs, resolve);
        waiting.set(sequence, {
          at: begun,
          answered: () => {
            late();
            resolve();
          },
        });
      });
      session.send(ipv4Packet(source, to, Protocol.icmp, echoRequest(identifier, sequence, data), sequence));
      await answered;
      waiting.delete(sequence);
      const rest = intervalMs - (world.clock.now() - begun);
      if (sequence < count && rest > 0) await world.clock.sleep(rest);
    }
  } finally {
    stop();
  }
  return { sent: count, received: rtt.size, rttMs: [...rtt.entries()].sort(([x], [y]) => x - y).map(([, ms]) => ms) };
}
