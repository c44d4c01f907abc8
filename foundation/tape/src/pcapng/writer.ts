import { concat, fromText, Writer } from "@freehold/wire";
import type { Address } from "../address.ts";
import { type Alias, aliases } from "../alias.ts";
import type { Carriage, TapeEntry } from "../entry.ts";
import { interfaceBlock, linkType, packetBlock, sectionBlock } from "./blocks.ts";
import { Http2Connection } from "./http2.ts";
import { type Ends, ends, largestPayload, parseAddress, udpPacket } from "./ip.ts";
import { SctpDirection } from "./sctp.ts";

export interface PcapngOptions {
  /** What a packet comment calls a phone; "phone 1", "phone 2" … when not given. */
  readonly alias?: Alias;
  /** Addresses of functions by lane name, for NAS messages recorded before the first message on N2 tells them. */
  readonly places?: Readonly<Record<string, string>>;
}

/** The order of the interface blocks. */
const onLink = { network: 0, clear: 1 } as const;

/** Tags of Wireshark's exported PDUs (its exported_pdu.h). */
const tag = { end: 0, dissector: 12, ipv4: { src: 20, dst: 21 }, ipv6: { src: 22, dst: 23 } } as const;

/**
 * The tape as a capture that Wireshark opens: frames are built again around the messages, with checksums, sequence numbers and a
 * TCP connection where HTTP/2 needs one. NAS in clear is an exported PDU on an interface of its own, because what is on N2 is ciphered.
 * Times are in nanoseconds. Sessions of a UDP port that Wireshark does not know need its `-d udp.port==N,pfcp`.
 */
export class PcapngWriter {
  readonly #alias: Alias;
  readonly #associations = new Map<string, SctpDirection>();
  readonly #connections = new Map<string, Http2Connection>();
  /** Addresses of functions and of hosts that are no literals. */
  readonly #places = new Map<string, Uint8Array>();
  #invented = 0;
  #datagrams = 0;

  constructor({ alias = aliases(), places = {} }: PcapngOptions = {}) {
    this.#alias = alias;
    for (const [lane, host] of Object.entries(places)) this.#learn(lane, host);
  }

  /** What the file begins with. */
  header(): Uint8Array {
    return concat(
      sectionBlock("Freehold"),
      interfaceBlock(linkType.raw, "messages, framed again"),
      interfaceBlock(linkType.upperPdu, "NAS in clear"),
    );
  }

  /** The blocks of one entry, to be appended. Entries are added in the order of time. */
  add(entry: TapeEntry): Uint8Array {
    const { carriage } = entry;
    const comment = this.#comment(entry);
    if (carriage.kind === "nas") return packetBlock(onLink.clear, entry.at, this.#exported(entry), comment);
    if (carriage.kind === "sctp") {
      this.#learn(entry.from, carriage.src.host);
      this.#learn(entry.to, carriage.dst.host);
    }
    const packets = this.#frames(carriage, entry.bytes);
    // a comment on the packet where the message is complete
    return concat(
      ...packets.map((packet, i) => packetBlock(onLink.network, entry.at, packet, i === packets.length - 1 ? comment : undefined)),
    );
  }

  #comment(entry: TapeEntry): string | undefined {
    const parts: string[] = [];
    if (entry.carriage.kind === "nas") {
      parts.push("deciphered: as it was before protection or after its removal");
      if (entry.ue !== undefined) parts.push(this.#alias(entry.ue));
    }
    if (entry.note !== undefined) parts.push(entry.note);
    if (entry.carriage.kind === "udp" && entry.bytes.length > largestDatagram) parts.push(`cut to ${largestDatagram} octets`);
    return parts.length === 0 ? undefined : parts.join("; ");
  }

  #frames(carriage: Exclude<Carriage, { kind: "nas" }>, bytes: Uint8Array): Uint8Array[] {
    const { src, dst } = carriage;
    const both = this.#ends(src, dst);
    switch (carriage.kind) {
      case "udp":
        return [udpPacket(both, src.port, dst.port, bytes.subarray(0, largestDatagram), ++this.#datagrams)];
      case "sctp":
        return this.#association(both, src, dst).message(carriage.stream, carriage.ppid, bytes);
      case "http2":
        return this.#exchange(both, carriage, bytes);
    }
  }

  #association(both: Ends, src: Address, dst: Address): SctpDirection {
    const name = `${src.host} ${src.port} ${dst.host} ${dst.port}`;
    let direction = this.#associations.get(name);
    if (direction === undefined) {
      direction = new SctpDirection(both, src.port, dst.port, this.#associations.size + 1);
      this.#associations.set(name, direction);
    }
    return direction;
  }

  #exchange(both: Ends, carriage: Extract<Carriage, { kind: "http2" }>, body: Uint8Array): Uint8Array[] {
    const { src, dst } = carriage;
    const name = `${src.host} ${src.port} ${dst.host} ${dst.port}`;
    const connection = this.#connections.get(name);
    if (connection !== undefined) return connection.half(carriage, body);
    // a client that names no port, or the server's, has an ephemeral one
    const port = src.port === 0 || src.port === dst.port ? 49_152 + (this.#connections.size % 16_384) : src.port;
    const fresh = new Http2Connection(both, port, dst.port, `${dst.host.includes(":") ? `[${dst.host}]` : dst.host}:${dst.port}`);
    this.#connections.set(name, fresh);
    return [...fresh.open(), ...fresh.half(carriage, body)];
  }

  #ends(src: Address, dst: Address): Ends {
    return ends(parseAddress(src.host) ?? this.#place(src.host), parseAddress(dst.host) ?? this.#place(dst.host));
  }

  /** Remembers where a function lives, for the NAS messages that it sends or receives: N2 is where N1 goes. */
  #learn(lane: string, host: string): void {
    const address = parseAddress(host);
    if (address !== undefined) this.#places.set(lane, address);
  }

  /** Where a function lives; one that is not known lives in TEST-NET-1, 192.0.2.0/24 (RFC 5737). */
  #place(name: string): Uint8Array {
    let address = this.#places.get(name);
    if (address === undefined) this.#places.set(name, (address = Uint8Array.of(192, 0, 2, 1 + (this.#invented++ % 254))));
    return address;
  }

  #exported({ from, to, bytes }: TapeEntry): Uint8Array {
    const out = new Writer(64 + bytes.length);
    const put = (code: number, value: Uint8Array): void => {
      out.u16(code).u16(value.length).octets(value);
    };
    put(tag.dissector, fromText("nas-5gs\0"));
    for (const [side, lane] of [
      ["src", from],
      ["dst", to],
    ] as const) {
      const address = this.#place(lane);
      put((address.length === 4 ? tag.ipv4 : tag.ipv6)[side], address);
    }
    return out.u16(tag.end).u16(0).octets(bytes).done();
  }
}

const largestDatagram = largestPayload - 8;

/** The whole file of a tape, in the order of time. */
export function pcapng(entries: readonly TapeEntry[], options: PcapngOptions = {}): Uint8Array {
  const sorted = [...entries].sort((a, b) => a.at - b.at);
  const places: Record<string, string> = {};
  for (const { from, to, carriage } of sorted) {
    if (carriage.kind !== "sctp") continue;
    places[from] ??= carriage.src.host;
    places[to] ??= carriage.dst.host;
  }
  const writer = new PcapngWriter({ ...options, places: { ...places, ...options.places } });
  const file = new Writer(64 * 1024).octets(writer.header());
  for (const entry of sorted) file.octets(writer.add(entry));
  return file.done();
}
