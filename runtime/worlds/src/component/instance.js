// An instance of a component: core instances of its modules, made as its plan says (the crate component_plan describes
// plans), and what the host keeps for it: memories, handles, and who calls whom.

import { core, primordials } from "ext:core/mod.js";
import { componentRuns } from "ext:plugbay/error_codes.js";
import { makeError } from "ext:plugbay/errors.js";
import { onDemand } from "ext:plugbay/on_demand.js";
import { isolate, list } from "ext:plugbay/own.js";
import { Checks, getGlobal, setGlobal } from "ext:plugbay/wasm/checks.js";
import { makeInstance } from "ext:plugbay/wasm/functions.js";
import { Global, promising, RESERVED, START } from "ext:plugbay/wasm/guest.js";
import { partOf } from "ext:plugbay/wasm/image.js";
import { lookUp } from "ext:plugbay/wasm/imports.js";
import { currentBuffer, isMemory } from "ext:plugbay/wasm/memory.js";
import { Context } from "ext:plugbay/worlds/component/context.js";
import { checkReturned, Handles } from "ext:plugbay/worlds/component/handles.js";
import { ComponentMemory } from "ext:plugbay/worlds/component/memory.js";
import { servicesOf, systemOf } from "ext:plugbay/worlds/component/targets.js";
import { coreType, mayWait, trampoline } from "ext:plugbay/worlds/component/trampolines.js";
import { object } from "ext:plugbay/worlds/component/values.js";
const { MathMin, ReflectApply, StringPrototypeStartsWith, SymbolDispose } = primordials;

const loadForwarding = onDemand("ext:plugbay/worlds/component/forwarding.js");
const loadWaiting = onDemand("ext:plugbay/worlds/component/waiting.js");

// A component is not entered while a call of it runs, which has called an import; `what` is what would be called.
export function checkEntry(instance, what) {
  if (!instance.isEntered) return;
  throw makeError(componentRuns, what, instance.guest.name);
}

// Bytes that allocators have after the start of an instance that is put back.
const ROOM = 256 * 1024;

function includes(values, value) {
  for (let i = 0; i < values.length; i++) if (values[i] === value) return true;
  return false;
}

// Whether one of its component instances may call imports now.
class State {
  #mayLeave = true;
  // Where adapters between component instances look themselves, and say it.
  #flags;

  shared() {
    return this.#flags ??= new Global({ __proto__: null, value: "i32", mutable: true }, 1);
  }
  get mayLeave() {
    return this.#flags === undefined ? this.#mayLeave : (getGlobal(this.#flags) & 1) !== 0;
  }
  set mayLeave(may) {
    if (this.#flags === undefined) this.#mayLeave = may;
    else setGlobal(this.#flags, may ? 1 : 0);
  }
}
isolate(State);

export class ComponentInstance {
  #parts;
  #waited;

  // `provided` is what the guest's providers give to it.
  constructor(guest, world, provided) {
    const { plan } = world;
    this.guest = guest;
    this.world = world;
    this.plan = plan;
    this.checks = new Checks();
    // What its core instances export, and the numbers of their modules.
    this.cores = list();
    this.coreModules = list();
    this.memories = list();
    this.reallocs = list();
    this.postReturns = list();
    this.destructors = list();
    this.contexts = list();
    this.states = list();
    this.handles = list();
    for (let i = 0; i < plan.componentInstances; i++) {
      this.states[i] = new State();
      this.handles[i] = new Handles(guest);
    }
    // What its guest waits for, where it may.
    this.waiting = undefined;
    this.isWarm = false;
    // Whether a call of an export runs: a component is not entered again meanwhile.
    this.isEntered = false;
    // What was lent to the guest for the call that runs.
    this.call = { __proto__: null, borrows: 0 };
    // Bytes that JavaScript holds of what the call has passed.
    this.counted = 0;
    // Handles of the guest's that are lent to the host.
    this.lent = list();
    // Handles that the guest was given in arguments which are still written.
    this.given = undefined;
    // What functions of WASI are called with, and those of services.
    this.system = undefined;
    this.services = undefined;
    this.#take(provided);
  }

  #take(provided) {
    this.system = systemOf(this.world.host, this, provided);
    this.services = servicesOf(provided);
  }

  // Follows the plan; `isWarmed` has its allocators called once. `guest.checks` are these meanwhile, so that limits
  // hold for start functions; where one fails and no other instance runs they say why.
  make(isWarmed) {
    const { guest, plan } = this, outer = guest.checks, outerCall = guest.enter();
    let isMade = false;
    guest.checks = this.checks;
    try {
      for (let i = 0; i < plan.initializers.length; i++) this.step(plan.initializers[i]);
      isMade = true;
      if (isWarmed) this.isWarm = this.#warm();
    } finally {
      if (isMade || guest.exports !== null) {
        guest.checks = outer;
        outer?.watch(guest);
      }
      guest.leave(outerCall);
      if (!isMade) this.close();
    }
    return this;
  }

  // Allocators get memory when they are called and have too little: memory that has grown then cannot be put back. So
  // each is asked for as much as most calls want, and given back all but a byte. Whether each gives something.
  #warm() {
    const { options } = this.plan, called = list();
    try {
      for (let i = 0; i < options.length; i++) {
        const { memory, realloc } = options[i];
        if (memory === null || realloc === null || called[realloc] === true || !this.#hasMemory(realloc)) continue;
        called[realloc] = true;
        const context = this.context(i);
        context.reallocate(context.reallocate(0, 0, 1, ROOM), ROOM, 1, 1);
      }
      return true;
    } catch {
      return false;
    }
  }

  // Whether an allocator is of a module with a memory of its own. Adapters have another's, and allocate for calls that
  // run.
  #hasMemory(realloc) {
    const { initializers, modules } = this.plan;
    for (let i = 0; i < initializers.length; i++) {
      const { kind, index, value } = initializers[i];
      if (kind !== "realloc" || index !== realloc) continue;
      return value.kind === "export" && modules[this.coreModules[value.instance]].memories.count > 0;
    }
    return false;
  }

