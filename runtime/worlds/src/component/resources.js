// Resources that a component defines, as classes: `new Name(...)` calls the guest's constructor, methods call its
// functions, `Symbol.dispose` drops what is owned. The guest knows a resource by a number, its representation.

import { primordials } from "ext:core/mod.js";
import { messageOf } from "ext:plugbay/errors.js";
import { callWith, isolate, own, then } from "ext:plugbay/own.js";
import { promising } from "ext:plugbay/wasm/guest.js";
import { checkEntry } from "ext:plugbay/worlds/component/instance.js";
import { memberName, pascalCase } from "ext:plugbay/worlds/component/names.js";
import { unfit } from "ext:plugbay/worlds/component/values.js";
const {
  ObjectCreate,
  ObjectDefineProperty,
  ReflectApply,
  SymbolDispose,
  TypeError,
  WeakMap,
  WeakMapPrototypeGet,
  WeakMapPrototypeSet,
} = primordials;

export class ResourceClass {
  // `name` is that of WIT, `resource` its number in the plan. Functions are added as they are found.
  constructor(name, resource) {
    this.name = pascalCase(name);
    this.resource = resource;
    // What each object is: { instance, rep }; no representation when it was given away.
    this.states = new WeakMap();
    this.create = undefined;
    this.made = this.makeClass();
  }

  makeClass() {
    const { name } = this, of = this;
    const made = {
      __proto__: null,
      [name]: function (...args) {
        if (new.target === undefined) throw new TypeError(`Class constructor ${name} cannot be invoked without 'new'`);
        if (of.create === undefined) throw new TypeError(`${name} has no constructor`);
        return ReflectApply(of.create, undefined, args);
      },
    }[name];
    ObjectDefineProperty(made.prototype, SymbolDispose, {
      __proto__: null,
      value() {
        of.dispose(this);
      },
      writable: true,
      configurable: true,
    });
    return made;
  }

  // `[constructor]name`, `[method]name.member` and `[static]name.member`: what calls one is given as `call`.
  addFunction(form, member, call) {
    if (form === "constructor") {
      this.create = call;
      return;
    }
    const value = form === "static" ? call : function (...args) {
      return callWith(call, this, args);
    };
    ObjectDefineProperty(form === "static" ? this.made : this.made.prototype, memberName(form, member), {
      __proto__: null,
      value,
      writable: true,
      configurable: true,
    });
  }

  // A resource of the guest's as an object.
  show(instance, rep) {
    const shown = ObjectCreate(this.made.prototype);
    WeakMapPrototypeSet(this.states, shown, { __proto__: null, instance, rep });
    return shown;
  }

  stateOf(instance, value) {
    const state = typeof value === "object" && value !== null ? WeakMapPrototypeGet(this.states, value) : undefined;
    if (state === undefined) throw unfit(`a ${this.name} of this plugin`, value);
    if (state.rep === undefined) throw unfit(`a ${this.name} that was neither given away nor disposed of`, value);
    if (state.instance !== instance) throw unfit(`a ${this.name} of the instance that runs; that one has ended`, value);
    return state;
  }

  repOf(instance, value) {
    return this.stateOf(instance, value).rep;
  }

  giveBack(value, rep) {
    WeakMapPrototypeGet(this.states, value).rep = rep;
  }

  giveAway(instance, value) {
    const state = this.stateOf(instance, value), { rep } = state;
    state.rep = undefined;
    return rep;
  }

  // Has the guest drop what is owned. What an instance had that has ended is gone.
  dispose(value) {
    const state = WeakMapPrototypeGet(this.states, value);
    if (state?.rep === undefined) return;
    const { instance, rep } = state, { guest, world } = instance;
    if (world.waits) {
      // Nobody waits for it.
      const taken = world.turns.take(() => this.destroyInTurn(state));
      then(taken, undefined, (error) => guest.host.log(guest.name, 1, messageOf(error)));
      return;
    }
    if (guest.exports === instance) checkEntry(instance, `the destructor of ${this.name}`);
    state.rep = undefined;
    instance.destroy(this.resource, rep, this.name);
  }

  async destroyInTurn(state) {
    const { instance, rep } = state, { guest, world } = instance, destructor = instance.destructors[this.resource];
    // It may have been given away meanwhile.
    state.rep = undefined;
    if (rep === undefined || destructor === undefined || guest.exports !== instance) return;
    const what = `the destructor of ${this.name}`;
    const explain = (error) => guest.exports === instance ? guest.ended(error, what) : error;
    instance.enter();
    try {
      await own(world.turns.complete(guest, what, () => promising(destructor)(rep), explain));
    } finally {
      instance.isEntered = false;
    }
  }
}
isolate(ResourceClass);
