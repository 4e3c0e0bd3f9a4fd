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

const { NumberIsInteger, ObjectKeys, String, StringPrototypeIncludes } = primordials;

// Instances made ahead, and plugins that a guest opens: more than anybody's memory holds.
const MOST_INSTANCES = 1000;

// What a plugin may use up unless options.limits say otherwise.
const DEFAULTS = {
  __proto__: null,
  // Milliseconds of a call, of all that it waits for too; 0 is no end.
  deadline: 10_000,
  // Calls within one another, of functions that call; 0 is no end but that of V8's stack.
  stack: 0,
  // Pages of 64 KiB.
  memory: 4096,
  // Elements of each table.
  table: 100_000,
  // Bytes.
  module: 64 * 1024 * 1024,
  // Bytes that the host holds for it: what it declares, and what it makes the host keep.
  host: 64 * 1024 * 1024,
};

// The value of an option.
export function wholeNumber(name, value, least, most) {
  if (NumberIsInteger(value) && value >= least && value <= most) return value;
  throw makeError("RangeError", "ERR_PLUGIN_OPTIONS", `options.${name} must be a whole number from ${least} to ${most}, got ${String(value)}`);
}

function readLimits(given) {
  const limits = { __proto__: null, ...DEFAULTS };
  const names = given === undefined ? [] : ObjectKeys(given);
  for (let i = 0; i < names.length; i++) {
    const name = names[i], value = given[name];
    if (DEFAULTS[name] === undefined) {
      throw makeError("TypeError", "ERR_PLUGIN_OPTIONS", `options.limits has no ${name}; there are deadline, stack, memory, table, module and host`);
    }
    if (value === undefined) continue;
    limits[name] = (name === "deadline" || name === "stack") && value === Infinity ? 0 : wholeNumber(`limits.${name}`, value, 0, 0xFFFFFFFF);
  }
  return limits;
}

// What the options say that can be looked at before there is a module.
export function readOptions(options) {
  return {
    __proto__: null,
    limits: readLimits(options?.limits),
    isStateless: options?.stateless === true,
    pool: wholeNumber("pool", options?.pool ?? 0, 0, MOST_INSTANCES),
    plugins: wholeNumber("plugins", options?.plugins ?? 0, 0, MOST_INSTANCES),
  };
}

// `settings` are what `readOptions` gives, and for a plugin that a guest opens its `budget`; `opener` has `openNested` and `dispatch`, for
// guests that may open plugins.
export function openGuest(host, module, settings, options, opener) {
  let guest;
  try {
    guest = makeGuest(host, module, settings, options, opener);
    guest.ready();
    guest.counted("the start of its pool", () => guest.prepare());
  } catch (error) {
    if (guest?.rid !== undefined) host.closeQuietly(guest.rid);
    guest?.budget.close();
    host.forgetModule(module.id);
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

function makeGuest(host, module, settings, options, opener) {
  const { limits, plugins } = settings;
  if (settings.isStateless) checkState(module);
  const nested = plugins === 0 ? undefined : new NestedPlugins(opener, limits, plugins);
  const World = isPlugbayModule(module) ? PlugbayWorld : isWasiModule(module) ? WasiWorld : PlainWorld;
  const given = modulesOf(module, options?.imports);
  const world = new World(host, module, given, options?.wasi);
  const budget = new Budget(limits.host, settings.budget);
  const guest = new Guest(host, module, settings, world, budget, nested);
  guest.spend(module.hostBytes ?? 0, "what its module has");
  if (nested !== undefined) given[NESTED_MODULE] = nested.imports(guest);
  return guest;
}
