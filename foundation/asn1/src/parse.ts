/** ASN.1 modules to their assignments (ITU-T X.680 to X.683, the part that 3GPP uses). */
import type {
  Actual,
  Assignment,
  Bound,
  ClassField,
  Component,
  Components,
  Constraint,
  Element,
  Formal,
  Module,
  Named,
  Syntax,
  Type,
  Value,
} from "./syntax.ts";
import { SyntaxFault, type Token, tokenise } from "./tokens.ts";

const strings = new Set(["PrintableString", "VisibleString", "UTF8String", "IA5String", "NumericString", "UTCTime", "GeneralizedTime"]);
const upper = (text: string): boolean => /^[A-Z]/.test(text);
const className = (text: string): boolean => /^[A-Z][A-Z0-9-]*$/.test(text);

/** Reads tokens; shared with the compiler, which reads object notations when it knows their class. */
export class Cursor {
  readonly tokens: readonly Token[];
  at = 0;
  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }
  get token(): Token {
    return this.tokens[this.at] ?? { kind: "end", text: "", line: this.tokens.at(-1)?.line ?? 0 };
  }
  ended(): boolean {
    return this.token.kind === "end";
  }
  ahead(n: number): string {
    return this.tokens[this.at + n]?.text ?? "";
  }
  is(text: string): boolean {
    return this.token.text === text && this.token.kind !== "text";
  }
  take(): Token {
    const token = this.token;
    this.at++;
    return token;
  }
  accept(...texts: readonly string[]): boolean {
    for (const [i, text] of texts.entries()) if (this.ahead(i) !== text) return false;
    this.at += texts.length;
    return true;
  }
  expect(text: string): Token {
    if (!this.is(text)) throw this.fault(`${text} expected`);
    return this.take();
  }
  word(): string {
    if (this.token.kind !== "word") throw this.fault("a name expected");
    return this.take().text;
  }
  fault(message: string): SyntaxFault {
    return new SyntaxFault(`${message}, found ${this.ended() ? "the end" : JSON.stringify(this.token.text)}`, this.token.line);
  }
  /** The tokens between a brace and its partner, both taken. */
  braced(): Token[] {
    this.expect("{");
    const inner: Token[] = [];
    for (let depth = 1; ; ) {
      const token = this.take();
      if (token.kind === "end") throw this.fault("a closing brace expected");
      if (token.text === "{" && token.kind === "mark") depth++;
      if (token.text === "}" && token.kind === "mark" && --depth === 0) return inner;
      inner.push(token);
    }
  }
}

export function parseModules(source: string): Module[] {
  const c = new Cursor(tokenise(source));
  const modules: Module[] = [];
  while (!c.ended()) modules.push(parseModule(c));
  return modules;
}

function parseModule(c: Cursor): Module {
  const name = c.word();
  if (c.is("{")) c.braced();
  c.expect("DEFINITIONS");
  if (!c.accept("AUTOMATIC", "TAGS")) throw c.fault("only modules with AUTOMATIC TAGS are supported: AUTOMATIC TAGS expected");
  c.accept("EXTENSIBILITY", "IMPLIED");
  c.expect("::=");
  c.expect("BEGIN");
  if (c.accept("EXPORTS")) while (c.take().text !== ";");
  const imports = new Map<string, string>();
  if (c.accept("IMPORTS")) {
    let names: string[] = [];
    while (!c.accept(";")) {
      if (c.accept("FROM")) {
        const from = c.word();
        if (c.is("{")) c.braced();
        for (const each of names) imports.set(each, from);
        names = [];
      } else {
        names.push(c.word());
        c.accept("{", "}");
        c.accept(",");
      }
    }
  }
  const assignments = new Map<string, Assignment>();
  while (!c.accept("END")) {
    const line = c.token.line;
    const assigned = c.word();
    if (assignments.has(assigned)) throw new SyntaxFault(`${assigned} is assigned twice`, line);
    assignments.set(assigned, parseAssignment(c, assigned));
  }
  return { name, imports, assignments };
}

