// Keeps what the runtime has for itself out of a script's reach. Prototypes are the script's to change: a setter on
// Object.prototype or Array.prototype is handed whatever is assigned where there is no property, a getter whatever is
// asked for what it does not have, a patched method its receiver. `cargo xtask lint` (tests/lint/) finds what does not
// go by these rules.

import { primordials } from "ext:core/mod.js";
const {
  Array,
  ArrayFrom,
  Object,
  ObjectDefineProperty,
  ObjectFreeze,
  ObjectGetPrototypeOf,
  ObjectHasOwn,
  ObjectPrototype,
  ObjectSetPrototypeOf,
  Promise,
  PromisePrototypeThen,
  ReflectApply,
  ReflectDefineProperty,
} = primordials;

// An array whose prototype has nothing: nobody is asked when an element is set, or read where there is none. It cannot
// be iterated. V8 makes one of a class soon, and takes long to give an array another prototype.
// reach: this is what has nothing
class List extends Array {}
delete List.prototype.constructor;
ObjectSetPrototypeOf(List.prototype, null);
ObjectFreeze(List.prototype);

// With the elements of an array that nobody else has, if one is given.
export function list(array) {
  if (array === undefined) return new List();
  if (array.length > MAX_COPIED) return ObjectSetPrototypeOf(array, List.prototype);
  const made = new List();
  for (let i = 0; i < array.length; i++) made[i] = array[i];
  return made;
}
const MAX_COPIED = 32;

// Adds elements to such an array.
export function append(to, elements) {
  for (let i = 0; i < elements.length; i++) to[to.length] = elements[i];
}

// An array for the script, with elements of its own from the beginning: no setter of Array.prototype is asked. What a
// function gets as its last parameter is one, and soon made.
export function arrayOf(length) {
  if (length === 0) return /* the script's */ [];
  if (length > MAX_ARGUMENTS) return ArrayFrom({ __proto__: null, length });
  nothings[length] ??= list(ArrayFrom({ __proto__: null, length }));
  return ReflectApply(allOf, undefined, nothings[length]);
}
const MAX_ARGUMENTS = 256;
const nothings = list();
const allOf = (...items) => items;

// Calls a function with `first` and the arguments after it.
export function callWith(call, first, args) {
  const passed = list([first]);
  append(passed, args);
  return ReflectApply(call, undefined, passed);
}

// Instances of a class have what they and the class have, and nothing from elsewhere.
export function isolate(made) {
  if (ObjectGetPrototypeOf(made.prototype) === ObjectPrototype) ObjectSetPrototypeOf(made.prototype, null);
}

// Its instances are what its constructor is given: a class that extends it gives that the fields that it has. That asks
// no setter, and is ten times as fast as to define a property.
class Given {
  constructor(object) {
    return object;
  }
}
isolate(Given);
class MadeByPromise extends Given {
  ["constructor"] = Promise;
}
isolate(MadeByPromise);
class MadeByNobody extends Given {
  ["constructor"] = undefined;
}
isolate(MadeByNobody);

// A promise that only the runtime has, for `await`: it does not ask Promise.prototype what made it.
export const own = (promise) => new MadeByPromise(promise);

// What follows such a promise: one of the language's own, whatever the script has made of Promise.
export function then(promise, onFulfilled, onRejected) {
  // reach: the promise has a constructor of its own
  return PromisePrototypeThen(new MadeByNobody(promise), onFulfilled, onRejected);
}

// The same of a promise that the script may have, and does not see it by.
export function thenOfScript(promise, onFulfilled, onRejected) {
  const constructor = { __proto__: null, value: undefined, configurable: true };
  if (!ReflectDefineProperty(promise, "constructor", constructor)) {
    // One that is frozen is taken as `await` takes it.
    return then(new Promise((take) => take(promise)), onFulfilled, onRejected);
  }
  // reach: the promise has a constructor of its own
  return PromisePrototypeThen(promise, onFulfilled, onRejected);
}

// Gives an object a property of its own, not by assignment, which would ask a setter that the script gave
// Object.prototype.
export function setOwn(object, key, value) {
  ObjectDefineProperty(object, key, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
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
