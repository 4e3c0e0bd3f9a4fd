// Calls of ops that come from Rust (runtime/src/invoke/). Arguments and results cross in the wire format, as those of
// typed ops do, and each call has a ticket that is settled once. The functions that a module exports become ops here
// too.

import { core, primordials } from "ext:core/mod.js";
import { resultCannotCross } from "ext:plugbay/error_codes.js";
import { makeError } from "ext:plugbay/errors.js";
import { addFunctionOp } from "ext:plugbay/function_ops.js";
import { thenOfScript } from "ext:plugbay/own.js";
import { told } from "ext:plugbay/thrown.js";
import { needExchange } from "ext:plugbay/typed_ops.js";
import { begin, encode, end, isUnsupported, makeReader, restart, written } from "ext:plugbay/wire.js";
const { ArrayBuffer, ObjectKeys, ReflectApply } = primordials;

// `guestOf(rid)` is the guest of a plugin, if it is one; `closePlugin(rid)` closes one that is open.
export function setUpInvocation(host, guestOf, closePlugin) {
  let reader;

  // `message` has the arguments, as an array; `milliseconds` says how long a guest may take, where that is less than
  // its deadline.
  function invoke(ticket, called, rid, message, milliseconds) {
    try {
      needExchange();
      // One before it may have been ended by its deadline.
      restart();
      reader ??= makeReader(new ArrayBuffer(8), host);
      const args = reader.readFrom(message);
      const call = () => ReflectApply(called, undefined, args);
      const guest = guestOf(rid);
      const answer = guest === undefined || milliseconds === undefined ? call() : guest.within(milliseconds, call);
      if (!core.isPromise(answer)) settle(ticket, answer);
      else thenOfScript(answer, (value) => settle(ticket, value), (error) => fail(ticket, error));
    } catch (error) {
      fail(ticket, error);
    }
  }

  function settle(ticket, value) {
    const start = begin();
    try {
      host.settleInvocation(ticket, written(encode(value)));
    } catch (error) {
      fail(
        ticket,
        isUnsupported(error)
          ? makeError(resultCannotCross, error.path, error.reason)
          : error,
      );
    } finally {
      end(start);
    }
  }

  function fail(ticket, error) {
    const known = told(error);
    host.failInvocation(ticket, known.name, known.code, known.message, known.namesOp);
  }

  // The functions that a module exports as the ops of a plugin.
  function openModule(name, exports) {
    const ops = /* the script's */ {};
    const rid = host.addGuest(name, ops);
    const names = ObjectKeys(exports);
    try {
      for (let i = 0; i < names.length; i++) {
        const exported = exports[names[i]];
        if (typeof exported === "function") addFunctionOp(host, rid, names[i], "(...args: any[]): any", exported);
      }
    } catch (error) {
      closePlugin(rid);
      throw error;
    }
    return rid;
  }

  host.setInvocation(invoke, openModule, closePlugin);
}
