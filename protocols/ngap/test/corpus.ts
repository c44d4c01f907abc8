/** Messages of other stacks: a selection in this package, all of them where the specifications folder is at hand. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { hex } from "@freehold/wire";

export interface Vector {
  readonly n: number;
  readonly is: string;
  /** Refused by clause 10.3; vectors.test.ts says why. */
  readonly refused?: true;
  readonly source: string;
  readonly hex: string;
}

const read = (file: string): unknown => JSON.parse(readFileSync(file, "utf8"));
export const vectors = read(join(import.meta.dirname, "vectors/messages.json")) as readonly Vector[];
export const bytesOf = (is: string): Uint8Array => {
  const vector = vectors.find((v) => v.is === is && v.refused === undefined);
  if (vector === undefined) throw new TypeError(`no vector of ${is}`);
  return hex(vector.hex);
};

const folder = process.env["FREEHOLD_SPECS"] ?? join(import.meta.dirname, "../../../../shared/specs");
const all = join(folder, "vectors/messages/ngap.json");
const oracle = join(folder, "oracle/messages/ngap.tshark.json");
export const absent: string | false = existsSync(all) && existsSync(oracle) ? false : "no NGAP vectors in the specifications folder";

export const allVectors = (): readonly { readonly n: number; readonly info: string; readonly hex: string }[] => read(all) as never;

/** What tshark made of vector `n`: the name of the message and of its IEs, in order. */
export function oracleOf(): ReadonlyMap<number, { readonly is: string | undefined; readonly ies: readonly string[] }> {
  type Tree = { readonly [key: string]: Tree | string };
  const under = (tree: Tree | string | undefined, match: RegExp): [string, Tree] | undefined => {
    const key = typeof tree === "object" ? Object.keys(tree).find((k) => match.test(k)) : undefined;
    const found = key === undefined ? undefined : (tree as Tree)[key];
    return key === undefined ? undefined : [key, typeof found === "object" ? found : {}];
  };
  const rows = read(oracle) as readonly { readonly n: number; readonly ngap: Tree }[];
  return new Map(
    rows.map(({ n, ngap }) => {
      const pdu = under(under(ngap, /^ngap\.NGAP_PDU_tree$/)?.[1], /_element$/)?.[1];
      const message = under(under(pdu, /^ngap\.value_element$/)?.[1], /^ngap\.\w+_element$/);
      const items = Object.keys(under(message?.[1], /^ngap\.protocolIEs_tree$/)?.[1] ?? {});
      return [n, { is: message?.[0].slice(5, -8), ies: items.map((item) => item.replace(/^Item \d+: /, "")) }];
    }),
  );
}

/** NGAP messages of the captures by file name, each once. */
export function captured(): ReadonlyMap<string, readonly string[]> {
  const messages = new Map<string, string[]>();
  for (const file of globSync(join(folder, "oracle/captures/*.json"))) {
    const found = new Set<string>();
    for (const [, value] of readFileSync(file, "utf8").matchAll(/"ngapHex": ?(\[[^\]]*\]|"[^"]*")/g)) {
      for (const text of [JSON.parse(value!) as string | string[]].flat()) found.add(text);
    }
    if (found.size > 0) messages.set(file.slice(file.lastIndexOf("/") + 1, -5), [...found]);
  }
  return messages;
}
