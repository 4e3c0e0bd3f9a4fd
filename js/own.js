// Keeps what the runtime has for itself out of a script's reach. Prototypes are the script's to change: a setter on
// Object.prototype or Array.prototype is handed whatever is assigned where there is no property, a getter whatever is
// asked for what it does not have, a patched method its receiver. `cargo xtask lint` (tests/lint/) finds what does not
// go by these rules.

import { primordials } from "ext:core/mod.js";
const {
  Object,
  ObjectDefineProperty,
  ObjectGetPrototypeOf,
  ObjectHasOwn,
  ObjectPrototype,
  ObjectSetPrototypeOf,
  Promise,
  PromisePrototypeThen,
} = primordials;

// An array without a prototype: nobody is asked when an element is set, or read where there is none. It cannot be
// iterated.
// reach: this is what it gives
export const list = (array = []) => ObjectSetPrototypeOf(array, null);

// Instances of a class have what they and the class have, and nothing from elsewhere.
export function isolate(made) {
  if (ObjectGetPrototypeOf(made.prototype) === ObjectPrototype) ObjectSetPrototypeOf(made.prototype, null);
}

// A promise that only the runtime has, for `await`: it does not ask Promise.prototype what made it.
export const own = (promise) =>
  ObjectDefineProperty(promise, "constructor", { __proto__: null, value: Promise, configurable: true });

// What follows such a promise: one of the language's own, whatever the script has made of Promise.
export function then(promise, onFulfilled, onRejected) {
  ObjectDefineProperty(promise, "constructor", { __proto__: null, value: undefined, configurable: true });
  // reach: the promise has a constructor of its own
  return PromisePrototypeThen(promise, onFulfilled, onRejected);
}

// What an object has of its own under a name; nothing of what is none.
export const ownOf = (object, name) =>
  object !== undefined && object !== null && ObjectHasOwn(object, name) ? object[name] : undefined;

// A property of an object of the script's, its own or of its class; not what was put into Object.prototype.
export function option(object, name) {
  if (object === undefined || object === null) return undefined;
  for (
    let holder = Object(object);
    holder !== null && holder !== ObjectPrototype;
    holder = ObjectGetPrototypeOf(holder)
  ) {
    if (ObjectHasOwn(holder, name)) return object[name];
  }
  return undefined;
}
