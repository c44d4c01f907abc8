import { PortError, type SctpAssociation, type SctpListener, type SctpPort } from "@freehold/net";
import type { World } from "@freehold/runtime";
import { canonical, parseAddress } from "./addresses.ts";
import type { Association } from "./association.ts";
import type { Carrier, CarrierSocket } from "./carrier.ts";
import { type EndpointPorts, type Hop, SctpEndpoint } from "./endpoint.ts";
import { defaults, type SctpOptions } from "./options.ts";
import { chunkEnd, commonHeader, destinationPort, PacketWriter } from "./packet.ts";

type Listen = Parameters<SctpPort["listen"]>[0];
type Connect = Parameters<SctpPort["connect"]>[0];

interface OpenSocket {
  readonly key: string;
  readonly socket: CarrierSocket;
  /** Answers packets for ports that nobody has here (§8.4). */
  readonly nobody: SctpEndpoint;
  users: number;
}

/** One SCTP port at some of our addresses. */
interface Bound {
  readonly endpoint: SctpEndpoint;
  readonly sockets: readonly OpenSocket[];
  readonly streams: number;
  onAssociation: Listen["onAssociation"] | undefined;
  readonly waiting: Map<Association, (failed?: { readonly code: string; readonly why: string }) => void>;
}

const firstEphemeral = 49_152;

/** Our SCTP on one carrier: ports and addresses in front of the endpoints. A socket is open as long as a listener or an association needs it. */
export class SctpStack implements SctpPort {
  readonly #carrier: Carrier;
  readonly #world: World;
  readonly #options: SctpOptions;
  readonly #packet = new PacketWriter();
  readonly #sockets = new Map<string, Promise<OpenSocket>>();
  readonly #ports = new Map<number, Bound[]>();

  constructor(carrier: Carrier, world: World, options: Partial<SctpOptions> = {}) {
    this.#carrier = carrier;
    this.#world = world;
    this.#options = { ...defaults, packetSize: carrier.packetSize, ...options };
  }

  get backend(): string {
    return this.#carrier.backend;
  }

