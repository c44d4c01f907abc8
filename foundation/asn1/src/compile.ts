/** Modules to schema: names resolved, parameters bound, information object sets spread, constraints reduced to what PER sees. */
import { alphabet, bounds, given, integer, maximum, minimum } from "./constraints.ts";
import { componentKey, ieKey } from "./names.ts";
import { Cursor, parseModules, parseType, parseValue } from "./parse.ts";
import type { Addition, Alternative, CompiledModule, Criticality, Field, IeRow, Presence, Schema, StringName, TypeOf } from "./schema.ts";
import type { Actual, Assignment, ClassField, Component, Components, Constraint, Element, Module, Syntax, Type, Value } from "./syntax.ts";
import { SyntaxFault, type Token } from "./tokens.ts";

type Class = Extract<Assignment, { is: "class" }>;

/** Where a name is looked up: the module, and the actual parameters that hide its names. */
interface Scope {
  readonly module: Module;
  readonly bound: ReadonlyMap<string, { readonly actual: Actual; readonly scope: Scope }>;
}

/** An information object: its settings, read in the scope where it was written. */
export interface InformationObject {
  readonly name?: string;
  readonly settings: ReadonlyMap<string, Value | Type>;
  readonly scope: Scope;
}

export interface Compilation extends CompiledModule {
  /** The objects of a set, for a generator: value fields as written, type fields as a type of `types`. */
  objects(set: string): readonly Readonly<Record<string, string | number | TypeOf>>[];
  /** INTEGER values of all modules: constants and numbers of ids. */
  readonly values: Readonly<Record<string, number>>;
}

/** Compiles modules that import from one another. Throws `SyntaxFault` for what is wrong or not supported. */
export function compile(...sources: readonly string[]): Compilation {
  return new Compiler(sources.flatMap(parseModules)).run();
}

const isType = (setting: Value | Type): setting is Type => "t" in setting;
const nestingLimit = 64;

class Compiler {
  readonly #modules = new Map<string, Module>();
  readonly #types: Record<string, Schema> = {};
  readonly #sets: Record<string, readonly IeRow[]> = {};
  readonly #homes = new Map<string, number>();
  #depth = 0;

  constructor(modules: readonly Module[]) {
    for (const module of modules) {
      if (this.#modules.has(module.name)) throw new SyntaxFault(`module ${module.name} is there twice`, 0);
      this.#modules.set(module.name, module);
      for (const name of module.assignments.keys()) this.#homes.set(name, (this.#homes.get(name) ?? 0) + 1);
    }
  }

  run(): Compilation {
    const values: Record<string, number> = {};
    for (const module of this.#modules.values()) {
      const scope: Scope = { module, bound: new Map() };
      for (const [name, assignment] of module.assignments) {
        if (assignment.is === "type" && assignment.formal.length === 0) {
          this.#types[this.#key(name, module)] = this.#inPlace(this.#type(assignment.type, scope), name, assignment.type.line);
        }
        if (assignment.is === "value" && assignment.value.v === "number") values[name] = Number(assignment.value.number);
      }
    }
    const objects = (set: string): Record<string, string | number | TypeOf>[] => {
      for (const module of this.#modules.values()) {
        if (module.assignments.get(set)?.is === "objects") {
          return this.#objects(set, { module, bound: new Map() }).map((object) => this.#spelled(object));
        }
      }
      throw new SyntaxFault(`no information object set ${set}`, 0);
    };
    return { types: this.#types, sets: this.#sets, objects, values };
  }

  #spelled(object: InformationObject): Record<string, string | number | TypeOf> {
    const record: Record<string, string | number | TypeOf> = {};
    if (object.name !== undefined) record["name"] = object.name;
    for (const [field, setting] of object.settings) {
      if (isType(setting)) record[field] = this.#type(setting, object.scope);
      else if (setting.v === "number") record[field] = Number(setting.number);
      else record[field] = setting.v === "name" ? setting.name : String(setting.v);
    }
    return record;
  }

  #key(name: string, module: Module): string {
    return (this.#homes.get(name) ?? 0) > 1 ? `${module.name}.${name}` : name;
  }

  /** A type that is only another name for a type: the schema that it stands for. */
  #inPlace(type: TypeOf, name: string, line: number): Schema {
    for (let hops = 0, at = type; hops < nestingLimit; hops++) {
      if (typeof at !== "string") return at;
      at = this.#types[at] ?? this.#named(at);
    }
    throw new SyntaxFault(`${name} is defined by itself`, line);
  }

