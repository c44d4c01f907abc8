import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as sbi from "@freehold/sbi";
import { concat, fromText, toText } from "@freehold/wire";
import { noSpecs, readSpec, specsFolder } from "./specs.ts";

interface Row {
  readonly tcpStream: string;
  readonly streamId: string;
  readonly method: string;
  readonly path: string;
  readonly status: string;
  readonly json: string;
}

/** Requests of a capture with their JSON: rows of one stream are the request's headers, its data, the response's headers, its data. */
function requestsOf(name: string): { method: string; path: string; json: string }[] {
  const streams = new Map<string, { method: string; path: string; json: string; answered: boolean }>();
  for (const row of JSON.parse(readSpec(`oracle/captures/${name}`)) as Row[]) {
    const key = `${row.tcpStream} ${row.streamId}`;
    const known = streams.get(key);
    if (row.method !== "") streams.set(key, { method: row.method, path: row.path, json: row.json, answered: false });
    else if (row.status !== "" && known) known.answered = true;
    else if (known && !known.answered) known.json += row.json;
  }
  return [...streams.values()];
}

/** Binary parts were not kept with the captures: each that is spoken of is one octet here. */
/** The captures print an array's only item without its brackets, and some line ends as they are written in a string. */
const restored = (method: string, json: string): string => {
  const text = json.replaceAll("\\n", "\n").replaceAll("\\t", "\t");
  return method === "PATCH" && text.startsWith('{"op"') ? `[${text}]` : text;
};

function bodyOf(json: string): { type: string; body: Uint8Array } {
  const ids = [...json.matchAll(/"contentId":\s*"([^"]+)"/g)].map((m) => `${m[1]}`);
  if (ids.length === 0) return { type: "application/json", body: fromText(json) };
  const part = (headers: string, content: string) => fromText(`--b\r\n${headers}\r\n\r\n${content}\r\n`);
  const binaries = ids.map((id) => part(`Content-Id: ${id}\r\nContent-Type: application/vnd.3gpp.5gnas`, "."));
  return {
    type: "multipart/related; boundary=b",
    body: concat(part("Content-Type: application/json", json), ...binaries, fromText("--b--\r\n")),
  };
}

test("what Open5GS and free5GC say to each other is understood, but for what they say against the standard", {
  skip: noSpecs,
}, async () => {
  const twin = sbi.sbiTwin();
  const { sbi: all } = twin.join("XNF", "127.0.0.40");
  for (const service of Object.values(sbi) as unknown[]) {
    if (typeof service !== "object" || service === null || !("operations" in service) || "callback" in service) continue;
    const known = service as sbi.Service;
    all.produce(
      known,
      Object.fromEntries(Object.keys(known.operations).map((key) => [key, () => sbi.noContent()])) as sbi.Producer<sbi.Service>,
    );
  }
  const refused = new Map<string, number>();
  let understood = 0;
  for (const name of readdirSync(join(specsFolder, "oracle/captures")).filter((n) => n.endsWith(".sbi.json"))) {
    for (const { method, path, json } of requestsOf(name)) {
      // Older releases of the same operations: nudm-sdm, nudr-dr and nnssf-nsselection have gone from v1 to v2.
      const today = path.replace(/^\/(nudm-sdm|nudr-dr|nnssf-nsselection)\/v1\//, "/$1/v2/");
      const text = restored(method, json);
      const { type, body } = bodyOf(text);
      const media = method === "PATCH" ? (text.startsWith("[") ? "application/json-patch+json" : "application/merge-patch+json") : type;
      const headers: Record<string, string> = body.length > 0 ? { "content-type": media } : {};
      const response = await all.server.handle({ method, path: today, headers, body });
      if (response.status === 204) understood++;
      else if (response.status !== 404) {
        const problem = JSON.parse(toText(response.body)) as sbi.ProblemDetails;
        if (problem.cause === "INVALID_API") continue; // services that are not offered here
        const why = `${name.split("-", 1)[0]} ${method} ${today.split("/")[1]} ${response.status} ${problem.invalidParams?.map((p) => `${p.param} ${p.reason}`).join("; ")}`;
        refused.set(why, (refused.get(why) ?? 0) + 1);
      }
    }
  }
  assert.ok(understood > 500, `${understood} understood`);
  assert.deepEqual(Object.fromEntries(refused), {
    // a SUCI where a SUPI belongs, in 2020
    "free5gc POST nudm-ueau 400 {supi} does not match ^(imsi-[0-9]{5,15}|nai-.+|gci-.+|gli-.+)$": 1,
    "free5gc PUT nudr-dr 400 {ueId} does not match ^(imsi-[0-9]{5,15}|nai-.+|gci-.+|gli-.+)$": 1,
    // the PLMN as a number, as nudm-sdm v1 had it
    "free5gc GET nudm-sdm 400 plmn-id number where object is expected": 8,
    // null where a list is mandatory
    "free5gc POST nudm-sdm 400 /monitoredResourceUris null where array is expected": 3,
    "free5gc POST nudr-dr 400 /monitoredResourceUris null where array is expected": 3,
    // a capture that lost a piece
    "free5gc POST namf-comm 400 undefined": 1,
    // a profile without any address
    "free5gc PUT nnrf-nfm 400  none of the alternatives fits": 1,
    // "" and words where a UUID, hexadecimal digits or minutes belong
    "free5gc POST nudm-ueau 400 /nfInstanceId not a uuid": 1,
    "free5gc PUT nudr-dr 400 /nfInstanceId not a uuid": 1,
    "free5gc GET nudr-dr 400 supported-features does not match ^[A-Fa-f0-9]*$": 1,
    "free5gc POST nsmf-pdusession 400 /ueLocation/nrLocation/ageOfLocationInformation below 0": 1,
  });
});
