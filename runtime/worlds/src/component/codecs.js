// How values of a component's types are written into its memory and read from it, and how they are passed as core
// values: JavaScript that is made of the plan's types, each function once for a component, and shared by all its
// instances.
//
// A function that is made here has `c`, the context of the instance (context.js), and an address `p` which its caller
// has checked: it is aligned, and all of the value lies in the memory. That of `record { id: u32, name: string }` is
//
//   load:  (c, p) => ({ "id": c.memory.ints[p >>> 2] >>> 0, "name": c.text(c.memory.ints[p + 4 >>> 2], ...) })
//   store: (c, p, v) => { v = object(v); c.memory.ints[p >>> 2] = u32(v["id"]); ... }

import { primordials } from "ext:core/mod.js";
import { append, arrayOf, isolate, list } from "ext:plugbay/own.js";
import { lookUp } from "ext:plugbay/wasm/imports.js";
import { camelCase } from "ext:plugbay/worlds/component/names.js";
import * as values from "ext:plugbay/worlds/component/values.js";
const { ArrayPrototypeJoin, Function, JSONStringify, MathMax, ObjectHasOwn, ObjectPrototype, ReflectApply } =
  primordials;

// Where the sources are not sure of it.
function propertyOf(object, key) {
  return ObjectHasOwn(object, key) ? object[key] : lookUp(object, key);
}

// What sources refer to besides the functions of other types.
const HELPERS = {
  __proto__: null,
  arrayOf,
  base: ObjectPrototype,
  bool: values.bool,
  caseOf: values.caseOf,
  char: values.char,
  f32: values.f32,
  f64: values.float,
  nameOf: values.nameOf,
  object: values.object,
  propertyOf,
  s16: values.s16,
  s32: values.s32,
  s64: values.s64,
  s8: values.s8,
  string: values.string,
  takeChar: values.takeChar,
  tuple: values.tuple,
  u16: values.u16,
  u32: values.u32,
  u64: values.u64,
  u8: values.u8,
  wrongCase: values.wrongCase,
};
const HELPER_NAMES = list(), HELPER_VALUES = list();
for (const name in HELPERS) {
  HELPER_NAMES[HELPER_NAMES.length] = name;
  HELPER_VALUES[HELPER_VALUES.length] = HELPERS[name];
}

// A kind of numbers: where one lies in memory, how it is read there and written, and how it is read from a core value.
// What is checked has the kind's own name.
function scalar(kind, view, shift, lift, read = lift) {
  const place = (p) => `c.memory.${view}[${shift === 0 ? p : `${p} >>> ${shift}`}]`;
  return {
    __proto__: null,
    place,
    load: (p) => read(place(p)),
    store: (p, v) => `${place(p)} = ${kind}(${v});`,
    lift,
  };
}
const same = (x) => x;
export const SCALARS = {
  __proto__: null,
  bool: scalar("bool", "bytes", 0, (x) => `${x} !== 0`),
  u8: scalar("u8", "bytes", 0, (x) => `${x} & 255`, same),
  s8: scalar("s8", "bytes", 0, (x) => `${x} << 24 >> 24`),
  u16: scalar("u16", "shorts", 1, (x) => `${x} & 65535`, same),
  s16: scalar("s16", "shorts", 1, (x) => `${x} << 16 >> 16`),
  u32: scalar("u32", "ints", 2, (x) => `${x} >>> 0`),
  s32: scalar("s32", "ints", 2, (x) => `${x} | 0`, same),
  u64: scalar("u64", "unsigned", 3, (x) => `c.unsigned(${x})`, same),
  s64: scalar("s64", "signed", 3, same),
  f32: scalar("f32", "singles", 2, same),
  f64: scalar("f64", "floats", 3, same),
  char: scalar("char", "ints", 2, (x) => `takeChar(${x} >>> 0)`),
};
const DISCRIMINANTS = { __proto__: null, 1: "u8", 2: "u16", 4: "u32" };
// Lists whose elements lie there as a typed array has them.
const TYPED_ARRAYS = {
  __proto__: null,
  u8: "Uint8Array",
  s8: "Int8Array",
  u16: "Uint16Array",
  s16: "Int16Array",
  u32: "Uint32Array",
  s32: "Int32Array",
  u64: "BigUint64Array",
  s64: "BigInt64Array",
  f32: "Float32Array",
  f64: "Float64Array",
};

// A property of the script's object, its own or of its class; not what was put into Object.prototype. V8 has seen most
// objects before, and knows that by their shapes.
export function property(v, name) {
  const key = JSONStringify(name);
  return `(${key} in ${v} && !(${key} in base) ? ${v}[${key}] : propertyOf(${v}, ${key}))`;
}