  // It has ended, or could not be made: the host holds nothing more for it.
  close() {
    for (let i = 0; i < this.handles.length; i++) this.handles[i].close();
    this.system?.stop();
  }

  step(step) {
    const { guest } = this;
    switch (step.kind) {
      case "instantiate": {
        const module = this.world.modules[step.module];
        const exports = makeInstance(module.compiled, this.importsOf(step));
        this.coreModules[this.cores.length] = step.module;
        this.cores[this.cores.length] = exports;
        this.checks.watchModule(guest, module, exports);
        if (module.startIsDeferred) exports[START]();
        return;
      }
      case "memory":
        this.memories[step.index] = new ComponentMemory(this.definition(step.value), guest.name);
        return;
      case "realloc":
        this.reallocs[step.index] = this.callable(step.value);
        return;
      case "post-return":
        this.postReturns[step.index] = this.callable(step.value);
        return;
      case "resource":
        this.destructors[step.resource] = step.destructor === null ? undefined : this.callable(step.destructor);
        return;
    }
  }

  importsOf({ instance, imports }) {
    const given = { __proto__: null };
    for (let i = 0; i < imports.length; i++) {
      const { module, name, value } = imports[i];
      (given[module] ??= { __proto__: null })[name] = this.definition(value, instance);
    }
    return given;
  }

  // What a core module exports or imports.
  definition(value) {
    switch (value.kind) {
      case "export":
        return this.cores[value.instance][value.name];
      case "trampoline":
        return this.#waitedFor()[value.index] ?? trampoline(this, this.plan.trampolines[value.index]);
      case "instance-flags":
        return this.states[value.instance].shared();
      default:
        return this.mayBlock ??= new Global({ __proto__: null, value: "i32", mutable: true }, 0);
    }
  }

  // The trampolines that the guest may wait for, by their places, as functions of WebAssembly's own.
  #waitedFor() {
    if (this.#waited !== undefined) return this.#waited;
    const { plan: { trampolines }, world } = this, places = list(), types = list(), called = list();
    this.#waited = list();
    for (let i = 0; i < trampolines.length; i++) {
      if (!mayWait(this, trampolines[i])) continue;
      types[places.length] = coreType(this.plan, trampolines[i]);
      called[places.length] = trampoline(this, trampolines[i]);
      places[places.length] = i;
    }
    if (places.length !== 0) {
      const { Waiting, waitingModule } = loadWaiting();
      this.waiting = new Waiting(this);
      const module = world.sourceOf("waiting", () => waitingModule(types));
      const made = this.waiting.functions(module, called);
      for (let i = 0; i < places.length; i++) this.#waited[places[i]] = made[i];
    }
    return this.#waited;
  }

  // The same of a function that JavaScript calls: always one of WebAssembly's own, which converts what it takes and
  // gives, and may be suspended.
  callable(value) {
    const defined = this.definition(value);
    if (value.kind !== "trampoline") return defined;
    const made = this.plan.trampolines[value.index];
    return this.world.sourceOf(
      `forwarding ${value.index}`,
      () => loadForwarding().forwarding(coreType(this.plan, made)),
    )(defined);
  }

