// The world of modules that belong to no other: each exported function is an op that takes and gives its own values.
// Other worlds whose ops are their exports extend it.

import { primordials } from "ext:core/mod.js";
import { argumentsLength, argumentsWithoutBytes, waitsForImports } from "ext:plugbay/error_codes.js";
import { append, isolate, list } from "ext:plugbay/own.js";
import { asNumber } from "ext:plugbay/typed_ops.js";
import { COSTS } from "ext:plugbay/wasm/budget.js";
import { failed, opError, overran } from "ext:plugbay/wasm/failures.js";
import { noteFunction, typedFunction } from "ext:plugbay/wasm/functions.js";
import { NEXT_CALL, promising, RESERVED } from "ext:plugbay/wasm/guest.js";
import { lookUp } from "ext:plugbay/wasm/imports.js";
import { keepInTable, MAX_FAST_PROPERTIES } from "ext:plugbay/wasm/many.js";
import { isSuspending } from "ext:plugbay/wasm/suspending.js";
import { Turns } from "ext:plugbay/wasm/turns.js";
import { World } from "ext:plugbay/wasm/world.js";
const {
  ArrayBuffer,
  ArrayIsArray,
  ArrayPrototypeJoin,
  DataView,
  DataViewPrototypeGetBigInt64,
  DataViewPrototypeGetFloat32,
  DataViewPrototypeGetFloat64,
  DataViewPrototypeGetInt32,
  DataViewPrototypeSetBigInt64,
  DataViewPrototypeSetFloat32,
  DataViewPrototypeSetFloat64,
  DataViewPrototypeSetInt32,
  Function,
  Map,
  MapPrototypeGet,
  MapPrototypeSet,
  ObjectDefineProperty,
  ReflectApply,
  StringPrototypeStartsWith,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetByteOffset,
  Uint8Array,
} = primordials;

export class ExportsWorld extends World {
  endsWithExceptions = false;
  // The export that is no op, if there is one.
  command = undefined;
  // Whether `plugin.ops` has its properties.
  areShown = false;
  // The exports of the instance, once a script has asked for them.
  exports = undefined;

  constructor(host, module, given) {
    super(host, module, given);
    // The ops whose functions were made, by name; the id of the first op; and where the others are among the module's
    // functions.
    this.ops = { __proto__: null };
    this.firstId = undefined;
    this.places = undefined;
    // Whether it waits for imports.
    this.isSuspending = false;
    const { imports } = module;
    for (let i = 0; i < imports.length; i++) {
      this.isSuspending ||= isSuspending(lookUp(given[imports[i].module], imports[i].field));
    }
    this.turns = new Turns(false);
  }

  start(guest) {
    guest.register();
    const { exports, module } = guest;
    // A reactor, as WASI calls it, whether or not it is one of WASI's.
    if (typeof exports._initialize === "function" && typeof exports._start !== "function") {
      guest.runOfStart(exports._initialize);
    }
    for (const name in this.ops) {
      const op = this.ops[name];
      op.bind?.(exports[name]);
    }
    this.exports = undefined;
    if (this.firstId !== undefined) return;
    guest.spend(module.functionNames.length * COSTS.op, "the functions that its module exports");
    this.firstId = this.host.registerExports(guest.rid, module.id, this.command);
  }

  // A thousand properties take as long as the rest of an opening: they are there from when somebody looks.
  showOps(guest) {
    if (this.areShown) return;
    const { module: { functionNames }, ops } = guest;
    if (functionNames.length > MAX_FAST_PROPERTIES) keepInTable(ops);
    const names = list();
    for (let i = 0; i < functionNames.length; i++) {
      if (this.isOp(functionNames[i])) names[names.length] = functionNames[i];
    }
    this.host.showLazily(ops, names, (name) => this.functionOf(name, guest));
    // A script may look again where the stack was full.
    this.areShown = true;
  }

  // The function of an op, which is made when it is first asked for.
  functionOf(name, guest) {
    return (this.ops[name] ??= makeOp(this.host, guest, name, this.placeOf(guest.module, name))).call;
  }

  // Its id, and its type.
  placeOf({ functionNames, functionTypes, types }, name) {
    if (this.places === undefined) {
      this.places = new Map();
      let id = this.firstId;
      for (let i = 0; i < functionNames.length; i++) {
        if (this.isOp(functionNames[i])) {
          MapPrototypeSet(this.places, functionNames[i], { __proto__: null, id: id++, type: types[functionTypes[i]] });
        }
      }
    }
    return MapPrototypeGet(this.places, name);
  }

  // An op has a name; an export need not have one.
  isOp(name) {
    return name !== "" && name !== this.command;
  }

  // The memories, tables and globals, which scripts may use, and the functions.
  showExports(guest) {
    if (this.exports === undefined && guest.exports !== null) this.exports = exportsOf(guest);
    return this.exports;
  }

  stop() {
    for (const name in this.ops) {
      const op = this.ops[name];
      op.bind?.(null);
    }
    this.exports = undefined;
    this.turns.giveUp?.();
  }
}
isolate(ExportsWorld);

// An op's function is there as one of WebAssembly's own, under the guest's limits; what is no op is what it is.
function exportsOf(guest) {
  const { host, world } = guest;
  const exports = /* the script's */ {};
  if (guest.module.exportCount > MAX_FAST_PROPERTIES) keepInTable(exports);
  const make = (name) => typedFunction(world.functionOf(name, guest));
  for (const name in guest.exports) {
    const value = guest.exports[name];
    if (StringPrototypeStartsWith(name, RESERVED)) continue;
    if (typeof value === "function" && world.isOp(name)) host.setLazily(exports, name, make);
    else ObjectDefineProperty(exports, name, { __proto__: null, value, enumerable: true });
  }
  return exports;
}

