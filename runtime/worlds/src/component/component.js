// The world of components: each function that one exports is an op, under the name of its interface. What they import
// is the script's to give, by the names of interfaces: `options.imports["ns:pkg/iface@1.0.0"].fn`.

import { core, primordials } from "ext:core/mod.js";
import { ComponentResult } from "ext:plugbay/error_codes.js";
import { isKind } from "ext:plugbay/errors.js";
import { onDemand } from "ext:plugbay/on_demand.js";
import { isolate, list, ownOf, then } from "ext:plugbay/own.js";
import { COSTS } from "ext:plugbay/wasm/budget.js";
import { Turns } from "ext:plugbay/wasm/turns.js";
import { World } from "ext:plugbay/wasm/world.js";
import { Commands } from "ext:plugbay/worlds/command.js";
import { Codecs } from "ext:plugbay/worlds/component/codecs.js";
import { ComponentInstance } from "ext:plugbay/worlds/component/instance.js";
import { bind, callInTurn, makeLifted, showLifted } from "ext:plugbay/worlds/component/lifted.js";
import { camelCase, pascalCase } from "ext:plugbay/worlds/component/names.js";
import { ResourceClass } from "ext:plugbay/worlds/component/resources.js";
import { targetsOf } from "ext:plugbay/worlds/component/targets.js";
const { MathMin, ObjectDefineProperty, ObjectHasOwn, ReflectApply } = primordials;

const loadHandler = onDemand("ext:plugbay/worlds/component/wasi/http/incoming.js");
const loadSeats = onDemand("ext:plugbay/worlds/component/seats.js");
const loadScripted = onDemand("ext:plugbay/worlds/component/wasi/http/scripted.js");

// After so many instances that could not be put back no more is tried: what it takes to know their state would be lost.
const MISSES = 8;

export class ComponentWorld extends World {
  // How many instances one after the other had a state that could not be put back.
  #misses = 0;
  // Where the host finds ops by their names: `plugin.ops` has interfaces.
  namedOps = { __proto__: null };

  // `parts` are what is made of the plugin, for all its guests.
  constructor(host, module, given, settings, parts = partsOf(module, given, settings)) {
    super(host, module, given);
    this.parts = parts;
    this.plan = parts.plan;
    this.modules = parts.modules;
    this.codecs = parts.codecs;
    this.targets = parts.targets;
    this.waits = parts.waits;
    this.turns = new Turns(true);
    // Of the plugin's own guest: those that calls have to themselves, where they do.
    this.seats = undefined;
    this.pool = 0;
    // The ops of this guest, by their names, once somebody has asked for them.
    this.ops = { __proto__: null };
    // The instance that runs.
    this.instance = undefined;
    // Of a command, `plugin.run()`.
    const command = exportOf(this.plan, "wasi:cli", "run");
    this.isCommand = command !== undefined;
    this.run = command === undefined ? undefined : (guest) => this.runCommand(guest, `${command}#run`);
    this.commands = new Commands();
    this.canBePutBack = parts.canBePutBack && !this.isCommand;
    // Of one that answers requests, `plugin.handle(request)`, and the same for requests of a server.
    const handler = exportOf(this.plan, "wasi:http", "incoming-handler");
    const called = (guest) => (argsOf, isWanted) => this.callWith(guest, `${handler}#handle`, argsOf, isWanted);
    this.handle = handler === undefined
      ? undefined
      : (guest, input, init) => loadScripted().handle(guest, called(guest), input, init);
    this.serve = handler === undefined
      ? undefined
      : (guest, accepted, headers, respond) => loadHandler().serve(guest, called(guest), accepted, headers, respond);
    // Of one that takes messages of Redis, `receive(guest, bytes, id)`: what the message is called in logs.
    const receiver = exportOf(this.plan, "fermyon:spin", "inbound-redis");
    this.receive = receiver === undefined
      ? undefined
      : (guest, bytes, id) =>
        this.callWith(guest, `${receiver}#handle-message`, (world) => {
          world.nameRequest(id);
          return list([bytes]);
        });
    // That of the instance that runs, for what it imports of WASI.
    this.system = undefined;
    // The request of a server that is answered, { id }, if one is.
    this.served = undefined;
    // What it prints for.
    this.requestId = undefined;
  }

  sourceOf(key, make) {
    return this.parts.sources[key] ??= make();
  }

  // The class of a resource that the component defines. One that it does not export has no name.
  classOf(resource) {
    return this.parts.classes[resource] ??= new ResourceClass("resource", resource);
  }

  guests(guest) {
    return this.seats?.guests ?? super.guests(guest);
  }

  prepare(guest) {
    if (this.seats === undefined) guest.prepare();
    else this.seats.prepare(this.pool);
  }

