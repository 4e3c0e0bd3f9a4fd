// What core modules of a component import from the host: the component's own imports, and what the canonical ABI has
// for resources and for calls between component instances.

import { core } from "ext:core/mod.js";
import { componentWants } from "ext:plugbay/error_codes.js";
import { makeError } from "ext:plugbay/errors.js";
import { onDemand } from "ext:plugbay/on_demand.js";
import { list } from "ext:plugbay/own.js";
import { checkReturned } from "ext:plugbay/worlds/component/handles.js";
import { cannotLeave, lowered } from "ext:plugbay/worlds/component/lowered.js";
import { fault } from "ext:plugbay/worlds/component/values.js";

const loadTranscoder = onDemand("ext:plugbay/worlds/component/transcode.js");

export function trampoline(instance, made) {
  const { table, instance: own } = made;
  switch (made.kind) {
    case "lower-import":
      return lowered(instance, made);
    case "resource-new":
      return (rep) => {
        if (!instance.states[own].mayLeave) cannotLeave();
        return instance.handles[own].admit(instance.resourceOf(table), rep, true, null);
      };
    case "resource-rep":
      return (handle) => instance.handles[own].slotOf(instance.resourceOf(table), handle).rep;
    case "resource-drop": {
      const drop = (handle) => {
        if (!instance.states[own].mayLeave) cannotLeave();
        return instance.drop(own, table, handle);
      };
      if (!mayWait(instance, made)) return drop;
      return (handle) => {
        const dropped = drop(handle);
        return core.isPromise(dropped) ? instance.waiting.until(dropped, undefined) : dropped;
      };
    }
    case "resource-transfer-own":
      return (handle, from, to) => transferOwn(instance, handle, from, to);
    case "resource-transfer-borrow":
      return (handle, from, to) => transferBorrow(instance, handle, from, to);
    case "transcode":
      return loadTranscoder().transcoder(instance, made);
    case "enter-sync-call":
      return () => enterCall(instance);
    case "exit-sync-call":
      return () => exitCall(instance);
    case "trap":
      return (code) => {
        throw fault(trapMessage(made.messages, code));
      };
    default:
      throw makeError(componentWants, made.kind);
  }
}

// Whether the guest waits for it where it gives a promise: for an import, or for the destructor of a resource that it
// lets go of.
export function mayWait({ plan, world }, { kind, import: index, table }) {
  if (kind === "lower-import") return world.targets[index].waits;
  return kind === "resource-drop" && world.waits
    && plan.resources[plan.resourceTables[table].resource].kind === "defined";
}

// The core type of one that is no adapter's.
export function coreType({ functions }, { kind, function: type }) {
  switch (kind) {
    case "lower-import":
      return functions[type].lowered;
    case "resource-drop":
      return { __proto__: null, params: list(["i32"]), results: list() };
    default:
      return { __proto__: null, params: list(["i32"]), results: list(["i32"]) };
  }
}

function trapMessage(messages, code) {
  for (let i = 0; i < messages.length; i++) {
    const { code: own, message: words } = { __proto__: null, ...messages[i] };
    if (own === code) return words;
  }
  return `code ${code}`;
}

const ownerOf = (instance, table) => instance.plan.resourceTables[table].instance;

function transferOwn(instance, handle, from, to) {
  const resource = instance.resourceOf(from),
    rep = instance.handles[ownerOf(instance, from)].takeOwned(resource, handle);
  return instance.handles[ownerOf(instance, to)].admit(instance.resourceOf(to), rep, true, null);
}

function transferBorrow(instance, handle, from, to) {
  const resource = instance.resourceOf(from), slot = instance.handles[ownerOf(instance, from)].slotOf(resource, handle);
  const target = instance.resourceOf(to), owner = ownerOf(instance, to);
  const { call } = instance;
  slot.lent++;
  call.lent[call.lent.length] = slot;
  if (instance.definerOf(target) === owner) return slot.rep;
  call.borrows++;
  return instance.handles[owner].admit(target, slot.rep, false, call);
}

// A call from one component instance to another: what is lent for it goes back at its end.
function enterCall(instance) {
  instance.call = { __proto__: null, borrows: 0, lent: list(), outer: instance.call };
}

function exitCall(instance) {
  const { call } = instance;
  instance.call = call.outer;
  checkReturned(call);
  for (let i = 0; i < call.lent.length; i++) call.lent[i].lent--;
}
