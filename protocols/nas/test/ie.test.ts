import assert from "node:assert/strict";
import { test } from "node:test";
import { dnn, ip, ProtectionScheme, plmn, tai } from "@freehold/model";
import {
  Capability5gmm,
  DaylightSavingTime,
  DnnIe,
  defaultQosRule,
  ExtendedRejectedNssai,
  GprsTimer2,
  GprsTimer3,
  IntegrityProtectionMaximumDataRate,
  KeySetIdentifier,
  MobileIdentity,
  NetworkFeatureSupport,
  NetworkNameIe,
  Nssai,
  networkName,
  noKey,
  PcoIdentifier,
  PduAddressIe,
  PduSessions,
  ProtocolConfigurationOptionsIe,
  QosFlowDescriptions,
  QosRules,
  RegistrationType,
  RejectedNssai,
  SecurityCapability,
  SessionAmbr,
  TaiList,
  TimeZone,
  TimeZoneAndTime,
  taiList,
  taisOf,
} from "@freehold/nas";
import { decode, encode, hex, print, type Schema, toHex } from "@freehold/wire";
import fc from "fast-check";

/** The octets are the value and the value is the octets. */
function both<T>(schema: Schema<T>, octets: string, value: T): void {
  const read = decode(schema, hex(octets));
  assert.ok(read.ok, JSON.stringify(read));
  assert.deepEqual(JSON.parse(JSON.stringify(read.value)), JSON.parse(JSON.stringify(value)), octets);
  assert.equal(toHex(encode(schema, value)), octets.replaceAll(" ", ""));
}

const reads = <T>(schema: Schema<T>, octets: string): T => {
  const read = decode(schema, hex(octets));
  assert.ok(read.ok, JSON.stringify(read));
  return read.value;
};
const fails = (schema: Schema, octets: string): string => {
  const read = decode(schema, hex(octets));
  assert.ok(!read.ok, octets);
  return read.error.field;
};

const home = plmn("001", "01");

test("5GS mobile identity: SUCI of each scheme (§9.11.3.4), octets of captured phones", () => {
  const none = {
    supiFormat: 0,
    home,
    routingIndicator: "0000",
    protectionScheme: ProtectionScheme.null,
    homeNetworkPublicKeyId: 0,
  } as const;
  both(MobileIdentity, "01 00f110 0000 00 00 0000000010", { is: "SUCI", suci: { ...none, schemeOutput: hex("0000000010") } });
  const output = "b05491ca7891c13733e91d81f870b3b48d2a6a6e4ce69419f5aaac3445b0b27123a6302f2a9a4226a9ea5ae745";
  both(MobileIdentity, `01 00f110 0000 01 01 ${output}`, {
    is: "SUCI",
    suci: { ...none, protectionScheme: ProtectionScheme.profileA, homeNetworkPublicKeyId: 1, schemeOutput: hex(output) },
  });
  both(MobileIdentity, "01 130062 21f3 02 07 aabb", {
    is: "SUCI",
    suci: {
      supiFormat: 0,
      home: plmn("310", "260"),
      routingIndicator: "123",
      protectionScheme: 2,
      homeNetworkPublicKeyId: 7,
      schemeOutput: hex("aabb"),
    },
  });
});

test("5GS mobile identity: a routing indicator with its filler first is still read, none at all is 0", () => {
  for (const octets of ["01 130013 0fff 00 00 4100", "01 130013 f0ff 00 00 4100", "01 130013 ffff 00 00 4100"]) {
    const read = reads(MobileIdentity, octets);
    assert.ok(read.is === "SUCI");
    assert.equal(read.suci.routingIndicator, "0");
  }
});

test("5GS mobile identity: SUCI of a network specific identifier is an NAI", () => {
  const nai = "type1.rid678.schid0.useriduser17@example.com";
  const octets = `11${Array.from(nai, (letter) => letter.charCodeAt(0).toString(16)).join("")}`;
  const read = reads(MobileIdentity, octets);
  assert.ok(read.is === "SUCI");
  assert.equal(read.suci.home, "example.com");
  assert.equal(toHex(encode(MobileIdentity, read)), octets);
  assert.equal(fails(MobileIdentity, "11ff"), "suci.nai");
});

