// Opens a module that the host has read and compiled: finds its world, makes the first instance and gives the open plugin.

import { primordials } from "ext:core/mod.js";
import { makeError } from "ext:plugbay/errors.js";
import { Budget } from "ext:plugbay/wasm/budget.js";
import { Guest } from "ext:plugbay/wasm/guest.js";
import { modulesOf } from "ext:plugbay/wasm/imports.js";
import { NESTED_MODULE, NestedPlugins } from "ext:plugbay/wasm/nested.js";
import { PlainWorld } from "ext:plugbay/wasm/plain.js";
import { isWasiModule, WasiWorld } from "ext:plugbay/wasm/wasi.js";
import { isPlugbayModule, PlugbayWorld } from "ext:plugbay/wasm/world.js";

const { StringPrototypeIncludes } = primordials;

// `settings` are what `readOptions` of options.js gives, and for a plugin that a guest opens its `budget`; `opener` has `open`, `close` and
// `dispatch`, for guests that may open plugins.
export function openGuest(host, module, settings, opener) {
  let guest;
  try {
    guest = makeGuest(host, module, settings, opener);
    guest.ready();
    guest.counted("the start of its pool", () => guest.prepare());
  } catch (error) {
    if (guest?.rid !== undefined) host.closeQuietly(guest.rid);
    if (guest === undefined) host.forgetModule(module.id);
    else guest.abandon();
    throw error;
  }
  const { rid, name, world: { version }, ops } = guest;
  return { __proto__: null, rid, name, version, kind: "wasm", ops, guest };
}

// Of a stateless guest all state is its own, and can be put back.
function checkState({ globals, imports, name }) {
  const refuse = (what) => {
    throw makeError("NotSupported", "ERR_WASM_STATE", `cannot open plugin ${name} as stateless: it has state that cannot be put back (${what})`);
  };
  if (globals === undefined) refuse("tables that its code changes, segments that it drops, several memories, or globals that are references");
  for (let i = 0; i < imports.length; i++) {
    const { module: from, field, kind, type } = imports[i];
    if (kind === "memory" || kind === "global" && StringPrototypeIncludes(type, "global mut ")) refuse(`it shares the ${type} that it imports as ${from}.${field}`);
  }
}

function makeGuest(host, module, settings, opener) {
  const { limits, plugins } = settings;
  if (settings.isStateless) checkState(module);
  const nested = plugins === 0 ? undefined : new NestedPlugins(host, opener, limits, plugins);
  const World = isPlugbayModule(module) ? PlugbayWorld : isWasiModule(module) ? WasiWorld : PlainWorld;
  const given = modulesOf(module, settings.imports);
  const world = new World(host, module, given, settings.wasi);
  const budget = new Budget(limits.host, settings.budget);
  const guest = new Guest(host, module, settings, world, budget, nested);
  guest.spend(module.hostBytes, "what its module has");
  if (nested !== undefined) given[NESTED_MODULE] = nested.imports(guest);
  return guest;
}
