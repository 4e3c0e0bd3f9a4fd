// Guests on threads: the plugin is opened in runtimes on other threads (runtime/lanes/), and its ops give Promises.
// What goes there and back is structured-cloned.

import { core, primordials } from "ext:core/mod.js";
import { argumentCannotCross, bufferOfThreads, noOpOnThread, resourcesStay, resultCannotCross,
  resultTooLarge } from "ext:plugbay/error_codes.js";
import { codeOf, errorFrom, isRuntimeError, makeError, messageOf, nameOf } from "ext:plugbay/errors.js";
import { readOptions, refused } from "ext:plugbay/options.js";
import { list, own, ownOf, setOwn } from "ext:plugbay/own.js";
const {
  ArrayFrom,
  Map,
  MapPrototypeGet,
  MapPrototypeSet,
  ObjectDefineProperty,
  ObjectHasOwn,
  ObjectKeys,
  ReflectApply,
  String,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
  SymbolDispose,
  TypedArrayPrototypeGetByteLength,
  WeakSet,
  WeakSetPrototypeAdd,
  WeakSetPrototypeHas,
} = primordials;

// On the thread: what the host calls there.
export function setUpWorker(host, openBytes) {
  let plugin, maxResult;
  host.setWorkerFunctions((name, bytes, setup) => {
    try {
      const settings = readOptions(core.deserialize(setup));
      plugin = openBytes(name, bytes, settings);
      maxResult = settings.limits.host;
      const { version, ops } = plugin;
      return core.serialize({ __proto__: null, name: plugin.name, version, ops: namesOf(ops) });
    } catch (error) {
      return list([nameOf(error), codeOf(error) ?? "", messageOf(error) || String(error)]);
    }
  }, async (name, args) => {
    try {
      const call = opOf(plugin.ops, name);
      if (typeof call !== "function") {
        throw makeError(noOpOnThread, plugin.name, name);
      }
      if (WeakSetPrototypeHas(ofResources, call)) throw makeError(resourcesStay, name, plugin.name);
      // reach: no script runs on this thread
      return within(name, { __proto__: null, value: await ReflectApply(call, undefined, core.deserialize(args)) });
    } catch (error) {
      try {
        return within(name, { __proto__: null, error: described(error) });
      } catch (error) {
        return core.serialize({ __proto__: null, error: described(error) });
      }
    }
  });

  // What is told of a call, if it is no more than the host may hold.
  function within(name, told) {
    const answer = core.serialize(told, undefined, (why) => {
      throw makeError(resultCannotCross, "", why);
    });
    const length = TypedArrayPrototypeGetByteLength(answer);
    if (length <= maxResult) return answer;
    throw makeError(resultTooLarge, name, plugin.name, length, maxResult);
  }
}

function described(error) {
  // reach: no script runs on this thread
  const { name = "Error", message = String(error), code, payload } = error ?? { __proto__: null };
  return { __proto__: null, class: className(error, name), message, code, payload };
}

// Ops of resources, which cannot be cloned.
const ofResources = new WeakSet();

// Has an op be refused on threads.
export function keepOnThread(call) {
  WeakSetPrototypeAdd(ofResources, call);
}

// What is between the name of an interface and that of its function.
const IN = "#";

// The names of ops: of those in an interface both, and of an interface that has two names, what the other is.
function namesOf(ops) {
  const names = list(), shown = ObjectKeys(ops), seen = new Map();
  for (let i = 0; i < shown.length; i++) {
    const name = shown[i], op = ops[name];
    // Resources stay on their threads, and so do their classes.
    if (isClass(op)) continue;
    if (typeof op === "function") {
      names[names.length] = { __proto__: null, name };
      continue;
    }
    names[names.length] = { __proto__: null, name, members: membersOf(op), other: MapPrototypeGet(seen, op) };
    MapPrototypeSet(seen, op, name);
  }
  return ArrayFrom(names);
}

