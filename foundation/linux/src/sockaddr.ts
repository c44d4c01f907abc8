import { AF_INET, AF_INET6, c, LinuxError, memory, must, plain } from "./libc.ts";

/** An IP address and a port, as sockets know them. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

const EINVAL = 22;
/** struct sockaddr_in6, the longer of the two. */
export const sockaddrSize = 28;
const scratch = memory(16);
const text = memory(46); // INET6_ADDRSTRLEN

export const familyOf = (host: string): number => (host.includes(":") ? AF_INET6 : AF_INET);
export const sockaddrLength = (family: number): number => (family === AF_INET6 ? 28 : 16);

/** The octets of an IP literal; `LinuxError` EINVAL for anything else. */
export function parseIp(host: string): Uint8Array {
  const family = familyOf(host);
  if (host.includes("\0") || c.inet_pton(family, host, scratch) !== 1) throw new LinuxError(`address ${JSON.stringify(host)}`, EINVAL);
  return plain(scratch).slice(0, family === AF_INET6 ? 16 : 4);
}

/** 4 octets dotted, 16 octets as RFC 5952. */
export function formatIp(octets: Uint8Array): string {
  if (octets.length === 4) return `${octets[0]}.${octets[1]}.${octets[2]}.${octets[3]}`;
  scratch.set(octets.subarray(0, 16));
  if (octets.length !== 16 || c.inet_ntop(AF_INET6, scratch, text, text.byteLength) === 0n) throw new LinuxError("inet_ntop", EINVAL);
  return text.toString("latin1", 0, text.indexOf(0));
}

/** Writes a sockaddr at `at` and gives its length: family, port in network order, (flow,) address. */
export function putSockaddr(into: Buffer, at: number, host: string, port: number): number {
  const octets = parseIp(host);
  const family = octets.length === 16 ? AF_INET6 : AF_INET;
  const length = sockaddrLength(family);
  into.fill(0, at, at + length);
  into.writeUInt16LE(family, at);
  into.writeUInt16BE(port, at + 2);
  into.set(octets, at + (family === AF_INET6 ? 8 : 4));
  return length;
}

/** The address octets within a sockaddr at `at`. */
export function ipWithin(from: Uint8Array, at: number): Uint8Array {
  return from[at] === AF_INET6 ? from.subarray(at + 8, at + 24) : from.subarray(at + 4, at + 8);
}

export function getSockaddr(from: Buffer, at = 0): Endpoint {
  return { host: formatIp(ipWithin(from, at)), port: from.readUInt16BE(at + 2) };
}

export function sockaddr(host: string, port: number): Buffer {
  const buffer = memory(sockaddrLength(familyOf(host)));
  putSockaddr(buffer, 0, host, port);
  return buffer;
}

/** Where a socket is bound. */
export function localOf(fd: number): Endpoint {
  const address = memory(sockaddrSize);
  const length = memory(4);
  length.writeUInt32LE(sockaddrSize);
  must(c.getsockname(fd, address, length), "getsockname");
  return getSockaddr(address);
}
