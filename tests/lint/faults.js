// One of each kind that rules.js must find, and what it must not. `fault:` says which rule finds what in its line.

import { core, primordials } from "ext:core/mod.js";
import { isolate, list, own, then } from "ext:plugbay/own.js";
const { ArrayPrototypePush, ObjectHasOwn, PromisePrototypeThen, ReflectApply } = primordials;

export function iteration(given, array) {
  for (const element of given) array = element; // fault: iteration
  for (let i = 0; i < array.length; i++) given = array[i];
  const [first] = array; // fault: iteration
  [given] = array; // fault: iteration
  const { 0: second } = array;
  return [...first, second]; // fault: iteration
}
export const called = (call, args) => call(...args); // fault: iteration
export const applied = (call, args) => ReflectApply(call, undefined, args);
export const rest = (...args) => args;

export function globals(text) {
  const made = new Map(); // fault: global
  if (typeof text === "undefined") return Object.keys(made); // fault: global builtin
  return undefined;
}

export function builtins(array, view, error, set) {
  array.push(1); // fault: builtin
  view = view.subarray(1).byteLength; // fault: builtin builtin
  const { message } = error; // fault: builtin
  if (error.code === message) return view; // fault: builtin
  if (error instanceof set) return "a" in array; // fault: builtin builtin
  const isA = #a in error;
  return core.encode(`${isA}`).toString(); // fault: builtin
}

export function prototypes(names) {
  const table = {}; // fault: prototype
  const filled = []; // fault: prototype
  const rows = list(), row = { __proto__: null, names }, seen = /* the script's */ { names };
  filled[0] = table;
  rows[0] = row;
  return ObjectHasOwn(seen, "names") ? [filled, rows] : undefined;
}

export function asking(array, promise) {
  ArrayPrototypePush(array, 1); // fault: asking
  PromisePrototypeThen(promise, array); // fault: asking
  return then(promise, array);
}

export async function awaits(promise) {
  await promise; // fault: await
  await own(promise);
  // reach: it is an example
  await promise;
}

export const pattern = (text) => core.decode(text, /a/); // fault: regexp

class Open { // fault: class
  #a = 1;
}
class Closed extends Open {}
isolate(Closed);
