// A WebAssembly plugin and the instance of it that runs now. However guest code is reached, it is by `run` here or by a
// function that a world makes, which does the same: note that guest code runs, so that the deadline holds, and end the
// instance when it traps. The next call makes a new one.

import { primordials } from "ext:core/mod.js";
import { op_instances_ended, op_instances_memory, op_instances_opened } from "ext:core/ops";
import { callsTooDeep, guestFunctionOfAnotherType, guestWithoutFunction, guestWithoutMemory, hostHoldsEnough,
  importsUnfit, instanceEnded, instanceEndedAtStart, instanceIsMade, lateInGuest, lateInHost, lateWithAll,
  noMemoryForInstance, pluginClosed, PluginPanic, stackFull, trapped } from "ext:plugbay/error_codes.js";
import { codeOf, isOf, isRuntimeError, makeError, messageOf } from "ext:plugbay/errors.js";
import { isolate, list, then } from "ext:plugbay/own.js";
import { COSTS } from "ext:plugbay/wasm/budget.js";
import { Checks, getGlobal, setUpChecks } from "ext:plugbay/wasm/checks.js";
import { makeInstance, setUpFunctions } from "ext:plugbay/wasm/functions.js";
import { imageOf } from "ext:plugbay/wasm/image.js";
import { importsMemory, link, provide, setUpImports, stop } from "ext:plugbay/wasm/imports.js";
import { currentBuffer, currentLength, GuestMemory, setUpMemory } from "ext:plugbay/wasm/memory.js";
import { setUpSuspending } from "ext:plugbay/wasm/suspending.js";
const {
  Int32Array,
  MathCeil,
  MathMax,
  MathMin,
  ObjectPrototypeIsPrototypeOf,
  PromiseResolve,
  ReflectApply,
  String,
  StringPrototypeSlice,
  StringPrototypeStartsWith,
  uncurryThis,
} = primordials;

// What the rewritten module exports besides its own: see runtime/rewrite.
export const RESERVED = "plugbay:";
export const START = "plugbay:start";

// WebAssembly's own functions, as they were before the script could replace them.
let tableGet;
export let Global;
// Makes a function that gives a Promise, because what it calls may suspend the guest.
export let promising;

// reach: it runs before the script
export function setUpWebAssembly() {
  ({ Global, promising } = WebAssembly);
  setUpMemory();
  setUpFunctions();
  setUpImports();
  setUpSuspending();
  tableGet = uncurryThis(WebAssembly.Table.prototype.get);
  setUpChecks();
}

// Has the host let go of a module, or of those of a component.
export function forget(host, { id, modules }) {
  if (modules === undefined) host.forgetModule(id);
  else for (let i = 0; i < modules.length; i++) host.forgetModule(modules[i].id);
}

// The value of a global that a guest exports; nothing for what is none.
export const valueOf = (exported) =>
  ObjectPrototypeIsPrototypeOf(Global.prototype, exported) ? getGlobal(exported) : undefined;
// A guest may give its functions names of any length.
const MAX_PLACE = 1000;

// The next number of a call, which is not 0, in words that the watchdog sees: it tells one call from the next by it. As
// source text, for the functions of fast calls.
export const NEXT_CALL = "running[0] = running[3] = running[3] + 1 | 0x40000000";

