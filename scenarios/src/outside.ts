import { type Declared, type Protocol, Reach } from "@freehold/net";

/** What strace is asked for: every system call of the network, and the way around them. */
export const traced = "network,io_uring_setup";

/** A system call that went to the network, as strace -f -yy -e trace=... prints it. */
interface Call {
  readonly name: string;
  readonly args: string;
}

const unfinished = " <unfinished ...>";

/** The calls of a trace; those that strace tears in two are put together. Lines about signals and exits are none. */
function callsOf(trace: string): Call[] {
  const calls: Call[] = [];
  const torn = new Map<string, string>();
  for (const line of trace.split("\n")) {
    const of = /^(\d+) +(.*)$/.exec(line);
    if (of === null) continue;
    const [, thread = "", rest = ""] = of;
    const resumed = /^<\.\.\. (\w+) resumed>(.*)$/.exec(rest);
    if (rest.endsWith(unfinished)) {
      torn.set(thread, rest.slice(0, -unfinished.length));
      continue;
    }
    const text = resumed === null ? rest : `${torn.get(thread) ?? `${resumed[1]}(`}${resumed[2]}`;
    const call = /^(\w+)\((.*)$/.exec(text);
    if (call !== null) calls.push({ name: call[1]!, args: call[2]! });
  }
  // Ended in the middle: begun it was all the same.
  for (const text of torn.values()) {
    const call = /^(\w+)\((.*)$/.exec(text);
    if (call !== null) calls.push({ name: call[1]!, args: call[2]! });
  }
  return calls;
}

/** Addresses of IPv4 and IPv6 in the arguments of a call, as strace writes them. */
function addressesIn(args: string): { host: string; port: number }[] {
  const found = args.matchAll(
    /sa_family=AF_INET6?, sin6?_port=htons\((\d+)\)(?:, sin6_flowinfo=[^,]+)?, (?:sin_addr=inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)")/g,
  );
  return [...found].map(([, port, four, six]) => ({ host: four ?? six ?? "", port: Number(port) }));
}

/** What carries a socket, by strace's name for its descriptor. */
const protocols: readonly (readonly [RegExp, Protocol])[] = [
  [/^\d+<UDP(v6|LITE)?:/, "udp"],
  [/^\d+<TCP(v6)?:/, "http2"],
  [/^\d+<SCTP(v6)?:/, "sctp"],
  [/^\d+<RAW(v6)?:/, "ip"],
];

/** Calls that need no place: they concern a socket that another call has placed. */
const harmless = new Set([
  "setsockopt",
  "getsockopt",
  "getsockname",
  "getpeername",
  "shutdown",
  "accept",
  "accept4",
  "recvmsg",
  "recvfrom",
  "recvmmsg",
]);

export interface Outside {
  /** What the trace shows that no declaration has, once each. Empty: nothing. */
  readonly undeclared: readonly string[];
  /** How often what was declared was done: a trace that shows nothing proves nothing. */
  readonly declared: { readonly listens: number; readonly calls: number };
}

/** Compares a trace from outside with declarations. */
export function compare(trace: string, rows: readonly Declared[]): Outside {
  const reach = (direction: Declared["direction"], protocol: Protocol): Reach =>
    new Reach(rows.filter((row) => row.direction === direction && row.protocol === protocol).flatMap(({ endpoints }) => endpoints));
  const undeclared = new Set<string>();
  const declared = { listens: 0, calls: 0 };
  for (const { name, args } of callsOf(trace)) {
    if (harmless.has(name) || within(name, args)) continue;
    const protocol = protocols.find(([like]) => like.test(args))?.[1];
    const addresses = addressesIn(args);
    const direction = name === "bind" ? "listens" : "calls";
    // Sends where it is connected, listens where it is bound: connect and bind are judged.
    const placed = (/^send/.test(name) && addresses.length === 0) || (name === "listen" && /^\d+<\w+:\[.*:\d+\]>/.test(args));
    const known = protocol !== undefined && (placed || addresses.length > 0);
    // A raw socket has no port.
    const good = known && addresses.every(({ host, port }) => reach(direction, protocol).has(host, protocol === "ip" ? 0 : port));
    if (!good) undeclared.add(`${name}(${args.slice(0, 160)}`);
    else declared[direction] += addresses.length;
  }
  return { undeclared: [...undeclared], declared };
}

/** Calls that reach nobody outside the machine's kernel and the processes that a process of ours started. */
function within(name: string, args: string): boolean {
  switch (name) {
    case "socket": // where it is bound or sends decides; routing messages name and configure interfaces
      return /^AF_INET6?,|^AF_NETLINK, [^,]+, NETLINK_ROUTE\)/.test(args);
    case "socketpair": // between a process and the child that it starts
      return args.startsWith("AF_UNIX,");
    case "io_uring_setup": // libuv's own, for epoll_ctl
      return args.startsWith("256,");
    default:
      return /^\d+<NETLINK:/.test(args) || (/^send/.test(name) && /^\d+<UNIX-STREAM:\[\d+->\d+\]>/.test(args));
  }
}
