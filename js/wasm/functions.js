// Ops of plain modules as functions of WebAssembly's own, with the type that they have in their module: for tables, and
// for imports of other modules. Each is the one export of a module that imports the op's function and exports it again,
// so that what calls it is under the limits of its guest. The module has the function's type with its recursion group
// and all that it refers to; the host makes it, once for a type.

import { primordials } from "ext:core/mod.js";
import { COSTS } from "ext:plugbay/wasm/budget.js";
const {
  ObjectGetOwnPropertyDescriptor,
  TypedArrayPrototypeGetByteLength,
  WeakMap,
  WeakMapPrototypeGet,
  WeakMapPrototypeSet,
  uncurryThis,
} = primordials;

// What `limits.host` is told that they take.
const WHAT = "the types of functions that it gives to others";

let Module, Instance, exportsOf;
// The ops of functions.
const ops = new WeakMap();

// reach: it runs before the script
export function setUpFunctions() {
  ({ Module, Instance } = WebAssembly);
  exportsOf = uncurryThis(ObjectGetOwnPropertyDescriptor(Instance.prototype, "exports").get);
}

// An instance of a module: what it exports.
export const makeInstance = (compiled, imports) => exportsOf(new Instance(compiled, imports));

export const makeModule = (bytes) => new Module(bytes);

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

// Nothing when the guest is closed: whatever calls it is told so.
function make({ guest, name, call, type }) {
  if (guest.isClosed) return undefined;
  return guest.counted(`the type of function "${name}"`, () => {
    const forwarding = type.forwarding ??= forwardingOf(guest, type);
    guest.spend(forwarding.types * COSTS.typeOfInstance, WHAT);
    return makeInstance(forwarding.module, { __proto__: null, "": { __proto__: null, "": call } }).f;
  });
}

function forwardingOf(guest, { place }) {
  const { bytes, types } = guest.host.forwardingModule(guest.module.id, place);
  guest.spend(types * COSTS.type + TypedArrayPrototypeGetByteLength(bytes) * COSTS.byteOfType, WHAT);
  return { __proto__: null, module: new Module(bytes), types };
}