export class Guest {
  // `module` is what runtime/wasm_host/src/load.rs gives: the compiled module and what is known of it. `world` does
  // what has to be done with a new instance, and with `providers` gives what it imports (see world.js and imports.js).
  // `budget` is what the host may hold for it. Of a stateless guest every call finds the state that its start left.
  // `opener` is the guest that opens it, if one does.
  constructor(host, module, { limits, isStateless, pool, opener, tally }, world, budget, providers) {
    this.opener = opener;
    // The number of who counts its instances, if anybody does; how many bytes of memory it was told, and whether what
    // ends the instance is a trap.
    this.tally = tally;
    this.tallied = 0;
    this.hasTrapped = false;
    this.providers = providers;
    // What the providers have given to the instance that runs now.
    this.provided = list();
    this.host = host;
    this.isStateless = isStateless;
    this.pool = pool;
    this.name = module.name;
    this.module = module;
    this.world = world;
    this.deadline = limits.deadline;
    // How many calls may run within one another, or 0. Fast calls would not put back what counts them.
    this.stack = limits.stack;
    // How many calls may go on side by side in instances of their own, where the world has them do so.
    this.instances = limits.instances;
    // The number of the outermost call that runs, or 0, for the watchdog to see; whether it took too long; and how many
    // milliseconds it may take, where that is less than the deadline, or 0; and the number of the last call.
    this.running = new Int32Array(host.watch(limits.deadline), 0, 4);
    // How many milliseconds the caller gives to what is called now, for calls that go on later.
    this.mostOfCaller = Infinity;
    // The resource id of the plugin, once it has one, and `plugin.ops`.
    this.rid = undefined;
    this.ops = /* the script's */ {};
    this.exports = null;
    this.memory = null;
    this.table = null;
    // What ends the code of the instance.
    this.checks = null;
    this.starts = 0;
    this.isStarting = false;
    this.panic = undefined;
    this.failure = undefined;
    // What the host may hold for it, and the error of a call that wanted more.
    this.budget = budget;
    this.exhausted = undefined;
    // What the call of that number has logged, in bytes.
    this.loggingCall = 0;
    this.logged = 0;
    // How many functions of ops were made.
    this.functions = 0;
    // Calls of ops that are not done, and whether those of a stateless guest may have left something.
    this.calls = 0;
    this.isSpent = false;
    // What ended the last instance, and when, by the host's clock.
    this.lastEnd = undefined;
    this.endedAt = 0;
    // What the start of a stateless guest left, where that can be put back.
    this.image = undefined;
    // Whether somebody else may have the memory of the instance: the script that passed it, or got it.
    this.isMemoryShown = false;
    // The memories of instances that have ended, of which guest code may still run.
    this.leftMemories = list();
    // Instances that were made ahead.
    this.prepared = list();
    this.isClosed = false;
    // What the world plugbay keeps with it.
    this.area = undefined;
    this.scratch = undefined;
    this.call = 0;
    this.callStarts = 0;
    this.reader = undefined;
    // What the world itself has for it to import.
    this.worldImports = world.imports(this);
  }

  // One that has an instance of its own and shares all else with this one.
  another(world, pool) {
    const { deadline, isStateless, opener, instances, tally } = this;
    const limits = { __proto__: null, deadline, stack: this.stack, instances };
    const settings = { __proto__: null, limits, isStateless, pool, opener, tally };
    const made = new Guest(this.host, this.module, settings, world, this.budget, this.providers);
    made.rid = this.rid;
    made.ops = this.ops;
    return made;
  }

  // Makes an instance, unless there is one.
  ready() {
    if (this.exports !== null) return;
    if (this.isClosed) throw this.closedError();
    if (this.isStarting) {
      throw makeError(instanceIsMade, this.name);
    }
    const { world } = this;
    const outer = this.enter();
    this.isStarting = true;
    try {
      this.starts++;
      const { provided, exports } = this.prepared.length > 0 ? this.takePrepared() : this.instantiate();
      this.provided = provided;
      this.adopt(exports);
      // What it imports is the script's to find, and so is what that does.
      if (this.isClosed) throw this.closedError();
      for (let i = 0; i < provided.length; i++) provided[i].start?.(this);
      if (this.image !== undefined) {
        this.restore();
      } else {
        // Its start function has waited until the deadline can hold for it.
        if (this.module.startIsDeferred) this.runOfStart(exports[START]);
        world.start(this);
        // Those that call it within another call begin anew.
        this.checks.begin();
        if (this.isStateless && world.canBePutBack) this.keepImage();
      }
      if (this.running[1] !== 0) throw this.overran("its start");
      this.tellMemory();
    } catch (error) {
      const what = this.starts === 1 ? "its start" : "the start of a new instance";
      const thrown = this.ended(error, what);
      // Whatever ended it: half of its start is none.
      this.drop(what);
      throw thrown;
    } finally {
      this.isStarting = false;
      this.leave(outer);
    }
  }

  // Calls a function of the instance that starts. What that imports may end the instance, or close the plugin.
  runOfStart(call, ...args) {
    const { exports } = this;
    const result = ReflectApply(call, undefined, args);
    if (this.isClosed) throw this.closedError();
    if (this.exports !== exports) {
      throw makeError(instanceEndedAtStart, this.name, this.lastEnd);
    }
    this.memory?.update();
    return result;
  }