function makeOp(host, guest, name, { id, type }) {
  const { parameters, results } = type;
  const { left } = host.openGuestFastPath(id);
  const op = {
    __proto__: null,
    host,
    guest,
    world: guest.world,
    id,
    name,
    type,
    parameters,
    results,
    left,
    bind: undefined,
    call: undefined,
    typed: undefined,
  };
  let args = "";
  for (let i = 0; i < parameters.length; i++) args += `a${i}, `;
  const slowly = asNumber(
    { __proto__: null, result: results.length === 1 ? results[0] : undefined },
    `callSlowly(op, [${args}])`,
  );
  // With the number no two sources are the same: V8 would have them share what it learns of their callees.
  const make = new Function(
    "op, guest, left, running, failed, overran, callSlowly",
    `"use strict"; /* ${guest.functions++} */
    let native = null;
    op.bind = (to) => { native = to; };
    return (function (${args}) {
      if (left[0] > 1 && native !== null) {
        const calls = left[0];
        left[0] = calls - 1;
        const outer = running[0];
        if (outer === 0) ${NEXT_CALL};
        try {
          const result = native(${args});
          running[0] = outer;
          if (running[1] === 0) return result;
        } catch (error) {
          running[0] = outer;
          throw failed(op, error);
        }
        throw overran(op);
      }
      return ${slowly};
    });`,
  );
  op.call = guest.world.isSuspending
    ? (...args) => callInTurn(op, args)
    : make(op, guest, left, guest.running, failed, overran, callSlowly);
  // Of these guests all calls are slow: what they leave is put back.
  if (guest.isStateless || guest.stack !== 0) op.bind = undefined;
  op.bind?.(guest.exports?.[name] ?? null);
  ObjectDefineProperty(op.call, "name", { __proto__: null, value: name, configurable: true });
  if (!guest.world.isSuspending) noteFunction(op);
  host.setDispatcher(op, guest.world.isSuspending ? () => noDispatch(op) : (buffers) => dispatch(op, buffers));
  return op;
}

// `sent` and `received` are the bytes that stand for the arguments and the results.
function callSlowly(op, args, sent = 0, received = 0) {
  const { guest, name } = op;
  return guest.callCounted(
    op,
    () => {
      const passed = list([`op "${name}"`, guest.exports[name]]);
      append(passed, args);
      return ReflectApply(guest.run, guest, passed);
    },
    sent,
    received,
  );
}

// ---- Guests that wait ----

function callInTurn(op, args) {
  const { guest, name, world: { turns } } = op;
  const call = () => ReflectApply(promising(guest.exports[name]), undefined, args);
  return turns.call(op, call, (error) => guest.ended(error, `op "${name}"`));
}

// ---- Deno.core.dispatch: the values as bytes, little-endian, one after the other ----

const SIZES = { __proto__: null, i32: 4, i64: 8, f32: 4, f64: 8 };
const READ = {
  __proto__: null,
  i32: DataViewPrototypeGetInt32,
  i64: DataViewPrototypeGetBigInt64,
  f32: DataViewPrototypeGetFloat32,
  f64: DataViewPrototypeGetFloat64,
};
const WRITE = {
  __proto__: null,
  i32: DataViewPrototypeSetInt32,
  i64: DataViewPrototypeSetBigInt64,
  f32: DataViewPrototypeSetFloat32,
  f64: DataViewPrototypeSetFloat64,
};

function dispatch(op, buffers) {
  op.host.checkOpen(op.id);
  const wanted = sizeOf(op, op.parameters);
  const bytes = buffers.length === 0 ? new Uint8Array(0) : op.host.viewOver(op.id, buffers[0], 0);
  const length = TypedArrayPrototypeGetByteLength(bytes);
  if (length !== wanted) {
    throw opError(op, argumentsLength, ArrayPrototypeJoin(op.parameters, ", "), wanted, length);
  }
  const given = sizeOf(op, op.results);
  const view = new DataView(TypedArrayPrototypeGetBuffer(bytes), TypedArrayPrototypeGetByteOffset(bytes), length);
  const args = list();
  let at = 0;
  for (let i = 0; i < op.parameters.length; i++) {
    const type = op.parameters[i];
    args[i] = READ[type](view, at, true);
    at += SIZES[type];
  }
  const result = callSlowly(op, args, wanted, given);
  if (op.results.length === 0) return undefined;
  const values = op.results.length === 1 || !ArrayIsArray(result) ? [result] : result;
  const buffer = new ArrayBuffer(given), out = new DataView(buffer);
  at = 0;
  for (let i = 0; i < values.length; i++) {
    WRITE[op.results[i]](out, at, values[i], true);
    at += SIZES[op.results[i]];
  }
  return new Uint8Array(buffer);
}

function noDispatch(op) {
  throw opError(op, waitsForImports);
}

function sizeOf(op, types) {
  let size = 0;
  for (let i = 0; i < types.length; i++) {
    const type = types[i];
    if (SIZES[type] === undefined) {
      throw opError(op, argumentsWithoutBytes);
    }
    size += SIZES[type];
  }
  return size;
}
