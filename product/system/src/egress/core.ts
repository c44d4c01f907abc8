import { connections as amf } from "@freehold/amf";
import { connections as ausf } from "@freehold/ausf";
import type { Connections, Endpoint, Place, Places } from "@freehold/net";
import { connections as nrf } from "@freehold/nrf";
import { connections as nssf } from "@freehold/nssf";
import { connections as pcf } from "@freehold/pcf";
import { parseUri } from "@freehold/sbi";
import { connections as smf } from "@freehold/smf";
import { connections as udm } from "@freehold/udm";
import { connections as udr } from "@freehold/udr";
import { connections as upf } from "@freehold/upf";
import type { FreeholdConfig, SbiFunction } from "../config/types.ts";
import type { FunctionName } from "../names.ts";

/** What each function of a core declares of the network. */
export const coreConnections: Readonly<Record<FunctionName, Connections>> = { nrf, udr, udm, ausf, pcf, nssf, upf, smf, amf };

/** GTP-U's port (TS 29.281 §4.4.2.3, unchecked). */
export const gtpuPort = 2_152;

const loopback = /^(127\.|::1$)/;
const loopbackNetworks = ["127.0.0.0/8", "::1"] as const;

/** The places that the functions of a core name, in this configuration. */
export function corePlaces({ n2, n3, n4, sbi, egress, dataNetworks }: FreeholdConfig): Places {
  const at = (addresses: readonly string[], port?: number): Endpoint[] => addresses.map((network) => ({ network, port }));
  const carried = (by: FreeholdConfig["n2"]["transport"]): readonly string[] =>
    n2.transport === "auto" || n2.transport === by ? n2.addresses : [];
  const local = [...n2.addresses, ...n3.addresses].every((address) => loopback.test(address));
  const gnbs: Place =
    egress.gnbs.length > 0
      ? { key: "egress.gnbs", endpoints: at(egress.gnbs) }
      : { key: "egress.gnbs, empty", endpoints: at(local ? loopbackNetworks : ["any"]) };
  const onSockets = sbi.carrier === "http2";
  const services = Object.entries(sbi.addresses) as [SbiFunction, string][];
  const own = services.map(([name, address]): [string, Place] => [
    `sbi.${name}`,
    { key: `sbi.addresses.${name}`, endpoints: onSockets ? at([address], sbi.port) : [] },
  ]);
  const peers = sbi.peers.flatMap(({ apiRoot }) => parseUri(apiRoot) ?? []);
  const keys = ["sbi.addresses", peers.length > 0 ? "sbi.peers" : [], egress.functions.length > 0 ? "egress.functions" : []].flat();
  return {
    n2: { key: "n2.addresses", endpoints: at(n2.addresses, n2.port) },
    "n2.trial": { key: "n2.transport", endpoints: at(carried("kernel").slice(0, 1), 0) },
    "n2.udp": { key: "n2.udpPort", endpoints: at(carried("udp"), n2.udpPort) },
    "n2.ip": { key: "n2.transport", endpoints: at(carried("raw")) },
    gnbs,
    "n2.udp.gnbs": carried("udp").length > 0 ? gnbs : { ...gnbs, endpoints: [] },
    "n2.ip.gnbs": carried("raw").length > 0 ? gnbs : { ...gnbs, endpoints: [] },
    n3: { key: "n3.addresses", endpoints: at(n3.addresses, gtpuPort) },
    "n4.smf": { key: "n4.smf", endpoints: at([n4.smf], n4.port) },
    "n4.upf": { key: "n4.upf", endpoints: at([n4.upf], n4.port) },
    "n4.upfs": { key: "n4.upf", endpoints: at([n4.upf]) },
    "n4.smfs": { key: "n4.smf", endpoints: at([n4.smf]) },
    n6: {
      key: "dataNetworks",
      endpoints: at(dataNetworks.filter(({ path }) => path === "tun").map((network) => network.interface)),
    },
    ...Object.fromEntries(own),
    functions: {
      key: keys.join(", "),
      endpoints: onSockets
        ? [
            ...services.flatMap(([, address]) => at([address], sbi.port)),
            ...peers.map(({ host, port }) => ({ network: host, port })),
            ...at(egress.functions),
          ]
        : [],
    },
  };
}