export const at = (p, offset) => offset === 0 ? p : `${p} + ${offset}`;
const number = (kind, p) => SCALARS[kind].load(p);
const word = (p) => SCALARS.s32.place(p);

// The cases of a type: the name of each and the type of what it has, if it has something.
export function casesOf(type) {
  switch (type.kind) {
    case "option":
      return list([{ __proto__: null, name: "none", type: null }, { __proto__: null, name: "some", type: type.some }]);
    case "result":
      return list([{ __proto__: null, name: "ok", type: type.ok }, { __proto__: null, name: "err", type: type.err }]);
    default:
      return type.cases;
  }
}

// An option in an option is told from it by its tags.
const isNested = (types, type) => type.kind === "option" && types[type.some].kind === "option";

// Sources that are being made: statements, names that are not taken, and what they refer to.
export class Source {
  constructor(codecs) {
    this.codecs = codecs;
    this.types = codecs.types;
    this.text = "";
    this.names = 0;
    this.uses = list();
    this.used = { __proto__: null };
  }

  say(statement) {
    this.text += statement;
  }

  name() {
    return `v${this.names++}`;
  }

  // Has the source see a value under a name.
  use(name, value) {
    if (!ObjectHasOwn(this.used, name)) {
      this.used[name] = true;
      this.uses[this.uses.length] = { __proto__: null, name, value };
    }
    return name;
  }

  // The function of a type, which is made when it is first called.
  codec(prefix, index) {
    return this.use(`${prefix}${index}`, this.codecs.of(prefix, index));
  }

  // Names for what may be any.
  constant(value) {
    return this.use(`k${this.uses.length}`, value);
  }

  // An expression that reads a value.
  load(index, p) {
    const scalar = SCALARS[this.types[index].kind];
    if (scalar !== undefined) return scalar.load(p);
    return this.take(index, word(p), word(at(p, 4))) ?? `${this.codec("load", index)}(c, ${p})`;
  }

  // The same for what one or two words stand for, which are given as expressions; nothing for other types.
  take(index, first, second) {
    const { kind, table } = this.types[index];
    switch (kind) {
      case "string":
        return `c.text(${first} >>> 0, ${second} >>> 0)`;
      case "list":
        return `${this.codec("loadList", index)}(c, ${first} >>> 0, ${second} >>> 0)`;
      case "own":
        return `c.takeOwn(${table}, ${first})`;
      case "borrow":
        return `c.takeBorrow(${table}, ${first})`;
      default:
        return undefined;
    }
  }

  // A statement that writes one.
  store(index, p, v) {
    const { kind, flat } = this.types[index], scalar = SCALARS[kind];
    if (scalar !== undefined) return scalar.store(p, v);
    const put = this.put(index, v);
    if (put === undefined) return `${this.codec("store", index)}(c, ${p}, ${v});`;
    const name = this.name(), length = flat.length === 2 ? ` ${word(at(p, 4))} = c.length;` : "";
    return `const ${name} = ${put}; ${word(p)} = ${name};${length}`;
  }

  // An expression for the first of the words that stand for a value; the second, if there is one, is `c.length` then.
  // Nothing for other types.
  put(index, v) {
    const { kind, table } = this.types[index];
    switch (kind) {
      case "string":
        return `c.putText(string(${v}))`;
      case "list":
        return `${this.codec("storeList", index)}(c, ${v})`;
      case "own":
        return `c.giveOwn(${table}, ${v})`;
      case "borrow":
        return `c.giveBorrow(${table}, ${v})`;
      default:
        return undefined;
    }
  }
}
isolate(Source);

// Makes a function of a source, once all that it refers to is known.
export function compile(source, text) {
  const names = list(), given = list();
  append(names, HELPER_NAMES);
  append(given, HELPER_VALUES);
  for (let i = 0; i < source.uses.length; i++) {
    names[names.length] = source.uses[i].name;
    given[given.length] = source.uses[i].value;
  }
  const make = new Function(ArrayPrototypeJoin(names, ", "), `"use strict"; return ${text};`);
  return ReflectApply(make, undefined, given);
}

// The functions of a component's types.
export class Codecs {
  constructor(types) {
    this.types = types;
    // What values take, by their types.
    this.costs = list();
    this.made = { __proto__: null };
  }

  // One that makes itself when it is first called: types may be many, and few of them are used.
  of(prefix, index) {
    const key = `${prefix}${index}`;
    return this.made[key] ??= this.later(prefix, index);
  }

