import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigFault, configTemplate, readConfig } from "../src/index.ts";

const faults = (text: string): readonly string[] => {
  try {
    readConfig(text, "freehold.yaml");
  } catch (error) {
    assert.ok(error instanceof ConfigFault, String(error));
    return error.faults;
  }
  assert.fail("was taken");
};

test("what freehold init writes is the default, key for key", () => {
  assert.deepEqual(readConfig(configTemplate([]), "freehold.yaml"), readConfig("", "empty"));
});

test("a configuration cannot be changed once it is read", () => {
  const config = readConfig("", "empty");
  assert.throws(() => Object.assign(config.amf, { name: "other" }), TypeError);
});

test("an error names file, line, key, what was found and what is allowed", () => {
  assert.deepEqual(faults("amf:\n  name: a\nn2:\n  transport: tcp\n"), [
    'freehold.yaml:4: n2.transport: found "tcp"; allowed: one of auto, kernel, raw, udp: kernel SCTP, our own over raw IP (root), or over UDP (RFC 6951); auto takes the first that works',
  ]);
  assert.match(
    faults("n2:\n  port: 99999\n")[0] ?? "",
    /^freehold\.yaml:2: n2\.port: found 99999; allowed: a whole number from 1 to 65535/,
  );
  assert.match(
    faults("network:\n  plmns:\n    - mcc: 001\n      mnc: '01'\n")[0] ?? "",
    /^freehold\.yaml:3: network\.plmns\[0\]\.mcc: found 1; allowed: text like .*three digits, in quotes/,
  );
});

test("an unknown key is named with those that exist; a missing one with what it takes", () => {
  assert.equal(
    faults("n2:\n  adresses: [127.0.0.1]\n")[0],
    "freehold.yaml:2: n2.adresses: no such key; allowed here: addresses, port, transport, udpPort",
  );
  assert.match(faults("dataNetworks:\n  - mtu: 1400\n")[0] ?? "", /^freehold\.yaml:2: dataNetworks\[0\]\.dnn: missing; allowed: text like/);
});

test("what is not YAML is named by its line", () => {
  assert.match(faults("a: [1\nb: 2\n")[0] ?? "", /^freehold\.yaml:\d: not YAML: /);
});

test("relations between keys hold: pools do not overlap, names and ids stand once", () => {
  const twoPools = "dataNetworks:\n  - { dnn: a, ipv4: 10.0.0.0/8 }\n  - { dnn: b, ipv4: 10.45.0.0/16 }\n";
  assert.match(faults(twoPools)[0] ?? "", /^freehold\.yaml:3: dataNetworks\[1\]\.ipv4: 10\.45\.0\.0\/16 overlaps the pool of a/);
  assert.match(faults("dataNetworks:\n  - { dnn: a }\n  - { dnn: A, ipv4: 10.46.0.0/16 }\n")[0] ?? "", /A stands here twice/);
});

test("a function of others is reached over HTTP/2 alone, at an address and a port", () => {
  const peers = (carrier: string, apiRoot: string) =>
    `sbi:\n  carrier: ${carrier}\n  peers:\n    - { service: nudm-sdm, apiRoot: "${apiRoot}" }\n`;
  assert.match(
    faults(peers("local", "http://192.0.2.12:8080"))[0] ?? "",
    /^freehold\.yaml:4: sbi\.peers\[0\]: .*set sbi\.carrier to http2/,
  );
  assert.match(faults(peers("http2", "http://192.0.2.12:80800"))[0] ?? "", /^freehold\.yaml:4: sbi\.peers\[0\]\.apiRoot: .*1 to 65535/);
  assert.match(faults(peers("http2", "udm.example"))[0] ?? "", /^freehold\.yaml:4: sbi\.peers\[0\]\.apiRoot: found "udm\.example"/);
  assert.equal(readConfig(peers("http2", "http://[2001:db8::1]:80/one"), "freehold.yaml").sbi.peers.length, 1);
});