  // Its core instances, for what is put back of a stateless one; nothing where a memory is shared by threads, or its
  // start has left handles.
  stateParts() {
    return this.#parts ??= this.#findParts();
  }
  #findParts() {
    for (let i = 0; i < this.handles.length; i++) if (!this.handles[i].isEmpty()) return undefined;
    const parts = list(), seen = list();
    for (let i = 0; i < this.cores.length; i++) {
      const module = this.world.modules[this.coreModules[i]], exports = this.cores[i];
      const memory = module.memoryName === undefined ? undefined : exports[module.memoryName];
      if (memory !== undefined && !core.isArrayBuffer(currentBuffer(memory))) return undefined;
      // One may be imported from another, which has it already.
      const isNew = memory !== undefined && !includes(seen, memory);
      if (isNew) seen[seen.length] = memory;
      parts[i] = partOf(module, exports, isNew ? this.#viewOf(memory) : null);
    }
    return parts;
  }
  #viewOf(memory) {
    for (let i = 0; i < this.memories.length; i++) if (this.memories[i].memory === memory) return this.memories[i];
    return new ComponentMemory(memory, this.guest.name);
  }

  // Whether the host keeps something of a call that is done.
  isUsedUp() {
    return this.lent.length !== 0 || this.call.borrows !== 0;
  }

  // The host has nothing of what was called: what still arrives for it goes to a system that has stopped.
  reset(provided) {
    this.counted = 0;
    for (let i = 0; i < this.handles.length; i++) this.handles[i].reset();
    this.system?.stop();
    this.#take(provided);
  }

  // Those memories of its modules that are exported, each with how many pages it may have.
  allMemories() {
    const { memoryGrowth, memoryPages } = this.guest.module, all = list();
    for (let i = 0; i < this.cores.length; i++) {
      const exported = this.cores[i], { count, size } = this.plan.modules[this.coreModules[i]].memories;
      // One that defines none may export another's.
      if (count === 0) continue;
      for (const name in exported) {
        const memory = exported[name];
        // The rewriter exports one besides.
        if (StringPrototypeStartsWith(name, RESERVED) || !isMemory(memory)) continue;
        all[all.length] = { __proto__: null, memory, most: MathMin(size / count + memoryGrowth, memoryPages) };
      }
    }
    return all;
  }

  context(index) {
    return this.contexts[index] ??= new Context(this, this.plan.options[index]);
  }

  // ---- Calls ----

  // What JavaScript is about to hold for a call. Lists in lists may say the same memory many times.
  count(bytes) {
    this.counted += bytes;
    if (this.counted > this.guest.budget.most) throw this.guest.exhaust("the values that one call passes");
  }

  enter() {
    this.isEntered = true;
    this.counted = 0;
    this.waiting?.begin();
  }

  leave() {
    this.isEntered = false;
    checkReturned(this.call);
  }

  lend(slot) {
    slot.lent++;
    this.lent[this.lent.length] = slot;
  }

  // A call of an import is done that was lent what comes after `from`.
  takeBack(from) {
    for (let i = from; i < this.lent.length; i++) this.lent[i].lent--;
    this.lent.length = from;
  }

  note(handles, handle, value) {
    if (this.given !== undefined) this.given[this.given.length] = { __proto__: null, handles, handle, value };
  }

  // An argument does not fit: the guest is not called, and has nothing of those before it.
  takeGiven() {
    const { given } = this;
    this.given = undefined;
    if (given === undefined) return;
    for (let i = given.length - 1; i >= 0; i--) {
      const { handles, handle, value } = given[i], { resource, rep, isOwned, call } = handles.revoke(handle);
      if (!isOwned) call.borrows--;
      else if (this.definerOf(resource) !== -1) this.world.classOf(resource).giveBack(value, rep);
    }
  }

  // Runs the destructor of a resource that the script lets go of.
  destroy(resource, rep, name) {
    const { guest } = this, destructor = this.destructors[resource];
    if (destructor === undefined || guest.exports !== this) return;
    this.enter();
    try {
      guest.run(`the destructor of ${name}`, destructor, rep);
    } finally {
      this.isEntered = false;
    }
  }

  // ---- Resources ----

  resourceOf(table) {
    return this.plan.resourceTables[table].resource;
  }

  definerOf(resource) {
    const { kind, instance } = this.plan.resources[resource];
    return kind === "defined" ? instance : -1;
  }

  // What a resource is in JavaScript: an object of the host's, or of the class of the guest's own ones.
  show(resource, rep) {
    return this.definerOf(resource) === -1 ? rep : this.world.classOf(resource).show(this, rep);
  }

  giveAway(resource, value) {
    return this.definerOf(resource) === -1 ? object(value) : this.world.classOf(resource).giveAway(this, value);
  }
  repOf(resource, value) {
    return this.definerOf(resource) === -1 ? object(value) : this.world.classOf(resource).repOf(this, value);
  }

  // The owner of a resource lets go of it.
  dispose(resource, rep) {
    const definer = this.definerOf(resource);
    if (definer === -1) {
      const dispose = lookUp(rep, SymbolDispose);
      if (typeof dispose === "function") ReflectApply(dispose, rep, []);
      return;
    }
    const destructor = this.destructors[resource];
    if (destructor === undefined) return undefined;
    // Whoever has it run waits for what it waits for; start functions cannot.
    return this.world.waits && this.guest.exports === this ? promising(destructor)(rep) : destructor(rep);
  }

  drop(own, table, handle) {
    const resource = this.resourceOf(table), slot = this.handles[own].take(resource, handle);
    if (slot.isOwned) return this.dispose(resource, slot.rep);
    slot.call.borrows--;
  }
}
isolate(ComponentInstance);
