import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import {
  decode,
  type ExtensionHeader,
  echoRequest,
  echoResponse,
  encode,
  endMarker,
  errorIndication,
  GtpuHeader,
  type GtpuMessage,
  HeaderVerdict,
  maxExtensions,
  pduSessionContainer,
  print,
  supportedExtensionHeadersNotification,
  supportedExtensions,
} from "@freehold/gtpu";
import { ip, ipOctets } from "@freehold/model";
import { hex, toHex } from "@freehold/wire";
import fc from "fast-check";

interface Vector {
  readonly n: number;
  readonly info: string;
  readonly hex: string;
}
const vectors: Vector[] = JSON.parse(readFileSync(new URL("vectors/gtpu.json", import.meta.url), "utf8"));
const specs = process.env["FREEHOLD_SPECS"] ?? new URL("../../../../shared/specs", import.meta.url).pathname;

function decoded(octets: Uint8Array): GtpuMessage {
  const result = decode(octets);
  assert.ok(result.ok, result.ok ? "" : `${result.error.field}: ${result.error.detail}`);
  return result.value;
}

test("25 published messages decode and encode to the same octets", () => {
  assert.equal(vectors.length, 25);
  const kinds: Record<string, number> = {};
  for (const v of vectors) {
    const message = decoded(hex(v.hex));
    kinds[message.is] = (kinds[message.is] ?? 0) + 1;
    assert.equal(toHex(encode(message)), v.hex, `${v.n} ${v.info}`);
  }
  assert.deepEqual(kinds, { "End Marker": 2, "G-PDU": 16, "Echo Request": 3, "Echo Response": 3, "Error Indication": 1 });
});

test("the fields of published messages are what they were made of", () => {
  const ping = decoded(hex(vectors[20]!.hex));
  assert.deepEqual(pduSessionContainer(ping), { pduType: 0, qfi: 1, rqi: false, ppi: undefined });
  assert.equal(print(ping), "G-PDU, TEID 00000001, DL QFI 1, 84 octets");
  const pdcp = decoded(hex(vectors[23]!.hex));
  assert.deepEqual(
    pdcp.extensions.map((e) => [e.type, toHex(e.content)]),
    [
      [0xc0, "0001"],
      [0x85, "0001"],
    ],
  );
  const refused = decoded(hex(vectors[24]!.hex));
  assert.ok(refused.is === "Error Indication");
  assert.deepEqual([refused.teidDataI, toHex(refused.peerAddress)], [0x1267, "0a350102"]);
  assert.equal(print(refused), "Error Indication, TEID 00000000, sequence 0, DL QFI 1, extension 40 0000, for TEID 00001267 at 10.53.1.2");
});

test("the header read in place agrees with the value decoder on every published message", () => {
  const header = new GtpuHeader();
  for (const v of vectors) {
    const octets = hex(v.hex);
    const message = decoded(octets);
    assert.equal(header.parse(octets), HeaderVerdict.ok, v.info);
    agree(header, message, octets);
  }
});

function agree(header: GtpuHeader, message: GtpuMessage, octets: Uint8Array): void {
  const container = pduSessionContainer(message);
  assert.deepEqual(
    [header.teid, header.sequenceNumber, header.pduType, header.qfi, header.rqi, header.ppi, header.end],
    [
      message.teid,
      message.sequenceNumber ?? -1,
      container?.pduType ?? -1,
      container?.qfi ?? -1,
      container?.rqi ?? false,
      container?.ppi ?? -1,
      octets.length,
    ],
  );
  if (message.is === "G-PDU") assert.deepEqual(octets.subarray(header.payload, header.end), message.payload);
}