  closedError() {
    return makeError(pluginClosed, this.name);
  }

  // Makes it an open plugin, unless it is one.
  register() {
    if (this.rid !== undefined) return;
    this.rid = this.host.addGuest(
      this.name,
      this.world.namedOps ?? this.ops,
      (name) => this.world.functionOf(name, this),
    );
    this.opened(this);
  }

  instantiate() {
    const provided = provide(this);
    try {
      return {
        __proto__: null,
        provided,
        exports: this.world.instantiate(this, provided),
      };
    } catch (error) {
      const thrown = this.explained(error, "its start", provided);
      stop(this, provided);
      throw thrown;
    }
  }

  providerOf(module) {
    for (let i = 0; i < this.providers.length; i++) {
      if (this.providers[i].module === module) return this.providers[i];
    }
    return undefined;
  }

  // Makes instances ahead, as many as the pool has.
  prepare() {
    while (this.prepared.length < this.pool && !this.isClosed) {
      const instance = this.instantiate();
      if (this.isClosed) this.leavePrepared(instance);
      else this.prepared[this.prepared.length] = instance;
    }
  }

  // Another one is made in its place when the script has done what it does now.
  takePrepared() {
    then(PromiseResolve(), () => {
      try {
        if (!this.isClosed) this.prepare();
      } catch {
        // The call that finds none makes one, or is told why there cannot be one.
      }
    });
    const last = this.prepared.length - 1, taken = this.prepared[last];
    this.prepared.length = last;
    return taken;
  }

  keepImage() {
    const parts = this.world.stateOf(this);
    if (parts !== undefined) this.image = imageOf(this.host, parts);
  }

  // Puts the instance into the state of the image; `parts` are what it is made of.
  restore(parts = this.world.stateOf(this)) {
    for (let i = 0; i < this.provided.length; i++) this.provided[i].reset?.(this);
    this.world.reset(this);
    this.image.restore(parts);
  }

  // A call of an op has begun; `done` follows each.
  begin() {
    // Where the stack was full nothing was put back.
    if (this.isSpent && this.calls === 0) this.drop("the end of a call");
    this.ready();
    this.calls++;
    this.isSpent = this.isStateless;
  }
  done() {
    this.calls--;
    this.settle();
    if (this.exports !== null) this.tellMemory();
  }
  // What a call of a stateless guest has left goes with the last that is under way.
  settle() {
    if (!this.isStateless || this.calls !== 0 || this.exports === null) return;
    // What has grown cannot be made smaller, nor what a provider or the world keeps of a call be forgotten.
    let isUsedUp = this.image === undefined || this.world.isUsedUp(this);
    for (let i = 0; i < this.provided.length; i++) isUsedUp ||= this.provided[i].isUsedUp?.() ?? false;
    const parts = isUsedUp ? undefined : this.world.stateOf(this);
    if (isUsedUp || this.image.hasGrown(parts)) this.drop("the end of a call");
    else this.restore(parts);
    this.isSpent = false;
  }

  // Has `call` call an op, which counts; `sent` and `received` are the bytes of what it takes and gives.
  callCounted({ id }, call, sent = 0, received = 0) {
    const { host } = this;
    host.checkOpen(id);
    this.begin();
    let started, hasFailed = true;
    try {
      started = host.beginCall(id, sent, 0);
      const result = call();
      hasFailed = false;
      return result;
    } finally {
      // Where the stack is full nothing can be called any more.
      this.calls--;
      if (started !== undefined) {
        host.endCall(id, host.ticks() - started, false, hasFailed, hasFailed ? 0 : received);
      }
      this.settle();
    }
  }

  // What scripts are told of it.
  state() {
    const guests = this.world.guests(this);
    let isRunning = false, starts = 0, calls = 0, memory = 0, prepared = 0, last = this;
    for (let i = 0; i < guests.length; i++) {
      const guest = guests[i], memories = this.world.memories(guest);
      isRunning ||= guest.exports !== null;
      starts += guest.starts;
      calls += guest.calls;
      for (let j = 0; j < memories.length; j++) memory += currentLength(memories[j].memory);
      prepared += guest.prepared.length;
      if (guest.endedAt > last.endedAt) last = guest;
    }
    return /* the script's */ { isRunning, starts, calls, memory, prepared, lastEnd: last.lastEnd };
  }

