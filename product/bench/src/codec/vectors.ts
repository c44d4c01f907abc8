import * as gtpu from "@freehold/gtpu";
import * as nas from "@freehold/nas";
import * as ngap from "@freehold/ngap";
import * as pfcp from "@freehold/pfcp";
import { hex } from "@freehold/wire";

/** One message to measure: what a core does with it, once. */
export interface Subject {
  /** Protocol and message, in the standard's words. */
  readonly message: string;
  readonly octets: Uint8Array;
  decode(): unknown;
  encode(): unknown;
}

/** Messages of other systems, so that nobody chose them for speed; each with where its octets are from. */
const vectors = {
  nas: [
    // free5gc/ngap@7c6125004f:message/initial_ue_message_test.go
    ["Registration request", "7e004179000d011300130fff000041000021f02e048020e0e01707e0e0c040008020"],
    // free5gc/ngap@7c6125004f:message/downlink_nas_transport_test.go
    ["Authentication request", "7e005600020000210b27bca2d9f5ee4ebae5dfebfec21ff5201061527a22c3408000af28917f7c5382f8"],
    // free5gc/amf@e281341e90:internal/nas/nas_security/testdata/fuzz/FuzzNASSecurity/ci0000
    ["Security mode command", "7e005d0200028020e1360102"],
    // free5gc/amf@e281341e90:internal/nas/nas_security/testdata/fuzz/FuzzNASSecurity/ci0003
    ["Security mode complete", "7e005e7700091511000000000000007100197e004179000c0102f839f0ff0000000047781001072e028020"],
    // free5gc/amf@e281341e90:internal/nas/nas_security/testdata/fuzz/FuzzNASSecurity/ci0130
    ["Registration accept", "7e0042010177000bf202f839cafe000000000254070002f839000001150a04010102030401112233260200005e010616012c"],
    // free5gc/nas@0329a7ac3f:security/security_test.go
    ["UL NAS transport", "7e00670100082e0501c1ffff91a1120581250908696e7465726e6574"],
    // free5gc/amf@e281341e90:internal/nas/nas_security/testdata/fuzz/FuzzNASSecurity/ci0034, the 5GSM message in its container
    [
      "PDU session establishment accept",
      "2e0a00c211000901000631310101ff05060103e80103e82905010a3c00022204010102037900060520410101057b001b80000d040808080800031020014860486000000000000000008888250908696e7465726e6574",
    ],
  ],
  ngap: [
    // free5gc/ngap@7c6125004f:message/ng_setup_request_test.go
    [
      "NGSetupRequest",
      "00150058000005001b0009001330015000000000005240110700676e622e73706972656e742e636f6d009940110700676e622e73706972656e742e636f6d006600150000000001001330010001100801020310081122330015400100",
    ],
    // free5gc/ngap@7c6125004f:testdata/fuzz/FuzzNGAP/ci0380
    [
      "InitialUEMessage",
      "000f4075000006005500020002002600403f7e0100000000007e00410a000bf202f839cafe00000000012e0280207100207e00410a000bf202f839cafe00000000011001072e02802040020004500200040079000f4002f839000000001002f839000001005a400110001a00073f8000000000010070400100",
    ],
    // free5gc/ngap@7c6125004f:testdata/fuzz/FuzzNGAP/ci0406
    [
      "UplinkNASTransport",
      "002e4060000004000a000200020055000200020026003a397e0400000000007e005e7700091511000000000000007100207e00417a000bf202f839cafe00000000011001072e02802040020004500200040079400f4002f839000000001002f839000001",
    ],
    // free5gc/ngap@7c6125004f:testdata/fuzz/FuzzNGAP/ci0381
    [
      "InitialContextSetupRequest",
      "000e0080e1000009000a00020002005500020002006e0008080f4240200f4240001c00070002f839cafe000047003600000a40200102032d00000400820008080f4240200f4240008b000a01f00ac8c86600000001008600010000880007000900000938000000000a2201010203100811223300770009000004000000000000005e00200f6ee4f8b73171ebb16c53cda1a227d8946d4408d11a6bdd864feaac5320b5480026403e3d7e0200000000007e0042010177000bf202f839cafe000000000254070002f839000001150a0401010203040111223350020004260200005e010616012c",
    ],
    // free5gc/ngap@7c6125004f:testdata/fuzz/FuzzNGAP/ci0011
    [
      "PDUSessionResourceSetupRequest",
      "001d0080c9000004000a00020001005500020001004a0080a900400a657e0200000000007e00680100562e0a00c211000901000631310101ff09060103e80103e82905010a3c00322204010102037900060920410101097b001b80000d040808080800031020014860486000000000000000008888250908696e7465726e6574120a40200102033a00000500820008080f4240200f4240008b000a01f00ac8c866000000010086000100008a00096480000000974001000088000700090000093800006e4008080f4240200f4240",
    ],
  ],
  pfcp: [
    // open5gs/open5gs: docs/assets/pcapng/testregistration.pcapng, first PFCP Session Establishment Request
    [
      "PFCP Session Establishment Request",
      "21320133000000000000000000000200003c0005007f0000040039000d0200000000000000017f0000040001004d003800020001001d0004ffffffff0002002b00140001010016000908696e7465726e6574005d0015070a2d0002cafe0000000000000000000000000002006c000400000001006d0004000000010001005b003800020002001d0004ffffffff0002003400140001000015001903000000017f000007000000000000000000000000000000010016000908696e7465726e6574007c000101005f000106006c000400000002006d00040000000100030016006c000400000001002c00010200040005002a00010000030016006c000400000002002c00010200040005002a00010100070020006d0004000000010019000100001a000a00001000000000100000007c0001010071000103",
    ],
  ],
  gtpu: [
    // srsran/srsRAN_Project@4bf1543936:tests/unittests/gtpu/gtpu_test_shared.h: a ping in a G-PDU with PDU Session Container
    [
      "G-PDU header",
      "34ff005c00000002000000850110010045000054e88340004001fa00ac100003ac10000108002cbeb4a40001d3456163000000001a20090000000000101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637",
    ],
  ],
} as const;

