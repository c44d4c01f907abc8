import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "@freehold/runtime";
import { ping } from "@freehold/ue";
import { FiveGC, subscriber } from "../src/index.ts";

/** Every JSON that the functions said to each other, as text, with its message. */
const said = (system: FiveGC): { message: string; path: string; text: string }[] =>
  system.tape.entries().flatMap(({ carriage, bytes, message }) =>
    carriage.kind === "http2"
      ? [
          {
            message,
            path: "path" in carriage.half ? decodeURIComponent(carriage.half.path) : "",
            text: new TextDecoder("latin1").decode(bytes),
          },
        ]
      : [],
  );

const allOf = (system: FiveGC, name: RegExp, message = /./): Set<string> =>
  new Set(
    said(system)
      .filter((one) => message.test(one.message))
      .flatMap(({ path, text }) => [...`${path} ${text}`.matchAll(name)].map((m) => m[0])),
  );

test("INTEROP 40: a phone of one PLMN is served in another, whose MNC has three digits, and no function takes one for the other", async () => {
  const slices = "slices: [{ sst: 1 }]";
  const config = `network: { plmns: [{ mcc: "001", mnc: "01", ${slices} }, { mcc: "310", mnc: "014", ${slices} }] }`;
  await using system = await FiveGC.start({ carrier: "wire", config });
  const serving = { mcc: "310", mnc: "014" };
  await system.gnb({ plmns: [{ plmn: serving, slices: [{ sst: 1 }] }] });
  const ue = await system.ue(subscriber(1), { sessions: [{}] });
  await system.until(ue.bringUp());
  const [session] = ue.sessions;
  assert.ok(session);
  assert.equal((await system.until(ping(session, { clock: system.clock, random: seededRandom(1) }, "198.51.100.1", 1))).received, 1);
  await system.until(ue.deregister());
  await system.clock.advance(5_000);
  assert.deepEqual(
    [...allOf(system, /5G:mnc\d+\.mcc\d+\.3gppnetwork\.org/g)],
    ["5G:mnc014.mcc310.3gppnetwork.org"],
    "keys are bound to who serves",
  );
  assert.deepEqual([...allOf(system, /"tai":\{"plmnId":\{[^}]*\}/g)], ['"tai":{"plmnId":{"mcc":"310","mnc":"014"}']);
  assert.deepEqual([...allOf(system, /"servingNetwork":\{[^}]*\}/g)], ['"servingNetwork":{"mcc":"310","mnc":"014"}']);
  assert.deepEqual([...allOf(system, /suci-0-\d+-\d+-/g)], ["suci-0-001-01-"], "the home network alone can open it");
  const home = allOf(system, /imsi-\d+/g);
  assert.deepEqual([...home], [subscriber(1).supi]);
});

test("INTEROP 40: the access type is part of the key of a registration, in every resource and every body that names one", async () => {
  await using system = await FiveGC.start({ carrier: "wire" });
  await system.gnb();
  const ue = await system.ue(subscriber(1), { sessions: [{}] });
  await system.until(ue.bringUp());
  await system.until(ue.deregister());
  await system.clock.advance(5_000);
  const registrations = allOf(system, /(?:registrations|context-data)\/(?:amf|smf)-[a-z0-9-]+/g);
  assert.ok(
    registrations.has("registrations/amf-3gpp-access") && registrations.has("context-data/amf-3gpp-access"),
    [...registrations].join(),
  );
  assert.deepEqual([...allOf(system, /"(?:anType|accessType)":"[^"]*"/g)].sort(), ['"accessType":"3GPP_ACCESS"', '"anType":"3GPP_ACCESS"']);
});

test("INTEROP 40: a core whose every address is IPv6 serves: SBI, N2, N3 and N4, in URIs, profiles, NGAP, PFCP and GTP-U", async () => {
  const at = (host: number): string => `"2001:db8::${host}"`;
  const names = ["nrf", "udr", "udm", "ausf", "pcf", "nssf", "amf", "smf"].map((name, i) => `${name}: ${at(10 + i)}`).join(", ");
  const config = `
n2: { addresses: [${at(5)}] }
n3: { addresses: [${at(7)}] }
n4: { smf: ${at(4)}, upf: ${at(8)} }
sbi: { addresses: { ${names} } }
`;
  await using system = await FiveGC.start({ carrier: "wire", config });
  await system.gnb({ n2: { host: "2001:db8::101" }, n3: { host: "2001:db8::101" } });
  const ue = await system.ue(subscriber(1), { sessions: [{}] });
  await system.until(ue.bringUp());
  const [session] = ue.sessions;
  assert.ok(session);
  assert.equal((await system.until(ping(session, { clock: system.clock, random: seededRandom(1) }, "198.51.100.1", 2))).received, 2);
  await system.until(ue.deregister());
  await system.clock.advance(5_000);
  const located = system.tape.entries().flatMap(({ carriage }) => (carriage.kind === "http2" ? (carriage.headers["location"] ?? []) : []));
  assert.ok(
    located.some((uri) => uri.startsWith("http://[2001:db8::17]:8080/nsmf-pdusession/v1/sm-contexts/")),
    located.join(),
  );
  assert.ok(allOf(system, /"ipv6Address(?:es)?":\[?"2001:db8::[0-9a-f]+"/g).size >= 7, "profiles tell IPv6 endpoints");
  assert.deepEqual([...allOf(system, /"ipv4Address(?:es)?":\[?"127[^"]*"/g)], []);
  assert.ok(system.tape.entries().every(({ carriage }) => !("src" in carriage) || !carriage.src.host.startsWith("127.")));
});