test("5GS mobile identity: temporary and equipment identities", () => {
  const sTmsi = { amfSetId: 1016, amfPointer: 0, tmsi: 1 };
  both(MobileIdentity, "f2 02f839 ca fe00 00000001", { is: "5G-GUTI", guti: { plmn: plmn("208", "93"), amfRegionId: 0xca, ...sTmsi } });
  both(MobileIdentity, "f4 fe00 00000001", { is: "5G-S-TMSI", sTmsi });
  both(MobileIdentity, "85 66050704405003f1", { is: "IMEISV", imeisv: "8665070400405301" });
  both(MobileIdentity, "1b 32547698103254", { is: "IMEI", imei: "123456789012345" });
  both(MobileIdentity, "0e 001122334455", { is: "MAC address", mac: hex("001122334455"), usageRestricted: true });
  both(MobileIdentity, "07 0011223344556677", { is: "EUI-64", eui64: hex("0011223344556677") });
  both(MobileIdentity, "00", { is: "No identity" });
});

test("5GS mobile identity: digits that are none, and identities cut short, are errors", () => {
  for (const octets of [
    "",
    "f2 02f839 ca fe00 0000",
    "f4 fe",
    "8a 21",
    "85 6a",
    "01 00f1",
    "0e 00",
    "07 00",
    "f2 aaaaaa ca fe00 00000001",
  ]) {
    fails(MobileIdentity, octets);
  }
});

test("registration type, key set identifier", () => {
  both(RegistrationType, "09", { followOnRequest: true, type: "initial registration" });
  assert.deepEqual(reads(RegistrationType, "00"), { followOnRequest: false, type: 0 });
  both(KeySetIdentifier, "07", noKey);
});

test("UE security capability is replayed octet for octet, whatever it is (INTEROP 11)", () => {
  both(SecurityCapability, "e0e0", { nea: [0, 1, 2], nia: [0, 1, 2] });
  both(SecurityCapability, "8020e0e0", { nea: [0], nia: [2], eea: [0, 1, 2], eia: [0, 1, 2] });
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 2, maxLength: 8 }), (octets) => {
      assert.deepEqual(encode(SecurityCapability, reads(SecurityCapability, toHex(octets))), octets);
    }),
  );
  fails(SecurityCapability, "80");
});

test("5GMM capability and network feature support", () => {
  both(Capability5gmm, "07", { s1Mode: true, hoAttach: true, lpp: true });
  both(Capability5gmm, "0160", { s1Mode: true, lcs: true, nssaa: true });
  both(NetworkFeatureSupport, "01", { imsVops3gpp: true });
  both(NetworkFeatureSupport, "55 02", { imsVops3gpp: true, emc: 1, emf: 1, iwkN26: true, mcsi: true });
});

test("PDU session status: bit n of the bitmap is PDU session n", () => {
  both(PduSessions, "2000", [5]);
  both(PduSessions, "0280", [1, 15]);
  both(PduSessions, "0000", []);
  assert.deepEqual(reads(PduSessions, "01000102"), []);
  assert.throws(() => encode(PduSessions, [16]), RangeError);
});

test("GPRS timers: seconds in the unit that says them exactly (TS 24.008 §10.5.7.4, §10.5.7.4a)", () => {
  both(GprsTimer3, "06", 3600);
  both(GprsTimer3, "92", 540);
  both(GprsTimer3, "e0", "deactivated");
  both(GprsTimer3, "00", 0);
  both(GprsTimer3, "c1", 1_152_000);
  both(GprsTimer2, "2c", 720);
  assert.equal(reads(GprsTimer2, "41"), 360);
  both(GprsTimer2, "0f", 30);
  assert.equal(reads(GprsTimer3, "21"), 3600);
  assert.equal(reads(GprsTimer3, "a9"), 540);
  assert.equal(reads(GprsTimer2, "65"), 300);
  // 54 minutes have no code: the next longer time that has one.
  assert.equal(reads(GprsTimer3, toHex(encode(GprsTimer3, 3240))), 3600);
  assert.throws(() => encode(GprsTimer2, 12_000), RangeError);
  assert.throws(() => encode(GprsTimer3, -1), RangeError);
  for (let octet = 0; octet < 256; octet++) {
    const value = reads(GprsTimer3, octet.toString(16).padStart(2, "0"));
    assert.equal(reads(GprsTimer3, toHex(encode(GprsTimer3, value))), value);
  }
});

