// Opens a module that the host has read and compiled, and whose world it has told: makes the first instance and gives
// the open plugin.

import { core, primordials } from "ext:core/mod.js";
import { noWorldClass, noWorldScript, stateStays, WasmGuest } from "ext:plugbay/error_codes.js";
import { errorFrom, makeError } from "ext:plugbay/errors.js";
import { onDemand } from "ext:plugbay/on_demand.js";
import { isolate, list } from "ext:plugbay/own.js";
import { NestedProvider } from "ext:plugbay/providers/nested.js";
import { isOfWasi, WASI, WasiProvider } from "ext:plugbay/providers/wasi.js";
import { Budget } from "ext:plugbay/wasm/budget.js";
import { forget, Guest } from "ext:plugbay/wasm/guest.js";
import { importsFrom, modulesOf } from "ext:plugbay/wasm/imports.js";
import { addOp, World } from "ext:plugbay/wasm/world.js";
import { CommandWorld } from "ext:plugbay/worlds/command.js";
import { ExportsWorld } from "ext:plugbay/worlds/exports.js";
import { PlugbayWorld } from "ext:plugbay/worlds/plugbay/plugbay.js";

const { ObjectFreeze, ObjectPrototypeIsPrototypeOf, StringPrototypeIncludes } = primordials;

// The worlds in the snapshot, by their names; those of components and of Spin are loaded when their first guest is
// opened. Others are known by their numbers, and so are their scripts run.
const worlds = { __proto__: null, command: CommandWorld, exports: ExportsWorld, plugbay: PlugbayWorld };
const loadComponents = onDemand("ext:plugbay/worlds/component/component.js");
const loadSpin = onDemand("ext:plugbay/worlds/spin/spin.js");
const loadServices = onDemand("ext:plugbay/providers/services/services.js");

const guestError = (message) => makeError(WasmGuest, message);

// What the script of a world is called with, besides the language's own: `makeError` takes a class, a code and a
// message, `guestError` the message of what is wrong with a guest.
const KIT = ObjectFreeze({
  __proto__: null,
  addOp,
  core,
  ExportsWorld,
  guestError,
  isolate,
  makeError: errorFrom,
  primordials,
  World,
});

function worldOf(host, key) {
  return worlds[key] ??= load(host, key);
}

function load(host, number) {
  if (number === "component") return loadComponents().ComponentWorld;
  if (number === "spin") return loadSpin().SpinWorld;
  if (typeof number !== "number") {
    throw makeError(noWorldScript, number);
  }
  const { name, made } = host.runWorldScript(number, KIT);
  const isWorld = typeof made === "function" && ObjectPrototypeIsPrototypeOf(World.prototype, made.prototype);
  if (!isWorld) {
    throw makeError(noWorldClass, name);
  }
  return made;
}

// `settings` are what `readOptions` of options.js gives; for a plugin that a guest opens its `budget` and that guest as
// `opener`; and for a component of an app `services`, the number of what Rust has granted it of the host's, and
// `tally`, the number of who counts its instances. `plugins`
// has `opened`, `open`, `close` and `dispatch`: the first is told of the guest as soon as it is an open plugin, the
// others are for guests that may open plugins.
export function openGuest(host, module, settings, plugins) {
  let guest;
  try {
    guest = makeGuest(host, module, settings, plugins);
    guest.ready();
    guest.counted("the start of its pool", () => guest.world.prepare(guest));
    if (guest.isClosed) throw guest.closedError();
  } catch (error) {
    if (guest === undefined) forget(host, module);
    else if (guest.rid !== undefined) plugins.close(guest);
    if (guest?.isClosed === false) guest.abandon();
    throw error;
  }
  const { rid, name, world: { version }, ops } = guest;
  return { __proto__: null, rid, name, version, kind: "wasm", ops, guest };
}

// Of a stateless guest all state is its own, and can be put back.
function checkState({ globals, imports, name }) {
  const refuse = (what) => {
    throw makeError(stateStays, name, what);
  };
  if (globals === undefined) {
    refuse(
      "tables that its code changes, segments that it drops, objects that it makes, several memories, or globals that are references",
    );
  }
  for (let i = 0; i < imports.length; i++) {
    const { module: from, field, kind, type } = imports[i];
    if (kind === "memory" || kind === "global" && StringPrototypeIncludes(type, "global mut ")) {
      refuse(`it shares the ${type} that it imports as ${from}.${field}`);
    }
  }
}

// Whether a component imports from a version of WASI that came after preview 1.
function importsWasi({ plan, imports }) {
  if (plan === undefined) return false;
  for (let i = 0; i < imports.length; i++) if (isOfWasi(imports[i].module)) return true;
  return false;
}

function hostBytesOf(modules) {
  let bytes = 0;
  for (let i = 0; i < modules.length; i++) bytes += modules[i].hostBytes;
  return bytes;
}

function makeGuest(host, module, settings, plugins) {
  const { limits, wasi } = settings;
  if (settings.isStateless && module.plan === undefined) checkState(module);
  const providers = list();
  if (importsFrom(module, WASI) || importsWasi(module)) {
    providers[providers.length] = new WasiProvider(host, wasi, settings.reach);
  }
  if (settings.plugins !== 0) providers[providers.length] = new NestedProvider(host, plugins, limits, settings.plugins);
  const hasServices = settings.services !== undefined;
  if (hasServices) {
    providers[providers.length] = new (loadServices().ServicesProvider)(
      settings.services,
      settings.sharesServices === true,
    );
  }
  const World = worldOf(host, module.world);
  let world;
  try {
    world = new World(host, module, modulesOf(module, settings.imports), { __proto__: null, wasi, hasServices });
  } catch (error) {
    for (let i = 0; i < providers.length; i++) providers[i].close?.();
    throw error;
  }
  const budget = new Budget(limits.host, settings.budget);
  const guest = new Guest(host, module, settings, world, budget, providers);
  guest.opened = plugins.opened;
  guest.spend(module.hostBytes ?? hostBytesOf(module.modules), "what its module has");
  return guest;
}
