import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { type Capabilities, capabilities } from "@freehold/linux";
import { nodeHttp2, nodeUdp, PortError, type SctpPort } from "@freehold/net";
import { silentLog, systemClock, systemRandom } from "@freehold/runtime";
import { chooseSctp, coreDoors, type FreeholdConfig, type FunctionName, gtpuPort, readHomeNetworkKeys, statePaths } from "@freehold/system";
import { type Configuration, loadConfiguration } from "../configuration.ts";
import { Mistake } from "../mistake.ts";

/** One thing of this machine. `absent`: not there, and nothing in this configuration needs it. */
export interface Check {
  readonly name: string;
  readonly state: "good" | "bad" | "absent";
  readonly found: string;
  /** What to do about it. */
  readonly advice?: string;
}

const good = (name: string, found: string): Check => ({ name, state: "good", found });
const bad = (name: string, found: string, advice: string): Check => ({ name, state: "bad", found, advice });
const absent = (name: string, found: string, advice: string): Check => ({ name, state: "absent", found, advice });

/** Tries what a core, a gNB and phones need of this machine; leaves nothing behind. */
export async function checks(root: string, file: string | undefined): Promise<Check[]> {
  const able = await capabilities();
  const [configured, ...faults] = configuration(file);
  const found = [...node(root), ...faults];
  if (configured !== undefined) {
    const { config } = configured;
    const transport = await carrier(config);
    found.push(...stateChecks(configured), ...abilities(able, config), transport.check);
    found.push(...(await ports(config, transport.sctp)));
  } else found.push(...abilities(able, undefined));
  return [...found, ...limits(), ...tools(), ...clock()];
}

function node(root: string): Check[] {
  const { devDependencies, optionalDependencies, dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly [part: string]: Readonly<Record<string, string>> | undefined;
  };
  const pinned = { ...dependencies, ...devDependencies, ...optionalDependencies }[`node-linux-${process.arch}`];
  const { node: version } = process.versions;
  return [
    pinned === version
      ? good("Node", `${version}, the pinned one`)
      : bad("Node", `${version}; pinned is ${pinned ?? "none for this machine"}`, "start by ./freehold, which runs the pinned one"),
  ];
}

/** The configuration where it can be read, then the checks of reading it. */
function configuration(file: string | undefined): [Configuration | undefined, ...Check[]] {
  try {
    const configured = loadConfiguration(file);
    const { config, baseDirectory } = configured;
    readHomeNetworkKeys(config, baseDirectory);
    return [configured, good("configuration", configured.file ?? "none here: the defaults hold; freehold init writes one")];
  } catch (error) {
    if (!(error instanceof Mistake) && (error as Error).name !== "ConfigFault") throw error;
    return [undefined, bad("configuration", (error as Error).message, "correct the file; freehold init -o OTHER writes a right one")];
  }
}

function stateChecks({ config, baseDirectory }: Configuration): Check[] {
  const { directory } = statePaths(config, baseDirectory);
  let nearest = directory;
  while (!existsSync(nearest)) nearest = dirname(nearest);
  try {
    accessSync(nearest, constants.W_OK | constants.X_OK);
    return [good("state directory", nearest === directory ? `${directory}, may be written` : `${directory}, can be made`)];
  } catch {
    return [bad("state directory", `${nearest} may not be written`, "run as its owner, or name another in state.directory")];
  }
}

function abilities({ sctp, rawIp, tun, userNamespace }: Capabilities, config: FreeholdConfig | undefined): Check[] {
  const transport = config?.n2.transport ?? "auto";
  const needsTun = config?.dataNetworks.some(({ path }) => path === "tun") ?? false;
  const line = (name: string, { ok, why }: { ok: boolean; why: string }, needed: boolean, yes: string, advice: string): Check =>
    ok ? good(name, yes) : (needed ? bad : absent)(name, why, advice);
  return [
    line("kernel SCTP", sctp, transport === "kernel", "there", "modprobe sctp where the kernel has it; our own SCTP serves in its place"),
    line("raw IP sockets", rawIp, transport === "raw", "allowed", "run as root or with CAP_NET_RAW; SCTP over UDP needs neither"),
    line("TUN devices", tun, needsTun, "allowed", "run as root with /dev/net/tun; dataNetworks path: memory needs none"),
    line("user namespaces", userNamespace, false, "allowed", "only tests with network namespaces want them"),
  ];
}

