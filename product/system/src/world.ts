import type { Door, Http2Port, SctpPort, UdpPort } from "@freehold/net";
import type { World } from "@freehold/runtime";
import type { Store, Vault } from "@freehold/store";
import type { TapeSink } from "@freehold/tape";
import type { DataPath } from "@freehold/upf";
import type { Doors } from "./egress/doors.ts";
import type { HomeNetworkPrivateKey } from "./home-network-keys.ts";

/** What a core is given from outside: real ports in `up` and `demo`, twins on a virtual clock in scenarios. */
export interface SystemWorld extends World {
  readonly tape: TapeSink;
  readonly store: Store;
  /** Names this run of the machine (AmfWorld). */
  readonly bootId?: string;
  readonly vault: Pick<Vault, "id" | "seal" | "open">;
  readonly n2: SctpPort;
  /** PFCP of SMF and UPF. */
  readonly n4: UdpPort;
  readonly http2: Http2Port;
  /** The UPF's N3 sockets and what lies behind its N6, through the UPF's door. */
  readonly dataPath: (door: Door) => DataPath;
  /** The functions' doors to the network, where what lies below a port stands on them too; without them each function gets its own. */
  readonly doors?: Doors;
  /** Private keys of the home network (TS 33.501 §6.12.5), as the configuration names them. */
  readonly homeNetworkKeys: readonly HomeNetworkPrivateKey[];
  /** Of a recorded world: awaits the start of what stands outside the recording, and writes down when it had begun. */
  readonly begun?: (starting: Promise<unknown>) => Promise<void>;
}