  later(prefix, index) {
    let made;
    return (c, p, v) => (made ??= MAKERS[prefix](this, index))(c, p, v);
  }
}
isolate(Codecs);

const MAKERS = { __proto__: null, load: makeLoad, store: makeStore, loadList: makeLoadList, storeList: makeStoreList };

// ---- Reading ----

function makeLoad(codecs, index) {
  const source = new Source(codecs), type = codecs.types[index];
  return compile(source, `(c, p) => { ${loadSource(source, type)} }`);
}

function loadSource(source, type) {
  switch (type.kind) {
    case "record": {
      let fields = "";
      for (let i = 0; i < type.fields.length; i++) {
        const field = type.fields[i];
        fields += `${JSONStringify(camelCase(field.name))}: ${source.load(field.type, at("p", field.offset))}, `;
      }
      return `return { ${fields} };`;
    }
    case "tuple": {
      let items = "";
      for (let i = 0; i < type.items.length; i++) {
        items += `${source.load(type.items[i].type, at("p", type.items[i].offset))}, `;
      }
      return `return [${items}];`;
    }
    case "flags":
      return `const bits = ${number(DISCRIMINANTS[type.size] ?? "u8", "p")}; return ${flagsFrom(type, "bits")};`;
    case "enum":
      return `return nameOf(${source.constant(type.names)}, ${number(DISCRIMINANTS[type.discriminant], "p")});`;
    case "fixed-length-list": {
      const { size } = source.types[type.element];
      return `const made = arrayOf(${type.length}); for (let i = 0; i < ${type.length}; i++) { const q = p + i * ${size}; made[i] = ${
        source.load(type.element, "q")
      }; } return made;`;
    }
    default:
      return casesSource(
        source,
        type,
        number(DISCRIMINANTS[type.discriminant ?? 1], "p"),
        (payload) => source.load(payload, at("p", type.payloadOffset)),
      );
  }
}

// The value of the flags that an expression has as bits.
export function flagsFrom({ names }, bits) {
  let flags = "";
  for (let i = 0; i < names.length; i++) {
    flags += `${JSONStringify(camelCase(names[i]))}: (${bits} & ${1 << i}) !== 0, `;
  }
  return `{ ${flags} }`;
}

// Statements that return the value of the case that `d` names.
function casesSource(source, type, d, payloadOf) {
  const cases = casesOf(type);
  let text = "";
  for (let i = 0; i < cases.length; i++) {
    const payload = cases[i].type;
    text += `case ${i}: return ${
      caseValue(source.types, type, i, payload === null ? "undefined" : payloadOf(payload))
    }; `;
  }
  return `const d = ${d}; switch (d) { ${text} } throw wrongCase(d);`;
}

// The value of a case, with what it has as an expression.
export function caseValue(types, type, number, value) {
  if (type.kind === "option" && !isNested(types, type)) return value;
  const { name, type: payload } = casesOf(type)[number], tag = JSONStringify(name);
  return payload === null && type.kind !== "result" ? `{ tag: ${tag} }` : `{ tag: ${tag}, val: ${value} }`;
}

// The bytes that JavaScript holds for a value of a type, roughly, besides what its lists and texts have: those count by
// themselves.
const OBJECT = 56, PROPERTY = 8;
// What an element of a list is counted as at least.
const MIN_ELEMENT = 32;
function costOf(codecs, index) {
  return codecs.costs[index] ??= measured(codecs, codecs.types[index]);
}

function measured(codecs, type) {
  const all = (parts) => {
    let cost = OBJECT;
    for (let i = 0; i < parts.length; i++) cost += PROPERTY + costOf(codecs, parts[i].type);
    return cost;
  };
  switch (type.kind) {
    case "record":
      return all(type.fields);
    case "tuple":
      return all(type.items);
    case "fixed-length-list":
      return OBJECT + type.length * (PROPERTY + costOf(codecs, type.element));
    case "flags":
      return OBJECT + PROPERTY * type.names.length;
    case "variant":
    case "option":
    case "result": {
      const cases = casesOf(type);
      let largest = 0;
      for (let i = 0; i < cases.length; i++) {
        if (cases[i].type !== null) largest = MathMax(largest, costOf(codecs, cases[i].type));
      }
      return OBJECT + largest;
    }
    case "list":
    case "string":
    case "own":
    case "borrow":
      return OBJECT;
    default:
      return 2 * PROPERTY;
  }
}

