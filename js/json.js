// Values of JSON text that a plugin wrote.

import { primordials } from "ext:core/mod.js";
const {
  BigInt,
  JSONParse,
  NumberIsSafeInteger,
  RegExpPrototypeExec,
} = primordials;

// Of an integer that may be beyond 2^53, and such an integer alone.
// reach: RegExpPrototypeExec asks neither for flags nor for a patched exec
const LONG = /\d{16}/, INTEGER = /^-?\d+$/;

// An integer that no number holds for certain is a BigInt, as in all results.
export function fromJSON(text) {
  return RegExpPrototypeExec(LONG, text) === null ? JSONParse(text) : JSONParse(text, exactly);
}

function exactly(_key, value, context) {
  // The context of a number has its source as a property of its own.
  if (typeof value !== "number" || NumberIsSafeInteger(value)) return value;
  const { source } = context;
  return RegExpPrototypeExec(INTEGER, source) === null ? value : BigInt(source);
}
