// Names of WIT in JavaScript, as the component model's JavaScript binding has them.

import { primordials } from "ext:core/mod.js";
const {
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  StringPrototypeSplit,
  StringPrototypeToLowerCase,
  StringPrototypeToUpperCase,
} = primordials;

// `on-post-created` is onPostCreated.
export function camelCase(name) {
  const words = StringPrototypeSplit(name, "-");
  let made = StringPrototypeToLowerCase(words[0]);
  for (let i = 1; i < words.length; i++) made += capitalized(words[i]);
  return made;
}

// `input-stream` is InputStream.
export const pascalCase = (name) => capitalized(camelCase(name));

const capitalized = (word) =>
  StringPrototypeToUpperCase(StringPrototypeSlice(word, 0, 1)) + StringPrototypeSlice(word, 1);

// What a class cannot have under its own name: one `prototype`; and what has a method `then` is taken for a promise.
const TAKEN = { __proto__: null, method: "then", static: "prototype" };

// The name of a method or a static function in its class.
export function memberName(form, member) {
  const name = camelCase(member);
  return name === TAKEN[form] ? `${name}_` : name;
}

// The name of an interface without its version: what a script may pass it by.
export function withoutVersion(name) {
  const at = StringPrototypeIndexOf(name, "@");
  return at === -1 ? name : StringPrototypeSlice(name, 0, at);
}