function makeLoadList(codecs, index) {
  const source = new Source(codecs), { element } = codecs.types[index], { kind, size, align } = codecs.types[element];
  const typed = TYPED_ARRAYS[kind];
  if (typed !== undefined) return compile(source, `(c, p, n) => c.elements("${typed}", p, n, ${size})`);
  return compile(
    source,
    `(c, p, n) => {
      c.checkList(p, n, ${size}, ${align}, ${MathMax(costOf(codecs, element), MIN_ELEMENT)});
      const made = arrayOf(n);
      for (let i = 0, q = p; i < n; i++, q += ${size}) made[i] = ${source.load(element, "q")};
      return made;
    }`,
  );
}

// ---- Writing ----

function makeStore(codecs, index) {
  const source = new Source(codecs), type = codecs.types[index];
  return compile(source, `(c, p, v) => { ${storeSource(source, type)} }`);
}

function storeSource(source, type) {
  switch (type.kind) {
    case "record": {
      let text = "object(v); ";
      for (let i = 0; i < type.fields.length; i++) {
        const field = type.fields[i];
        text += `{ ${source.store(field.type, at("p", field.offset), property("v", camelCase(field.name)))} } `;
      }
      return text;
    }
    case "tuple": {
      let text = `tuple(v, ${type.items.length}); `;
      for (let i = 0; i < type.items.length; i++) {
        text += `{ ${source.store(type.items[i].type, at("p", type.items[i].offset), `v[${i}]`)} } `;
      }
      return text;
    }
    case "flags":
      return flagsStore(type, flagsOf(type, "v"));
    case "enum": {
      const kind = DISCRIMINANTS[type.discriminant];
      return SCALARS[kind].store("p", enumOf(source, type, "v"));
    }
    case "fixed-length-list": {
      const { size } = source.types[type.element];
      return `tuple(v, ${type.length}); for (let i = 0; i < ${type.length}; i++) { const q = p + i * ${size}; ${
        source.store(type.element, "q", "v[i]")
      } }`;
    }
    default: {
      const kind = DISCRIMINANTS[type.discriminant ?? 1];
      return pickSource(
        source,
        type,
        "v",
        (i, payload, value) =>
          `${SCALARS[kind].store("p", i)} ${
            payload === null ? "" : source.store(payload, at("p", type.payloadOffset), value)
          }`,
      );
    }
  }
}

function flagsStore(type, bits) {
  if (type.size === 0) return "object(v);";
  return `object(v); ${SCALARS[DISCRIMINANTS[type.size]].place("p")} = ${bits};`;
}

export function flagsOf(type, v) {
  let bits = "0";
  for (let i = 0; i < type.names.length; i++) {
    bits += ` | (${property(v, camelCase(type.names[i]))} ? ${1 << i} : 0)`;
  }
  return bits;
}

export function enumOf(source, type, v) {
  const cases = { __proto__: null };
  for (let i = 0; i < type.names.length; i++) cases[type.names[i]] = i;
  return `caseOf(${source.constant(cases)}, ${source.constant(type.names)}, ${v})`;
}

// Statements for the case that a value is: `each(number, type of its payload, the payload)` gives them.
export function pickSource(source, type, v, each) {
  const cases = casesOf(type);
  if (type.kind === "option" && !isNested(source.types, type)) {
    return `if (${v} === undefined || ${v} === null) { ${each(0, null)} } else { ${each(1, type.some, v)} }`;
  }
  const numbers = { __proto__: null }, names = list();
  for (let i = 0; i < cases.length; i++) numbers[names[i] = cases[i].name] = i;
  const named = source.name();
  let text = `object(${v}); const ${named} = caseOf(${source.constant(numbers)}, ${source.constant(names)}, ${
    property(v, "tag")
  }); switch (${named}) { `;
  for (let i = 0; i < cases.length; i++) {
    const payload = cases[i].type, value = source.name();
    text += `case ${i}: { ${payload === null ? "" : `const ${value} = ${property(v, "val")};`} ${
      each(i, payload, value)
    } break; } `;
  }
  return `${text} }`;
}

function makeStoreList(codecs, index) {
  const source = new Source(codecs), { element } = codecs.types[index], { kind, size, align } = codecs.types[element];
  const typed = TYPED_ARRAYS[kind];
  const whole = typed === undefined ? "" : `if (c.isElements("${typed}", v)) return c.putElements(v, ${size});`;
  return compile(
    source,
    `(c, v) => {
      ${whole}
      const n = c.lengthOf(v), start = c.allocate(n * ${size}, ${align});
      for (let i = 0, q = start; i < n; i++, q += ${size}) { ${source.store(element, "q", "v[i]")} }
      c.length = n;
      return start;
    }`,
  );
}
