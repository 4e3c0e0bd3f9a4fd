// Plain modules: each exported function is an op that takes and gives its own values. What they import, the script passes.

import { core, primordials } from "ext:core/mod.js";
import { makeError } from "ext:plugbay/errors.js";
import { asNumber } from "ext:plugbay/typed_ops.js";
import { isSuspending, link, promising, RESERVED } from "ext:plugbay/wasm/guest.js";
import { failed, overran } from "ext:plugbay/wasm/results.js";
const {
  ArrayBuffer,
  ArrayIsArray,
  ArrayPrototypeMap,
  DataView,
  Function,
  ObjectDefineProperty,
  Promise,
  PromisePrototypeThen,
  PromiseRace,
  PromiseResolve,
  ReflectApply,
  StringPrototypeStartsWith,
  Uint8Array,
} = primordials;
const { clearTimeout, setTimeout } = core.loadExtScript("ext:deno_web/02_timers.js");

export class PlainWorld {
  // An exception of an import's is the script's own business, as it is in WebAssembly elsewhere.
  endsWithExceptions = false;
  version = "";

  constructor(host, module, given) {
    this.host = host;
    this.given = given;
    this.ops = [];
    // Guests that wait for imports take one call after the other: where one is suspended another would find the guest's own
    // stack in use.
    this.isSuspending = false;
    for (const { module: from, field } of module.imports) this.isSuspending ||= isSuspending(given[from]?.[field]);
    this.queue = undefined;
  }

  imports(guest) {
    return link(guest.module, guest.name, this.given);
  }

  start(guest) {
    guest.register();
    for (const op of this.ops) op.bind?.(guest.exports[op.name]);
    // The memories, tables and globals, which scripts may use.
    this.exports = exportsOf(guest);
    if (this.ops.length !== 0) return;
    const { types, functionNames, functionTypes } = guest.module;
    for (let i = 0; i < functionNames.length; i++) {
      const { parameters, results } = types[functionTypes[i]];
      // An op has a name; an export need not have one.
      if (functionNames[i] !== "") this.ops[this.ops.length] = addOp(this.host, guest, functionNames[i], parameters, results);
    }
  }

  dropped() {
    for (const op of this.ops) op.bind?.(null);
  }

  buffer(guest) {
    throw makeError("NotSupported", "ERR_BUFFER_LENGTH", `plugin ${guest.name} is a plain module, which says nothing of how its memory is used; see plugin.exports`);
  }

  closed(guest) {
    guest.drop("its close");
  }
}

function exportsOf(guest) {
  const exports = {};
  for (const name in guest.exports) {
    const value = guest.exports[name];
    if (typeof value === "function" || StringPrototypeStartsWith(name, RESERVED)) continue;
    ObjectDefineProperty(exports, name, { __proto__: null, value, enumerable: true });
  }
  return exports;
}

function addOp(host, guest, name, parameters, results) {
  const { id, left } = host.registerGuestOp(guest.rid, name, undefined, declaration(parameters, results));
  const op = { __proto__: null, host, guest, id, name, parameters, results, left, bind: undefined };
  const list = parameters.map((_, i) => `a${i}`).join(", ");
  const slowly = asNumber({ __proto__: null, result: results.length === 1 ? results[0] : undefined }, `callSlowly(op, [${list}])`);
  // With the number no two sources are the same: V8 would have them share what it learns of their callees.
  const make = new Function("op, guest, left, running, failed, overran, callSlowly", `"use strict"; /* ${guest.functions++} */
    let native = null;
    op.bind = (to) => { native = to; };
    return (function (${list}) {
      if (left[0] > 1 && native !== null) {
        const calls = left[0];
        left[0] = calls - 1;
        const outer = running[0];
        if (outer === 0) running[0] = calls;
        try {
          const result = native(${list});
          running[0] = outer;
          if (running[1] === 0) return result;
        } catch (error) {
          running[0] = outer;
          throw failed(op, error);
        }
        throw overran(op);
      }
      return ${slowly};
    });`);
  op.call = guest.world.isSuspending ? (...args) => callInTurn(op, args) : make(op, guest, left, guest.running, failed, overran, callSlowly);
  // Of these guests all calls are slow: what they leave is put back.
  if (guest.isStateless || guest.stack !== 0) op.bind = undefined;
  op.bind?.(guest.exports[name]);
  ObjectDefineProperty(op.call, "name", { __proto__: null, value: name, configurable: true });
  host.showGuestOp(id, op.call);
  host.setDispatcher(op, guest.world.isSuspending ? () => noDispatch(op) : (buffers) => dispatch(op, buffers));
  return op;
}

const TYPES = { __proto__: null, i32: "number", i64: "bigint", f32: "number", f64: "number" };

