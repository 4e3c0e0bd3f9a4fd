// What is printed of a value that nobody caught, besides its stack: runtime/src/uncaught.rs.

import { core, primordials } from "ext:core/mod.js";
const { ErrorPrototype, ObjectDefineProperty, ObjectKeys, ObjectPrototypeIsPrototypeOf, String } = primordials;
const { inspect } = core.loadExtScript("ext:deno_web/01_console.js");

// The message, and behind the separator its own properties. Nothing where V8's own words will do, and where getters of
// the script's throw.
export function describe(value) {
  try {
    if (core.isProxy(value)) return null;
    if (ObjectPrototypeIsPrototypeOf(ErrorPrototype, value)) return `${headOf(value)}\0${propertiesOf(value)}`;
    return typeof value === "object" && value !== null ? `Uncaught ${inspect(value, PLAIN)}\0` : null;
  } catch {
    return null;
  }
}

const PLAIN = { __proto__: null, colors: false };

// reach: the script's error is asked for what it says of itself
function headOf({ name, message }) {
  name = name === undefined ? "Error" : String(name);
  message = message === undefined ? "" : String(message);
  if (name === "" || message === "") return `Uncaught ${name}${message}`;
  return `Uncaught ${name}: ${message}`;
}

function propertiesOf(error) {
  const keys = ObjectKeys(error), shown = /* the script's */ {};
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    // These are told elsewhere.
    if (key === "name" || key === "message" || key === "stack" || key === "cause") continue;
    ObjectDefineProperty(shown, key, { __proto__: null, value: error[key], enumerable: true });
  }
  return ObjectKeys(shown).length === 0 ? "" : inspect(shown, PLAIN);
}
