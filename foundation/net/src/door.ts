import { isIP } from "node:net";
import { type Log, silentLog } from "@freehold/runtime";
import { showAddress } from "./address.ts";
import { type Connections, type Declared, declared, type Places, type Protocol } from "./connections.ts";
import { Reach } from "./networks.ts";
import type {
  Address,
  Http2Port,
  HttpListener,
  HttpRequest,
  HttpResponse,
  IpPort,
  IpSocket,
  SctpAssociation,
  SctpListener,
  SctpPort,
  TunDevice,
  TunPort,
  UdpPort,
  UdpSocket,
} from "./ports.ts";
import { PortError } from "./ports.ts";

/** Something that a function tried and did not declare. */
export interface Refusal {
  readonly function: string;
  readonly attempt: "listen" | "call" | "ask";
  readonly protocol: Protocol | "dns";
  /** Address and port, name of the device, or the name that was to be asked for. */
  readonly target: string;
  /** How often. */
  readonly count: number;
}

export interface DoorOptions {
  readonly log?: Log;
  /** Called at the first attempt for each target. */
  readonly onRefused?: (refusal: Refusal) => void;
}

/** Targets that are told apart in the record; what a peer can name must not fill the memory. */
const mostTargets = 1_000;
/** Destinations whose answer is kept. */
const mostKept = 4_096;

/**
 * A function's only way to the network. It opens, sends and connects as the function's declaration says and a configuration places it; anything
 * else throws `PortError` UNDECLARED (a datagram is dropped), stands in the log and in `refused`. Names are refused as questions nobody declared.
 */
export class Door {
  readonly name: string;
  readonly declared: readonly Declared[];
  readonly #log: Log;
  readonly #onRefused: (refusal: Refusal) => void;
  readonly #refused = new Map<string, Refusal>();
  #further = 0;

  /** RangeError when a place of the declaration is not in `places`, or a network in it is none. */
  constructor(name: string, connections: Connections, places: Places, { log = silentLog, onRefused = () => {} }: DoorOptions = {}) {
    this.name = name;
    this.declared = declared(name, connections, places);
    this.#log = log;
    this.#onRefused = onRefused;
  }

