// A world of guests: what their side of the boundary looks like. Each class of worlds extends this one, and each guest
// has an instance of its class. runtime/worlds/ has the worlds, and says in Rust which modules are whose; a program
// adds others (`Builder::world`).
//
// A call of a guest's code goes through `guest.run`, or through a function that does the same: so that limits hold, and
// a trap ends the instance. What a guest says is checked where it is read: `guest.currentMemory()` has methods that do.

import { core, primordials } from "ext:core/mod.js";
import { bufferOfPlainModule } from "ext:plugbay/error_codes.js";
import { makeError } from "ext:plugbay/errors.js";
import { addFunctionOp, follow } from "ext:plugbay/function_ops.js";
import { isolate, list } from "ext:plugbay/own.js";
import { partOf } from "ext:plugbay/wasm/image.js";
const { ReflectApply } = primordials;

export class World {
  // Whether an exception of an import's ends the instance, or is the script's own business, as it is in WebAssembly
  // elsewhere.
  endsWithExceptions = true;
  // Whether `plugin.run()` runs the guest, each time in an instance of its own: then the world has `run(guest)`.
  isCommand = false;
  // The plugin's version, if its guest tells.
  version = "";
  // Whether the state that the start of a stateless guest left can be put back; otherwise each call has an instance of
  // its own.
  canBePutBack = true;

  // What is called when a call of the guest waits for what it imports, if somebody wants to know.
  whenSuspended = undefined;

  // Where all ops are by their names, if `plugin.ops` shows them otherwise.
  namedOps = undefined;

  // `module` is what runtime/wasm_host/src/load.rs gives, and `given` has the modules of functions that the script
  // passes. What follows them is { wasi, hasServices }: options.wasi, and whether the host offers services.
  constructor(host, module, given) {
    this.host = host;
    this.given = given;
  }

  // What the world itself has for the guest to import: { module: { name: value } }. It is asked once for each guest.
  imports(_guest) {
    return { __proto__: null };
  }

  // Makes an instance, which does not run yet: what `guest.exports` is when it does. These four are for worlds whose
  // instances are more than one of the guest's module.
  instantiate(guest, provided) {
    return guest.instantiateModule(provided);
  }
  // It is `guest.exports` from now on.
  adopt(guest, exports) {
    guest.adoptModule(exports);
  }
  // An instance that never ran is not needed.
  leave(guest, exports) {
    guest.leaveModule(exports);
  }
  // The module whose functions errors name.
  codeModule(guest) {
    return guest.module;
  }

  // The guests that the plugin is: each has instances of its own. There may be more of a world whose calls go on side
  // by side.
  guests(guest) {
    return list([guest]);
  }
  // Makes instances ahead, as many as the pool has.
  prepare(guest) {
    guest.prepare();
  }
  // The memories of the instance that runs, each with how many pages it may have.
  memories({ memory: own, module }) {
    return own === null ? list() : list([{ __proto__: null, memory: own.memory, most: module.memoryPages }]);
  }

  // A new instance is there: `guest.exports`. The first time the world makes ops of what it finds, after
  // `guest.register()`; later ones stand behind the same ops. What it throws ends the instance.
  start(guest) {
    guest.register();
  }

  // The instance is gone, and with it all that the world has of it. `why` says in what it ended.
  stop(_guest, _why) {}

  // The instances of modules that the instance is made of, for what is put back of a stateless guest (see image.js);
  // nothing where that cannot be. `isUsedUp` says whether the host keeps of a call what cannot be forgotten.
  stateOf({ module, exports, memory }) {
    return list([partOf(module, exports, memory)]);
  }
  isUsedUp(_guest) {
    return false;
  }

  // The instance of a stateless guest gets the memory and the globals once more that its start left.
  reset(_guest) {}

  // The plugin is closed. Guest code may run once more; then its instance is gone.
  close(_guest) {}

  // Somebody looks at `plugin.ops`. A world may have waited for that to give it its properties.
  showOps(_guest) {}

  // The function of an op, by its name.
  functionOf(_name, _guest) {
    return undefined;
  }

  // A resource that the guest added is closed.
  resourceClosed(_rid) {}

  // What `plugin.exports` shows, if it shows something.
  showExports(_guest) {
    return undefined;
  }

  // What `plugin.buffer(length)` gives.
  buffer(guest, _length) {
    throw makeError(bufferOfPlainModule, guest.name);
  }
}
isolate(World);

// Makes an op of a function of the world's, which finds an instance: `guest.exports`. `declaration` is its type in
// TypeScript, such as `(n: number): number`.
export function addOp(guest, name, declaration, call) {
  const done = () => guest.done();
  addFunctionOp(guest.host, guest.rid, name, declaration, (...args) => {
    guest.begin();
    let answer;
    try {
      answer = ReflectApply(call, undefined, args);
    } catch (error) {
      done();
      throw error;
    }
    if (!core.isPromise(answer)) {
      done();
      return answer;
    }
    return follow(answer, done);
  });
}
