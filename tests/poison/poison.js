// Poisons the prototypes of the language before a script runs: getters and setters on Object.prototype and
// Array.prototype, and every function of the prototypes and constructors replaced. All do what was there before, but
// look who has called them. Nobody may come from the runtime's own JavaScript (`ext:plugbay/`), whatever it is handed:
// the script could be the one that replaced it. What is found is written to stderr, after `POISONED`, where
// tests/scripts.rs looks for it.

// The names of properties in the runtime's sources.
const names = globalThis.poisonedNames;
delete globalThis.poisonedNames;

const { apply, construct, defineProperty, getOwnPropertyDescriptor, ownKeys } = Reflect;
const { print } = Deno.core;
const { captureStackTrace } = Error;
const { includes, split } = String.prototype;
const call = (method, receiver, ...passed) => apply(method, receiver, passed);
const reported = { __proto__: null };

// The first caller that is no built-in function.
function callerOf(poisoned) {
  const limit = getOwnPropertyDescriptor(Error, "stackTraceLimit"),
    format = getOwnPropertyDescriptor(Error, "prepareStackTrace");
  const holder = { __proto__: null };
  try {
    defineProperty(Error, "stackTraceLimit", {
      __proto__: null,
      value: 8,
      writable: true,
      configurable: true,
      enumerable: true,
    });
    if (format !== undefined) delete Error.prepareStackTrace;
    captureStackTrace(holder, poisoned);
    const lines = call(split, `${holder.stack}`, "\n");
    for (let i = 1; i < lines.length; i++) {
      if (!call(includes, lines[i], "(<anonymous>)")) return lines[i];
    }
    return "";
  } finally {
    if (limit === undefined) delete Error.stackTraceLimit;
    else defineProperty(Error, "stackTraceLimit", limit);
    if (format !== undefined) defineProperty(Error, "prepareStackTrace", format);
  }
}

// A stack takes long to make: of what scripts call again and again not every call is looked at.
const ALL = 400, EVERY = 101;
let isLooking = false;

function watcher(what) {
  let calls = 0;
  return (poisoned) => {
    if (isLooking || (++calls > ALL && calls % EVERY !== 0)) return;
    isLooking = true;
    try {
      const caller = callerOf(poisoned);
      if (!call(includes, caller, "ext:plugbay/")) return;
      // A hole in an array of the script's is read as JSON reads it; a stream of the script's gives the script's
      // promises.
      if (
        call(includes, what, "getter of Array.prototype.") && call(includes, caller, "writeObject (ext:plugbay/wire.js")
      ) return;
      if (
        (call(includes, what, "Promise.prototype.constructor") || call(includes, what, "Iterator.prototype.next"))
        && call(includes, caller, "collect (ext:plugbay/wasm/streaming.js")
      ) return;
      // A Proxy of the script's passes on what it is asked for.
      if (
        call(includes, what, "Object.prototype.")
        && call(includes, caller, "lookUp (ext:plugbay/wasm/imports.js")
      ) return;
      // What a script passes says by toJSON what it is, as JSON has it.
      if (call(includes, what, ".prototype.toJSON") && call(includes, caller, "writeObject (ext:plugbay/wire.js")) {
        return;
      }
      const found = `${what}, asked for by${caller}`;
      if (reported[found] !== undefined) return;
      reported[found] = true;
      print(`POISONED: ${found}\n`, true);
    } finally {
      isLooking = false;
    }
  };
}

// What the language asks a script's own objects for: descriptors, iterators, handlers of proxies, promises, JSON.
const ASKED = [
  "get",
  "set",
  "value",
  "writable",
  "enumerable",
  "configurable",
  "next",
  "done",
  "return",
  "throw",
  "then",
  "toJSON",
  "has",
  "ownKeys",
  "apply",
  "construct",
  "deleteProperty",
  "defineProperty",
  "getPrototypeOf",
  "setPrototypeOf",
  "getOwnPropertyDescriptor",
];

function poisonAccess(holder, holderName, name) {
  if (getOwnPropertyDescriptor(holder, name) !== undefined || ASKED.includes(name)) return;
  const sees = watcher(`the getter of ${holderName}.${name}`), takes = watcher(`the setter of ${holderName}.${name}`);
  const get = function () {
    sees(get);
    return undefined;
  };
  const set = function (value) {
    takes(set);
    if (!defineProperty(this, name, { __proto__: null, value, writable: true, enumerable: true, configurable: true })) {
      throw new TypeError(`cannot add property ${name}, object is not extensible`);
    }
  };
  defineProperty(holder, name, { __proto__: null, get, set, configurable: true });
}