  /** What was refused, first come first, up to a thousand targets. */
  get refused(): readonly Refusal[] {
    return [...this.#refused.values()];
  }

  /** Refusals of further targets than those in `refused`. */
  get refusedFurther(): number {
    return this.#further;
  }

  udp(port: UdpPort): UdpPort {
    const [bound, sends] = [this.#reach("listens", "udp"), this.#reach("calls", "udp")];
    return {
      bind: async (local) => {
        this.#check(bound, "listen", "udp", local);
        return new DoorUdpSocket(await port.bind(local), (to) => this.#mayPass(sends, "udp", to));
      },
    };
  }

  sctp(port: SctpPort): SctpPort {
    const [bound, calls] = [this.#reach("listens", "sctp"), this.#reach("calls", "sctp")];
    return {
      backend: port.backend,
      listen: async (options): Promise<SctpListener> => {
        for (const host of options.addresses) this.#check(bound, "listen", "sctp", { host, port: options.port });
        return port.listen(options);
      },
      connect: async (options): Promise<SctpAssociation> => {
        this.#check(calls, "call", "sctp", options.remote);
        return port.connect(options);
      },
    };
  }

  http2(port: Http2Port): Http2Port {
    const [bound, calls] = [this.#reach("listens", "http2"), this.#reach("calls", "http2")];
    return {
      listen: async (local, handler): Promise<HttpListener> => {
        this.#check(bound, "listen", "http2", local);
        return port.listen(local, handler);
      },
      request: async (to: Address, request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse> => {
        this.#check(calls, "call", "http2", to);
        return port.request(to, request, signal);
      },
      close: () => port.close(),
    };
  }

  ip(port: IpPort): IpPort {
    const [bound, sends] = [this.#reach("listens", "ip"), this.#reach("calls", "ip")];
    return {
      open: async ({ protocol, addresses }) => {
        for (const host of addresses) this.#check(bound, "listen", "ip", { host, port: protocol });
        const socket = await port.open({ protocol, addresses });
        return new DoorIpSocket(socket, (host) => this.#mayPass(sends, "ip", { host, port: protocol }));
      },
    };
  }

  tun(port: TunPort): TunPort {
    const names = new Set(this.#endpoints("listens", "tun").map(({ network }) => network));
    return {
      open: async (options): Promise<TunDevice> => {
        if (!names.has(options.name)) throw this.#refuse("listen", "tun", options.name);
        return port.open(options);
      },
    };
  }

  #endpoints(direction: Declared["direction"], protocol: Protocol): Declared["endpoints"][number][] {
    return this.declared.filter((row) => row.direction === direction && row.protocol === protocol).flatMap(({ endpoints }) => endpoints);
  }

  #reach(direction: Declared["direction"], protocol: Protocol): KeptReach {
    return new KeptReach(new Reach(this.#endpoints(direction, protocol)));
  }

  #check(reach: KeptReach, attempt: Refusal["attempt"], protocol: Protocol, to: Address): void {
    if (!reach.has(to))
      throw this.#refuse(isIP(to.host) === 0 ? "ask" : attempt, protocol, isIP(to.host) === 0 ? to.host : showAddress(to));
  }

  #mayPass(reach: KeptReach, protocol: Protocol, to: Address): boolean {
    if (reach.has(to)) return true;
    const name = isIP(to.host) === 0;
    this.#refuse(name ? "ask" : "call", protocol, name ? to.host : showAddress(to));
    return false;
  }

  #refuse(attempt: Refusal["attempt"], over: Protocol, target: string): PortError {
    const protocol = attempt === "ask" ? "dns" : over;
    const key = `${attempt} ${protocol} ${target}`;
    const before = this.#refused.get(key);
    const refusal: Refusal = { function: this.name, attempt, protocol, target, count: (before?.count ?? 0) + 1 };
    if (before === undefined && this.#refused.size >= mostTargets) this.#further++;
    else this.#refused.set(key, refusal);
    const what = `${sentences[attempt]} ${target}${attempt === "ask" ? "" : ` by ${protocol}`}`;
    // A peer that makes us try again and again gets a line at the first, the tenth, the hundredth time.
    if (/^10*$/.test(String(before === undefined ? Math.max(1, this.#further) : refusal.count)))
      this.#log.warn("egress refused", { function: this.name, attempt, protocol, target, count: refusal.count });
    if (before === undefined && this.#refused.has(key)) this.#onRefused(refusal);
    return new PortError("UNDECLARED", `${this.name} does not declare that it may ${what}; freehold egress lists what it declares`);
  }
}

const sentences = { listen: "listen at", call: "send to", ask: "ask a resolver for" } as const;

/** Remembers which destinations are within reach, so that a datagram costs two look-ups. What is not is looked up each time. */
class KeptReach {
  readonly #reach: Reach;
  readonly #kept = new Map<string, Set<number>>();
  #size = 0;

  constructor(reach: Reach) {
    this.#reach = reach;
  }

  has({ host, port }: Address): boolean {
    if (this.#kept.get(host)?.has(port) === true) return true;
    if (!this.#reach.has(host, port)) return false;
    if (this.#size >= mostKept) {
      this.#kept.clear();
      this.#size = 0;
    }
    const ports = this.#kept.get(host);
    if (ports === undefined) this.#kept.set(host, new Set([port]));
    else ports.add(port);
    this.#size++;
    return true;
  }
}

class DoorUdpSocket implements UdpSocket {
  readonly #socket: UdpSocket;
  readonly #mayPass: (to: Address) => boolean;

  constructor(socket: UdpSocket, mayPass: (to: Address) => boolean) {
    this.#socket = socket;
    this.#mayPass = mayPass;
  }

  get local(): Address {
    return this.#socket.local;
  }

  get onDatagram(): (data: Uint8Array, from: Address) => void {
    return this.#socket.onDatagram;
  }

  set onDatagram(take: (data: Uint8Array, from: Address) => void) {
    this.#socket.onDatagram = take;
  }

  send(data: Uint8Array, to: Address): void {
    if (this.#mayPass(to)) this.#socket.send(data, to);
  }

  close(): Promise<void> {
    return this.#socket.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

class DoorIpSocket implements IpSocket {
  readonly #socket: IpSocket;
  readonly #mayPass: (to: string) => boolean;

  constructor(socket: IpSocket, mayPass: (to: string) => boolean) {
    this.#socket = socket;
    this.#mayPass = mayPass;
  }

  get addresses(): readonly string[] {
    return this.#socket.addresses;
  }

  get onPacket(): (payload: Uint8Array, from: string, to: string) => void {
    return this.#socket.onPacket;
  }

  set onPacket(take: (payload: Uint8Array, from: string, to: string) => void) {
    this.#socket.onPacket = take;
  }

  send(payload: Uint8Array, to: string, from?: string): void {
    if (this.#mayPass(to)) this.#socket.send(payload, to, from);
  }

  close(): Promise<void> {
    return this.#socket.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