// What it takes and gives in TypeScript.
function declaration(parameters, results) {
  const type = (name) => TYPES[name] ?? "unknown";
  const list = parameters.map((name, i) => `arg${i}: ${type(name)}`).join(", ");
  const result = results.length === 0 ? "void" : results.length === 1 ? type(results[0]) : `[${results.map(type).join(", ")}]`;
  return `(${list}): ${result}`;
}

// `sent` and `received` are the bytes that stand for the arguments and the results.
function callSlowly(op, args, sent = 0, received = 0) {
  const { host, guest, id } = op;
  host.checkOpen(id);
  guest.begin();
  const started = host.beginCall(id, sent, 0);
  let hasFailed = true;
  try {
    const result = guest.run(`op "${op.name}"`, guest.exports[op.name], ...args);
    hasFailed = false;
    return result;
  } finally {
    host.endCall(id, host.ticks() - started, false, hasFailed, hasFailed ? 0 : received);
    guest.done();
  }
}

// ---- Guests that wait ----

function callInTurn(op, args) {
  const { world } = op.guest;
  const result = PromisePrototypeThen(world.queue ?? PromiseResolve(), () => callSuspending(op, args));
  world.queue = PromisePrototypeThen(result, ignore, ignore);
  return result;
}

function ignore() {}

async function callSuspending(op, args) {
  const { host, guest, id } = op;
  const what = `op "${op.name}"`;
  host.checkOpen(id);
  guest.begin();
  const started = host.beginCall(id, 0, 0);
  host.deferCall(id);
  // It runs for as long as it waits, too.
  const outer = guest.enter();
  let hasFailed = true, timer;
  try {
    const done = ReflectApply(promising(guest.exports[op.name]), undefined, args);
    const result = await (guest.deadline === 0 ? done : PromiseRace([done, new Promise((_, reject) => {
      timer = setTimeout(() => reject(deadline(guest, what)), guest.deadline);
    })]));
    hasFailed = false;
    return result;
  } catch (error) {
    throw guest.ended(error, what);
  } finally {
    clearTimeout(timer);
    guest.leave(outer);
    host.endCall(id, host.ticks() - started, true, hasFailed, 0);
    guest.done();
  }
}

// What a guest waits for does not come in time. Nothing of it goes on.
function deadline(guest, what) {
  guest.interruptForGood();
  return guest.overran(what);
}

// ---- Deno.core.dispatch: the values as bytes, little-endian, one after the other ----

const SIZES = { __proto__: null, i32: 4, i64: 8, f32: 4, f64: 8 };
const READ = { __proto__: null, i32: "getInt32", i64: "getBigInt64", f32: "getFloat32", f64: "getFloat64" };
const WRITE = { __proto__: null, i32: "setInt32", i64: "setBigInt64", f32: "setFloat32", f64: "setFloat64" };

function dispatch(op, buffers) {
  op.host.checkOpen(op.id);
  const wanted = sizeOf(op, op.parameters);
  const bytes = buffers.length === 0 ? new Uint8Array(0) : op.host.viewOver(op.id, buffers[0], 0);
  if (bytes.length !== wanted) {
    const message = `op "${op.name}" of plugin ${op.guest.name}: its parameters [${op.parameters.join(", ")}] are ${wanted} bytes, little-endian; got ${bytes.length} bytes`;
    throw makeError("TypeError", "ERR_OP_ARGUMENT", message);
  }
  const given = sizeOf(op, op.results);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const args = ArrayPrototypeMap(op.parameters, (type) => {
    const value = view[READ[type]](at, true);
    at += SIZES[type];
    return value;
  });
  const result = callSlowly(op, args, wanted, given);
  if (op.results.length === 0) return undefined;
  const values = op.results.length === 1 || !ArrayIsArray(result) ? [result] : result;
  const out = new DataView(new ArrayBuffer(given));
  at = 0;
  for (let i = 0; i < values.length; i++) {
    out[WRITE[op.results[i]]](at, values[i], true);
    at += SIZES[op.results[i]];
  }
  return new Uint8Array(out.buffer);
}

function noDispatch(op) {
  throw makeError("NotSupported", "ERR_OP_ARGUMENT", `op "${op.name}" of plugin ${op.guest.name} waits for imports; call it through plugin.ops`);
}

function sizeOf(op, types) {
  let size = 0;
  for (const type of types) {
    if (SIZES[type] === undefined) {
      const message = `op "${op.name}" of plugin ${op.guest.name}: its signature has references or vectors, which have no bytes; call it through plugin.ops`;
      throw makeError("TypeError", "ERR_OP_ARGUMENT", message);
    }
    size += SIZES[type];
  }
  return size;
}
