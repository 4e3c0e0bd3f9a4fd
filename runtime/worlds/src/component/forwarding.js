// Functions of WebAssembly's own that call others of the host's: what a component defines of an import as it is. They
// convert what they take and give as its type says, and may be suspended.

import { append, list } from "ext:plugbay/own.js";
import { makeInstance } from "ext:plugbay/wasm/functions.js";
import { CODE, coreModule, functionType, IMPORTED, nameOf, passAll, SECTION, sized,
  vector } from "ext:plugbay/worlds/component/core_module.js";

// Makes such functions of a core type.
export function forwarding(type) {
  const module = moduleOf(type);
  return (called) => makeInstance(module, { __proto__: null, "": { __proto__: null, "": called } })[""];
}

// It imports one function and exports another, both without a name, of the same type.
function moduleOf(type) {
  const noName = nameOf(""), imported = list(), exported = list(), code = list([0]);
  append(imported, noName);
  append(imported, noName);
  append(imported, [IMPORTED.function, 0]);
  append(exported, noName);
  append(exported, [0, 1]);
  passAll(code, type, 0);
  append(code, [CODE.end]);
  return coreModule([
    [SECTION.type, vector([functionType(type)])],
    [SECTION.import, vector([imported])],
    [SECTION.function, vector([[0]])],
    [SECTION.export, vector([exported])],
    [SECTION.code, vector([sized(code)])],
  ]);
}
