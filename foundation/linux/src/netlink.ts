// Interfaces, addresses and routes by rtnetlink(7): no iproute2 is needed. Every call is synchronous and acts in this thread's network namespace.
import { closeSync, openSync } from "node:fs";
import { AF_INET, AF_INET6, AF_NETLINK, c, LinuxError, memory, must, SOCK_RAW } from "./libc.ts";
import { parseIp } from "./sockaddr.ts";
import { interfaceName } from "./tun.ts";

const RTM = { NEWLINK: 16, DELLINK: 17, NEWADDR: 20, NEWROUTE: 24 } as const;
const NLM_F_REQUEST = 0x1;
const NLM_F_ACK = 0x4;
const NLM_F_EXCL = 0x200;
const NLM_F_CREATE = 0x400;
const NLMSG_ERROR = 2;
const SOCK_CLOEXEC = 0o2000000;
const IFLA = { IFNAME: 3, MTU: 4, LINKINFO: 18, NET_NS_FD: 28 } as const;
const IFF_UP = 1;
const ENODEV = 19;
const EINVAL = 22;

/** One request, and the kernel's acknowledgement; an error of the kernel's is a `LinuxError`. */
function request(what: string, type: number, flags: number, body: Buffer): void {
  const fd = must(c.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0), "socket netlink");
  try {
    const message = memory(16 + body.byteLength); // struct nlmsghdr: len 0, type 4, flags 6, seq 8, pid 12
    message.writeUInt32LE(message.byteLength, 0);
    message.writeUInt16LE(type, 4);
    message.writeUInt16LE(NLM_F_REQUEST | NLM_F_ACK | flags, 6);
    message.writeUInt32LE(1, 8);
    message.set(body, 16);
    const kernel = memory(12); // struct sockaddr_nl: family 0
    kernel.writeUInt16LE(AF_NETLINK, 0);
    must(c.sendto(fd, message, message.byteLength, 0, kernel, kernel.byteLength), what);
    const answer = memory(8192);
    const length = must(c.read(fd, answer, answer.byteLength), what);
    if (length < 20 || answer.readUInt16LE(4) !== NLMSG_ERROR) throw new LinuxError(`${what}: unexpected answer`, EINVAL);
    const error = answer.readInt32LE(16);
    if (error !== 0) throw new LinuxError(what, -error);
  } finally {
    c.close(fd);
  }
}

/** struct rtattr: length, type, value, padded to 4. */
function attribute(type: number, ...values: readonly Uint8Array[]): Buffer {
  const length = values.reduce((sum, value) => sum + value.length, 4);
  const octets = memory((length + 3) & ~3);
  octets.writeUInt16LE(length, 0);
  octets.writeUInt16LE(type, 2);
  let at = 4;
  for (const value of values) {
    octets.set(value, at);
    at += value.length;
  }
  return octets;
}

const u32 = (value: number): Buffer => {
  const octets = memory(4);
  octets.writeUInt32LE(value);
  return octets;
};
const name = (text: string): Buffer => {
  if (!interfaceName.test(text)) throw new LinuxError(`interface name ${JSON.stringify(text)}`, EINVAL);
  return Buffer.from(`${text}\0`, "latin1");
};

/** struct ifinfomsg: family 0, type 2, index 4, flags 8, change 12. */
function linkMessage(index: number, flags = 0, change = 0): Buffer {
  const octets = memory(16);
  octets.writeInt32LE(index, 4);
  octets.writeUInt32LE(flags, 8);
  octets.writeUInt32LE(change, 12);
  return octets;
}

/** The interface's index; `LinuxError` ENODEV when there is none of that name. */
export function linkIndex(link: string): number {
  const index = c.if_nametoindex(link);
  if (index === 0) throw new LinuxError(`interface ${link}`, ENODEV);
  return index;
}

export function linkExists(link: string): boolean {
  return c.if_nametoindex(link) !== 0;
}

/** Sets an interface up or down and its MTU. */
export function setLink(link: string, { up, mtu }: { up?: boolean; mtu?: number }): void {
  const change = up === undefined ? 0 : IFF_UP;
  const body = [linkMessage(linkIndex(link), up ? IFF_UP : 0, change)];
  if (mtu !== undefined) body.push(attribute(IFLA.MTU, u32(mtu)));
  request(`set ${link}`, RTM.NEWLINK, 0, Buffer.concat(body));
}

export function deleteLink(link: string): void {
  request(`delete ${link}`, RTM.DELLINK, 0, linkMessage(linkIndex(link)));
}

/** `10.45.0.1/16` as octets and prefix length; without a length the whole address. */
function parseCidr(cidr: string): { family: number; octets: Uint8Array; prefix: number } {
  const [host = "", length] = cidr.split("/");
  const octets = parseIp(host);
  const prefix = length === undefined ? octets.length * 8 : /^\d{1,3}$/.test(length) ? Number(length) : -1;
  if (prefix < 0 || prefix > octets.length * 8) throw new LinuxError(`prefix ${JSON.stringify(cidr)}`, EINVAL);
  return { family: octets.length === 16 ? AF_INET6 : AF_INET, octets, prefix };
}