  // An instance of the guest's module, with its imports.
  instantiateModule(provided) {
    return makeInstance(this.module.compiled, link(this, provided));
  }

  // That instance runs from now on.
  adopt(exports) {
    this.exports = exports;
    if (this.tally !== undefined) op_instances_opened(this.tally);
    this.world.adopt(this, exports);
  }
  // Whoever counts its instances is told how much memory this one has.
  tellMemory() {
    if (this.tally === undefined) return;
    const memories = this.world.memories(this);
    let bytes = 0;
    for (let i = 0; i < memories.length; i++) bytes += currentLength(memories[i].memory);
    this.tellBytes(bytes);
  }
  tellBytes(bytes) {
    if (bytes !== this.tallied) op_instances_memory(this.tally, bytes - this.tallied);
    this.tallied = bytes;
  }
  adoptModule(exports) {
    const { memoryName, tableName } = this.module;
    this.isMemoryShown = importsMemory(this.module);
    this.memory = memoryName === undefined ? null : new GuestMemory(exports[memoryName], this.name);
    this.table = tableName === undefined ? null : exports[tableName];
    this.checks = new Checks();
    this.checks.watchModule(this, this.module, exports);
  }

  enter() {
    const outer = this.running[0];
    if (outer === 0) {
      this.running[1] = 0;
      this.running[0] = this.running[3] = this.running[3] + 1 | 0x40000000;
      this.checks?.begin();
    }
    return outer;
  }
  // The memory may have grown meanwhile.
  leave(outer) {
    this.running[0] = outer;
    this.memory?.update();
    if (outer === 0 && this.leftMemories.length !== 0) this.giveMemoriesBack();
  }

  // The host is about to hold so many bytes for the guest, which ends when they are more than it may: whether or not it
  // catches what is thrown.
  spend(bytes, what) {
    if (!this.budget.take(bytes)) throw this.exhaust(what);
  }
  exhaust(what) {
    this.exhausted = makeError(hostHoldsEnough, this.name, what, this.budget.most);
    this.running[1] = 1;
    this.checks?.end();
    return this.exhausted;
  }

  // What the host does for a call counts as its time.
  counted(what, work) {
    const outer = this.enter();
    try {
      const result = work();
      if (this.running[1] !== 0) throw this.overran(what);
      return result;
    } catch (error) {
      throw this.running[1] !== 0 ? this.overran(what) : error;
    } finally {
      this.leave(outer);
    }
  }

  // How many milliseconds a call may take, and how many one has left that began when the host's clock showed that, if
  // its caller gave it no more than `most`.
  timeAllowed() {
    return this.deadline === 0 ? Infinity : this.deadline;
  }
  timeLeft(started, most) {
    return MathMin(this.timeAllowed(), most) - this.host.millisecondsSince(started);
  }

  // Has what `work` runs take no longer than that. What runs within another call has what is left to that one.
  within(milliseconds, work) {
    const outer = this.mostOfCaller, isOutermost = this.running[0] === 0 && milliseconds !== Infinity;
    this.mostOfCaller = milliseconds;
    if (isOutermost) this.running[2] = MathCeil(MathMax(milliseconds, 1));
    try {
      return work();
    } finally {
      this.mostOfCaller = outer;
      if (isOutermost) this.running[2] = 0;
    }
  }

  // A call has used up what it may and is done all the same. If it is its time, what took so long was not guest code.
  overran(what) {
    const { exhausted } = this;
    this.running[1] = 0;
    this.exhausted = undefined;
    this.drop(what);
    return exhausted
      ?? makeError(lateInHost, what, this.name, this.deadline);
  }

  // What a call waits for does not come in time. Nothing of it goes on.
  late(what) {
    this.checks?.end();
    this.running[1] = 0;
    this.drop(what);
    return makeError(lateWithAll, what, this.name, this.running[2] === 0 ? this.deadline : this.running[2]);
  }

