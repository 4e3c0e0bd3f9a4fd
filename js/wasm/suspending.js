// Imports that a guest waits for: V8's JavaScript Promise Integration. A `new WebAssembly.Suspending(function)` keeps
// its function to itself, and the guest would go on when the function's promise is kept, whatever has become of the
// call meanwhile. Scripts make them by a function of the same name, which remembers: a guest is given another one,
// which an instance that has ended never comes back from.

import { core, primordials } from "ext:core/mod.js";
import { own, then } from "ext:plugbay/own.js";
const {
  ObjectDefineProperty,
  Promise,
  ReflectApply,
  ReflectConstruct,
  TypeError,
  WeakMap,
  WeakMapPrototypeGet,
  WeakMapPrototypeHas,
  WeakMapPrototypeSet,
} = primordials;

let NativeSuspending;
const functions = new WeakMap();

// reach: it runs before the script
export function setUpSuspending() {
  NativeSuspending = WebAssembly.Suspending;
  const { prototype } = NativeSuspending;
  function Suspending(call) {
    if (new.target === undefined) throw new TypeError("WebAssembly.Suspending must be invoked with 'new'");
    const made = ReflectConstruct(NativeSuspending, [call], new.target);
    WeakMapPrototypeSet(functions, made, call);
    return made;
  }
  ObjectDefineProperty(Suspending, "prototype", { __proto__: null, value: prototype, writable: false });
  ObjectDefineProperty(prototype, "constructor", {
    __proto__: null,
    value: Suspending,
    writable: true,
    enumerable: false,
    configurable: true,
  });
  ObjectDefineProperty(WebAssembly, "Suspending", {
    __proto__: null,
    value: Suspending,
    writable: true,
    enumerable: false,
    configurable: true,
  });
}

export const isSuspending = (value) =>
  typeof value === "object" && value !== null && WeakMapPrototypeHas(functions, value);

// A function of the host's that a guest waits for, as a script has it in a Suspending: of it each guest that imports it
// is given its own.
export function waitedFor(call) {
  const made = { __proto__: null };
  WeakMapPrototypeSet(functions, made, call);
  return made;
}

// What a guest is given for a Suspending of the script's.
export const suspendedWith = (guest, given) => suspending(guest, WeakMapPrototypeGet(functions, given));

// An import that a guest waits for where `call` gives a promise. V8 suspends the guest at each call.
export function suspending(guest, call) {
  return nativeSuspending((...args) => {
    const { starts } = guest, answer = ReflectApply(call, undefined, args);
    if (!core.isPromise(answer)) return answer;
    return whileItRuns(guest, answer, () => guest.exports !== null && guest.starts === starts);
  });
}

export const nativeSuspending = (call) => new NativeSuspending(call);

// What a guest waits for that is suspended for a promise. Where `runs()` says that its instance has ended meanwhile,
// nothing comes of it.
export function whileItRuns({ world }, promise, runs) {
  world.whenSuspended?.();
  world.turns?.clock?.suspended();
  // V8 asks it what made it.
  return own(
    new Promise((resolve, reject) => {
      const ifItRuns = (settle) => (value) => {
        if (runs()) settle(value);
      };
      // The promise is the script's: it is taken as `await` takes one.
      then(new Promise((take) => take(promise)), ifItRuns(resolve), ifItRuns(reject));
    }),
  );
}

// What is done when a promise is kept that a guest waits for: what comes of it is the guest's, and no promise is kept
// with it, which would ask it for a `then`.
const works = new WeakMap();

export function later(promise, work) {
  WeakMapPrototypeSet(works, promise, work);
  return promise;
}
export const workAfter = (promise) => WeakMapPrototypeGet(works, promise);

// The function that a Suspending has.
export const functionOf = (given) => WeakMapPrototypeGet(functions, given);