/** Gives an interface an address (`10.45.0.1/16`). An IPv6 address is usable at once, without duplicate address detection. */
export function addAddress(link: string, cidr: string): void {
  const { family, octets, prefix } = parseCidr(cidr);
  const message = memory(8); // struct ifaddrmsg: family 0, prefixlen 1, flags 2, scope 3, index 4
  message[0] = family;
  message[1] = prefix;
  message.writeUInt32LE(linkIndex(link), 4);
  const [IFA_ADDRESS, IFA_LOCAL, IFA_FLAGS, NODAD] = [1, 2, 8, 0x02];
  const body = [message, attribute(IFA_LOCAL, octets), attribute(IFA_ADDRESS, octets)];
  if (family === AF_INET6) body.push(attribute(IFA_FLAGS, u32(NODAD)));
  request(`address ${cidr} on ${link}`, RTM.NEWADDR, NLM_F_CREATE | NLM_F_EXCL, Buffer.concat(body));
}

/** A route to `destination` (CIDR; `0.0.0.0/0` for the default) through an interface, a next hop, or both. */
export function addRoute(destination: string, { link, via }: { link?: string; via?: string }): void {
  const { family, octets, prefix } = parseCidr(destination);
  const message = memory(12); // struct rtmsg: family 0, dst_len 1, src_len 2, tos 3, table 4, protocol 5, scope 6, type 7, flags 8
  const [TABLE_MAIN, PROTOCOL_STATIC, SCOPE_UNIVERSE, SCOPE_LINK, UNICAST] = [254, 4, 0, 253, 1];
  message.set([
    family,
    prefix,
    0,
    0,
    TABLE_MAIN,
    PROTOCOL_STATIC,
    via === undefined && family === AF_INET ? SCOPE_LINK : SCOPE_UNIVERSE,
    UNICAST,
  ]);
  const [RTA_DST, RTA_OIF, RTA_GATEWAY] = [1, 4, 5];
  const body = [message, attribute(RTA_DST, masked(octets, prefix))];
  if (link !== undefined) body.push(attribute(RTA_OIF, u32(linkIndex(link))));
  if (via !== undefined) body.push(attribute(RTA_GATEWAY, parseIp(via)));
  request(`route ${destination}`, RTM.NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, Buffer.concat(body));
}

/** The kernel refuses a destination with host bits. */
function masked(octets: Uint8Array, prefix: number): Uint8Array {
  return octets.map((octet, i) => octet & (0xff << Math.min(8, Math.max(0, 8 * (i + 1) - prefix))));
}

/** One end of a veth pair: its name, and the namespace that it is made in (a path such as `/proc/PID/task/TID/ns/net`), by default this one. */
export interface VethEnd {
  readonly name: string;
  readonly namespace?: string;
}

/** Makes a veth pair, each end directly in its namespace. The pair is gone when either namespace is. */
export function addVeth(a: VethEnd, b: VethEnd): void {
  const descriptors: number[] = [];
  const end = ({ name: link, namespace }: VethEnd): Buffer[] => {
    const attributes = [attribute(IFLA.IFNAME, name(link))];
    if (namespace !== undefined) {
      const fd = openSync(namespace, "r");
      descriptors.push(fd);
      attributes.push(attribute(IFLA.NET_NS_FD, u32(fd)));
    }
    return attributes;
  };
  const [INFO_KIND, INFO_DATA, VETH_INFO_PEER] = [1, 2, 1];
  try {
    const peer = attribute(VETH_INFO_PEER, linkMessage(0), ...end(b));
    const info = attribute(IFLA.LINKINFO, attribute(INFO_KIND, Buffer.from("veth")), attribute(INFO_DATA, peer));
    request(`veth ${a.name} ${b.name}`, RTM.NEWLINK, NLM_F_CREATE | NLM_F_EXCL, Buffer.concat([linkMessage(0), ...end(a), info]));
  } finally {
    for (const fd of descriptors) closeSync(fd);
  }
}

/** What an interface is to be like. */
export interface LinkSettings {
  readonly link: string;
  readonly addresses?: readonly string[];
  /** CIDR destinations through the interface, or through a next hop. */
  readonly routes?: readonly (string | { readonly to: string; readonly via: string })[];
  readonly mtu?: number;
}

/** Sets MTU and addresses, brings the interface up, then adds the routes. */
export function configureLink({ link, addresses = [], routes = [], mtu }: LinkSettings): void {
  setLink(link, { mtu });
  for (const address of addresses) addAddress(link, address);
  setLink(link, { up: true });
  for (const route of routes) {
    if (typeof route === "string") addRoute(route, { link });
    else addRoute(route.to, { link, via: route.via });
  }
}