  // Calls a function of the instance; `what` is what runs, for errors.
  run(what, call, ...args) {
    return this.runExplained(what, (error) => this.ended(error, what), call, args);
  }
  // The same; `explain` gives what is thrown when it throws an error.
  runExplained(what, explain, call, args) {
    const outer = this.enter();
    const { checks } = this;
    // What calls it from within goes on where it was.
    const depth = checks?.depth();
    let result;
    try {
      result = ReflectApply(call, undefined, args);
    } catch (error) {
      throw explain(error);
    } finally {
      checks?.goOn(depth);
      this.leave(outer);
    }
    if (this.running[1] !== 0) throw this.overran(what);
    return result;
  }

  // The memory, for imports: while guest code runs it may have grown, and nobody may have looked yet whether there is
  // one.
  currentMemory() {
    const { memory } = this;
    if (memory !== null) {
      memory.update();
      return memory;
    }
    if (this.lastEnd !== undefined) {
      throw makeError(instanceEnded, this.name, this.lastEnd);
    }
    throw makeError(guestWithoutMemory, this.name);
  }

  // One line for whoever runs the program.
  print(text) {
    this.countLine(text);
    this.host.print(this.name, text);
  }

  // One line of the log.
  log(level, text) {
    this.countLine(text);
    this.host.log(this.name, level, text);
  }

  // The log is not held, but a call may write no more than could be; what a guest does that it has opened is part of
  // its own.
  countLine({ length }) {
    this.opener?.countLine({ __proto__: null, length });
    if (this.loggingCall !== this.running[0]) {
      this.loggingCall = this.running[0];
      this.logged = 0;
    }
    this.logged += COSTS.logLine + length;
    if (!this.budget.allows(this.logged)) throw this.exhaust("what one call has logged");
  }

  // The function at an index of the guest's table.
  functionAt(index) {
    let found;
    try {
      found = tableGet(this.table, index >>> 0);
    } catch {
      found = null;
    }
    if (found === null) {
      throw makeError(guestWithoutFunction, this.name, index >>> 0);
    }
    return found;
  }

  // What is thrown when guest code threw `error`. The instance is dropped: where it stopped, nothing of it can be
  // relied on.
  ended(error, what) {
    const { checks, exhausted, panic, failure } = this;
    this.running[1] = 0;
    this.exhausted = undefined;
    const isInterrupted = checks?.isEnded() ?? false, isTooDeep = checks?.isTooDeep() ?? false;
    const isTrap = isRuntimeError(error) && codeOf(error) === undefined;
    const fault = exhausted ?? this.misfit(error);
    if (fault !== undefined) {
      this.drop(what);
      return fault;
    }
    const isStack = isOf("RangeError", error) && codeOf(error) === undefined
      && messageOf(error) === "Maximum call stack size exceeded";
    const thrown = this.explained(error, what);
    if (!isTrap && !isStack && !this.world.endsWithExceptions && thrown === error) return error;
    const hint = isTrap ? this.memoryHint() : "";
    this.hasTrapped = isTrap && !isInterrupted || isStack;
    this.drop(what);
    if (thrown !== error) return thrown;
    if (failure !== undefined) return failure;
    if (panic !== undefined) return makeError(PluginPanic, `${what} of plugin ${this.name}: ${panic}`);

    if (isTrap && isInterrupted) {
      return makeError(lateInGuest, what, this.name, this.deadline, this.where(error));
    }
    if (isTrap && isTooDeep) {
      return makeError(callsTooDeep, what, this.name, this.stack, this.where(error));
    }
    if (isTrap) {
      return makeError(trapped, what, this.name, this.where(error), messageOf(error), hint);
    }
    if (isStack) return makeError(stackFull, what, this.name, this.where(error));
    return error;
  }

  // The error in the place of one that a provider unwound the guest with.
  explained(error, what, provided = this.provided) {
    for (let i = 0; i < provided.length; i++) {
      const explained = provided[i].explain?.(this, error, what);
      if (explained !== undefined) return explained;
    }
    return error;
  }

