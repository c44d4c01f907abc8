// The house: which package may import which (DESIGN of the floors is in ARCHITECTURE.md).
// tools/configure.mjs turns this table into each package.json and into biome.json; a check proves both fresh.

/** Packages by floor, in order; `uses` are the workspace packages that a package may import, `node` the built-in modules it may open. */
export const packages = {
  // foundation: know nothing of 5G
  "foundation/wire": { uses: [], node: [] },
  "foundation/asn1": { uses: ["wire"], node: [] },
  "foundation/runtime": { uses: ["wire"], node: ["node:crypto", "node:timers", "node:process", "node:os"] },
  "foundation/linux": {
    uses: ["wire", "runtime"],
    node: ["node:ffi", "node:fs", "node:worker_threads", "node:child_process", "node:os", "node:process"],
  },
  "foundation/net": {
    uses: ["wire", "runtime", "linux"],
    node: ["node:dgram", "node:http2", "node:net", "node:worker_threads", "node:fs", "node:os"],
  },
  "foundation/store": { uses: ["wire", "runtime"], node: ["node:sqlite", "node:worker_threads", "node:fs", "node:path", "node:crypto"] },
  "foundation/tape": { uses: ["wire", "runtime"], node: ["node:fs"] },
  // protocols: bytes <-> values; no sockets, no state
  "protocols/model": { uses: ["wire"], node: [] },
  "protocols/crypto": { uses: ["wire", "model"], node: ["node:crypto"] },
  "protocols/sctp": { uses: ["wire", "runtime", "net"], node: ["node:crypto"] },
  "protocols/ngap": { uses: ["wire", "asn1", "model"], node: [] },
  "protocols/nas": { uses: ["wire", "model", "crypto"], node: [] },
  "protocols/pfcp": { uses: ["wire", "runtime", "net", "model"], node: [] },
  "protocols/gtpu": { uses: ["wire", "model"], node: [] },
  "protocols/sbi": { uses: ["wire", "runtime", "net", "model", "tape"], node: [] },
  // core: one package per network function; an NF never imports another
  "core/nrf": { uses: ["wire", "runtime", "net", "store", "tape", "model", "sbi"], node: [] },
  "core/udr": { uses: ["wire", "runtime", "net", "store", "tape", "model", "crypto", "sbi"], node: ["node:crypto"] },
  "core/udm": { uses: ["wire", "runtime", "net", "store", "tape", "model", "crypto", "sbi"], node: ["node:crypto"] },
  "core/ausf": { uses: ["wire", "runtime", "net", "store", "tape", "model", "crypto", "sbi"], node: [] },
  "core/pcf": { uses: ["wire", "runtime", "net", "store", "tape", "model", "sbi"], node: [] },
  "core/nssf": { uses: ["wire", "runtime", "net", "store", "tape", "model", "sbi"], node: [] },
  "core/amf": { uses: ["wire", "runtime", "net", "store", "tape", "model", "crypto", "ngap", "nas", "sbi"], node: [] },
  "core/smf": { uses: ["wire", "runtime", "net", "store", "tape", "model", "ngap", "nas", "pfcp", "sbi"], node: [] },
  "core/upf": { uses: ["wire", "runtime", "linux", "net", "store", "tape", "model", "pfcp", "gtpu"], node: ["node:worker_threads"] },
  // access: the other side of the air
  "access/air": { uses: ["wire", "runtime", "net", "model"], node: [] },
  "access/gnb": { uses: ["wire", "runtime", "net", "tape", "model", "crypto", "ngap", "gtpu", "air"], node: [] },
  "access/ue": { uses: ["wire", "runtime", "net", "tape", "model", "crypto", "nas", "air"], node: [] },
  // product: composition
  "product/system": {
    uses: "*",
    node: [
      "node:child_process",
      "node:fs",
      "node:path",
      "node:os",
      "node:process",
      "node:worker_threads",
      "node:crypto",
      "node:events",
      "node:http",
    ],
  },
  "product/bench": {
    uses: "*",
    node: ["node:child_process", "node:fs", "node:path", "node:os", "node:process", "node:v8", "node:perf_hooks", "node:worker_threads"],
  },
  "product/cli": {
    uses: "*",
    node: [
      "node:fs",
      "node:path",
      "node:os",
      "node:process",
      "node:child_process",
      "node:readline",
      "node:crypto",
      "node:worker_threads",
      "node:tty",
    ],
  },
  scenarios: { uses: "*", node: "*" },
};

export const short = (folder) => folder.split("/").at(-1);
export const scoped = (name) => `@freehold/${name}`;
