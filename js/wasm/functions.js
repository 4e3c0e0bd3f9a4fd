// Ops of plain modules as functions of WebAssembly's own, with a type: for tables, and for imports of other modules. Each is the one export
// of a module that imports the op's function and exports it again, so that what calls it is under the limits of its guest.

import { primordials } from "ext:core/mod.js";
const {
  Map,
  MapPrototypeGet,
  MapPrototypeSet,
  ObjectGetOwnPropertyDescriptor,
  Uint8Array,
  WeakMap,
  WeakMapPrototypeGet,
  WeakMapPrototypeSet,
  uncurryThis,
} = primordials;

const CODES = { __proto__: null, i32: 0x7F, i64: 0x7E, f32: 0x7D, f64: 0x7C, v128: 0x7B, funcref: 0x70, externref: 0x6F };
const FUNCTION_TYPE = 0x60;

let Module, Instance, exportsOf;
// By their types' bytes.
const modules = new Map();
// The ops of functions.
const ops = new WeakMap();

// reach: it runs before the script
export function setUpFunctions() {
  ({ Module, Instance } = WebAssembly);
  exportsOf = uncurryThis(ObjectGetOwnPropertyDescriptor(Instance.prototype, "exports").get);
}

// Has the op's function be known as one that has a type.
export function noteFunction(op) {
  WeakMapPrototypeSet(ops, op.call, op);
}

// What a function is as one of WebAssembly's own, if it is an op that can be one.
export function typedFunction(called) {
  const op = typeof called === "function" ? WeakMapPrototypeGet(ops, called) : undefined;
  if (op === undefined) return called;
  return op.typed ??= make(op) ?? called;
}

function make({ call, parameters, results }) {
  const type = typeBytes(parameters, results);
  if (type === undefined) return undefined;
  let key = "";
  for (let i = 0; i < type.length; i++) key += `${type[i]},`;
  let module = MapPrototypeGet(modules, key);
  if (module === undefined) {
    module = new Module(moduleOf(type));
    MapPrototypeSet(modules, key, module);
  }
  return exportsOf(new Instance(module, { __proto__: null, "": { __proto__: null, "": call } })).f;
}

// Lists of bytes are objects with a length: what a script put into Array.prototype is not asked.
const list = (...bytes) => {
  const made = { __proto__: null, length: 0 };
  for (let i = 0; i < bytes.length; i++) made[made.length++] = bytes[i];
  return made;
};

function append(to, from) {
  for (let i = 0; i < from.length; i++) to[to.length++] = from[i];
}

// A number as WebAssembly writes it.
function appendNumber(to, number) {
  for (; number > 127; number >>>= 7) to[to.length++] = number & 127 | 128;
  to[to.length++] = number;
}

function appendSection(to, id, content) {
  to[to.length++] = id;
  appendNumber(to, content.length);
  append(to, content);
}

// A function's type; nothing when it has a type of the module's own.
function typeBytes(parameters, results) {
  const type = list(FUNCTION_TYPE);
  for (let side = 0; side < 2; side++) {
    const names = side === 0 ? parameters : results;
    appendNumber(type, names.length);
    for (let i = 0; i < names.length; i++) {
      const code = CODES[names[i]];
      if (code === undefined) return undefined;
      type[type.length++] = code;
    }
  }
  return type;
}

function moduleOf(type) {
  const types = list(1);
  append(types, type);
  const bytes = list(0, 97, 115, 109, 1, 0, 0, 0);
  appendSection(bytes, 1, types);
  // Import "" "" as function 0 of type 0, and export it as "f".
  appendSection(bytes, 2, list(1, 0, 0, 0, 0));
  appendSection(bytes, 7, list(1, 1, 102, 0, 0));
  const module = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) module[i] = bytes[i];
  return module;
}
