// Functions of WebAssembly's own that call others of the host's: what a component defines of an import as it is. They
// convert what they take and give as its type says, and may be suspended.

import { primordials } from "ext:core/mod.js";
import { append, list } from "ext:plugbay/own.js";
import { makeInstance, makeModule } from "ext:plugbay/wasm/functions.js";
const { TypedArrayPrototypeSet, Uint8Array } = primordials;

const HEADER = [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0];
const TYPES = { __proto__: null, i32: 0x7F, i64: 0x7E, f32: 0x7D, f64: 0x7C };
const FUNCTION = 0x60, LOCAL_GET = 0x20, CALL = 0x10, END = 0x0B;

// Makes such functions of a core type. The canonical ABI passes no more than 17 values: all numbers are one byte long.
export function forwarding({ params, results }) {
  const module = makeModule(moduleOf(params, results));
  return (called) => makeInstance(module, { __proto__: null, "": { __proto__: null, "": called } })[""];
}

// It imports one function and exports another, both without a name, of the same type.
function moduleOf(params, results) {
  const type = list([1, FUNCTION]), code = list([0]), body = list([1]);
  append(type, typesOf(params));
  append(type, typesOf(results));
  for (let i = 0; i < params.length; i++) append(code, [LOCAL_GET, i]);
  append(code, [CALL, 0, END]);
  body[1] = code.length;
  append(body, code);
  const all = list();
  append(all, HEADER);
  const sections = [[1, type], [2, [1, 0, 0, 0, 0]], [3, [1, 0]], [7, [1, 0, 0, 1]], [10, body]];
  for (let i = 0; i < sections.length; i++) {
    const { 0: id, 1: contents } = sections[i];
    append(all, [id, contents.length]);
    append(all, contents);
  }
  const bytes = new Uint8Array(all.length);
  TypedArrayPrototypeSet(bytes, all);
  return bytes;
}

function typesOf(types) {
  const all = list([types.length]);
  for (let i = 0; i < types.length; i++) all[i + 1] = TYPES[types[i]];
  return all;
}