test("NSSAI: an S-NSSAI of every length there is (§9.11.2.8)", () => {
  both(Nssai, "01 01  04 01 010203", [{ sst: 1 }, { sst: 1, sd: "010203" }]);
  both(Nssai, "02 01 02", [{ sst: 1, mapped: { sst: 2 } }]);
  both(Nssai, "05 01 010203 02", [{ sst: 1, sd: "010203", mapped: { sst: 2 } }]);
  both(Nssai, "08 01 010203 02 aabbcc", [{ sst: 1, sd: "010203", mapped: { sst: 2, sd: "aabbcc" } }]);
  both(Nssai, "08 01 ffffff 02 aabbcc", [{ sst: 1, mapped: { sst: 2, sd: "aabbcc" } }]);
  assert.deepEqual(reads(Nssai, "04 01 ffffff"), [{ sst: 1 }], "SD FFFFFF is none (INTEROP 2)");
  for (const octets of ["03 010203", "00", "06 010203040506", "07 01020304050607", "04 0101", ""]) fails(Nssai, octets);
});

test("rejected NSSAI and extended rejected NSSAI", () => {
  both(
    RejectedNssai,
    "10 01  41 01 010203",
    [
      { sst: 1, cause: 0 },
      { sst: 1, sd: "010203", cause: 1 },
    ].map(({ cause, ...slice }) => ({ ...slice, cause })),
  );
  both(ExtendedRejectedNssai, "00 40 01010203  11 7e 13 01 53 02010203 03", [
    { slices: [{ sst: 1, sd: "010203", cause: 0 }] },
    {
      backOff: 60,
      slices: [
        { sst: 1, cause: 3 },
        { sst: 2, sd: "010203", mapped: { sst: 3 }, cause: 3 },
      ],
    },
  ]);
  fails(ExtendedRejectedNssai, "20 40 01010203");
  fails(RejectedNssai, "3001");
});

test("TAI list: each type of partial list (§9.11.3.9)", () => {
  const other = plmn("310", "260");
  both(TaiList, "00 00f110 000001", [{ is: "one PLMN", plmn: home, tacs: [1] }]);
  both(TaiList, "22 00f110 0000fe", [{ is: "one PLMN, consecutive", plmn: home, firstTac: 0xfe, count: 3 }]);
  both(TaiList, "41 00f110 000001 130062 000002", [{ is: "different PLMNs", tais: [tai(home, 1), tai(other, 2)] }]);
  for (const octets of ["60 00f110 000001", "01 00f110 000001", "00 00f110 0000", ""]) fails(TaiList, octets);
  const listed = [tai(home, 1), tai(home, 2), tai(home, 3), tai(other, 9), tai(other, 7)];
  assert.deepEqual(taisOf(taiList(listed)), listed);
  assert.equal(toHex(encode(TaiList, taiList(listed))), "2200f110000001011300620000090000 07".replace(" ", ""));
  assert.equal(taisOf(reads(TaiList, "3f 00f110 000001")).length, 16, "all other numbers of elements are 16");
  assert.throws(() => taiList([]), RangeError);
});

test("the default QoS rule is what every core sends: create, DQR, match-all, precedence 255 (INTEROP 29)", () => {
  both(QosRules, "01 0006 31 31 01 01 ff 01", [defaultQosRule(1)]);
  both(QosRules, "01 0006 31 31 01 01 ff 09", [defaultQosRule(9)]);
});

