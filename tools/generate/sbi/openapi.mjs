// Reads 3GPP's OpenAPI files and resolves references across them; percent-encoded braces and JSON-pointer escapes included.
import { parse } from "yaml";

/**
 * Slips in the set as published. A quoted scalar whose second line is indented less than its key: descriptions are not used, so it is shut
 * on its line. And line ends lost between the items of an enumeration, or after it, where they swallow what follows.
 */
function mend(text) {
  return text
    .replace(/^( *description: )'([^'\n]*)\n(?:[^'\n]*\n)*?[^'\n]*'$/gm, "$1''")
    .replace(/^( *- [A-Z][A-Z0-9_-]*)( {4,})- (type: string|[A-Z][A-Z0-9_-]*)$/gm, "$1\n$2- $3");
}

export class OpenApi {
  #read;
  #files = new Map();
  /** `read` gives the text of a file of the specifications folder. */
  constructor(read) {
    this.#read = read;
  }

  file(name) {
    let document = this.#files.get(name);
    if (!document) {
      document = parse(mend(this.#read(`openapi/Rel-19/${name}`)), { maxAliasCount: -1 });
      this.#files.set(name, document);
    }
    return document;
  }

  /** `TS29571_CommonData.yaml#/components/schemas/Uri`, seen from `from`, as [file, pointer segments]. */
  locate(ref, from) {
    const [file, pointer] = ref.split("#");
    const path = pointer
      .split("/")
      .slice(1)
      .map((s) => decodeURIComponent(s).replaceAll("~1", "/").replaceAll("~0", "~"));
    return { file: file === "" ? from : file, path };
  }

  /** Follows `$ref` until something that is none: { file, node }. */
  resolve(node, file) {
    let here = { file, node };
    for (let hops = 0; here.node?.$ref !== undefined; hops++) {
      if (hops > 16) throw new Error(`reference loop at ${here.file} ${here.node.$ref}`);
      const { file: next, path } = this.locate(here.node.$ref, here.file);
      let found = this.file(next);
      for (const segment of path) found = found?.[segment];
      if (found === undefined) throw new Error(`${here.file}: nothing at ${here.node.$ref}`);
      here = { file: next, node: found };
    }
    return here;
  }

  /** "TS 29.518 V19.6.0" */
  version(name) {
    const { info, externalDocs } = this.file(name);
    const number = name.match(/^TS(\d\d)(\d\d\d)/);
    const version = /V?(?:ersion )?(\d+\.\d+\.\d+)/i.exec(externalDocs?.description ?? "")?.[1];
    return { ts: `TS ${number[1]}.${number[2]}${version ? ` V${version}` : ""}`, api: info.version };
  }
}