// A function that does what another does, and looks like it.
function imitate(original, what) {
  const sees = watcher(what);
  const copy = {
    poisoned(...passed) {
      sees(copy);
      return new.target === undefined ? apply(original, this, passed) : construct(original, passed, new.target);
    },
  }.poisoned;
  for (const key of ["name", "length"]) {
    const descriptor = getOwnPropertyDescriptor(original, key);
    if (descriptor !== undefined) defineProperty(copy, key, descriptor);
  }
  return copy;
}

const CONVERSIONS = [Symbol.toPrimitive, "toString", "valueOf"];

function poisonFunctions(holder, holderName) {
  for (const key of ownKeys(holder)) {
    const descriptor = getOwnPropertyDescriptor(holder, key);
    // A constructor has a prototype of its own, which is poisoned by itself.
    // What a script passes is converted as the script says.
    if (!descriptor.configurable || key === "constructor" || CONVERSIONS.includes(key)) continue;
    const what = `${holderName}.${String(key)}`;
    for (const part of ["value", "get", "set"]) {
      const original = descriptor[part];
      if (typeof original !== "function" || getOwnPropertyDescriptor(original, "prototype") !== undefined) continue;
      descriptor[part] = imitate(original, part === "value" ? what : `the ${part}ter of ${what}`);
    }
    defineProperty(holder, key, descriptor);
  }
}

// `constructor` says what species a result is of.
function poisonConstructor(holder, holderName) {
  const descriptor = getOwnPropertyDescriptor(holder, "constructor");
  if (descriptor === undefined || !("value" in descriptor)) return;
  let { value } = descriptor;
  const sees = watcher(`${holderName}.constructor`);
  const get = function () {
    sees(get);
    return value;
  };
  const set = function (given) {
    const own = { __proto__: null, value: given, writable: true, enumerable: true, configurable: true };
    if (this === holder) value = given;
    else defineProperty(this, "constructor", own);
  };
  defineProperty(holder, "constructor", { __proto__: null, get, set, configurable: true, enumerable: false });
}

const prototypeOf = Object.getPrototypeOf;
const iterators = [
  [][Symbol.iterator](),
  new Map()[Symbol.iterator](),
  new Set()[Symbol.iterator](),
  ""[Symbol.iterator](),
  "".matchAll(/a/g),
];
const holders = [
  ["Object", Object],
  ["Array", Array],
  ["Promise", Promise],
  ["Reflect", Reflect],
  ["JSON", JSON],
  ["Math", Math],
  ["Number", Number],
  ["String", String],
  ["ArrayBuffer", ArrayBuffer],
  ["BigInt", BigInt],
  ["URL", URL],
  ["WebAssembly", WebAssembly],
  ["Object.prototype", Object.prototype],
  ["Promise.prototype", Promise.prototype],
  ["Function.prototype", Function.prototype],
  ["TypedArray.prototype", prototypeOf(Uint8Array.prototype)],
];
for (
  const made of [
    "Array",
    "Map",
    "Set",
    "WeakMap",
    "WeakSet",
    "String",
    "Number",
    "Boolean",
    "BigInt",
    "Symbol",
    "RegExp",
    "Error",
    "TypeError",
    "RangeError",
    "ArrayBuffer",
    "SharedArrayBuffer",
    "DataView",
    "Uint8Array",
    "Int32Array",
    "Float64Array",
    "BigInt64Array",
    "URL",
    "EventTarget",
    "Event",
  ]
) {
  holders.push([`${made}.prototype`, globalThis[made].prototype]);
}
for (const made of ["Memory", "Table", "Global", "Instance", "Module", "Exception", "Tag"]) {
  if (WebAssembly[made] !== undefined) holders.push([`WebAssembly.${made}.prototype`, WebAssembly[made].prototype]);
}
for (const iterator of iterators) holders.push([`${iterator[Symbol.toStringTag]}.prototype`, prototypeOf(iterator)]);
holders.push(["Iterator.prototype", prototypeOf(prototypeOf(iterators[0]))]);
holders.push(["Plugin.prototype", Deno.Plugin.prototype]);

for (const [name, holder] of holders) poisonFunctions(holder, name);
for (const [name, holder] of holders) if (name.endsWith(".prototype")) poisonConstructor(holder, name);
for (const name of names) poisonAccess(Object.prototype, "Object.prototype", name);
for (let index = 0; index < 24; index++) poisonAccess(Array.prototype, "Array.prototype", index);