function parseAssignment(c: Cursor, name: string): Assignment {
  if (upper(name)) {
    const formal: Formal[] = [];
    if (c.is("{")) {
      const inner = new Cursor(c.braced());
      while (!inner.ended()) {
        const first = inner.word();
        formal.push(inner.accept(":") ? { governor: first, name: inner.word() } : { name: first });
        inner.accept(",");
      }
    }
    if (!c.is("::=")) {
      const governor = c.word();
      c.expect("::=");
      return { is: "objects", class: governor, tokens: c.braced() };
    }
    c.expect("::=");
    return c.is("CLASS") ? parseClass(c) : { is: "type", formal, type: parseType(c) };
  }
  if (className(c.token.text) && c.ahead(1) === "::=" && c.ahead(2) === "{" && !["INTEGER", "BOOLEAN"].includes(c.token.text)) {
    const governor = c.word();
    c.expect("::=");
    return { is: "objects", class: governor, tokens: c.braced() };
  }
  const type = parseType(c);
  c.expect("::=");
  return { is: "value", type, value: parseValue(c) };
}

function parseClass(c: Cursor): Assignment {
  c.expect("CLASS");
  const body = new Cursor(c.braced());
  const fields: ClassField[] = [];
  while (!body.ended()) {
    body.expect("&");
    const name = body.word();
    const type = body.is(",") || body.is("OPTIONAL") || body.ended() ? undefined : parseType(body);
    const unique = body.accept("UNIQUE");
    const optional = body.accept("OPTIONAL");
    const initial = body.accept("DEFAULT") ? parseValue(body) : undefined;
    fields.push({ name, type, unique, optional, initial });
    body.accept(",");
  }
  c.expect("WITH");
  c.expect("SYNTAX");
  return { is: "class", fields, syntax: parseSyntax(new Cursor(c.braced())) };
}

function parseSyntax(c: Cursor): Syntax {
  const parts: (string | { field: string } | { group: Syntax })[] = [];
  while (!c.ended() && !c.is("]")) {
    if (c.accept("&")) parts.push({ field: c.word() });
    else if (c.accept("[")) {
      parts.push({ group: parseSyntax(c) });
      c.expect("]");
    } else parts.push(c.take().text);
  }
  return parts;
}

export function parseValue(c: Cursor): Value {
  if (c.is("{")) {
    const tokens = c.braced();
    return { v: "other", text: `{${tokens.map((t) => t.text).join(" ")}}` };
  }
  const sign = c.accept("-") ? -1n : 1n;
  const token = c.take();
  if (token.kind === "number") return { v: "number", number: sign * BigInt(token.text) };
  if (token.kind === "text") return { v: "text", text: token.text.slice(1, -1).replaceAll('""', '"') };
  if (token.kind === "binary" || token.kind === "hexadecimal") return { v: "other", text: token.text };
  if (token.text === "TRUE" || token.text === "FALSE") return { v: "boolean", boolean: token.text === "TRUE" };
  if (token.kind === "word") return { v: "name", name: token.text };
  c.at--;
  throw c.fault("a value expected");
}

function parseNamed(c: Cursor): { root: Named[]; more?: Named[] } {
  const inner = new Cursor(c.braced());
  const root: Named[] = [];
  let more: Named[] | undefined;
  while (!inner.ended()) {
    if (inner.accept("...")) more ??= [];
    else {
      const name = inner.word();
      let number: Value | undefined;
      if (inner.accept("(")) {
        number = parseValue(inner);
        inner.expect(")");
      }
      (more ?? root).push([name, number]);
    }
    inner.accept(",");
  }
  return { root, more };
}

function parseComponents(tokens: readonly Token[], choice: boolean): Components {
  const c = new Cursor(tokens);
  const root: Component[] = [];
  const more: (Component | Component[])[] = [];
  let markers = 0;
  const component = (): Component => {
    const name = c.word();
    const type = parseType(c);
    const optional = !choice && c.accept("OPTIONAL");
    const initial = !choice && c.accept("DEFAULT") ? parseValue(c) : undefined;
    return { name, type, optional, initial };
  };
  while (!c.ended()) {
    if (c.accept("...")) markers++;
    else if (c.accept("[[")) {
      const group: Component[] = [];
      if (c.token.kind === "number" && c.ahead(1) === ":") c.at += 2;
      while (!c.accept("]]")) {
        group.push(component());
        c.accept(",");
      }
      if (choice) more.push(...group);
      else more.push(group);
    } else if (markers === 1) more.push(component());
    else root.push(component());
    if (!c.ended()) c.expect(",");
  }
  return { root, more, extensible: markers > 0 };
}

