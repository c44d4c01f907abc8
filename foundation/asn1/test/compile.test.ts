import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compile, SyntaxFault } from "@freehold/asn1";
import { absent, compiledSpec } from "./specs.ts";

const module = (body: string, name = "M", imports = ""): string =>
  `${name} DEFINITIONS AUTOMATIC TAGS ::= BEGIN ${imports}\n${body}\nEND\n`;

const containers = `
Criticality ::= ENUMERATED { reject, ignore, notify }
Presence ::= ENUMERATED { optional, conditional, mandatory }
Ie-ID ::= INTEGER (0..65535)
IES ::= CLASS { &id Ie-ID UNIQUE, &criticality Criticality DEFAULT ignore, &Value, &presence Presence }
  WITH SYNTAX { ID &id [CRITICALITY &criticality] TYPE &Value PRESENCE &presence }
Container { IES : Set } ::= SEQUENCE (SIZE (0..maxIes)) OF Field {{Set}}
Field { IES : Set } ::= SEQUENCE {
  id IES.&id ({Set}), criticality IES.&criticality ({Set}{@id}), value IES.&Value ({Set}{@id}) }
maxIes INTEGER ::= 65535
id-First-IE Ie-ID ::= 1
id-Second Ie-ID ::= 2
`;

describe("the compiler", () => {
  test("reduces constraints to the bounds that PER sees", () => {
    const { types } = compile(
      module(`
      A ::= INTEGER (1..99 | 150 | 180..max, ...)
      B ::= A (5..20)
      C ::= OCTET STRING (SIZE (3))
      D ::= SEQUENCE (SIZE (1..max)) OF A
      E ::= BIT STRING { one (0), two (1) } (SIZE (16, ...))
      F ::= VisibleString (SIZE (1..150, ...))
      G ::= UTF8String (SIZE (1..150, ...))
      H ::= INTEGER (0..18446744073709551615)
      I ::= INTEGER (lowest..MAX)
      J ::= PrintableString (SIZE (2) ^ FROM ("a".."d" | "x"))
      max INTEGER ::= 181
      lowest INTEGER ::= -7`),
    );
    assert.deepEqual(types["A"], { k: "integer", lo: 1, hi: 181, x: 1 });
    assert.deepEqual(types["B"], { k: "integer", lo: 5, hi: 20 });
    assert.deepEqual(types["C"], { k: "octets", lo: 3, hi: 3 });
    assert.deepEqual(types["D"], { k: "list", of: "A", lo: 1, hi: 181 });
    assert.deepEqual(types["E"], { k: "bits", names: { one: 0, two: 1 }, lo: 16, hi: 16, x: 1 });
    assert.deepEqual(types["F"], { k: "text", of: "VisibleString", lo: 1, hi: 150, x: 1 });
    assert.deepEqual(types["G"], { k: "text", of: "UTF8String" });
    assert.deepEqual(types["H"], { k: "integer", lo: 0, hi: "18446744073709551615" });
    assert.deepEqual(types["I"], { k: "integer", lo: -7 });
    assert.deepEqual(types["J"], { k: "text", of: "PrintableString", lo: 2, hi: 2, from: "abcdx" });
  });

  test("orders enumerations by number and keeps additions apart", () => {
    const { types } = compile(module("A ::= ENUMERATED { c (5), a, b (0), ..., later, evenLater }"));
    assert.deepEqual(types["A"], { k: "enum", root: ["b", "a", "c"], more: ["later", "evenLater"] });
  });

  test("keeps addition groups, defaults, and components after a second marker", () => {
    const { types } = compile(
      module(`A ::= SEQUENCE { a-b INTEGER (0..7) DEFAULT three, b BOOLEAN OPTIONAL, ..., [[ c NULL, d BOOLEAN OPTIONAL ]], e BOOLEAN, ..., f NULL }
      three INTEGER ::= 3`),
    );
    assert.deepEqual(types["A"], {
      k: "sequence",
      fields: [
        ["aB", { k: "integer", lo: 0, hi: 7 }, 2, 3],
        ["b", { k: "boolean" }, 1],
        ["f", { k: "null" }],
      ],
      more: [
        {
          group: [
            ["c", { k: "null" }],
            ["d", { k: "boolean" }, 1],
          ],
        },
        ["e", { k: "boolean" }],
      ],
    });
  });

  test("binds type, value and set parameters, across modules", () => {
    const first = module("Opt { T } ::= CHOICE { none NULL, some T }  List { INTEGER : n, T } ::= SEQUENCE (SIZE (1..n)) OF T", "First");
    const second = module(
      "A ::= Opt { List { four, B } }  B ::= BOOLEAN  four INTEGER ::= 4",
      "Second",
      "IMPORTS Opt{}, List{} FROM First;",
    );
    assert.deepEqual(compile(first, second).types["A"], {
      k: "choice",
      root: [
        ["none", { k: "null" }],
        ["some", { k: "list", of: "B", lo: 1, hi: 4 }],
      ],
    });
  });

  test("sees a protocol IE container, and a SEQUENCE that only wraps one", () => {
    const compiled = compile(
      module(`${containers}
      Message ::= SEQUENCE { ies Container {{MessageIEs}}, ... }
      MessageIEs IES ::= { { ID id-First-IE CRITICALITY reject TYPE BOOLEAN PRESENCE mandatory } | OtherIEs, ... }
      OtherIEs IES ::= { second }
      second IES ::= { ID id-Second TYPE OCTET STRING (CONTAINING Message) PRESENCE optional }`),
    );
    assert.deepEqual(compiled.types["Message"], { k: "wrapped", of: { k: "ies", set: "MessageIEs", lo: 0, hi: 65535 }, x: 1 });
    assert.deepEqual(compiled.sets["MessageIEs"], [
      [1, "firstIe", "reject", { k: "boolean" }, "mandatory", "id-First-IE"],
      [2, "second", "ignore", { k: "octets", holds: "Message" }, "optional", "id-Second"],
    ]);
    assert.deepEqual(compiled.objects("OtherIEs"), [
      { name: "second", id: "id-Second", Value: { k: "octets", holds: "Message" }, presence: "optional" },
    ]);
  });

  test("comments end at a second pair of hyphens or with the line", () => {
    const { types } = compile(module("A ::= -- not -- INTEGER -- at all\n (0..1) /* nor /* this */ */"));
    assert.deepEqual(types["A"], { k: "integer", lo: 0, hi: 1 });
  });

  test("says the line and the matter of what it does not support", () => {
    for (const [body, message] of [
      ["A ::= REAL", /line 2: REAL is not a type supported here/],
      ["A ::= B", /B is neither in M nor imported/],
      ["A ::= SEQUENCE { a INTEGER", /a closing brace expected/],
      ["A ::= [1] INTEGER", /tags are not supported/],
      ["A ::= A", /A is defined by itself/],
      ["A ::= INTEGER\nA ::= BOOLEAN", /line 3: A is assigned twice/],
      ["A { T } ::= SEQUENCE { a A {T} } B ::= A {NULL}", /instantiates itself/],
      ["A ::= §", /unexpected character/],
    ] as const) {
      assert.throws(
        () => compile(module(body)),
        (fault) => fault instanceof SyntaxFault && message.test(fault.message),
        body,
      );
    }
    assert.throws(() => compile("M DEFINITIONS IMPLICIT TAGS ::= BEGIN END"), /AUTOMATIC TAGS expected/);
  });

  for (const [modules, types, sets] of [
    ["open5gs-NGAP-R19.2.0", 1297, 696],
    ["pycrate-R17.4/3GPP_NR_NGAP_38413", 1058, 563],
    ["pycrate-R17.4/3GPP_NR_RRC_38331", 2065, 0],
    ["pycrate-R17.4/3GPP_NR_F1AP_38473", 1408, 838],
    ["pycrate-R17.4/3GPP_NR_XnAP_38423", 1149, 607],
    ["pycrate-R17.4/3GPP_EUTRAN_S1AP_36413", 702, 307],
  ] as const) {
    test(`compiles the whole of ${modules}`, { skip: absent(modules) }, () => {
      const compiled = compiledSpec(modules);
      assert.equal(Object.keys(compiled.types).length, types);
      assert.equal(Object.keys(compiled.sets).length, sets);
      assert.deepEqual(JSON.parse(JSON.stringify(compiled.types)), compiled.types, "the schema is plain data");
    });
  }
});
