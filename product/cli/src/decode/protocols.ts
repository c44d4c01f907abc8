import * as gtpu from "@freehold/gtpu";
import * as pfcp from "@freehold/pfcp";
import type { WireError } from "@freehold/wire";
import { readNas } from "./nas.ts";
import { readNgap } from "./ngap.ts";
import { plainJson } from "./plain.ts";

/** What could be read of a message: its name, a tree for people, its value for programs. */
export type Reading = { readonly message: string | undefined; readonly text: string; readonly value: unknown } & (
  | {
      readonly ok: true;
      /** The octets that the value encodes to. Throws RangeError when it does not encode. */
      again(): Uint8Array;
    }
  | { readonly ok: false; readonly error: WireError }
);

function readPfcp(octets: Uint8Array): Reading {
  const read = pfcp.decode(octets);
  if (!read.ok) {
    const { type, header, offendingIe, ...error } = read.error;
    const text = `PFCP message type ${type ?? "?"}${header === undefined ? "" : `, sequence ${header.sequenceNumber}`}`;
    return { ok: false, message: undefined, text, value: plainJson({ type, header, offendingIe }), error };
  }
  const { header, message } = read.value;
  return {
    ok: true,
    message: message.is,
    text: pfcp.print(read.value),
    value: plainJson(read.value),
    again: () => pfcp.encode(header, message),
  };
}

function readGtpu(octets: Uint8Array): Reading {
  const read = gtpu.decode(octets);
  if (!read.ok) return { ok: false, message: undefined, text: "GTP-U", value: undefined, error: read.error };
  return {
    ok: true,
    message: read.value.is,
    text: gtpu.print(read.value),
    value: plainJson(read.value),
    again: () => gtpu.encode(read.value),
  };
}

/** By the name on the command line. */
export const protocols = { ngap: readNgap, nas: readNas, pfcp: readPfcp, gtpu: readGtpu } as const;
export type Protocol = keyof typeof protocols;