/** What would carry N2, tried on its first address. */
async function carrier(config: FreeholdConfig): Promise<{ readonly check: Check; readonly sctp: SctpPort | undefined }> {
  const world = { clock: systemClock(), random: systemRandom, log: silentLog };
  const { transport, udpPort, addresses } = config.n2;
  try {
    const tryAddress = addresses[0] ?? "127.0.0.1";
    const { sctp, why } = await chooseSctp(transport, { world, udpPort, udp: nodeUdp(), tryAddress, door: coreDoors(config).of("amf") });
    return { check: good(`N2 by transport ${transport}`, why), sctp };
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return { check: bad(`N2 by transport ${transport}`, error.message, "set n2.transport to auto or udp, on both sides"), sctp: undefined };
  }
}

async function ports(config: FreeholdConfig, sctp: SctpPort | undefined): Promise<Check[]> {
  const doors = coreDoors(config);
  const udp = nodeUdp();
  const http = nodeHttp2();
  const { n2, n3, n4, sbi } = config;
  const bind = (name: FunctionName, host: string, port: number) => () => doors.of(name).udp(udp).bind({ host, port });
  const tries: [string, () => Promise<AsyncDisposable>][] = [
    ...n3.addresses.map((host): [string, () => Promise<AsyncDisposable>] => [
      `N3 ${host} UDP port ${gtpuPort}`,
      bind("upf", host, gtpuPort),
    ]),
    [`N4 ${n4.smf} UDP port ${n4.port}`, bind("smf", n4.smf, n4.port)],
    [`N4 ${n4.upf} UDP port ${n4.port}`, bind("upf", n4.upf, n4.port)],
  ];
  if (sctp !== undefined) {
    const listen = () =>
      sctp.listen({ addresses: n2.addresses, port: n2.port, onAssociation: (association) => association.abort("a trial") });
    tries.unshift([`N2 ${n2.addresses.join(", ")} SCTP port ${n2.port}`, listen]);
  }
  if (sbi.carrier === "http2") {
    for (const [name, host] of Object.entries(sbi.addresses)) {
      const unserved = async () => ({ status: 503, headers: {}, body: new Uint8Array(0) });
      tries.push([
        `SBI of ${name.toUpperCase()} ${host} TCP port ${sbi.port}`,
        () =>
          doors
            .of(name as FunctionName)
            .http2(http)
            .listen({ host, port: sbi.port }, unserved),
      ]);
    }
  }
  const found: Check[] = [];
  for (const [name, open] of tries) found.push(await tried(name, open));
  await http.close();
  return found;
}

const portAdvice: Readonly<Record<string, string>> = {
  EADDRINUSE: "another core runs, or another program has it: end it, or configure another address or port",
  EADDRNOTAVAIL: "not an address of this machine: correct the configuration, or ip address add it",
  EACCES: "not allowed: run as root, or take a port above 1023",
};

async function tried(name: string, open: () => Promise<AsyncDisposable>): Promise<Check> {
  try {
    await using _socket = await open();
    return good(name, "free");
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return bad(name, error.message, portAdvice[error.code] ?? "correct the address in the configuration");
  }
}

const wantedFiles = 4_096;

function limits(): Check[] {
  const line = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? "unknown";
  return line === "unlimited" || Number(line) >= wantedFiles
    ? [good("open files", line)]
    : [bad("open files", `${line} at most`, `ulimit -n ${wantedFiles} before the start, or LimitNOFILE= in a unit`)];
}

const programs = [
  ["ip", ["-V"], "iproute2; only tests with network namespaces use it"],
  ["nft", ["-v"], "nftables; wanted for NAT of a data network of path tun"],
  ["tshark", ["-v"], "Wireshark's; wanted to check traces against its dissectors"],
] as const;

function tools(): Check[] {
  return programs.map(([name, args, advice]) => {
    const { stdout, error } = spawnSync(name, args, { encoding: "utf8", timeout: 5_000 });
    return error === undefined ? good(name, stdout.split("\n")[0]?.trim() || "there") : absent(name, "not on the PATH", advice);
  });
}

/** Certificates, logs and SQN by time want a clock that is about right; how right it is only a time daemon knows. */
function clock(): Check[] {
  const now = new Date().toISOString();
  if (now < "2026") return [bad("clock", now, "set the clock: logs and traces would lie")];
  return existsSync("/run/systemd/timesync/synchronized")
    ? [good("clock", `${now}, synchronised`)]
    : [absent("clock", `${now}; no word of a time daemon`, "chrony or systemd-timesyncd keeps logs of several machines in order")];
}