const isClass = (value) => ObjectHasOwn(value, "prototype") && ObjectHasOwn(value.prototype, SymbolDispose);

function membersOf(shown) {
  const members = list(), keys = ObjectKeys(shown);
  for (let i = 0; i < keys.length; i++) {
    if (!isClass(shown[keys[i]])) members[members.length] = keys[i];
  }
  return ArrayFrom(members);
}

function opOf(ops, name) {
  if (ObjectHasOwn(ops, name)) return ops[name];
  const at = StringPrototypeIndexOf(name, IN);
  const shown = ownOf(ops, StringPrototypeSlice(name, 0, at));
  return ownOf(shown, StringPrototypeSlice(name, at + 1));
}

// The classes of WebAssembly have short names.
function className(error, name) {
  return isRuntimeError(error) ? "WebAssembly.RuntimeError" : String(name);
}

// In the script's runtime.
export function openOnThreads(host, path, { given, imports, integrity, limits, threads }) {
  if (imports !== undefined) {
    throw refused("options.imports cannot go with options.threads: functions do not cross to other threads");
  }
  // What is said of threads is for this side.
  const options = {
    __proto__: null,
    ...given,
    integrity: undefined,
    threads: undefined,
    limits: { __proto__: null, ...given.limits, heap: undefined },
  };
  const setup = core.serialize(options, undefined, (why) => {
    throw refused(`with options.threads all options cross to other threads: ${why}`);
  });
  const { id: threadPool, opened } = host.openPool(path, limits, integrity, setup, threads, limits.heap);
  const { name, version, ops: names } = core.deserialize(opened);
  // The host knows them by their names, and the script by interfaces.
  const ops = /* the script's */ {}, rid = host.addGuest(name, { __proto__: null });
  for (let i = 0; i < names.length; i++) {
    const { name: shown, members, other } = { __proto__: null, ...names[i] };
    if (members === undefined) setOwn(ops, shown, makeOp(host, rid, threadPool, shown));
    else if (other !== undefined) setOwn(ops, shown, ops[other]);
    else setOwn(ops, shown, makeInterface(host, rid, threadPool, shown, members));
  }
  host.countPool(threadPool, rid);
  // What stands for the guest of the other threads.
  const guest = {
    __proto__: null,
    world: { __proto__: null },
    state: () => undefined,
    // Its threads have the deadline that it was opened with.
    within: (_, work) => work(),
    show: () => undefined,
    buffer() {
      throw makeError(bufferOfThreads, name);
    },
    close: () => host.closePool(threadPool),
  };
  return { __proto__: null, rid, name, version, kind: "wasm", ops, guest };
}

function makeInterface(host, rid, threadPool, name, members) {
  const shown = /* the script's */ {};
  for (let i = 0; i < members.length; i++) {
    setOwn(shown, members[i], makeOp(host, rid, threadPool, `${name}${IN}${members[i]}`));
  }
  return shown;
}

function makeOp(host, rid, threadPool, name) {
  const { id } = host.registerGuestOp(rid, name, undefined, "(...args: any[]): Promise<any>");
  const refuse = (why) => {
    throw makeError(argumentCannotCross, why);
  };
  const call = async (...args) => {
    const passed = core.serialize(args, undefined, refuse);
    const result = core.deserialize(await own(host.callOnThread(id, threadPool, name, passed)));
    if (ObjectHasOwn(result, "error")) {
      const { class: className, code, message, payload } = { __proto__: null, ...result.error };
      host.countError(id);
      const error = errorFrom(className, code ?? "", message);
      if (payload !== undefined) setOwn(error, "payload", payload);
      throw error;
    }
    return result.value;
  };
  ObjectDefineProperty(call, "name", { __proto__: null, value: name, configurable: true });
  host.showGuestOp(id, call);
  host.setDispatcher({ __proto__: null, id }, (buffers) => ReflectApply(call, undefined, buffers));
  return call;
}
