// Objects of many properties: the ops of a plugin, and what a module exports.

import { primordials } from "ext:core/mod.js";
const { ObjectDefineProperty, Symbol } = primordials;

// More properties than these are better kept in a table: V8 would describe the object anew with each.
export const MAX_FAST_PROPERTIES = 64;

// Has V8 keep an object's properties in a table, as it does when one is deleted that is not the last.
export function keepInTable(object) {
  const first = Symbol(), last = Symbol(), configurable = { __proto__: null, configurable: true };
  ObjectDefineProperty(object, first, configurable);
  ObjectDefineProperty(object, last, configurable);
  delete object[first];
  delete object[last];
}
