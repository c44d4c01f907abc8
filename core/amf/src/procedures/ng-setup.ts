import { ngapPlmnOctets, samePlmn } from "@freehold/model";
import type { CriticalityDiagnostics, Pdu } from "@freehold/ngap";
import type { Amf } from "../amf.ts";
import { areasOf, ngapGuami, ngapSNssai, nodeIdOf } from "../n2-values.ts";
import { type N2Association, RanNode } from "../ran.ts";
import { lostConnection } from "./ue-context-release.ts";

/** NG Setup, TS 38.413 §8.7.1. Fails only when none of the broadcast PLMNs is ours; what is common is used, the rest warned of once. */
export function ngSetup(amf: Amf, association: N2Association, { ies }: Pdu<"NGSetupRequest">, noted?: CriticalityDiagnostics): void {
  const { config, world } = amf;
  const id = nodeIdOf(ies.globalRANNodeID);
  const areas = areasOf(ies.supportedTAList);
  const name = ies.ranNodeName ?? id ?? association.peer;
  const common = areas.filter(({ tai }) => config.plmns.some(({ plmn }) => samePlmn(plmn, tai.plmn)));
  if (id === undefined || common.length === 0) {
    const heard = [...new Set(areas.map(({ tai }) => tai.plmn.mcc + tai.plmn.mnc))].join(", ") || "none that reads";
    const ours = config.plmns.map(({ plmn }) => plmn.mcc + plmn.mnc).join(", ");
    world.log.warn(`NG Setup of ${name} refused: no common PLMN (TS 38.413 §8.7.1.4); set the gNB's PLMN, or network.plmns here`, {
      gnb: heard,
      core: ours,
    });
    association.send({ is: "NGSetupFailure", ies: { cause: { choice: "misc", value: "unknown-PLMN-or-SNPN" } } });
    return;
  }
  // One association is of one node: what it was before is gone, as if it had ended.
  if (association.node !== undefined && association.node.id !== id) leaveNode(amf, association, "the gNB set up as another node");
  const known = amf.nodes.get(id);
  if (known !== undefined) replace(amf, known, association);
  const node = new RanNode(id, name);
  node.areas = areas;
  node.associations.add(association);
  association.node = node;
  amf.nodes.set(id, node);
  warnOfTheRest(amf, node);
  world.log.info(`gNB ${name} is set up`, { id, areas: areas.map(({ tai }) => `${tai.plmn.mcc}${tai.plmn.mnc}-${tai.tac}`).join(" ") });
  association.send({
    is: "NGSetupResponse",
    ies: {
      amfName: config.name,
      servedGUAMIList: config.plmns.map((_, i) => ({ gUAMI: ngapGuami(amf.guamiOf(i)) })),
      relativeAMFCapacity: config.relativeCapacity,
      plmnSupportList: config.plmns.map(({ plmn, slices }) => ({
        pLMNIdentity: ngapPlmnOctets(plmn),
        sliceSupportList: slices.map((s) => ({ sNSSAI: ngapSNssai(s) })),
      })),
      ...diagnosed(noted),
    },
  });
}

const diagnosed = (criticalityDiagnostics?: CriticalityDiagnostics) =>
  criticalityDiagnostics === undefined ? {} : { criticalityDiagnostics };

/** TS 38.413 §8.7.1.1: a known node that sets up again has restarted: its UE contexts are gone as by NG Reset, its old association too. */
function replace(amf: Amf, known: RanNode, association: N2Association): void {
  amf.world.log.info(`gNB ${known.name} sets up again: its ${known.connections.size} UE connections are released`);
  for (const connection of [...known.connections.values()]) lostConnection(amf, connection, "the gNB set up again");
  for (const old of known.associations) {
    if (old === association) continue;
    old.node = undefined;
    old.sctp.abort("replaced by a new NG Setup");
  }
}

/** The association is its node's no more: its UEs are idle at once, and a node without associations is forgotten. */
export function leaveNode(amf: Amf, association: N2Association, why: string): void {
  const { node } = association;
  if (node === undefined) return;
  association.node = undefined;
  node.associations.delete(association);
  for (const connection of [...node.connections.values()]) {
    if (connection.association === association) lostConnection(amf, connection, why);
  }
  if (node.associations.size === 0 && amf.nodes.get(node.id) === node) amf.nodes.delete(node.id);
}

function warnOfTheRest(amf: Amf, node: RanNode): void {
  const { plmns, tacs } = amf.config;
  const foreign = node.areas.filter(
    ({ tai }) => !plmns.some(({ plmn }) => samePlmn(plmn, tai.plmn)) || (tacs.length > 0 && !tacs.includes(tai.tac)),
  );
  if (foreign.length > 0) {
    amf.world.log.warn(
      `gNB ${node.name} also broadcasts areas that are not configured here; its phones there register all the same where the PLMN is ours`,
      {
        areas: foreign.map(({ tai }) => `${tai.plmn.mcc}${tai.plmn.mnc}-${tai.tac}`).join(" "),
      },
    );
  }
}

/**
 * RAN Configuration Update, TS 38.413 §8.7.2. The Global RAN Node ID in it binds the association to that node (§8.7.2.2): so a further
 * association begins. At any time it replaces what the node broadcasts. What fails changes nothing, the binding neither.
 */
export function ranConfigurationUpdate(
  amf: Amf,
  association: N2Association,
  { ies }: Pdu<"RANConfigurationUpdate">,
  noted?: CriticalityDiagnostics,
): void {
  const id = ies.globalRANNodeID === undefined ? undefined : nodeIdOf(ies.globalRANNodeID);
  const node = ies.globalRANNodeID === undefined ? association.node : id === undefined ? undefined : amf.nodes.get(id);
  if (node === undefined) {
    amf.world.log.warn("RAN Configuration Update from a gNB that is not set up", { gnb: association.peer });
    association.send({
      is: "RANConfigurationUpdateFailure",
      ies: { cause: { choice: "protocol", value: "message-not-compatible-with-receiver-state" } },
    });
    return;
  }
  const areas = ies.supportedTAList === undefined ? node.areas : areasOf(ies.supportedTAList);
  if (!areas.some(({ tai }) => amf.config.plmns.some(({ plmn }) => samePlmn(plmn, tai.plmn)))) {
    association.send({ is: "RANConfigurationUpdateFailure", ies: { cause: { choice: "misc", value: "unknown-PLMN-or-SNPN" } } });
    return;
  }
  if (association.node !== node) {
    leaveNode(amf, association, "the association is another node's now");
    node.associations.add(association);
    association.node = node;
    amf.world.log.info(`gNB ${node.name} has a further association`, { associations: node.associations.size });
  }
  if (ies.ranNodeName !== undefined) node.name = ies.ranNodeName;
  if (ies.supportedTAList !== undefined) {
    node.areas = areas;
    warnOfTheRest(amf, node);
  }
  association.send({ is: "RANConfigurationUpdateAcknowledge", ies: diagnosed(noted) });
}
