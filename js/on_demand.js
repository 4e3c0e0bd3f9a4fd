// Loads the runtime's modules that are not in the snapshot, when they are first used.

import { core } from "ext:core/mod.js";
import { IMPORTS } from "ext:plugbay/on_demand_imports.js";

const loaded = { __proto__: null };

// Gives the function that loads a module and gives its exports.
export const onDemand = (specifier) => () => loaded[specifier] ?? load(specifier);

// What it imports is loaded before it, each by its name: V8 has the code only of what is asked for by its name, and
// compiles the text of what it comes upon as an import.
function load(specifier) {
  const imports = IMPORTS[specifier];
  for (let i = 0; i < imports.length; i++) {
    if (loaded[imports[i]] === undefined) load(imports[i]);
  }
  return loaded[specifier] = core.createLazyLoader(specifier)();
}
