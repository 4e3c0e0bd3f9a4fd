// Opens a module that the host has read and compiled: finds its world, makes the first instance and gives the open plugin.

import { makeError } from "ext:plugbay/errors.js";
import { Guest } from "ext:plugbay/wasm/guest.js";
import { NESTED_MODULE, NestedPlugins } from "ext:plugbay/wasm/nested.js";
import { PlainWorld } from "ext:plugbay/wasm/plain.js";
import { isWasiModule, WasiWorld } from "ext:plugbay/wasm/wasi.js";
import { isPlugbayModule, PlugbayWorld } from "ext:plugbay/wasm/world.js";

// `settings` are what `readOptions` of options.js gives; `opener` has `openPlugin` and `dispatch`, for guests that may open plugins.
export function openGuest(host, module, settings, opener) {
  let guest;
  try {
    guest = makeGuest(host, module, settings, opener);
    guest.ready();
    guest.prepare();
  } catch (error) {
    if (guest?.rid !== undefined) host.closeQuietly(guest.rid);
    host.forgetModule(module.id);
    throw error;
  }
  const { rid, name, world: { version }, ops } = guest;
  return { __proto__: null, rid, name, version, kind: "wasm", ops, guest };
}

function makeGuest(host, module, settings, opener) {
  const { limits, plugins } = settings;
  if (settings.isStateless && module.globals === undefined) {
    const message = `cannot open plugin ${module.name} as stateless: it has state that cannot be put back (tables that its code changes, segments that it drops, several memories, or globals that are references)`;
    throw makeError("NotSupported", "ERR_WASM_STATE", message);
  }
  const nested = plugins === 0 ? undefined : new NestedPlugins(opener, limits, plugins);
  const World = isPlugbayModule(module) ? PlugbayWorld : isWasiModule(module) ? WasiWorld : PlainWorld;
  const given = { __proto__: null, ...settings.imports };
  const world = new World(host, module, given, settings.wasi);
  const guest = new Guest(host, module, settings, world, nested);
  if (nested !== undefined) given[NESTED_MODULE] = nested.imports(guest);
  return guest;
}
