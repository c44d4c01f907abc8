import { decode, decodeType, encode, type Pdu, print, printValue, type Refusal, type Types } from "@freehold/ngap";
import { hex } from "@freehold/wire";
import { readNas } from "./nas.ts";
import { indented, plainJson } from "./plain.ts";
import type { Reading } from "./protocols.ts";

/** Types that travel inside octet strings of the same name (TS 38.413 §9.3.4). */
const transfers = [
  "PDUSessionResourceSetupRequestTransfer",
  "PDUSessionResourceSetupResponseTransfer",
  "PDUSessionResourceSetupUnsuccessfulTransfer",
  "PDUSessionResourceReleaseCommandTransfer",
  "PDUSessionResourceReleaseResponseTransfer",
  "PDUSessionResourceModifyRequestTransfer",
  "PDUSessionResourceModifyResponseTransfer",
  "PDUSessionResourceModifyUnsuccessfulTransfer",
  "PDUSessionResourceModifyIndicationTransfer",
  "PDUSessionResourceModifyIndicationUnsuccessfulTransfer",
  "PDUSessionResourceModifyConfirmTransfer",
  "PDUSessionResourceNotifyTransfer",
  "PDUSessionResourceNotifyReleasedTransfer",
  "PathSwitchRequestTransfer",
  "PathSwitchRequestAcknowledgeTransfer",
  "PathSwitchRequestSetupFailedTransfer",
  "PathSwitchRequestUnsuccessfulTransfer",
  "HandoverRequiredTransfer",
  "HandoverRequestAcknowledgeTransfer",
  "HandoverCommandTransfer",
  "HandoverPreparationUnsuccessfulTransfer",
  "HandoverResourceAllocationUnsuccessfulTransfer",
  "SecondaryRATDataUsageReportTransfer",
  "UEContextResumeRequestTransfer",
  "UEContextResumeResponseTransfer",
  "UEContextSuspendRequestTransfer",
] as const satisfies readonly (keyof Types)[];

const byKey: ReadonlyMap<string, (typeof transfers)[number]> = new Map([
  ...transfers.map((type) => [type.toLowerCase(), type] as const),
  // The one transfer whose octet string has a name of its own.
  ["handoverrequesttransfer", "PDUSessionResourceSetupRequestTransfer"] as const,
]);

interface Inside {
  readonly text: string;
  readonly value: unknown;
}

/** What an octet string of this name holds, or undefined when it is nothing that can be read. */
function inside(key: string, octets: Uint8Array): Inside | undefined {
  const name = key.toLowerCase();
  const type = byKey.get(name);
  if (type !== undefined) {
    const read = decodeType(type, octets);
    return read.ok ? { text: opened(printValue(type, read.value)), value: jsonOf(read.value) } : undefined;
  }
  if (name === "ngapmessage") {
    const read = readNgap(octets);
    return read.ok ? read : undefined;
  }
  if (!name.endsWith("naspdu") || name.startsWith("aiot")) return undefined;
  const read = readNas(octets);
  return read.ok ? read : undefined;
}

/** A tree with what its octet strings hold below them. */
const opened = (tree: string): string =>
  tree.replace(/^( *)(\w+): ((?:[0-9a-f]{2})+)$/gm, (line: string, margin: string, key: string, digits: string) => {
    const found = inside(key, hex(digits));
    return found === undefined ? line : `${line}\n${indented(found.text, `${margin}  `)}`;
  });

/** As `plainJson`; an octet string that holds something is `{ octets, holds }`. */
function jsonOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(jsonOf);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return plainJson(value);
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(
    entries.map(([key, one]) => {
      const found = one instanceof Uint8Array ? inside(key, one) : undefined;
      return [key, found === undefined ? jsonOf(one) : { octets: plainJson(one), holds: found.value }];
    }),
  );
}

export function readNgap(octets: Uint8Array): Reading {
  const read = decode(octets);
  if (!read.ok) return refused(read);
  const pdu: Pdu = read.value;
  const notes = read.findings.map((one) => `  ${one.kind}: ${one.field} (IE ${one.id}, ${one.criticality})`);
  return {
    ok: true,
    message: pdu.is,
    text: [opened(print(pdu)), ...notes].join("\n"),
    value: jsonOf(pdu),
    again: () => encode(pdu),
  };
}

function refused({ error, is, kind, procedureCode, criticality, ies }: Refusal): Reading {
  const header = `${is ?? "NGAP"} (${kind ?? "?"}, procedure ${procedureCode ?? "?"}, ${criticality ?? "?"})`;
  return {
    ok: false,
    message: is,
    text: opened(printValue(header, ies)),
    value: jsonOf({ procedureCode, kind, criticality, ies }),
    error,
  };
}