  async listen({ addresses, port, streams = this.#options.streams, onAssociation }: Listen): Promise<SctpListener> {
    if (addresses.length === 0) throw new PortError("EINVAL", "SCTP listen: no address");
    const sockets: OpenSocket[] = [];
    try {
      for (const address of addresses) sockets.push(await this.#open(literal(address), undefined));
      const chosen = port === 0 ? this.#freePort() : port;
      if (this.#find(chosen, sockets) !== undefined) {
        throw new PortError("EADDRINUSE", `SCTP listen: port ${chosen} of ${addresses.join(", ")} is in use`);
      }
      const bound = this.#bind(chosen, sockets, streams, onAssociation);
      const close = async (): Promise<void> => {
        bound.onAssociation = undefined;
        await this.#release(bound);
      };
      return { local: { host: sockets[0]!.socket.host, port: chosen }, close, [Symbol.asyncDispose]: close };
    } catch (fault) {
      for (const socket of sockets) await this.#letGo(socket);
      throw fault;
    }
  }

  async connect({ local, remote, streams = this.#options.streams, signal }: Connect): Promise<SctpAssociation> {
    const what = `SCTP connect to ${remote.host} port ${remote.port}`;
    const aborted = () => new PortError("ABORT_ERR", `${what}: aborted`, { cause: signal?.reason });
    if (signal?.aborted) throw aborted();
    const host = literal(remote.host);
    const socket = await this.#open(local?.host === undefined ? undefined : literal(local.host), host);
    const port = local?.port || this.#freePort();
    let bound = this.#find(port, [socket]);
    if (bound === undefined) bound = this.#bind(port, [socket], streams, undefined);
    else {
      await this.#letGo(socket); // the port's own hold on it is enough
      if (bound.endpoint.find(host, remote.port) !== undefined)
        throw new PortError("EISCONN", `${what}: from port ${port} it exists already`);
    }
    if (signal?.aborted) {
      await this.#release(bound);
      throw aborted();
    }
    const { endpoint, waiting } = bound;
    return new Promise((resolve, reject) => {
      const hop = { local: socket.socket.host, host, udpPort: this.#carrier.remoteUdpPort };
      const association = endpoint.connect(hop, remote.port, streams);
      const onAbort = () => association.abort("the connecting side gave up");
      signal?.addEventListener("abort", onAbort, { once: true });
      waiting.set(association, (failed) => {
        waiting.delete(association);
        signal?.removeEventListener("abort", onAbort);
        if (failed === undefined) resolve(association);
        else reject(signal?.aborted ? aborted() : new PortError(failed.code, `${what}: ${failed.why}`));
      });
    });
  }

  // ---- packets -------------------------------------------------------------------------------------------------

  #receive(socket: OpenSocket, packet: Uint8Array, host: string, udpPort: number): void {
    if (packet.length < commonHeader || chunkEnd(packet, commonHeader) === undefined) return;
    const hop: Hop = { local: socket.socket.host, host, udpPort };
    const there = this.#ports.get(destinationPort(packet));
    const bound = there?.length === 1 && there[0]!.sockets.includes(socket) ? there[0] : there?.find((b) => b.sockets.includes(socket));
    if (bound !== undefined) bound.endpoint.receive(packet, hop);
    else if (!this.#carrier.shared) socket.nobody.receive(packet, hop);
  }

  // ---- ports and sockets ---------------------------------------------------------------------------------------

  #bind(port: number, sockets: readonly OpenSocket[], streams: number, onAssociation: Bound["onAssociation"]): Bound {
    const ports: EndpointPorts = {
      world: this.#world,
      packet: this.#packet,
      transmit: (packet, hop) => sockets.find((s) => s.socket.host === hop.local)?.socket.send(packet, hop.host, hop.udpPort),
      options: { ...this.#options, streams },
      soon: queueMicrotask,
      onAssociation: (association) => bound.onAssociation?.(association),
      listening: () => bound.onAssociation !== undefined,
      onSettled: (association, failed) => bound.waiting.get(association)?.(failed),
      onGone: () => void this.#release(bound),
    };
    const bound: Bound = { endpoint: new SctpEndpoint(port, ports), sockets, streams, onAssociation, waiting: new Map() };
    const others = this.#ports.get(port);
    if (others === undefined) this.#ports.set(port, [bound]);
    else others.push(bound);
    return bound;
  }

  /** Gives port and sockets back when nobody listens and no association is left. */
  async #release(bound: Bound): Promise<void> {
    if (bound.onAssociation !== undefined || bound.endpoint.size > 0) return;
    const others = this.#ports.get(bound.endpoint.port);
    const at = others?.indexOf(bound) ?? -1;
    if (others === undefined || at < 0) return;
    others.splice(at, 1);
    if (others.length === 0) this.#ports.delete(bound.endpoint.port);
    await Promise.all(bound.sockets.map((socket) => this.#letGo(socket)));
  }

  #find(port: number, sockets: readonly OpenSocket[]): Bound | undefined {
    return this.#ports.get(port)?.find((bound) => bound.sockets.some((s) => sockets.includes(s)));
  }

  #freePort(): number {
    for (;;) {
      const [high, low] = this.#world.random(2);
      const port = firstEphemeral + (((high! << 8) | low!) & 0x3fff);
      if (!this.#ports.has(port)) return port;
    }
  }

  async #open(host: string | undefined, remote: string | undefined): Promise<OpenSocket> {
    const listening = host ?? "";
    const own = this.#carrier.connectsFromOwnSocket && remote !== undefined && !this.#sockets.has(listening);
    const key = own ? `${host ?? (remote.includes(":") ? "::" : "0.0.0.0")} connecting` : listening;
    let opening = this.#sockets.get(key);
    if (opening === undefined) {
      opening = this.#carrier.open(host, remote).then((socket) => {
        const nobody = new SctpEndpoint(0, {
          ...{ world: this.#world, packet: this.#packet, options: this.#options },
          transmit: (packet, hop) => socket.send(packet, hop.host, hop.udpPort),
        });
        const open: OpenSocket = { key, socket, nobody, users: 0 };
        socket.onPacket = (packet, from, udpPort) => this.#receive(open, packet, from, udpPort);
        return open;
      });
      this.#sockets.set(key, opening);
      opening.catch(() => this.#sockets.delete(key));
    }
    const open = await opening;
    open.users++;
    return open;
  }

  async #letGo(open: OpenSocket): Promise<void> {
    if (--open.users > 0) return;
    this.#sockets.delete(open.key);
    await open.socket.close();
  }
}

/** One spelling of an IP literal. Throws PortError on a name. */
function literal(host: string): string {
  if (parseAddress(host) === undefined) throw new PortError("EINVAL", `${JSON.stringify(host)} is not an IP address`);
  return canonical(host);
}