  // V8's own words for imports of the right kind and the wrong type, and for memory that there is not.
  misfit(error) {
    if (codeOf(error) !== undefined) return undefined;
    const message = messageOf(error);
    // A function of its table that takes other types than it should.
    if (
      this.world.endsWithExceptions && isOf("TypeError", error) && StringPrototypeStartsWith(message, "Cannot convert")
    ) {
      return makeError(guestFunctionOfAnotherType, this.name, message);
    }
    if (isOf("WebAssembly.LinkError", error)) {
      return makeError(importsUnfit, this.name, message);
    }
    if (isOf("RangeError", error) && StringPrototypeStartsWith(message, "WebAssembly.Instance(): Out of memory")) {
      return makeError(noMemoryForInstance, this.name, message);
    }
  }

  where(error) {
    try {
      // The script may have a say in what a stack looks like.
      return StringPrototypeSlice(
        this.host.describeStack(this.world.codeModule(this).id, String(error.stack)),
        0,
        MAX_PLACE,
      );
    } catch {
      return "";
    }
  }

  // A guest that gets no more memory gives up in its own way, which does not say why.
  memoryHint() {
    const memories = this.world.memories(this);
    let isFull = false;
    // Allocators ask for several pages at once.
    for (let i = 0; i < memories.length; i++) {
      isFull ||= (currentLength(memories[i].memory) >>> 16) + 16 > memories[i].most;
    }
    if (!isFull) return "";
    return `; its memory is at the limit of ${this.module.memoryPages} pages, which options.limits.memory sets`;
  }

  // Bytes in the guest's memory, for its ops to take without a copy.
  buffer(length) {
    this.ready();
    return this.world.buffer(this, length);
  }

  close() {
    const guests = this.world.guests(this);
    for (let i = 0; i < guests.length; i++) guests[i].isClosed = true;
    try {
      this.world.close(this);
    } catch (error) {
      this.host.log(this.name, 1, messageOf(error));
    }
    for (let i = 0; i < guests.length; i++) guests[i].leaveAll();
    for (let i = 0; i < this.providers.length; i++) this.providers[i].close?.();
    this.budget.close();
    forget(this.host, this.module);
  }

  // Lets go of all its instances.
  leaveAll() {
    this.drop("its close");
    for (let i = 0; i < this.prepared.length; i++) this.leavePrepared(this.prepared[i]);
    this.prepared = list();
  }
  leavePrepared({ exports, provided }) {
    stop(this, provided);
    this.world.leave(this, exports);
  }
  leaveModule(exports) {
    const { memoryName } = this.module;
    this.leaveMemory(memoryName === undefined ? undefined : exports[memoryName], importsMemory(this.module));
  }

  // It could not be opened: nothing of it runs any more.
  abandon() {
    this.drop("its opening");
    this.close();
  }

  // Lets go of the instance.
  drop(why) {
    if (this.exports === null) return;
    this.lastEnd = why;
    this.endedAt = this.host.ticks();
    if (this.tally !== undefined) {
      op_instances_ended(this.tally, this.hasTrapped);
      this.tellBytes(0);
    }
    this.hasTrapped = false;
    const memory = this.memory?.memory;
    this.exports =
      this.memory =
      this.table =
      this.checks =
        null;
    this.area = undefined;
    this.panic = this.failure = undefined;
    const { provided } = this;
    this.provided = list();
    stop(this, provided);
    this.world.stop(this, why);
    this.leaveMemory(memory, this.isMemoryShown);
  }

  // The exports of the instance, for the script. One that has ended is followed by a new one, as for a call; a
  // command's is there while it runs.
  show() {
    if (this.exports === null && !this.isClosed && !this.world.isCommand) this.ready();
    const exports = this.world.showExports(this);
    if (exports !== undefined) this.isMemoryShown = true;
    return exports;
  }

  // V8 would keep the memory of an instance that has ended until it collects it, and it has no hurry.
  leaveMemory(memory, isShown) {
    if (memory === undefined) return;
    this.leftMemories[this.leftMemories.length] = { __proto__: null, memory, isShown };
    if (this.running[0] === 0) this.giveMemoriesBack();
  }
  giveMemoriesBack() {
    const left = this.leftMemories;
    this.leftMemories = list();
    for (let i = 0; i < left.length; i++) this.host.releaseMemory(currentBuffer(left[i].memory), left[i].isShown);
  }
}
isolate(Guest);
