// Ops that are functions of JavaScript's: what a script's module exports, and what worlds of guests make.

import { core, primordials } from "ext:core/mod.js";
import { thenOfScript } from "ext:plugbay/own.js";
const { ObjectDefineProperty, ReflectApply } = primordials;

// What follows a promise: `done(isAsync, hasFailed)` is called when it is settled, or at once if it cannot be followed,
// because it is frozen.
export function follow(promise, done) {
  try {
    return thenOfScript(promise, (value) => {
      done(true, false);
      return value;
    }, (error) => {
      done(true, true);
      throw error;
    });
  } catch (error) {
    done(false, true);
    throw error;
  }
}

// Registers `called` as an op of the plugin. Calls are counted, those that give promises until these are settled.
export function addFunctionOp(host, rid, name, declaration, called) {
  const { id } = host.registerGuestOp(rid, name, undefined, declaration);
  const call = (...args) => {
    host.checkOpen(id);
    const began = host.beginCall(id, 0, 0);
    const done = (isAsync, hasFailed) => host.endCall(id, host.ticks() - began, isAsync, hasFailed, 0);
    let answer;
    try {
      answer = ReflectApply(called, undefined, args);
    } catch (error) {
      done(false, true);
      throw error;
    }
    if (!core.isPromise(answer)) {
      done(false, false);
      return answer;
    }
    const answered = follow(answer, done);
    host.deferCall(id);
    return answered;
  };
  ObjectDefineProperty(call, "name", { __proto__: null, value: name, configurable: true });
  host.showGuestOp(id, call);
  host.setDispatcher({ __proto__: null, id }, (buffers) => ReflectApply(call, undefined, buffers));
}
