// The world of components: each function that one exports is an op, under the name of its interface. What they import
// is the script's to give, by the names of interfaces: `options.imports["ns:pkg/iface@1.0.0"].fn`.

import { core, primordials } from "ext:core/mod.js";
import { ComponentResult } from "ext:plugbay/error_codes.js";
import { isKind } from "ext:plugbay/errors.js";
import { isolate, list, ownOf, then } from "ext:plugbay/own.js";
import { COSTS } from "ext:plugbay/wasm/budget.js";
import { Turns } from "ext:plugbay/wasm/turns.js";
import { World } from "ext:plugbay/wasm/world.js";
import { Commands } from "ext:plugbay/worlds/command.js";
import { Codecs } from "ext:plugbay/worlds/component/codecs.js";
import { ComponentInstance } from "ext:plugbay/worlds/component/instance.js";
import { bind, makeLifted } from "ext:plugbay/worlds/component/lifted.js";
import { camelCase, pascalCase } from "ext:plugbay/worlds/component/names.js";
import { ResourceClass } from "ext:plugbay/worlds/component/resources.js";
import { targetsOf } from "ext:plugbay/worlds/component/targets.js";
const { ObjectDefineProperty, ObjectHasOwn, ReflectApply } = primordials;

const loadHandler = core.createLazyLoader("ext:plugbay/worlds/component/wasi/http/incoming.js");

export class ComponentWorld extends World {
  canBePutBack = false;
  // Where the host finds ops by their names: `plugin.ops` has interfaces.
  namedOps = { __proto__: null };

  constructor(host, module, given, hasServices) {
    super(host, module, given);
    this.plan = module.plan;
    this.modules = module.modules;
    this.codecs = new Codecs(this.plan.types);
    // Functions that make functions for an instance, by what they are made of.
    this.sources = { __proto__: null };
    this.targets = targetsOf(module, given, hasServices);
    // Whether an import may have the guest wait: then all ops give promises, and take turns.
    this.waits = false;
    for (let i = 0; i < this.targets.length; i++) this.waits ||= this.targets[i].waits;
    this.turns = new Turns();
    // By the names of ops: the id, what the plan says, and the op once somebody has asked for it.
    this.exported = { __proto__: null };
    this.isRegistered = false;
    // The instance that runs, and its memories.
    this.instance = undefined;
    this.memories = list();
    // By the numbers of the plan's resources.
    this.classes = list();
    // Of a command, `plugin.run()`.
    const command = exportOf(this.plan, "wasi:cli", "run");
    this.isCommand = command !== undefined;
    this.run = command === undefined ? undefined : (guest) => this.runCommand(guest, `${command}#run`);
    this.commands = new Commands();
    // Of one that answers requests, `plugin.handle(request)`.
    const handler = exportOf(this.plan, "wasi:http", "incoming-handler");
    this.handle = handler === undefined
      ? undefined
      : (guest, input, init) =>
        loadHandler().handle(this, guest, this.functionOf(`${handler}#handle`, guest), input, init);
    // That of the instance that runs, for what it imports of WASI.
    this.system = undefined;
  }

  sourceOf(key, make) {
    return this.sources[key] ??= make();
  }

  // The class of a resource that the component defines. One that it does not export has no name.
  classOf(resource) {
    return this.classes[resource] ??= new ResourceClass("resource", resource);
  }

  instantiate(guest, provided) {
    return new ComponentInstance(guest, this, provided).make();
  }

  adopt(guest, instance) {
    this.system = instance.system;
    guest.checks = instance.checks;
    guest.checks.watch(guest);
    guest.memory = instance.memories[0] ?? null;
    this.memories = instance.memories;
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
    if (!this.isRegistered) {
      this.isRegistered = true;
      this.show(guest);
    }
    this.bindAll(guest.exports);
  }

  stop(guest) {
    this.bindAll(null);
    // The first is the guest's to give back.
    for (let i = 1; i < this.memories.length; i++) guest.leaveMemory(this.memories[i].memory, false);
    this.memories = list();
    this.instance?.close();
    this.instance = undefined;
    this.system?.stop();
    this.turns.giveUp?.();
  }

  bindAll(instance) {
    for (const name in this.exported) {
      const { op } = this.exported[name];
      if (op !== undefined) bind(op, instance);
    }
  }

  // The function of an op, which is made when it is first asked for.
  functionOf(name, guest) {
    const exported = ownOf(this.exported, name);
    if (exported === undefined) return undefined;
    if (exported.op === undefined) {
      exported.op = makeLifted(this.host, guest, exported.id, name, exported.item);
      if (guest.exports !== null) bind(exported.op, guest.exports);
    }
    return exported.op.call;
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
      classes[name.full] = this.classes[resource] ??= new ResourceClass(name.full, resource);
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
    this.exported[opName] = { __proto__: null, id, item, op: undefined };
    if (form === "plain") {
      this.host.setLazily(shown, camelCase(full), () => this.functionOf(opName, guest));
      return;
    }
    const call = (...args) => ReflectApply(this.functionOf(opName, guest), undefined, args);
    ownOf(classes, resource)?.addFunction(form, member, call);
  }
}
isolate(ComponentWorld);

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