const plain = { noNullPrototype: true } as const;
const extension: fc.Arbitrary<ExtensionHeader> = fc.record(
  {
    type: fc.constantFrom(...supportedExtensions),
    content: fc.integer({ min: 1, max: 5 }).chain((n) => fc.uint8Array({ minLength: 4 * n - 2, maxLength: 4 * n - 2 })),
  },
  plain,
);
const octet = fc.integer({ min: 0, max: 255 });
const teid = fc.integer({ min: 0, max: 0xffff_ffff });
const base = {
  teid,
  sequenceNumber: fc.option(fc.integer({ min: 0, max: 65_535 }), { nil: undefined }),
  nPduNumber: fc.option(octet, { nil: undefined }),
  extensions: fc.uniqueArray(extension, { maxLength: 4, selector: (e) => e.type }),
};
const rest = fc.array(fc.record({ type: fc.constantFrom(230, 231, 255), value: fc.uint8Array({ maxLength: 9 }) }, plain), { maxLength: 2 });
const anyMessage: fc.Arbitrary<GtpuMessage> = fc.oneof(
  fc.record({ is: fc.constant("G-PDU" as const), ...base, payload: fc.uint8Array({ maxLength: 40 }) }, plain),
  fc.record({ is: fc.constant("Echo Request" as const), ...base, rest }, plain),
  fc.record({ is: fc.constant("Echo Response" as const), ...base, recovery: octet, rest }, plain),
  fc.record(
    {
      is: fc.constant("Error Indication" as const),
      ...base,
      teidDataI: teid,
      peerAddress: fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 })),
      rest,
    },
    plain,
  ),
  fc.record(
    {
      is: fc.constant("Supported Extension Headers Notification" as const),
      ...base,
      types: fc.array(octet, { maxLength: 6 }),
      rest,
    },
    plain,
  ),
  fc.record({ is: fc.constant("End Marker" as const), ...base, rest }, plain),
  fc.record(
    { is: fc.constant("Other" as const), ...base, type: fc.constantFrom(3, 100, 253), body: fc.uint8Array({ maxLength: 12 }) },
    plain,
  ),
);

test("decode is the inverse of encode, and the header read in place agrees", () => {
  const header = new GtpuHeader();
  fc.assert(
    fc.property(anyMessage, (message) => {
      const octets = encode(message);
      assert.deepEqual(decoded(octets), message);
      assert.equal(header.parse(octets), HeaderVerdict.ok);
      agree(header, message, octets);
    }),
  );
});

test("every truncation and every changed octet gives a value or an error, and never reads outside the datagram", () => {
  const header = new GtpuHeader();
  for (const v of vectors) {
    const whole = hex(v.hex);
    for (let length = 0; length < whole.length; length++) {
      assert.equal(decode(whole.subarray(0, length)).ok, false, `${v.info} cut to ${length}`);
      assert.equal(header.parse(whole, 0, length), HeaderVerdict.truncated);
    }
    for (let at = 0; at < Math.min(whole.length, 40); at++) {
      for (let value = 0; value < 256; value++) {
        const changed = whole.slice();
        changed[at] = value;
        decode(changed);
        const verdict = header.parse(changed);
        if (verdict === HeaderVerdict.ok) assert.ok(header.payload <= header.end && header.end <= changed.length);
      }
    }
  }
});

test("random octets behind a plausible header are read within their bounds", () => {
  const header = new GtpuHeader();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), octet, (tail, flags) => {
      const octets = Uint8Array.of(0x30 | (flags & 15), 255, 0, tail.length, 1, 2, 3, 4, ...tail);
      const result = decode(octets);
      const verdict = header.parse(octets);
      if (verdict !== HeaderVerdict.unsupportedExtension) assert.equal(verdict === HeaderVerdict.ok, result.ok);
      if (verdict === HeaderVerdict.ok && result.ok && result.value.is === "G-PDU") {
        assert.deepEqual(octets.subarray(header.payload, header.end), result.value.payload);
      }
    }),
  );
});

test("an extension header chain that loops, overruns or never ends is refused", () => {
  const header = new GtpuHeader();
  const chain = (content: string): Uint8Array => {
    const body = hex(content);
    return Uint8Array.of(0x34, 255, 0, body.length, 0, 0, 0, 1, ...body);
  };
  assert.equal(header.parse(chain("00000085 00000000")), HeaderVerdict.emptyExtension);
  assert.equal(header.parse(chain("00000085 02100100")), HeaderVerdict.truncated);
  assert.equal(header.parse(chain("00000085 01100185")), HeaderVerdict.truncated);
  assert.equal(header.parse(chain("00000085")), HeaderVerdict.truncated);
  assert.equal(header.parse(chain(`00000040 ${"01000040".repeat(maxExtensions)} 01000000`)), HeaderVerdict.tooManyExtensions);
  assert.equal(header.parse(chain(`00000040 ${"01000040".repeat(maxExtensions - 1)} 01000000`)), HeaderVerdict.ok);
  for (const content of ["00000085 00000000", "00000085 02100100", "00000085", `00000040 ${"01000040".repeat(20)} 01000000`]) {
    assert.equal(decode(chain(content)).ok, false);
  }
});