  memories({ exports }) {
    return exports === null ? list() : exports.allMemories();
  }

  instantiate(guest, provided) {
    const isPutBack = guest.isStateless && this.canBePutBack;
    const made = new ComponentInstance(guest, this, provided).make(isPutBack);
    if (made.isWarm === isPutBack) return made;
    // One whose allocator fails has done no call of it.
    this.canBePutBack = false;
    this.leave(guest, made);
    return new ComponentInstance(guest, this, provided).make(false);
  }

  adopt(guest, instance) {
    this.system = instance.system;
    this.system?.nameRequest(this.requestId);
    guest.checks = instance.checks;
    guest.checks.watch(guest);
    guest.memory = instance.memories[0] ?? null;
    this.instance = instance;
  }

  leave(guest, instance) {
    instance.close();
    for (let i = 0; i < instance.memories.length; i++) guest.leaveMemory(instance.memories[i].memory, false);
  }

  // Stacks do not say which module a function is of: mostly there is one that has nearly all code.
  codeModule() {
    const { modules } = this.plan;
    let largest = 0;
    for (let i = 1; i < modules.length; i++) {
      if (sizeOf(modules[i]) > sizeOf(modules[largest])) largest = i;
    }
    return this.modules[largest];
  }

  start(guest) {
    guest.register();
    if (!this.parts.isShown) {
      this.parts.isShown = true;
      // A command has an instance for each of its runs.
      if (guest.isStateless && this.waits && !this.isCommand) this.seatCalls(guest);
      this.show(guest);
    }
    this.bindAll(guest.exports);
  }

  stateOf({ exports }) {
    return this.#misses === MISSES ? undefined : exports.stateParts();
  }
  isUsedUp({ exports }) {
    return exports.isUsedUp();
  }
  reset({ exports, provided }) {
    this.#misses = 0;
    exports.reset(provided);
    this.system = exports.system;
  }

  stop(guest) {
    if (guest.image !== undefined) this.#misses++;
    // The next one has a start of its own.
    guest.image = undefined;
    this.bindAll(null);
    if (this.instance !== undefined) {
      const { memories } = this.instance;
      // The first is the guest's to give back.
      for (let i = 1; i < memories.length; i++) guest.leaveMemory(memories[i].memory, false);
      this.instance.close();
      this.instance = undefined;
    }
    this.system = undefined;
    this.turns.giveUp?.();
  }

  // It answers that request of a server from now on, or none.
  answers(served) {
    this.served = served;
    this.nameRequest(served?.id);
  }

  // What it prints from now on is for the request or message of that name.
  nameRequest(id) {
    this.requestId = id;
    this.system?.nameRequest(id);
  }

  bindAll(instance) {
    for (const name in this.ops) bind(this.ops[name], instance);
  }

  // Has calls go on side by side.
  seatCalls(guest) {
    const { host, given, parts } = this;
    // Each seat has its part of the pool.
    this.pool = MathMin(guest.pool, guest.instances);
    guest.pool = MathMin(this.pool, 1);
    const make = (place) => {
      const world = new ComponentWorld(host, guest.module, given, undefined, parts);
      world.whenSuspended = () => this.seats.suspended(place);
      return guest.another(world, place < this.pool ? 1 : 0);
    };
    this.seats = new (loadSeats().Seats)(guest, guest.instances, make);
    this.whenSuspended = () => this.seats.suspended(0);
  }

  // An op of this guest, which is made when it is first asked for.
  opOf(name, guest) {
    const made = ownOf(this.ops, name);
    if (made !== undefined) return made;
    const { id, item } = this.parts.exported[name], op = makeLifted(this.host, guest, id, name, item);
    if (guest.exports !== null) bind(op, guest.exports);
    return this.ops[name] = op;
  }

  // The function of an op, for whoever calls it.
  functionOf(name, guest) {
    const exported = ownOf(this.parts.exported, name);
    if (exported === undefined) return undefined;
    if (exported.call === undefined) {
      const op = this.opOf(name, guest);
      exported.call = this.seats === undefined ? op.call : (...args) => this.callWith(guest, name, () => args);
      showLifted(op, exported.call);
    }
    return exported.call;
  }

  // Calls an op with the arguments that `argsOf(world)` gives, of the guest that is called; `isWanted()` says whether
  // somebody waits for it still.
  callWith(guest, name, argsOf, isWanted = undefined) {
    if (this.seats === undefined) {
      const op = this.opOf(name, guest);
      return this.waits
        ? callInTurn(op, () => argsOf(this), isWanted)
        : ReflectApply(op.call, undefined, argsOf(this));
    }
    const { mostOfCaller } = guest, asked = this.host.ticks();
    return this.seats.take((seated) => {
      const { world } = seated, { call } = world.opOf(name, seated);
      const left = mostOfCaller - this.host.millisecondsSince(asked);
      return seated.within(left, () => ReflectApply(call, undefined, argsOf(world)));
    }, isWanted);
  }