test("QoS rules: filters of several components, and operations without filters", () => {
  // free5GC's modification command of vector 130.
  both(QosRules, "02 001c 21 31 17 10c0a80000ffffff00 110a3c0000ffffff00 510bb81770 c8 02", [
    {
      id: 2,
      operation: "create new QoS rule",
      isDefault: false,
      packetFilters: [
        {
          id: 1,
          direction: "bidirectional",
          components: [
            { is: "IPv4 remote address", value: { address: ip("192.168.0.0") as never, mask: ip("255.255.255.0") as never } },
            { is: "IPv4 local address", value: { address: ip("10.60.0.0") as never, mask: ip("255.255.255.0") as never } },
            { is: "remote port range", value: { low: 3000, high: 6000 } },
          ],
        },
      ],
      precedence: 200,
      qfi: 2,
      segregation: false,
    },
  ]);
  both(QosRules, "03 0001 40", [{ id: 3, operation: "delete existing QoS rule", isDefault: false, packetFilters: [] }]);
  both(QosRules, "03 0003 a2 01 02", [
    { id: 3, operation: "modify existing QoS rule and delete packet filters", isDefault: false, packetFilters: [], deletedFilters: [1, 2] },
  ]);
  for (const octets of [
    "01 0001 00",
    "01 0001 e0",
    "01 0006 32 31 01 01 ff 01",
    "01 0006 31 31 02 01 ff 01",
    "01 0007 31 31 01 02 ff 01",
  ]) {
    fails(QosRules, octets);
  }
  assert.throws(() => encode(QosRules, [{ ...defaultQosRule(1), precedence: undefined }]), /QFI without precedence/);
});

test("QoS flow descriptions: 5QI and rates; parameters of another release are kept", () => {
  both(QosFlowDescriptions, "01 20 41 01 01 09", [{ qfi: 1, operation: "create new QoS flow description", e: true, fiveQi: 9 }]);
  both(QosFlowDescriptions, "02 20 46 010101 0203 0103e8 0303 0107d0 0403 01ffff 0503 0603e8 0602 07d0", [
    {
      qfi: 2,
      operation: "create new QoS flow description",
      e: true,
      fiveQi: 1,
      gfbrUplink: 1e6,
      gfbrDownlink: 2e6,
      mfbrUplink: 65_535_000,
      mfbrDownlink: 1e9,
      averagingWindow: 2000,
    },
  ]);
  both(QosFlowDescriptions, "05 40 00", [{ qfi: 5, operation: "delete existing QoS flow description", e: false }]);
  both(QosFlowDescriptions, "05 60 42 010107 f002aabb", [
    { qfi: 5, operation: "modify existing QoS flow description", e: true, fiveQi: 7, more: [{ id: 0xf0, octets: hex("aabb") }] },
  ]);
  assert.equal(toHex(encode(QosFlowDescriptions, [{ qfi: 1, operation: "create new QoS flow description", fiveQi: 9 }])), "012041010109");
  for (const octets of ["01 00 00", "01 20 41 01 02 09", "01 20 41", "01 20 42 01 01 09"]) fails(QosFlowDescriptions, octets);
});

test("session-AMBR: bit/s in the unit that people use for them (§9.11.4.14)", () => {
  both(SessionAmbr, "06 0064 06 00c8", { downlink: 100e6, uplink: 200e6 });
  both(SessionAmbr, "01 03e8 01 03e8", { downlink: 1e6, uplink: 1e6 });
  both(SessionAmbr, "06 03e8 0b 0064", { downlink: 1e9, uplink: 100e9 });
  assert.deepEqual(reads(SessionAmbr, "0a 0003 05 0001"), { downlink: 768e6, uplink: 256e3 });
  assert.deepEqual(
    reads(SessionAmbr, "00 0003 ff 0001"),
    { downlink: 3e3, uplink: 256e15 },
    "unit 0 counts as 1 kbit/s, above 25 as 256 Pbit/s",
  );
  assert.throws(() => encode(SessionAmbr, { downlink: -1, uplink: 0 }), RangeError);
});

