import { connections as gnb } from "@freehold/gnb";
import { Door, type DoorOptions, type Endpoint, type Place } from "@freehold/net";
import { connections as ue } from "@freehold/ue";
import type { FreeholdConfig } from "../config/types.ts";
import type { DemoPlan } from "../demo/plan.ts";
import { gtpuPort } from "./core.ts";

/** Where a gNB of ours and its peers are. */
export interface GnbPlaces {
  readonly amfs: readonly { readonly host: string; readonly port: number }[];
  readonly transport: FreeholdConfig["n2"]["transport"];
  readonly udpPort: number;
  readonly n2: string | undefined;
  readonly n3: { readonly host: string; readonly port: number };
  /** User planes that NGAP may name: networks, or `any`. */
  readonly upfs: readonly Endpoint[];
  /** Address and port of the cell on the simulated air; undefined where the air is within the process. */
  readonly air: { readonly host: string; readonly port: number } | undefined;
}

/** The door of a gNB of ours. */
export function gnbDoor({ amfs, transport, udpPort, n2, n3, upfs, air }: GnbPlaces, options: DoorOptions = {}): Door {
  const place = (key: string, endpoints: readonly Endpoint[]): Place => ({ key, endpoints });
  const own = n2 === undefined ? ["0.0.0.0", "::"] : [n2];
  const by = <T>(carrier: typeof transport, endpoints: readonly T[]): readonly T[] =>
    transport === "auto" || transport === carrier ? endpoints : [];
  const hosts = amfs.map(({ host }): Endpoint => ({ network: host }));
  return new Door(
    "gnb",
    gnb,
    {
      n3: place("n3", [{ network: n3.host, port: n3.port }]),
      "n2.udp": place(
        "n2.transport",
        by(
          "udp",
          own.map((network) => ({ network, port: 0 })),
        ),
      ),
      "n2.ip": place(
        "n2.transport",
        by(
          "raw",
          own.map((network) => ({ network })),
        ),
      ),
      "n2.trial": place(
        "n2.transport",
        by(
          "kernel",
          [n2 ?? "127.0.0.1"].map((network) => ({ network, port: 0 })),
        ),
      ),
      air: place("air", air === undefined ? [] : [{ network: air.host, port: air.port }]),
      amfs: place(
        "amfs",
        amfs.map(({ host, port }) => ({ network: host, port })),
      ),
      "amfs.udp": place(
        "amfs, n2.udpPort",
        by(
          "udp",
          hosts.map(({ network }) => ({ network, port: udpPort })),
        ),
      ),
      "amfs.ip": place("amfs", by("raw", hosts)),
      upfs: place("n3", upfs),
      phones: place("air", air === undefined ? [] : [{ network: "any" }]),
    },
    options,
  );
}

/** The door of a demonstration's gNB; its phones have no socket: the air is within the process. */
export const demoGnbDoor = ({ config, gnb: { n2, n3 } }: DemoPlan, options: DoorOptions = {}): Door =>
  gnbDoor(
    {
      amfs: config.n2.addresses.map((host) => ({ host, port: config.n2.port })),
      transport: config.n2.transport,
      udpPort: config.n2.udpPort,
      n2,
      n3: { host: n3, port: gtpuPort },
      upfs: config.n3.addresses.map((network) => ({ network, port: gtpuPort })),
      air: undefined,
    },
    options,
  );

/** The door of phones of ours: they send to their cell. */
export const phonesDoor = (host: string, cell: { readonly host: string; readonly port: number }, options: DoorOptions = {}): Door =>
  new Door(
    "ue",
    ue,
    {
      air: { key: "air", endpoints: [{ network: host, port: 0 }] },
      cell: { key: "air", endpoints: [{ network: cell.host, port: cell.port }] },
    },
    options,
  );
