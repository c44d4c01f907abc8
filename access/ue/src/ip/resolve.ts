import { ipFromOctets } from "@freehold/model";
import { attempt, fromText, Reader, Writer } from "@freehold/wire";
import { NoAnswer } from "../errors.ts";
import type { Session } from "../sm/session.ts";
import { checksum, ipv4, ipv4Packet, Protocol, pseudoHeader, readIpv4 } from "./packet.ts";
import { ephemeralPort, type IpWorld, ownAddress } from "./stack.ts";

const dnsPort = 53;
const patience = { ms: 2_000, tries: 3 } as const;

function udp(source: string, destination: string, sourcePort: number, destinationPort: number, data: Uint8Array): Uint8Array {
  const length = 8 + data.length;
  const datagram = new Writer(length).u16(sourcePort).u16(destinationPort).u16(length).u16(0).octets(data).done();
  const sum = checksum(pseudoHeader(source, destination, Protocol.udp, length), datagram) || 0xffff;
  datagram[6] = sum >> 8;
  datagram[7] = sum & 0xff;
  return datagram;
}

/** RFC 1035 §4.1: one question for an A record, recursion desired. */
function question(id: number, name: string): Uint8Array {
  const writer = new Writer(64).u16(id).u16(0x0100).u16(1).u16(0).u16(0).u16(0);
  for (const label of name.split(".").filter((part) => part !== "")) {
    const octets = fromText(label);
    if (octets.length > 63) throw new RangeError(`a label of ${octets.length} octets in ${name}`);
    writer.u8(octets.length).octets(octets);
  }
  return writer.u8(0).u16(1).u16(1).done();
}

function skipName(reader: Reader): void {
  for (;;) {
    const length = reader.u8("name");
    if (length === 0) return;
    if (length >> 6 === 3) {
      reader.skip(1, "name");
      return;
    }
    reader.skip(length, "name");
  }
}

/** The A records of a response to `id`, or the response code; undefined for what is no response to us. */
function answers(id: number, bytes: Uint8Array): { readonly code: number; readonly addresses: readonly string[] } | undefined {
  const read = attempt(() => {
    const reader = new Reader(bytes);
    if (reader.u16("id") !== id) throw reader.fault("unexpected", "id", "another question's", 0);
    const flags = reader.u16("flags");
    if ((flags & 0x8000) === 0) throw reader.fault("unexpected", "flags", "not a response", 2);
    const questions = reader.u16("qdcount");
    const records = reader.u16("ancount");
    reader.skip(4, "counts");
    for (let i = 0; i < questions; i++) {
      skipName(reader);
      reader.skip(4, "question");
    }
    const addresses: string[] = [];
    for (let i = 0; i < records; i++) {
      skipName(reader);
      const type = reader.u16("type");
      reader.skip(6, "class and TTL");
      const data = reader.octets(reader.u16("rdlength"), "rdata");
      const address = type === 1 ? ipFromOctets(data) : undefined;
      if (address?.ok === true) addresses.push(address.value);
    }
    return { code: flags & 15, addresses };
  });
  return read.ok ? read.value : undefined;
}

/** Asks a DNS server through a session for the IPv4 addresses of a name. Rejects with NoAnswer after three tries, or when the server says that there is none. */
export async function resolve(session: Session, world: IpWorld, dnsServer: string, name: string): Promise<readonly string[]> {
  const source = ownAddress(session);
  const to = ipv4(dnsServer);
  const port = ephemeralPort(world.random);
  const [a, b] = world.random(2);
  const id = (a! << 8) | b!;
  const datagram = udp(source, to, port, dnsPort, question(id, name));
  let hear: (found: NonNullable<ReturnType<typeof answers>>) => void = () => {};
  const stop = session.listen((packet) => {
    const read = readIpv4(packet);
    if (read === undefined || read.protocol !== Protocol.udp || read.source !== to) return false;
    const { payload } = read;
    if (payload.length < 8 || ((payload[0]! << 8) | payload[1]!) !== dnsPort || ((payload[2]! << 8) | payload[3]!) !== port) return false;
    const found = answers(id, payload.subarray(8));
    if (found !== undefined) hear(found);
    return true;
  });
  try {
    for (let attempt = 0; attempt < patience.tries; attempt++) {
      const found = await new Promise<ReturnType<typeof answers>>((done) => {
        const late = world.clock.after(patience.ms, () => done(undefined));
        hear = (value) => {
          late();
          done(value);
        };
        session.send(ipv4Packet(source, to, Protocol.udp, datagram, id + attempt));
      });
      if (found === undefined) continue;
      if (found.code !== 0 || found.addresses.length === 0) throw new NoAnswer("DNS", `${name}: response code ${found.code}, no address`);
      return found.addresses;
    }
    throw new NoAnswer("DNS", `${dnsServer} does not answer`);
  } finally {
    stop();
  }
}
