// Small core modules that the host makes for components.

import { primordials } from "ext:core/mod.js";
import { append, list } from "ext:plugbay/own.js";
import { makeModule } from "ext:plugbay/wasm/functions.js";
const { StringPrototypeCharCodeAt, TypedArrayPrototypeSet, Uint8Array } = primordials;

const HEADER = [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0];
const TYPES = { __proto__: null, i32: 0x7F, i64: 0x7E, f32: 0x7D, f64: 0x7C };

export const IMPORTED = { __proto__: null, function: 0, global: 3 };
export const SECTION = { __proto__: null, type: 1, import: 2, function: 3, export: 7, code: 10 };
export const CODE = {
  __proto__: null,
  if: 0x04,
  else: 0x05,
  end: 0x0B,
  call: 0x10,
  localGet: 0x20,
  localSet: 0x21,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Const: 0x41,
  noType: 0x40,
};

export const typeCode = (type) => TYPES[type];

// A number as WebAssembly writes it.
export function leb(number) {
  const bytes = list();
  for (; number > 0x7F; number >>>= 7) bytes[bytes.length] = number & 0x7F | 0x80;
  bytes[bytes.length] = number;
  return bytes;
}

// Bytes with their length before them.
export function sized(bytes) {
  const all = leb(bytes.length);
  append(all, bytes);
  return all;
}

// Items, each of which is bytes, with their number before them.
export function vector(items) {
  const all = leb(items.length);
  for (let i = 0; i < items.length; i++) append(all, items[i]);
  return all;
}

// A name of ASCII.
export function nameOf(text) {
  const bytes = list();
  for (let i = 0; i < text.length; i++) bytes[i] = StringPrototypeCharCodeAt(text, i);
  return sized(bytes);
}

export function functionType({ params, results }) {
  const all = list([0x60]);
  append(all, typesOf(params));
  append(all, typesOf(results));
  return all;
}

function typesOf(types) {
  const all = leb(types.length);
  for (let i = 0; i < types.length; i++) all[all.length] = typeCode(types[i]);
  return all;
}

// Adds code that calls a function with all parameters of the one that it stands in.
export function passAll(code, { params }, called) {
  for (let i = 0; i < params.length; i++) {
    append(code, [CODE.localGet]);
    append(code, leb(i));
  }
  append(code, [CODE.call]);
  append(code, leb(called));
}

// A module of sections: pairs of a number and contents, in their order.
export function coreModule(sections) {
  const all = list();
  append(all, HEADER);
  for (let i = 0; i < sections.length; i++) {
    all[all.length] = sections[i][0];
    append(all, sized(sections[i][1]));
  }
  const bytes = new Uint8Array(all.length);
  TypedArrayPrototypeSet(bytes, all);
  return makeModule(bytes);
}
