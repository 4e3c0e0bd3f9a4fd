// What a guest imports. The script's own functions go before those of providers, and these before the world's.
//
// A provider gives functions of one module, whatever the world, to each instance anew (runtime/worlds/src/providers/):
//
//   module: the module's name
//   provide(guest, fields): { imports, start?, isUsedUp?, reset?, stop?, explain? }
//   close?(): the plugin is closed
//
// `fields` are the names of those that the guest imports and the script does not pass. What it gives has `imports`, {
// name: value }, and is told as a world is: `start(guest)` when the instance runs, `reset(guest)` when it has the state
// of its start again, `stop(guest)` when it is gone, or could not be made. `isUsedUp()` says at the end of a stateless
// call that it keeps something of it, so that the instance is not used again. `explain(guest, error, what)` gives the
// error to be thrown in the place of one that it unwound the guest with.

import { core, primordials } from "ext:core/mod.js";
import { moduleWithoutInit, WasmLink } from "ext:plugbay/error_codes.js";
import { makeError } from "ext:plugbay/errors.js";
import { list, ownOf } from "ext:plugbay/own.js";
import { typedFunction } from "ext:plugbay/wasm/functions.js";
import { isSuspending, suspendedWith } from "ext:plugbay/wasm/suspending.js";
const { Object, ObjectGetPrototypeOf, ObjectHasOwn, ObjectPrototype, ObjectPrototypeIsPrototypeOf, ReflectGet } =
  primordials;

// WebAssembly's own classes, as they were before the script could replace them, by the kinds of imports.
const prototypes = { __proto__: null };

// reach: it runs before the script
export function setUpImports() {
  prototypes.memory = WebAssembly.Memory.prototype;
  prototypes.table = WebAssembly.Table.prototype;
  prototypes.tag = WebAssembly.Tag?.prototype;
}

// A property that an object has of its own, from its class or from its Proxy. Not what all objects have: a guest that
// imports "constructor" gets no function that makes code, and none gets what a script put into Object.prototype.
export function lookUp(given, key) {
  const object = Object(given);
  for (let at = object; at !== null && at !== ObjectPrototype; at = ObjectGetPrototypeOf(at)) {
    if (core.isProxy(at)) {
      // It may pass on what its target has from Object.prototype.
      const value = ReflectGet(at, key, object);
      return value === ReflectGet(ObjectPrototype, key, object) ? undefined : value;
    }
    if (ObjectHasOwn(at, key)) return at !== object && key === "constructor" ? undefined : ReflectGet(at, key, object);
  }
  return undefined;
}

// The modules that are passed, of those that a guest imports from.
export function modulesOf({ imports }, given) {
  const modules = { __proto__: null };
  for (let i = 0; i < imports.length; i++) {
    const { module } = imports[i];
    if (ObjectHasOwn(modules, module)) continue;
    const found = lookUp(given, module);
    if (found !== undefined) modules[module] = found;
  }
  return modules;
}

export function importsFrom({ imports }, name) {
  for (let i = 0; i < imports.length; i++) {
    if (imports[i].module === name) return true;
  }
  return false;
}

export function importsMemory({ imports }) {
  for (let i = 0; i < imports.length; i++) {
    if (imports[i].kind === "memory") return true;
  }
  return false;
}

// What the guest's providers give to a new instance.
export function provide(guest) {
  const { given } = guest.world, provided = list();
  try {
    for (let i = 0; i < guest.providers.length; i++) {
      const provider = guest.providers[i], fields = { __proto__: null };
      const { imports } = guest.module;
      for (let j = 0; j < imports.length; j++) {
        const { module, field } = imports[j];
        if (module === provider.module && lookUp(given[module], field) === undefined) fields[field] = true;
      }
      provided[i] = {
        __proto__: null,
        module: provider.module,
        isUsedUp: undefined,
        reset: undefined,
        start: undefined,
        stop: undefined,
        explain: undefined,
        ...provider.provide(guest, fields),
      };
    }
  } catch (error) {
    stop(guest, provided);
    throw error;
  }
  return provided;
}

export function stop(guest, provided) {
  for (let i = 0; i < provided.length; i++) provided[i].stop?.(guest);
}

// The imports that a module wants, from what there is. Everything that is missing or of another kind is named at once.
export function link(guest, provided) {
  const { module, name, world } = guest;
  const found = (from, field) => {
    const given = lookUp(world.given[from], field);
    if (given !== undefined) return given;
    for (let i = 0; i < provided.length; i++) {
      if (provided[i].module === from && ObjectHasOwn(provided[i].imports, field)) return provided[i].imports[field];
    }
    return ownOf(ownOf(guest.worldImports, from), field);
  };
  const imports = { __proto__: null };
  let faults = "";
  for (let i = 0; i < module.imports.length; i++) {
    const { module: from, field, kind, type } = module.imports[i];
    const of = found(from, field);
    // An op of another plugin has the type of its function.
    const value = kind === "function" ? typedFunction(of) : of;
    const fault = faultOf(value, kind);
    if (fault !== undefined && from === "env" && field === "deno_plugin_init") throw withoutInit(name);
    if (fault !== undefined) faults += `\n  ${from}.${field}: wants a ${type}, ${fault}${HINTS[from] ?? ""}`;
    (imports[from] ??= { __proto__: null })[field] = isSuspending(value) ? suspendedWith(guest, value) : value;
  }
  if (faults !== "") {
    const message =
      `cannot open plugin ${name}: its imports do not fit; pass them as options.imports, { module: { name: value } }:${faults}`;
    throw makeError(WasmLink, message);
  }
  return imports;
}

// A linker has an import made of what nobody defines.
function withoutInit(name) {
  return makeError(moduleWithoutInit, name);
}

// How to have what comes from elsewhere.
const HINTS = { __proto__: null, plugbay_plugins: "; options.plugins lets a guest open plugins" };

function faultOf(value, kind) {
  if (value === undefined) return "is missing";
  switch (kind) {
    case "function":
      return typeof value === "function" || isSuspending(value) ? undefined : `got ${typeof value}`;
    case "global":
      return typeof value === "number" || typeof value === "bigint" || typeof value === "object"
        ? undefined
        : `got ${typeof value}`;
    default:
      return prototypes[kind] === undefined || ObjectPrototypeIsPrototypeOf(prototypes[kind], value)
        ? undefined
        : `got ${typeof value}`;
  }
}