  #named(key: string): TypeOf {
    const [moduleName, name] = key.includes(".") ? (key.split(".") as [string, string]) : [undefined, key];
    for (const module of this.#modules.values()) {
      const assignment = module.assignments.get(name);
      if (assignment?.is !== "type" || (moduleName !== undefined && module.name !== moduleName)) continue;
      return this.#type(assignment.type, { module, bound: new Map() });
    }
    throw new SyntaxFault(`no type ${key}`, 0);
  }

  #lookUp(name: string, scope: Scope, line: number): { assignment: Assignment; module: Module } {
    const own = scope.module.assignments.get(name);
    if (own !== undefined) return { assignment: own, module: scope.module };
    const from = scope.module.imports.get(name);
    const assignment = from === undefined ? undefined : this.#modules.get(from)?.assignments.get(name);
    if (from === undefined || assignment === undefined) {
      throw new SyntaxFault(`${name} is neither in ${scope.module.name} nor imported from a module at hand`, line);
    }
    return { assignment, module: this.#modules.get(from)! };
  }

  #type(type: Type, scope: Scope): TypeOf {
    if (++this.#depth > nestingLimit)
      throw new SyntaxFault("types nest too deeply, or a parameterised type instantiates itself", type.line);
    try {
      return this.#constrained(this.#bare(type, scope), type.constraints, scope, type.line);
    } finally {
      this.#depth--;
    }
  }

  #bare(type: Type, scope: Scope): TypeOf {
    switch (type.t) {
      case "BOOLEAN":
        return { k: "boolean" };
      case "NULL":
        return { k: "null" };
      case "OBJECT IDENTIFIER":
        return { k: "oid" };
      case "INTEGER":
        return { k: "integer" };
      case "BIT STRING": {
        if (type.names.length === 0) return { k: "bits" };
        return { k: "bits", names: Object.fromEntries(type.names.map(([name, bit]) => [name, Number(this.#integer(bit, scope))])) };
      }
      case "OCTET STRING":
        return { k: "octets" };
      case "string":
        return { k: "text", of: type.of as StringName };
      case "ENUMERATED":
        return this.#enumerated(type, scope);
      case "SEQUENCE":
        return this.#sequence(type.components, scope, type.line);
      case "CHOICE": {
        const alternative = (c: Component): Alternative => [c.name, this.#type(c.type, scope)];
        const root = type.components.root.map(alternative);
        return { k: "choice", root, ...(type.components.extensible && { more: type.components.more.flat().map(alternative) }) };
      }
      case "SEQUENCE OF": {
        const of = this.#type(type.of, scope);
        return typeof of !== "string" && of.k === "ie" ? { k: "ies", set: of.set } : { k: "list", of };
      }
      case "field": {
        const { module, field } = this.#classField(type.class, type.field, scope, type.line);
        if (field.type === undefined) return { k: "open", on: "", rows: [] };
        return this.#type(field.type, { module, bound: new Map() });
      }
      case "reference":
        return this.#reference(type, scope);
    }
  }

  #reference(type: Extract<Type, { t: "reference" }>, scope: Scope): TypeOf {
    const bound = scope.bound.get(type.name);
    if (bound !== undefined) {
      if (bound.actual.a !== "type") throw new SyntaxFault(`${type.name} is not a type here`, type.line);
      return this.#type(bound.actual.type, bound.scope);
    }
    const { assignment, module } = this.#lookUp(type.name, scope, type.line);
    if (assignment.is !== "type") throw new SyntaxFault(`${type.name} is not a type`, type.line);
    if (assignment.formal.length === 0) return this.#key(type.name, module);
    if (assignment.formal.length !== type.actual.length)
      throw new SyntaxFault(`${type.name} wants ${assignment.formal.length} parameters`, type.line);
    const parameters = new Map(assignment.formal.map((formal, i) => [formal.name, { actual: type.actual[i]!, scope }]));
    return this.#type(assignment.type, { module, bound: parameters });
  }

  #enumerated(type: Extract<Type, { t: "ENUMERATED" }>, scope: Scope): Schema {
    const taken = new Set<number>();
    for (const [, number] of type.root) if (number !== undefined) taken.add(Number(this.#integer(number, scope)));
    let next = 0;
    const numbered = type.root.map(([name, number]): [string, number] => {
      if (number !== undefined) return [name, Number(this.#integer(number, scope))];
      while (taken.has(next)) next++;
      taken.add(next);
      return [name, next];
    });
    const root = numbered.sort((a, b) => a[1] - b[1]).map(([name]) => name);
    return { k: "enum", root, ...(type.more !== undefined && { more: type.more.map(([name]) => name) }) };
  }

  #sequence(components: Components, scope: Scope, line: number): Schema {
    const ie = this.#protocolIe(components, scope);
    if (ie !== undefined) return { k: "ie", set: ie };
    const field = (c: Component): Field => {
      const type = this.#component(c, components, scope);
      const key = componentKey(c.name);
      if (c.initial !== undefined) return [key, type, 2, this.#initial(c.initial, type, scope, line)];
      return c.optional ? [key, type, 1] : [key, type];
    };
    const fields = components.root.map(field);
    const [only] = fields;
    if (
      fields.length === 1 &&
      components.more.length === 0 &&
      only !== undefined &&
      !only[2] &&
      typeof only[1] !== "string" &&
      only[1].k === "ies"
    ) {
      return { k: "wrapped", of: only[1], ...(components.extensible && { x: 1 as const }) };
    }
    if (!components.extensible) return { k: "sequence", fields };
    const more = components.more.map((c): Addition => ("name" in c ? field(c) : { group: c.map(field) }));
    return { k: "sequence", fields, more };
  }

  /** The set of `SEQUENCE { id CLASS.&id({S}), criticality CLASS.&criticality({S}{@id}), value CLASS.&Value({S}{@id}) }`. */
  #protocolIe(components: Components, scope: Scope): string | undefined {
    const [id, criticality, value] = components.root;
    if (components.root.length !== 3 || components.extensible || id?.name !== "id" || criticality?.name !== "criticality") return undefined;
    if (id.type.t !== "field" || criticality.type.t !== "field" || value?.type.t !== "field") return undefined;
    const number = this.#type({ ...id.type, constraints: [] }, scope);
    if (this.#inPlace(number, "id", id.type.line).k !== "integer") return undefined;
    const table = value.type.constraints[0]?.root[0];
    if (table?.e !== "table") return undefined;
    const { name, home } = this.#setName(table.set, scope, value.type.line);
    const key = this.#key(name, home.module);
    if (this.#sets[key] === undefined) {
      // Claimed before its types are compiled: a set may contain itself through an extension.
      const rows: IeRow[] = [];
      this.#sets[key] = rows;
      for (const object of this.#objects(name, home)) rows.push(this.#row(object, value.type, scope));
      const keys = rows.map((row) => row[1]);
      if (new Set(keys).size !== keys.length) throw new SyntaxFault(`${name}: two IEs have one key`, value.type.line);
    }
    return key;
  }

  #row(object: InformationObject, open: Extract<Type, { t: "field" }>, scope: Scope): IeRow {
    const id = object.settings.get("id");
    const type = object.settings.get(open.field);
    if (id === undefined || isType(id) || id.v !== "name" || type === undefined || !isType(type)) {
      throw new SyntaxFault(`an object of ${open.class} without a named id or without ${open.field}`, open.line);
    }
    const word = (field: string): string | undefined => {
      const setting = object.settings.get(field) ?? this.#classField(open.class, field, scope, open.line).field.initial;
      return setting !== undefined && !isType(setting) && setting.v === "name" ? setting.name : undefined;
    };
    return [
      Number(this.#integer(id, object.scope)),
      ieKey(id.name),
      (word("criticality") ?? "ignore") as Criticality,
      this.#type(type, object.scope),
      (word("presence") ?? "optional") as Presence,
      id.name,
    ];
  }

  #component(c: Component, siblings: Components, scope: Scope): TypeOf {
    if (c.type.t !== "field") return this.#type(c.type, scope);
    const type = c.type;
    if (this.#classField(type.class, type.field, scope, type.line).field.type !== undefined) return this.#type(type, scope);
    const table = type.constraints[0]?.root[0];
    const sibling = siblings.root.find((s) => table?.e === "table" && s.name === table.at);
    if (table?.e !== "table" || sibling?.type.t !== "field") return { k: "open", on: "", rows: [] };
    const by = sibling.type.field;
    const { name, home } = this.#setName(table.set, scope, type.line);
    const rows = this.#objects(name, home).flatMap((object): [number, TypeOf][] => {
      const key = object.settings.get(by);
      const held = object.settings.get(type.field);
      if (key === undefined || isType(key) || held === undefined || !isType(held)) return [];
      return [[Number(this.#integer(key, object.scope)), this.#type(held, object.scope)]];
    });
    return { k: "open", on: componentKey(sibling.name), rows };
  }

  #setName(set: Actual, scope: Scope, line: number): { name: string; home: Scope } {
    const [token, another] = set.a === "set" ? set.tokens : [];
    if (token?.kind !== "word" || another !== undefined) throw new SyntaxFault("a table constraint wants the name of a set", line);
    const bound = scope.bound.get(token.text);
    if (bound !== undefined) return this.#setName(bound.actual, bound.scope, line);
    const { module } = this.#lookUp(token.text, scope, line);
    return { name: token.text, home: { module, bound: new Map() } };
  }

  #classField(name: string, field: string, scope: Scope, line: number): { field: ClassField; module: Module; class: Class } {
    const { assignment, module } = this.#lookUp(name, scope, line);
    const found = assignment.is === "class" ? assignment.fields.find((f) => f.name === field) : undefined;
    if (assignment.is !== "class" || found === undefined) throw new SyntaxFault(`${name} has no field &${field}`, line);
    return { field: found, module, class: assignment };
  }

  #objects(set: string, scope: Scope): InformationObject[] {
    const { assignment, module } = this.#lookUp(set, scope, 0);
    if (assignment.is !== "objects") throw new SyntaxFault(`${set} is not an information object set`, 0);
    const home: Scope = { module, bound: new Map() };
    const governor = this.#lookUp(assignment.class, home, 0).assignment;
    if (governor.is !== "class") throw new SyntaxFault(`${assignment.class} is not a class`, 0);
    const c = new Cursor(assignment.tokens);
    const objects: InformationObject[] = [];
    while (!c.ended()) {
      if (c.is("{")) objects.push(this.#object(c.braced(), governor, home));
      else if (!c.accept("...")) {
        const token = c.take();
        const name = token.text;
        if (/^[A-Z]/.test(name)) objects.push(...this.#objects(name, home));
        else {
          const referred = this.#lookUp(name, home, token.line);
          if (referred.assignment.is !== "objects") throw new SyntaxFault(`${name} is not an information object`, token.line);
          const there: Scope = { module: referred.module, bound: new Map() };
          objects.push({ ...this.#object(referred.assignment.tokens, governor, there), name });
        }
      }
      if (!c.ended() && !c.accept("|") && !c.accept(",") && !c.accept("UNION")) throw c.fault("| expected");
    }
    return objects;
  }

  #object(tokens: readonly Token[], governor: Class, scope: Scope): InformationObject {
    const c = new Cursor(tokens);
    const settings = new Map<string, Value | Type>();
    const read = (syntax: Syntax): void => {
      for (const part of syntax) {
        if (typeof part === "string") c.expect(part);
        else if ("group" in part) {
          if (part.group[0] === c.token.text) read(part.group);
        } else {
          const field = governor.fields.find((f) => f.name === part.field);
          settings.set(part.field, field?.type === undefined ? parseType(c) : parseValue(c));
        }
      }
    };
    read(governor.syntax);
    if (!c.ended()) throw c.fault("the end of the object expected");
    return { settings, scope };
  }

  #integer(value: Value | undefined, scope: Scope): bigint {
    if (value?.v === "number") return value.number;
    if (value?.v !== "name") throw new SyntaxFault("an integer expected", 0);
    const bound = scope.bound.get(value.name);
    if (bound !== undefined) {
      if (bound.actual.a !== "value") throw new SyntaxFault(`${value.name} is not a value here`, 0);
      return this.#integer(bound.actual.value, bound.scope);
    }
    const { assignment, module } = this.#lookUp(value.name, scope, 0);
    if (assignment.is !== "value") throw new SyntaxFault(`${value.name} is not a value`, 0);
    return this.#integer(assignment.value, { module, bound: new Map() });
  }

  #initial(value: Value, type: TypeOf, scope: Scope, line: number): unknown {
    const schema = this.#inPlace(type, "DEFAULT", line);
    if (value.v === "boolean") return value.boolean;
    if (value.v === "text") return value.text;
    if (schema.k === "enum" && value.v === "name") return value.name;
    if (schema.k === "integer") return integer(this.#integer(value, scope));
    throw new SyntaxFault(`a DEFAULT of ${schema.k} is not supported`, line);
  }

  #constrained(type: TypeOf, constraints: readonly Constraint[], scope: Scope, line: number): TypeOf {
    let result = type;
    for (const constraint of constraints) {
      const visible = constraint.root.flatMap((e) => (e.e === "all" ? e.of : [e])).filter((e) => e.e !== "invisible" && e.e !== "table");
      if (visible.length > 0)
        result = this.#apply(this.#inPlace(result, "a constrained type", line), visible, constraint.extensible, scope, line);
    }
    return result;
  }

  #apply(schema: Schema, elements: readonly Element[], extensible: boolean, scope: Scope, line: number): Schema {
    const [first] = elements;
    if (first?.e === "containing") {
      if (schema.k !== "octets" && schema.k !== "bits") throw new SyntaxFault("CONTAINING constrains strings only", line);
      return { ...schema, holds: this.#type(first.type, scope) };
    }
    const integerOf = (value: Value): bigint => this.#integer(value, scope);
    if (schema.k === "integer") {
      const { lo, hi, x } = bounds(elements, extensible, integerOf);
      const both = { lo: maximum(lo, schema.lo), hi: minimum(hi, schema.hi) };
      return { k: "integer", ...given("lo", both.lo), ...given("hi", both.hi), ...(x && { x }) };
    }
    if (schema.k === "enum" || schema.k === "boolean" || schema.k === "sequence" || schema.k === "choice") return schema;
    let result: Schema = schema;
    for (const element of elements) {
      if (element.e === "size") {
        if (result.k !== "octets" && result.k !== "bits" && result.k !== "text" && result.k !== "list" && result.k !== "ies") {
          throw new SyntaxFault(`SIZE of ${result.k} is not supported`, line);
        }
        // X.691 9.3: the size of a character string without a fixed width is not visible to PER.
        if (result.k === "text" && result.of === "UTF8String") continue;
        const { lo, hi, x } = bounds(element.of.root, element.of.extensible || extensible, integerOf);
        result = { ...result, ...given("lo", Number(lo ?? 0)), ...(hi !== undefined && { hi: Number(hi) }), ...(x && { x }) };
      } else if (element.e === "from" && result.k === "text") {
        result = { ...result, from: alphabet(element.of) };
      } else if (element.e !== "range") throw new SyntaxFault(`this constraint on ${result.k} is not supported`, line);
    }
    return result;
  }
}
