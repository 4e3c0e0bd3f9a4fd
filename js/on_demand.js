// Loads the runtime's modules that are not in the snapshot, when they are first used.

import { core, primordials } from "ext:core/mod.js";
import { IMPORTS } from "ext:plugbay/on_demand_imports.js";

const { RangeError } = primordials;

const loaded = { __proto__: null };
let hasRoom;

// `host.hasRoomForModules` tells whether the stack has.
export function setUpOnDemand(host) {
  hasRoom = host.hasRoomForModules;
}

// Gives the function that loads a module and gives its exports.
export const onDemand = (specifier) => () => {
  if (loaded[specifier] === undefined) checkRoom();
  return loaded[specifier] ?? load(specifier);
};

// The same of a script of Deno's.
export const scriptOnDemand = (specifier) => () => {
  checkRoom();
  return core.loadExtScript(specifier);
};

function checkRoom() {
  if (!hasRoom()) throw new RangeError("Maximum call stack size exceeded");
}

// What it imports is loaded before it, each by its name: V8 has the code only of what is asked for by its name, and
// compiles the text of what it comes upon as an import.
function load(specifier) {
  const imports = IMPORTS[specifier];
  for (let i = 0; i < imports.length; i++) {
    if (loaded[imports[i]] === undefined) load(imports[i]);
  }
  return loaded[specifier] = core.createLazyLoader(specifier)();
}