test("PDU address: IPv4, IPv6, both (§9.11.4.10)", () => {
  both(PduAddressIe, "01 0a3c0001", { type: "IPv4", ipv4: ip("10.60.0.1") as never });
  both(PduAddressIe, "02 000000000000000f", { type: "IPv6", interfaceIdentifier: hex("000000000000000f") });
  both(PduAddressIe, "03 000000000000000f 0a2d000f", {
    type: "IPv4v6",
    ipv4: ip("10.45.0.15") as never,
    interfaceIdentifier: hex("000000000000000f"),
  });
  both(PduAddressIe, "09 0a3c0001 fe800000000000000000000000000001", {
    type: "IPv4",
    ipv4: ip("10.60.0.1") as never,
    smfLinkLocal: ip("fe80::1") as never,
  });
  for (const octets of ["00", "05 0a3c0001", "01 0a3c00", "03 000000000000000f"]) fails(PduAddressIe, octets);
  assert.throws(() => encode(PduAddressIe, { type: "IPv6", ipv4: ip("10.0.0.1") as never }), RangeError);
});

test("extended protocol configuration options: containers with lengths of one and two octets", () => {
  both(ProtocolConfigurationOptionsIe, "80 000d04 08080808 0010 02 0578 0023 0001 aa", {
    configurationProtocol: 0,
    items: [
      { id: PcoIdentifier.dnsServerIpv4Address, octets: hex("08080808") },
      { id: PcoIdentifier.ipv4LinkMtu, octets: hex("0578") },
      { id: PcoIdentifier.qosRulesTwoOctets, octets: hex("aa") },
    ],
  });
  for (const octets of ["", "80 000d", "80 000d04 0808", "80 00"]) fails(ProtocolConfigurationOptionsIe, octets);
  assert.match(
    print(ProtocolConfigurationOptionsIe, reads(ProtocolConfigurationOptionsIe, "80 000d04 08080808")),
    /dnsServerIpv4Address: 08080808/,
  );
});

test("integrity protection maximum data rate, DNN", () => {
  both(IntegrityProtectionMaximumDataRate, "ffff", { uplink: "Full data rate", downlink: "Full data rate" });
  both(DnnIe, "08 696e7465726e6574", dnn("internet"));
  both(DnnIe, "03 696d73 06 6d6e63303031 06 6d6363303031 04 67707273", dnn("ims.mnc001.mcc001.gprs"));
  for (const octets of ["00", "09 696e7465726e6574", "40"]) fails(DnnIe, octets);
});

test("network name: seven bits where they can say it, UCS2 where not (TS 24.008 §10.5.3.5a)", () => {
  both(NetworkNameIe, "90 004f00700065006e003500470053", { text: "Open5GS", coding: "UCS2", addCountryInitials: false });
  // TS 23.038 §6.1.2.1.1: "hellohello" packed is e8329bfd4697d9ec37.
  both(NetworkNameIe, "82 e8329bfd4697d9ec37", networkName("hellohello"));
  assert.equal(networkName("网络").coding, "UCS2");
  assert.equal(networkName("Test 5G").coding, "GSM");
  for (const text of ["", "A", "Test 5G", "Freehold@Ångström", "1234567", "12345678", "123456789"]) {
    assert.deepEqual(reads(NetworkNameIe, toHex(encode(NetworkNameIe, networkName(text)))), networkName(text));
  }
  fails(NetworkNameIe, "a0");
});

test("time: Open5GS's octets, zones east and west (TS 24.008 §10.5.3.8, §10.5.3.9)", () => {
  both(TimeZoneAndTime, "02 80 13 12 53 20 40", { year: 20, month: 8, day: 31, hour: 21, minute: 35, second: 2, zone: 60 });
  both(TimeZone, "40", 60);
  both(TimeZone, "00", 0);
  both(TimeZone, "4a", -360);
  assert.equal(fails(TimeZone, "f0"), "timeZone");
  assert.throws(() => encode(TimeZone, 7), RangeError);
  both(DaylightSavingTime, "01", 1);
});