function read<T>(message: string, result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown }): T {
  if (!result.ok) throw new Error(`${message}: a vector that does not decode`);
  return result.value;
}

/** What is measured, in the order of a registration. */
export function subjects(): readonly Subject[] {
  return [
    ...vectors.nas.map(([name, digits]): Subject => {
      const [message, octets] = [`NAS ${name}`, hex(digits)];
      const value = read(message, nas.decode(octets));
      return { message, octets, decode: () => nas.decode(octets), encode: () => nas.encode(value) };
    }),
    ...vectors.ngap.map(([name, digits]): Subject => {
      const [message, octets] = [`NGAP ${name}`, hex(digits)];
      const value = read(message, ngap.decode(octets));
      return { message, octets, decode: () => ngap.decode(octets), encode: () => ngap.encode(value) };
    }),
    ...vectors.pfcp.map(([message, digits]): Subject => {
      const octets = hex(digits);
      const value = read(message, pfcp.decode(octets));
      return { message, octets, decode: () => pfcp.decode(octets), encode: () => pfcp.encode(value.header, value.message) };
    }),
    ...vectors.gtpu.map(([name, digits]): Subject => {
      const [message, octets] = [`GTP-U ${name}`, hex(digits)];
      const header = new gtpu.GtpuHeader();
      if (header.parse(octets) !== gtpu.HeaderVerdict.ok) throw new Error(`${message}: a vector that does not parse`);
      const { teid, qfi } = header;
      const out = octets.slice();
      const payload = header.end - header.payload;
      return { message, octets, decode: () => header.parse(octets), encode: () => gtpu.writeGpduHeader(out, 0, teid, qfi, payload) };
    }),
  ];
}