test("TS 29.281 §5.2.1 — an unknown extension header is passed over unless it asks for comprehension", () => {
  const header = new GtpuHeader();
  const withType = (type: number) => Uint8Array.of(0x34, 255, 0, 14, 0, 0, 0, 9, 0, 0, 0, type, 1, 0, 0, 0x85, 1, 0x10, 5, 0, 0xaa, 0xbb);
  for (const type of [0x0f, 0x7e]) {
    assert.equal(header.parse(withType(type)), HeaderVerdict.ok);
    assert.deepEqual([header.pduType, header.qfi, header.payload], [1, 5, 20]);
  }
  for (const type of [0x8f, 0xcf]) {
    assert.equal(header.parse(withType(type)), HeaderVerdict.unsupportedExtension);
    assert.equal(header.unsupported, type);
  }
});

test("TS 38.415 §5.5.2.1 — a longer container with RQI, paging policy and time stamps is taken", () => {
  const header = new GtpuHeader();
  // DL, QMP; PPP, RQI, QFI 9; PPI 3; time stamp; padding
  const octets = hex("34ff0018 00000007 00000085 04 08 c9 60 0102030405060708 000000 00 4500aabb");
  assert.equal(header.parse(octets), HeaderVerdict.ok);
  assert.deepEqual([header.pduType, header.qfi, header.rqi, header.ppi, header.payload], [0, 9, true, 3, 28]);
  assert.deepEqual(pduSessionContainer(decoded(octets)), { pduType: 0, qfi: 9, rqi: true, ppi: 3 });
});

test("what is not GTP-U version 1 is refused", () => {
  const header = new GtpuHeader();
  for (const first of [0x20, 0x50, 0x10, 0x00]) {
    const octets = hex(`${first.toString(16).padStart(2, "0")}ff000000000001`);
    assert.equal(header.parse(octets), HeaderVerdict.notGtpu);
    assert.equal(decode(octets).ok, false);
  }
});

test("signalling messages written for the wire decode to what they say", () => {
  assert.equal(toHex(echoRequest(42)), "3201000400000000002a0000");
  assert.equal(toHex(echoResponse(42)), "3202000600000000002a00000e00");
  assert.equal(toHex(endMarker(2)), "30fe000000000002");
  const refused = decoded(errorIndication(0xfffffffe, ipOctets(ip("2001:db8::1"))));
  assert.ok(refused.is === "Error Indication");
  assert.deepEqual(
    [refused.teid, refused.sequenceNumber, refused.teidDataI, refused.peerAddress],
    [0, 0, 0xfffffffe, ipOctets(ip("2001:db8::1"))],
  );
  const headers = decoded(supportedExtensionHeadersNotification(7));
  assert.ok(headers.is === "Supported Extension Headers Notification");
  assert.deepEqual(headers.types, supportedExtensions);
});

test("GTP-U of five cores' captures decodes to the TEIDs and QFIs that Wireshark read", {
  skip: existsSync(`${specs}/oracle/captures`) ? false : "specs folder not present",
}, () => {
  let messages = 0;
  for (const file of readdirSync(`${specs}/oracle/captures`)) {
    if (file.endsWith(".sbi.json")) continue;
    for (const frame of JSON.parse(readFileSync(`${specs}/oracle/captures/${file}`, "utf8")).frames) {
      if (typeof frame.gtpHex !== "string") continue;
      // the collection keeps the header only: give it a payload as long as it says
      const header = hex(frame.gtpHex);
      const octets = new Uint8Array(8 + ((header[2]! << 8) | header[3]!));
      octets.set(header);
      if ((octets[0]! & 7) === 4) octets.fill(0, 8, 11); // a sender leaves what it likes in fields whose flag is not set
      const message = decoded(octets);
      assert.equal(toHex(encode(message)), toHex(octets), `${file} frame ${frame.frame}`);
      assert.equal(`0x${message.teid.toString(16).padStart(8, "0")}`, frame.gtp["gtp.teid"]);
      const qfi = /"gtp\.ext_hdr\.pdu_ses_con\.qos_flow_id": "(\d+)"/.exec(JSON.stringify(frame.gtp).replaceAll('":"', '": "'));
      assert.equal(pduSessionContainer(message)?.qfi, qfi === null ? undefined : Number(qfi[1]));
      messages++;
    }
  }
  assert.ok(messages > 300, `${messages} messages`);
});