  // A command says only whether it has failed, unless it exits.
  runCommand(guest, name) {
    const failed = (error) => {
      if (!isKind(error, ComponentResult)) throw error;
      return 1;
    };
    return this.commands.run(guest, () => {
      try {
        const answer = ReflectApply(this.functionOf(name, guest), undefined, []);
        return core.isPromise(answer) ? then(answer, () => 0, failed) : 0;
      } catch (error) {
        return failed(error);
      }
    });
  }

  // Makes ops of what the component exports, and shows them as `plugin.ops`.
  show(guest) {
    const { exports } = this.plan, shorts = { __proto__: null };
    this.showItems(guest, guest.ops, "", exports);
    for (let i = 0; i < exports.length; i++) {
      const { name, kind, items } = exports[i];
      if (kind !== "instance") continue;
      const shown = /* the script's */ {};
      this.showItems(guest, shown, `${name.full}#`, items);
      define(guest.ops, name.full, shown);
      const short = camelCase(name.interface ?? name.full);
      shorts[short] = ObjectHasOwn(shorts, short) ? undefined : shown;
    }
    // By its own name alone where nothing else has that.
    for (const short in shorts) {
      if (shorts[short] !== undefined && !ObjectHasOwn(guest.ops, short)) define(guest.ops, short, shorts[short]);
    }
  }

  showItems(guest, shown, prefix, items) {
    const classes = { __proto__: null };
    for (let i = 0; i < items.length; i++) {
      const { name, kind, table } = items[i];
      if (kind !== "resource") continue;
      const { resource } = this.plan.resourceTables[table];
      if (this.plan.resources[resource].kind !== "defined") continue;
      classes[name.full] = this.parts.classes[resource] ??= new ResourceClass(name.full, resource);
      define(shown, pascalCase(name.full), classes[name.full].made);
    }
    for (let i = 0; i < items.length; i++) {
      if (items[i].kind === "function") {
        this.showFunction(guest, shown, `${prefix}${items[i].name.full}`, items[i], classes);
      }
    }
  }

  showFunction(guest, shown, opName, item, classes) {
    const { name: { full, form, member, resource } } = item;
    guest.spend(COSTS.op, "the functions that it exports");
    const { id } = this.host.registerGuestOp(guest.rid, opName);
    this.parts.exported[opName] = { __proto__: null, id, item, call: undefined };
    if (form === "plain") {
      this.host.setLazily(shown, camelCase(full), () => this.functionOf(opName, guest));
      return;
    }
    const call = (...args) => ReflectApply(this.functionOf(opName, guest), undefined, args);
    ownOf(classes, resource)?.addFunction(form, member, call);
  }
}
isolate(ComponentWorld);

// What is made of a plugin for all its guests.
function partsOf(module, given, settings) {
  const { plan, modules } = module, targets = targetsOf(module, given, settings);
  let waits = false;
  for (let i = 0; i < targets.length; i++) waits ||= targets[i].waits;
  return {
    __proto__: null,
    plan,
    modules,
    codecs: new Codecs(plan.types),
    targets,
    // Whether an import may have the guest wait: then all ops give promises.
    waits,
    // Whether the state of an instance is known to be what its core instances have in memories and globals.
    canBePutBack: isPlain(plan, modules),
    // Functions that make functions for an instance, by what they are made of.
    sources: { __proto__: null },
    // By the names of ops: the id, what the plan says, and the function once somebody has asked for it.
    exported: { __proto__: null },
    isShown: false,
    // By the numbers of the plan's resources.
    classes: list(),
  };
}

// Resources of its own would be known to the script, and adapters between component instances have state of the host's.
function isPlain({ modules, resources }, compiled) {
  for (let i = 0; i < resources.length; i++) if (resources[i].kind === "defined") return false;
  for (let i = 0; i < modules.length; i++) {
    if (modules[i].role === "fused" || compiled[i].globals === undefined) return false;
  }
  return true;
}

const sizeOf = ({ role, size }) => role === "code" ? size : 0;

// The full name of an interface that a component exports, of whatever version.
function exportOf({ exports }, package_, iface) {
  for (let i = 0; i < exports.length; i++) {
    const { name, kind } = exports[i];
    if (kind === "instance" && name.form === "interface" && name.package === package_ && name.interface === iface) {
      return name.full;
    }
  }
  return undefined;
}

function define(object, name, value) {
  ObjectDefineProperty(object, name, { __proto__: null, value, enumerable: true });
}
