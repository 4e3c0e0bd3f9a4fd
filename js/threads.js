// Guests on threads: the plugin is opened in runtimes on other threads (runtime/lanes/), and its ops give Promises.
// What goes there and back is structured-cloned.

import { core, primordials } from "ext:core/mod.js";
import { bufferOfThreads, noOpOnThread, resultTooLarge } from "ext:plugbay/error_codes.js";
import { errorFrom, isRuntimeError, makeError, messageOf } from "ext:plugbay/errors.js";
import { readOptions, refused } from "ext:plugbay/options.js";
import { own } from "ext:plugbay/own.js";
const { ObjectDefineProperty, ObjectHasOwn, ObjectKeys, ReflectApply, String, TypedArrayPrototypeGetByteLength } =
  primordials;

// On the thread: what the host calls there.
export function setUpWorker(host, openFile) {
  let plugin, maxResult;
  host.setWorkerFunctions((setup) => {
    try {
      const { path, options } = core.deserialize(setup);
      plugin = openFile(path, options);
      maxResult = readOptions(options).limits.host;
      const { name, version, ops } = plugin;
      return core.serialize({ __proto__: null, name, version, ops: ObjectKeys(ops) });
    } catch (error) {
      // Its message alone goes into the error that the script gets.
      throw messageOf(error) || error;
    }
  }, async (name, args) => {
    try {
      const call = plugin.ops[name];
      if (typeof call !== "function") {
        throw makeError(noOpOnThread, plugin.name, name);
      }
      // reach: no script runs on this thread
      const answer = core.serialize({
        __proto__: null,
        value: await ReflectApply(call, undefined, core.deserialize(args)),
      });
      const length = TypedArrayPrototypeGetByteLength(answer);
      if (length <= maxResult) return answer;
      throw makeError(resultTooLarge, name, plugin.name, length, maxResult);
    } catch (error) {
      // reach: as above
      const { name = "Error", message = String(error), code } = error ?? { __proto__: null };
      return core.serialize({
        __proto__: null,
        error: { __proto__: null, class: className(error, name), message, code },
      });
    }
  });
}

// The classes of WebAssembly have short names.
function className(error, name) {
  return isRuntimeError(error) ? "WebAssembly.RuntimeError" : String(name);
}

// In the script's runtime.
export function openOnThreads(host, path, { given, imports, limits, threads }) {
  if (imports !== undefined) {
    throw refused("options.imports cannot go with options.threads: functions do not cross to other threads");
  }
  // What is said of threads is for this side.
  const options = {
    __proto__: null,
    ...given,
    threads: undefined,
    limits: { __proto__: null, ...given.limits, heap: undefined },
  };
  const setup = core.serialize({ __proto__: null, path, options });
  const { id: threadPool, opened } = host.openPool(path, setup, threads, limits.heap);
  const { name, version, ops: names } = core.deserialize(opened);
  const ops = /* the script's */ {};
  const rid = host.addGuest(name, ops);
  for (let i = 0; i < names.length; i++) addOp(host, rid, threadPool, names[i]);
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

function addOp(host, rid, threadPool, name) {
  const { id } = host.registerGuestOp(rid, name, undefined, "(...args: any[]): Promise<any>");
  const call = async (...args) => {
    const result = core.deserialize(await own(host.callOnThread(id, threadPool, name, core.serialize(args))));
    if (ObjectHasOwn(result, "error")) {
      const { class: className, code, message } = { __proto__: null, ...result.error };
      host.countError(id);
      throw errorFrom(className, code ?? "", message);
    }
    return result.value;
  };
  ObjectDefineProperty(call, "name", { __proto__: null, value: name, configurable: true });
  host.showGuestOp(id, call);
  host.setDispatcher({ __proto__: null, id }, (buffers) => ReflectApply(call, undefined, buffers));
}
