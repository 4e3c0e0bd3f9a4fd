// Words of error messages: what a value is, and which name was meant.

import { core, primordials } from "ext:core/mod.js";
import { describe } from "ext:plugbay/typed_ops.js";
const {
  ArrayIsArray,
  JSONStringify,
  MathMin,
  ObjectGetOwnPropertyDescriptor,
  ObjectGetPrototypeOf,
  ObjectHasOwn,
  ObjectPrototype,
  StringPrototypeCharCodeAt,
  StringPrototypeSlice,
  StringPrototypeToLowerCase,
  Uint8Array,
} = primordials;

// Names longer than this are nobody's misspelling.
const MAX_NAME_LENGTH = 32;

// What a value is, for "got ...". Runs no code of the script's.
export function nameOf(value) {
  if (typeof value !== "object" || value === null || core.isProxy(value) || ArrayIsArray(value)) return describe(value);
  const prototype = ObjectGetPrototypeOf(value);
  if (prototype === null || prototype === ObjectPrototype) return describe(value);
  if (core.isMap(value)) return "an instance of Map";
  if (core.isSet(value)) return "an instance of Set";
  const name = ownText(own(prototype, "constructor"), "name");
  return name === undefined ? "an instance of a class" : `an instance of ${shortened(name)}`;
}

function own(object, key) {
  if (object === null || typeof object !== "object" && typeof object !== "function" || core.isProxy(object)) {
    return undefined;
  }
  const property = ObjectGetOwnPropertyDescriptor(object, key);
  return property !== undefined && ObjectHasOwn(property, "value") ? property.value : undefined;
}

function ownText(object, key) {
  const value = own(object, key);
  return typeof value === "string" && value !== "" ? value : undefined;
}

// A text of a script's in a message: of one line, and not long.
export function shortened(text) {
  if (text.length > MAX_NAME_LENGTH) text = `${StringPrototypeSlice(text, 0, MAX_NAME_LENGTH)}...`;
  const quoted = JSONStringify(text);
  return StringPrototypeSlice(quoted, 1, quoted.length - 1);
}

// The one of `names` that a misspelt one is likely to mean.
export function nearest(name, names) {
  if (name.length > MAX_NAME_LENGTH) return undefined;
  let found, least = 1 + (name.length > 3 ? 2 : 1);
  for (let i = 0; i < names.length; i++) {
    const distance = editDistance(StringPrototypeToLowerCase(name), names[i]);
    if (distance < least) {
      least = distance;
      found = names[i];
    }
  }
  return found;
}

// How many letters have to be put in, taken away or exchanged.
function editDistance(from, to) {
  let row = new Uint8Array(to.length + 1);
  for (let j = 0; j <= to.length; j++) row[j] = j;
  for (let i = 1; i <= from.length; i++) {
    const next = new Uint8Array(to.length + 1);
    next[0] = i;
    for (let j = 1; j <= to.length; j++) {
      const same = StringPrototypeCharCodeAt(from, i - 1) === StringPrototypeCharCodeAt(to, j - 1);
      next[j] = MathMin(row[j] + 1, next[j - 1] + 1, row[j - 1] + (same ? 0 : 1));
    }
    row = next;
  }
  return row[to.length];
}