export function parseType(c: Cursor): Type {
  const line = c.token.line;
  if (c.is("[")) throw c.fault("tags are not supported: a type expected");
  const word = c.word();
  const constrained = (): { constraints: Constraint[]; line: number } => ({ constraints: parseConstraints(c), line });
  switch (word) {
    case "BOOLEAN":
    case "NULL":
      return { t: word, ...constrained() };
    case "OBJECT":
      c.expect("IDENTIFIER");
      return { t: "OBJECT IDENTIFIER", ...constrained() };
    case "INTEGER":
      return { t: "INTEGER", names: c.is("{") ? parseNamed(c).root : [], ...constrained() };
    case "BIT":
      c.expect("STRING");
      return { t: "BIT STRING", names: c.is("{") ? parseNamed(c).root : [], ...constrained() };
    case "OCTET":
      c.expect("STRING");
      return { t: "OCTET STRING", ...constrained() };
    case "ENUMERATED":
      return { t: "ENUMERATED", ...parseNamed(c), ...constrained() };
    case "CHOICE":
      return { t: "CHOICE", components: parseComponents(c.braced(), true), ...constrained() };
    case "SEQUENCE": {
      if (c.is("{")) return { t: "SEQUENCE", components: parseComponents(c.braced(), false), ...constrained() };
      const constraints: Constraint[] = c.is("SIZE") ? [{ root: [parseElement(c)], extensible: false }] : parseConstraints(c);
      c.expect("OF");
      return { t: "SEQUENCE OF", of: parseType(c), constraints, line };
    }
    default: {
      if (strings.has(word)) return { t: "string", of: word, ...constrained() };
      if (!upper(word) || /^(SET|REAL|EXTERNAL|EMBEDDED|CHARACTER|ANY)$/.test(word)) {
        throw new SyntaxFault(`${word} is not a type supported here`, line);
      }
      if (c.accept(".", "&")) return { t: "field", class: word, field: c.word(), ...constrained() };
      return { t: "reference", name: word, actual: c.is("{") ? parseActual(c.braced()) : [], ...constrained() };
    }
  }
}

/** Actual parameters: sets stand in braces, values begin with a small letter or digit, the rest are types. */
function parseActual(tokens: readonly Token[]): Actual[] {
  const c = new Cursor(tokens);
  const actual: Actual[] = [];
  while (!c.ended()) {
    if (c.is("{")) actual.push({ a: "set", tokens: c.braced() });
    else if (c.token.kind === "word" && upper(c.token.text)) actual.push({ a: "type", type: parseType(c) });
    else actual.push({ a: "value", value: parseValue(c) });
    c.accept(",");
  }
  return actual;
}

function parseConstraints(c: Cursor): Constraint[] {
  const constraints: Constraint[] = [];
  while (c.is("(")) constraints.push(parseConstraint(c));
  return constraints;
}

function parseConstraint(c: Cursor): Constraint {
  c.expect("(");
  const root: Element[] = [];
  let extensible = false;
  while (!c.accept(")")) {
    if (c.accept("...")) extensible = true;
    else {
      const element = parseIntersection(c);
      // Values after the marker are still encoded as extension values, so only the root is kept (X.691 9.3.10).
      if (!extensible) root.push(element);
    }
    if (!c.accept(",") && !c.accept("|") && !c.accept("UNION") && !c.is(")")) throw c.fault("| or ) expected");
  }
  return { root, extensible };
}

function parseIntersection(c: Cursor): Element {
  const all = [parseElement(c)];
  while (c.accept("^") || c.accept("INTERSECTION")) all.push(parseElement(c));
  return all.length === 1 ? all[0]! : { e: "all", of: all };
}

function parseElement(c: Cursor): Element {
  if (c.accept("SIZE")) return { e: "size", of: parseConstraint(c) };
  if (c.accept("FROM")) return { e: "from", of: parseConstraint(c) };
  if (c.accept("CONTAINING")) return { e: "containing", type: parseType(c) };
  if (c.is("{")) {
    const set: Actual = { a: "set", tokens: c.braced() };
    if (!c.is("{")) return { e: "table", set };
    const at = c
      .braced()
      .map((t) => t.text)
      .join("");
    if (!/^@\.?[a-z][A-Za-z0-9-]*$/.test(at)) throw c.fault(`a component relation of one name expected, not ${at}`);
    return { e: "table", set, at: at.replace(/^@\.?/, "") };
  }
  if (c.is("WITH") || c.is("CONSTRAINED")) {
    while (!c.is("{")) c.take();
    c.braced();
    return { e: "invisible" };
  }
  const lo: Bound = c.accept("MIN") ? "MIN" : parseValue(c);
  if (!c.accept("..")) return { e: "range", lo, hi: lo === "MIN" ? "MAX" : lo };
  return { e: "range", lo, hi: c.accept("MAX") ? "MAX" : parseValue(c) };
}
