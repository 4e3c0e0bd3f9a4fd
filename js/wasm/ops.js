// The ops of guests. A typed op of a guest has a JavaScript function of its own, as that of a native plugin has (see typed_ops.js):
// optimised code calls the guest's fast function directly. What crosses that is more than a number is copied into the guest's
// memory and out of it, unless it lies there already (`plugin.buffer`). That of `fn add(a: i32, b: i32) -> i32` is
//
//   function (a0, a1) {
//     if (left[0] > 1 && typeof a0 === "number" && (a0 | 0) === a0 && typeof a1 === "number" && (a1 | 0) === a1) {
//       const calls = left[0];
//       left[0] = calls - 1;
//       const outer = running[0];
//       if (outer === 0) running[0] = calls;
//       let result;
//       try { result = native(0, context, a0, a1); } catch (error) { throw failed(op, error); }
//       running[0] = outer;
//       if (memory.ints[statusAt] !== 0) { ... }
//       return result;
//     }
//     return callSlowly(op, [a0, a1]);
//   }

import { core, primordials } from "ext:core/mod.js";
import { makeError } from "ext:plugbay/errors.js";
import { accepts, describe, failedArgument, KINDS, needExchange, parametersOf, withRejection, withValues } from "ext:plugbay/typed_ops.js";
import { BUFFER, BUFFER_VTABLE, ENCODINGS, EXCHANGE, FUTURE_VTABLE, OUTCOME, OUTCOMES, STATUS } from "ext:plugbay/wasm/layout.js";
import { releaseBuffer, takeBuffer, takeReport } from "ext:plugbay/wasm/world.js";
import { begin, encode, end, makeReader, written } from "ext:plugbay/wire.js";
const {
  ArrayBuffer,
  BigInt,
  BigIntAsIntN,
  BigIntAsUintN,
  Function,
  JSONParse,
  JSONStringify,
  Number,
  NumberIsSafeInteger,
  ObjectDefineProperty,
  PromisePrototypeThen,
  StringPrototypeCharCodeAt,
  StringPrototypeStartsWith,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetLength,
  TypedArrayPrototypeGetSymbolToStringTag,
  TypedArrayPrototypeSet,
  Uint8Array,
} = primordials;

// The memory of fast calls in a guest: more takes the slow road.
const AREA = 16 * 1024;
const NONE = 0xFFFFFFFF;
const LONGEST_TEXT = 1024;

// ---- Registering ----

export function addOp(host, guest, world, name, code) {
  const { signature } = code;
  const op = {
    __proto__: null,
    host,
    guest,
    world,
    name,
    parameters: signature?.parameters ?? [],
    result: signature?.result,
    isAsync: signature?.isAsync ?? false,
    isTyped: signature !== undefined,
    // What `bind` of the fast function is, if there is one.
    bind: undefined,
    boundTo: 0,
    reject: (why) => reject(op, why),
  };
  rebind(op, code);
  const { id, left, bytes } = host.registerGuestOp(guest.rid, name, signature);
  op.id = id;
  op.left = left;
  op.bytes = bytes;
  op.call = makeFunction(op);
  host.showGuestOp(id, op.call);
  host.setDispatcher(op, encodingOf(op));
  world.ops[name] = op;
  return op;
}

// The instance that an op's fast road leads to is gone.
export function unbind(op) {
  op.bind?.(NOTHING);
  op.boundTo = 0;
}
const NOTHING = { __proto__: null, native: undefined };

// The guest's function indices, which each instance tells anew.
export function rebind(op, { encoding, call, data, signature }) {
  op.encoding = encoding;
  op.code = call;
  op.data = data;
  op.typedCode = signature?.call ?? 0;
  op.fastCode = op.isAsync ? 0 : signature?.fast ?? 0;
  op.isStale = false;
  op.boundTo = 0;
}

function makeFunction(op) {
  let made;
  if (op.isTyped) {
    // Values are written there before they are copied into the guest.
    needExchange();
    const isFast = op.fastCode !== 0 && !op.guest.isStateless && !mayOverlap(op) && !op.isAsync && !op.parameters.some(({ kind }) => kind === "buffer" || kind === "buffers");
    const make = new Function(IN_SCOPE, `"use strict"; ${isFast ? fastSource(op) : slowSource(op)}`);
    const called = make(op, op.left, op.guest.running, op.bytes, place, writeAscii, placeValue, takeText, takeBytes, takeValue, settle, failed, overran, gone, callSlowly, failedArgument, begin, encode, end, NumberIsSafeInteger);
    made = op.isAsync ? withRejection(called) : called;
  } else if (op.encoding === ENCODINGS.JSON) {
    made = (value, ...buffers) => callWithBuffers(op, [core.encode(JSONStringify(value) ?? "null"), ...buffers], fromJson);
  } else {
    made = (...buffers) => callWithBuffers(op, buffers, (bytes) => bytes);
  }
  ObjectDefineProperty(made, "name", { __proto__: null, value: op.name, configurable: true });
  return made;
}

const fromJson = (bytes) => bytes === undefined ? null : JSONParse(core.decode(bytes));

// How an op with an encoding is dispatched. JSON text comes in an envelope that says whether it is an error.
function encodingOf(op) {
  switch (op.encoding) {
    case ENCODINGS.BYTES:
      return (buffers) => callWithBuffers(op, buffers, (bytes) => bytes);
    case ENCODINGS.JSON:
      return (buffers) => {
        const ok = (bytes) => core.encode(`{"ok":${bytes === undefined ? "null" : core.decode(bytes)}}`);
        const failed = ({ message, name, code }) => core.encode(JSONStringify({ err: message, class: name, code: code ?? "" }));
        try {
          const answer = callWithBuffers(op, buffers, ok);
          return core.isPromise(answer) ? PromisePrototypeThen(answer, undefined, failed) : answer;
        } catch (error) {
          return failed(error);
        }
      };
  }
}

// ---- The fast road ----

const IN_SCOPE = "op, left, running, counted, place, writeAscii, placeValue, takeText, takeBytes, takeValue, settle, failed, overran, gone, callSlowly, failedArgument, begin, encode, end, isSafeInteger";

const slowSource = (op) => {
  const { list, all } = parametersOf(op);
  return `return (function (${list}) { ${withValues(op, `return callSlowly(op, ${all});`)} });`;
};

const RESULTS = {
  __proto__: null,
  void: "undefined",
  bool: "result !== 0",
  u8: "result >>> 0",
  u16: "result >>> 0",
  u32: "result >>> 0",
  i64: "result === result ? result : memory.signed[integerAt]",
  u64: "result === result ? result : memory.unsigned[integerAt]",
  string: "takeText(memory, outputAt, result >>> 0)",
  bytes: "takeBytes(op, memory, slabAt, memory.ints[slabOffsetAt], result >>> 0)",
  value: "takeValue(op, memory, outputAt, result >>> 0)",
};

function fastSource(op) {
  const { list, all, count } = parametersOf(op);
  let placing = "", sent = "", tests = "left[0] > 1 && native !== undefined", passed = "0, context", after = "", usesArea = false;
  for (let i = 0; i < count; i++) {
    const { kind } = op.parameters[i];
    switch (kind) {
      case "bytes":
      case "bytesMut":
        usesArea = true;
        placing += `const at${i} = place(area, memory, a${i}); if (at${i} === -1) break fast; const n${i} = area.length;`;
        sent += ` + n${i}`;
        passed += `, 0, at${i}, n${i}`;
        if (kind === "bytesMut") after += `if (at${i} >= area.start && at${i} < area.end) area.copyBack(memory, a${i}, at${i}, n${i});`;
        break;
      case "string":
        usesArea = true;
        tests += ` && typeof a${i} === "string"`;
        placing += `const at${i} = writeAscii(area, memory, a${i}); if (at${i} === -1) break fast;`;
        passed += `, at${i}`;
        break;
      case "value":
        usesArea = true;
        placing += `const at${i} = placeValue(area, memory, a${i}); if (at${i} === -1) break fast;`;
        passed += `, at${i}`;
        break;
      case "bool":
        tests += ` && typeof a${i} === "boolean"`;
        passed += `, a${i} ? 1 : 0`;
        break;
      default:
        tests += ` && ${KINDS[kind].test(`a${i}`)}`;
        passed += `, a${i}`;
    }
  }
  // A view that is detached, because the memory has grown, has no elements.
  if (usesArea) tests += " && memory.ints[statusAt] === 0";
  const restore = usesArea ? "area.top = top;" : "";
  const result = RESULTS[op.result] ?? "result";
  return `
    let native, context = 0, memory, area, statusAt = 0, outputAt = 0, slabAt = 0, slabOffsetAt = 0, integerAt = 0;
    op.bind = (to) => {
      ({ native, context, memory, area, statusAt, outputAt, slabAt, slabOffsetAt, integerAt } = to);
    };
    return (function (${list}) { ${withValues(op, `
      fast: if (${tests}) {
        ${usesArea ? "const top = area.top;" : ""}
        ${placing}
        const calls = left[0];
        left[0] = calls - 1;
        ${sent === "" ? "" : `counted[0] += 0${sent};`}
        const outer = running[0];
        if (outer === 0) running[0] = calls;
        let result;
        try {
          result = native(${passed});
        } catch (error) {
          running[0] = outer;
          ${restore}
          throw failed(op, error);
        }
        running[0] = outer;
        if (native === undefined) throw gone(op);
        ${restore}
        if (running[1] !== 0) throw overran(op);
        if (memory.ints[statusAt] !== 0) {
          const settled = settle(op, ${all});
          if (settled !== undefined) return settled.value;
        }
        ${after}
        return ${result};
      }
      ${usesArea ? "if (area !== undefined) area.top = area.start;" : ""}
      return callSlowly(op, ${all});`)}
    });`;
}

// What a fast function that traps throws.
function failed(op, error) {
  op.host.countError(op.id);
  return op.guest.ended(error, `op "${op.name}"`);
}

// The instance was ended, or the plugin closed, by a call within the call.
function gone(op) {
  const { guest, host } = op;
  guest.failure = undefined;
  host.countError(op.id);
  host.checkOpen(op.id);
  return makeError("WebAssembly.RuntimeError", "ERR_WASM_INSTANCE", `op ${JSONStringify(op.name)} of plugin ${guest.name}: the instance that it ran on has ended meanwhile, in ${guest.lastEnd}`);
}

function overran(op) {
  op.host.countError(op.id);
  return op.guest.overran(`op "${op.name}"`);
}

// The status is not that of a result. Gives nothing when there is one all the same.
function settle(op, args) {
  const { guest } = op;
  const { memory } = guest;
  memory.update();
  const exchange = guest.area.exchange;
  const status = memory.u32(exchange + EXCHANGE.status);
  if (status === 0) return undefined;
  memory.setU32(exchange + EXCHANGE.status, 0);
  switch (status) {
    case STATUS.FAILED:
      op.host.countError(op.id);
      throw takeFailure(op);
    case STATUS.OVERFLOW: {
      const bytes = takeBuffer(guest, exchange + EXCHANGE.overflow);
      if (op.result === "bytes") op.bytes[1] += bytes.length;
      return { value: op.result === "string" ? core.decode(bytes) : op.result === "value" ? readValue(op, bytes) : bytes };
    }
    default:
      // It was not called: the slow road.
      op.left[0]++;
      return { value: callSlowly(op, args) };
  }
}

function takeFailure(op) {
  const { guest } = op;
  const { failure } = guest;
  guest.failure = undefined;
  return failure !== undefined ? withOpName(op, failure) : makeError("Error", "ERR_PLUGIN_ABI_MISMATCH", `op "${op.name}" of plugin ${guest.name}: the op failed without saying why`);
}

// The memory of a guest that fast calls put arguments into, from `top` on: calls within a call put theirs behind.
class Area {
  constructor(exchange, input) {
    this.exchange = exchange;
    this.start = input;
    this.end = input + AREA;
    this.top = input;
    this.length = 0;
  }
  copyBack(memory, view, at, length) {
    TypedArrayPrototypeSet(view, memory.part(at, length));
  }
}

// The address of bytes in the guest's memory, where they are put unless they are there; -1 when this cannot be done here.
function place(area, memory, view) {
  if (TypedArrayPrototypeGetSymbolToStringTag(view) !== "Uint8Array") return -1;
  const length = TypedArrayPrototypeGetLength(view);
  area.length = length;
  // It may be detached.
  if (length === 0) return -1;
  if (TypedArrayPrototypeGetBuffer(view) === memory.buffer) return TypedArrayPrototypeGetByteOffset(view);
  const at = area.top;
  if (length > area.end - at) return -1;
  area.top = at + ((length + 15) & ~15);
  TypedArrayPrototypeSet(memory.bytes, view, at);
  return at === 0 ? -1 : at;
}

// The address of a OneByteString of text that is ASCII; -1 for other text.
function writeAscii(area, memory, text) {
  const { length } = text, at = area.top;
  if (length > LONGEST_TEXT || length + 24 > area.end - at) return -1;
  const { bytes, ints } = memory;
  const start = at + 8;
  for (let i = 0; i < length; i++) {
    const code = StringPrototypeCharCodeAt(text, i);
    if (code > 127) return -1;
    bytes[start + i] = code;
  }
  ints[at >> 2] = start;
  ints[(at >> 2) + 1] = length;
  area.top = at + ((length + 23) & ~15);
  return at;
}

// Where a value in the wire format begins, from the guest's input on.
function placeValue(area, memory, start) {
  const bytes = written(start);
  const length = TypedArrayPrototypeGetByteLength(bytes), at = area.top;
  if (length > area.end - at) return -1;
  TypedArrayPrototypeSet(memory.bytes, bytes, at);
  area.top = at + ((length + 15) & ~15);
  return at - area.start;
}

const takeText = (memory, at, length) => length === NONE ? null : memory.text(at, length);

// Small results share a slab, as those of native plugins do.
const SLAB = 64 * 1024;
let slab, slabBytes, slabUsed = SLAB;

function takeBytes(op, memory, slabAt, offset, length) {
  if (length === NONE) return null;
  op.bytes[1] += length;
  // The next result may go to the same place.
  memory.ints[(op.guest.area.exchange + EXCHANGE.slabUsed) >> 2] = 0;
  const from = memory.check(slabAt + offset, length);
  if (length > SLAB - slabUsed) {
    slabBytes = new Uint8Array(SLAB);
    op.host.forbidDetaching(slabBytes);
    slab = TypedArrayPrototypeGetBuffer(slabBytes);
    slabUsed = 0;
  }
  TypedArrayPrototypeSet(slabBytes, memory.part(from, length), slabUsed);
  const result = new Uint8Array(slab, slabUsed, length);
  slabUsed += (length + 7) & ~7;
  return result;
}

function takeValue(op, memory, at, length) {
  return readValue(op, memory.copy(at, length));
}

// A value from a message, which may be anything.
function readValue(op, bytes) {
  try {
    return readerOf(op.guest).readFrom(bytes);
  } catch (error) {
    throw makeError("RangeError", "ERR_OP_RESULT", `op ${JSONStringify(op.name)} of plugin ${op.guest.name}: its result cannot be read: ${error.message}`);
  }
}

function readerOf(guest) {
  return guest.reader ??= makeReader(new ArrayBuffer(8), guest.host);
}

// The fast road of an op leads to the instance that runs now.
function bindFast(op) {
  const { guest } = op;
  if (op.bind === undefined || op.boundTo === guest.starts) return;
  const { exports, memory } = guest;
  const native = guest.functionAt(op.fastCode);
  const area = areaOf(guest);
  const context = guest.run("the set-up of a call", exports.plugbay_new_context, op.data, op.world.instance, area.exchange) >>> 0;
  const field = (offset) => memory.u32(area.exchange + offset);
  op.bind({
    native,
    context,
    memory,
    area,
    statusAt: (area.exchange + EXCHANGE.status) >> 2,
    outputAt: field(EXCHANGE.output),
    slabAt: field(EXCHANGE.slab),
    slabOffsetAt: (area.exchange + EXCHANGE.slabOffset) >> 2,
    integerAt: (area.exchange + EXCHANGE.integer) >> 3,
  });
  op.boundTo = guest.starts;
}

function areaOf(guest) {
  if (guest.area?.starts === guest.starts) return guest.area;
  const exchange = guest.run("the set-up of calls", guest.exports.plugbay_new_exchange, AREA, AREA, AREA) >>> 0;
  guest.memory.check(exchange, EXCHANGE.SIZE);
  const input = guest.memory.check(guest.memory.u32(exchange + EXCHANGE.input), AREA);
  if ((exchange & 7) !== 0 || (input & 7) !== 0 || input === 0) throw makeError("WebAssembly.RuntimeError", "ERR_WASM_GUEST", `plugin ${guest.name} has no memory left for calls, or says so`);
  guest.area = new Area(exchange, input);
  guest.area.starts = guest.starts;
  return guest.area;
}

// ---- The slow road ----

// Failures that are not in the plugin author's own words say which op they come from.
function withOpName(op, error) {
  const code = error?.code;
  if (typeof code !== "string" || StringPrototypeStartsWith(error.message, "op ") || !OF_HOST.some((prefix) => StringPrototypeStartsWith(code, prefix))) return error;
  error.message = `op ${JSONStringify(op.name)} of plugin ${op.guest.name}: ${error.message}`;
  return error;
}
const OF_HOST = ["ERR_BUFFER_", "ERR_OP_", "ERR_PLUGIN_PANIC", "ERR_PLUGIN_ABI_MISMATCH", "ERR_WASM_GUEST", "ERR_WASM_MEMORY"];

// That an op is closed goes before what is wrong with its arguments.
function reject(op, text) {
  op.host.checkOpen(op.id);
  throw makeError("TypeError", "ERR_OP_ARGUMENT", `op ${JSONStringify(op.name)} of plugin ${op.guest.name}: ${text}`);
}

function scratchOf(guest) {
  if (guest.scratch?.starts === guest.starts) return guest.scratch;
  const at = new Borrowed(guest).alloc(AREA);
  guest.scratch = { __proto__: null, starts: guest.starts, top: at, end: at + AREA };
  return guest.scratch;
}

function noMemory(guest, size) {
  return makeError("RangeError", "ERR_WASM_MEMORY", `plugin ${guest.name} has no memory left for ${size} bytes; options.limits.memory sets how much it may have`);
}

// Copies of the same bytes do not lie in the same place, and the op would not see that it gets them twice.
function mayOverlap({ parameters }) {
  let count = 0, isWritten = false;
  for (let i = 0; i < parameters.length; i++) {
    const { kind } = parameters[i];
    isWritten ||= kind === "bytesMut";
    if (kind === "bytes" || kind === "bytesMut" || kind === "buffers") count++;
  }
  return isWritten && count > 1;
}

function checkOverlap(op, spans) {
  for (let i = 0; i < spans.length; i++) {
    for (let j = i + 1; j < spans.length; j++) {
      const a = spans[i], b = spans[j];
      if (!a.isWritten && !b.isWritten) continue;
      const startA = TypedArrayPrototypeGetByteOffset(a.view), endA = startA + TypedArrayPrototypeGetByteLength(a.view);
      const startB = TypedArrayPrototypeGetByteOffset(b.view), endB = startB + TypedArrayPrototypeGetByteLength(b.view);
      if (TypedArrayPrototypeGetBuffer(a.view) !== TypedArrayPrototypeGetBuffer(b.view) || startA >= endB || startB >= endA || startA === endA || startB === endB) continue;
      const message = `op ${JSONStringify(op.name)} of plugin ${op.guest.name}: arguments \`${a.name}\` and \`${b.name}\` overlap in memory, and the op writes one; pass separate buffers`;
      throw makeError("TypeError", "ERR_OP_ARGUMENT", message);
    }
  }
}

// Memory of the guest that is the host's for one call.
class Borrowed {
  // `scratch` is memory that is there already; what does not fit is allocated.
  constructor(guest, scratch) {
    this.guest = guest;
    this.starts = guest.starts;
    this.scratch = scratch;
    this.top = scratch?.top;
    this.blocks = [];
    this.buffers = [];
  }
  alloc(size) {
    const { guest, scratch } = this;
    if (scratch !== undefined && size <= scratch.end - scratch.top) {
      const at = scratch.top;
      scratch.top = at + ((size + 15) & ~15);
      return at;
    }
    const at = guest.run("its plugbay_alloc", guest.exports.plugbay_alloc, size) >>> 0;
    if (at === 0) throw noMemory(guest, size);
    guest.memory.check(at, size);
    this.blocks[this.blocks.length] = at;
    this.blocks[this.blocks.length] = size;
    return at;
  }
  put(bytes) {
    const length = TypedArrayPrototypeGetByteLength(bytes);
    const at = this.alloc(length);
    this.guest.memory.write(at, bytes);
    return at;
  }
  // An array of the guest's own buffers with copies of the views.
  putBuffers(views) {
    const { guest } = this;
    const at = this.alloc(views.length * BUFFER.SIZE);
    for (let i = 0; i < views.length; i++) {
      const place = at + i * BUFFER.SIZE, length = TypedArrayPrototypeGetByteLength(views[i]);
      guest.run("its plugbay_new_buffer", guest.exports.plugbay_new_buffer, length, place);
      if (guest.memory.u32(place + BUFFER.len) !== length) throw noMemory(guest, length);
      const start = guest.memory.check(guest.memory.u32(place + BUFFER.ptr), length);
      TypedArrayPrototypeSet(guest.memory.bytes, views[i], start);
      // Another holder, so that what the op writes can be read back whatever it does with its own.
      const kept = this.alloc(BUFFER.SIZE), retain = guest.memory.u32(guest.memory.u32(place + BUFFER.vtable) + BUFFER_VTABLE.retain);
      if (length !== 0) guest.run("the retain of a buffer", guest.functionAt(retain), place, kept);
      this.buffers[this.buffers.length] = { __proto__: null, view: views[i], place, kept, start, length };
    }
    return at;
  }
  // Whether the instance still runs whose memory this is.
  isThere() {
    return this.guest.exports !== null && this.guest.starts === this.starts;
  }
  // What the op wrote into the buffers that it was given.
  readBack() {
    if (!this.isThere()) return;
    const { memory } = this.guest;
    for (let i = 0; i < this.buffers.length; i++) {
      const { view, start, length } = this.buffers[i];
      if (TypedArrayPrototypeGetByteLength(view) === length) TypedArrayPrototypeSet(view, memory.part(start, length));
    }
  }
  release() {
    const { guest, scratch } = this;
    if (scratch !== undefined) scratch.top = this.top;
    if (!this.isThere()) return;
    for (let i = 0; i < this.buffers.length; i++) {
      const { place, kept, length } = this.buffers[i];
      releaseBuffer(guest, place);
      if (length !== 0) releaseBuffer(guest, kept);
    }
    for (let i = 0; i < this.blocks.length; i += 2) {
      guest.run("its plugbay_free", guest.exports.plugbay_free, this.blocks[i], this.blocks[i + 1]);
    }
  }
}


// A buffer as a Uint8Array. Those of `plugin.buffer` are in a memory that grows, which others are not.
function viewOf(op, value, index) {
  const isOwn = TypedArrayPrototypeGetSymbolToStringTag(value) === "Uint8Array" && TypedArrayPrototypeGetBuffer(value) === op.guest.memory.buffer;
  return isOwn ? value : op.host.viewOver(op.id, value, index);
}

function callSlowly(op, args, rest) {
  const { parameters, guest, host } = op;
  for (let i = 0; i < args.length; i++) {
    const kind = KINDS[parameters[i].kind];
    if (kind !== undefined && !accepts(kind, args[i])) op.reject(`argument ${i} (${parameters[i].name}): wants ${kind.wants}, got ${describe(args[i])}`);
  }
  let sent = 0;
  const fill = (borrowed) => {
    const at = borrowed.alloc(8 * (args.length + 1));
    const back = [], spans = [];
    for (let i = 0; i < parameters.length; i++) {
      const place = at + 8 * i, { kind } = parameters[i], value = args[i];
      const { memory } = guest;
      const slice = (start, length) => {
        memory.setU32(place, start);
        memory.setU32(place + 4, length);
      };
      switch (kind) {
        case "i64":
        case "u64":
          memory.setI64(place, BigIntAsIntN(64, BigInt(value)));
          break;
        case "string": {
          const text = core.encode(value);
          slice(borrowed.put(text), text.length);
          break;
        }
        case "value": {
          const bytes = written(value);
          slice(borrowed.put(bytes), TypedArrayPrototypeGetByteLength(bytes));
          break;
        }
        case "bytes":
        case "bytesMut": {
          const view = host.lend(op.id, value, parameters[i].name), length = TypedArrayPrototypeGetByteLength(view);
          sent += length;
          spans[spans.length] = { __proto__: null, name: parameters[i].name, view, isWritten: kind === "bytesMut" };
          if (TypedArrayPrototypeGetBuffer(view) === memory.buffer) {
            slice(TypedArrayPrototypeGetByteOffset(view), length);
            break;
          }
          const start = borrowed.put(view);
          slice(start, length);
          if (kind === "bytesMut") back[back.length] = { __proto__: null, view, start, length };
          break;
        }
        case "buffer":
        case "buffers": {
          const views = [];
          const given = kind === "buffer" ? [value] : rest;
          for (let j = 0; j < given.length; j++) {
            views[j] = viewOf(op, given[j], i + j);
            sent += TypedArrayPrototypeGetByteLength(views[j]);
            spans[spans.length] = { __proto__: null, name: parameters[i].name, view: views[j], isWritten: false };
          }
          slice(borrowed.putBuffers(views), views.length);
          break;
        }
        default:
          memory.setF64(place, Number(value));
      }
    }
    checkOverlap(op, spans);
    return { __proto__: null, at, count: parameters.length, back };
  };
  return call(op, () => op.typedCode, fill, (outcome) => typedResult(op, outcome), () => sent);
}

// An op with an encoding: its buffers are the arguments.
function callWithBuffers(op, given, finish, countsBytes = true) {
  let sent = 0, control = 0;
  const fill = (borrowed) => {
    const views = [];
    for (let i = 0; i < given.length; i++) {
      views[i] = viewOf(op, given[i], i);
      const length = TypedArrayPrototypeGetByteLength(views[i]);
      if (i === 0) control = length;
      else sent += length;
    }
    return { __proto__: null, at: borrowed.putBuffers(views), count: views.length, back: [] };
  };
  return call(op, () => op.code, fill, (outcome) => {
    if (outcome.kind === OUTCOMES.NOT_FOUND) throw makeError("NotFound", "ERR_OP_NOT_FOUND", `op "${op.name}" of plugin ${op.guest.name} does not know what was asked`);
    const bytes = outcome.kind === OUTCOMES.SYNC && outcome.bytes.length !== 0 ? outcome.bytes : undefined;
    return finish(bytes);
  }, () => sent, () => control, countsBytes);
}

// One call of an op's code with arguments that `fill` puts into the guest's memory.
function call(op, code, fill, finish, sent, control = () => 0, countsBytes = op.result === "bytes") {
  const { guest, host } = op;
  host.checkOpen(op.id);
  guest.begin();
  let started, ended = 0, isAsync = false, received = 0;
  let borrowed;
  const isDone = (outcome) => {
    if (countsBytes) received = outcome.bytes?.length ?? 0;
    return finish(outcome);
  };
  const endCall = (hasFailed) => {
    const ticks = isAsync ? host.ticks() : ended;
    host.endCall(op.id, ticks - started, isAsync, hasFailed, received);
  };
  try {
    bindFast(op);
    // What a call that goes on later has borrowed is not given back in turn.
    borrowed = new Borrowed(guest, op.isTyped && !op.isAsync ? scratchOf(guest) : undefined);
    const { at, count, back } = fill(borrowed);
    const outcomeAt = borrowed.alloc(OUTCOME.SIZE), { memory } = guest;
    memory.setU32(outcomeAt, OUTCOME.SIZE);
    memory.setU32(outcomeAt + OUTCOME.kind, OUTCOMES.NOT_FOUND);
    const circumstances = callOf(guest, op.world.instance);
    const run = guest.functionAt(code());
    started = ended = host.beginCall(op.id, control(), sent());
    try {
      guest.run(`op "${op.name}"`, run, op.data, circumstances, at, count, outcomeAt);
    } finally {
      ended = host.ticks();
    }
    if (!borrowed.isThere()) {
      host.endCall(op.id, ended - started, false, false, 0);
      started = undefined;
      throw gone(op);
    }
    const outcome = takeOutcome(op, outcomeAt);
    for (let i = 0; i < back.length; i++) TypedArrayPrototypeSet(back[i].view, memory.part(back[i].start, back[i].length));
    if (outcome.future !== undefined) {
      const promise = follow(op, borrowed, outcome.future, outcomeAt, isDone);
      isAsync = true;
      host.deferCall(op.id);
      return PromisePrototypeThen(promise, (value) => {
        endCall(false);
        guest.done();
        return value;
      }, (error) => {
        endCall(true);
        guest.done();
        throw error;
      });
    }
    borrowed.readBack();
    const value = isDone(outcome);
    endCall(false);
    started = undefined;
    return value;
  } catch (error) {
    if (started !== undefined) endCall(true);
    throw withOpName(op, error);
  } finally {
    if (!isAsync) {
      try {
        borrowed?.release();
      } finally {
        guest.done();
      }
    }
  }
}

function callOf(guest, instance) {
  if (guest.callStarts !== guest.starts) {
    guest.call = guest.run("the set-up of calls", guest.exports.plugbay_new_call, instance) >>> 0;
    guest.callStarts = guest.starts;
  }
  return guest.call;
}

// Has the guest's memory hold what calls need.
export function setUpCalls(guest, instance) {
  callOf(guest, instance);
  scratchOf(guest);
}

// It does, in an instance that was restored.
export function keepCalls(guest) {
  guest.callStarts = guest.scratch.starts = guest.starts;
  guest.scratch.top = guest.scratch.end - AREA;
}

// What a call or a future left in an outcome. A failure that the guest noted goes before it.
function takeOutcome(op, at) {
  const { guest } = op;
  const { memory } = guest;
  const kind = memory.u32(at + OUTCOME.kind), payload = at + OUTCOME.payload;
  const outcome = { __proto__: null, kind, bytes: undefined, number: undefined, future: undefined };
  const { failure } = guest;
  if (failure !== undefined) guest.failure = undefined;
  switch (kind) {
    case OUTCOMES.NOT_FOUND:
    case OUTCOMES.NULL:
      break;
    case OUTCOMES.SYNC:
      outcome.bytes = takeBuffer(guest, payload);
      break;
    case OUTCOMES.ASYNC:
    case OUTCOMES.ASYNC_UNREF:
      outcome.future = { __proto__: null, data: memory.u32(payload), vtable: memory.u32(payload + 4) };
      break;
    case OUTCOMES.ERROR: {
      const error = takeReport(guest, payload);
      throw withOpName(op, failure ?? error);
    }
    case OUTCOMES.NUMBER:
      outcome.number = memory.f64(payload);
      break;
    case OUTCOMES.INTEGER:
      outcome.number = memory.i64(payload);
      break;
    default:
      throw makeError("Error", "ERR_PLUGIN_ABI_MISMATCH", `op "${op.name}" of plugin ${guest.name}: the plugin answered with an outcome of kind ${kind}, which ABI 1 does not know`);
  }
  if (failure !== undefined) throw withOpName(op, failure);
  return outcome;
}

// Polls a future until it is done.
function follow(op, borrowed, { data, vtable }, outcomeAt, isDone) {
  const { guest, world } = op;
  const { starts } = guest;
  const futureAt = borrowed.alloc(8);
  guest.memory.setU32(futureAt, data);
  guest.memory.setU32(futureAt + 4, vtable);
  const dropIt = guest.functionAt(guest.memory.u32(vtable + FUTURE_VTABLE.drop));
  const finish = () => {
    if (guest.exports === null || guest.starts !== starts) return;
    guest.run(`the drop of op "${op.name}"`, dropIt, data);
    borrowed.readBack();
    borrowed.release();
  };
  return world.tasks.start((task) => () => {
    try {
      guest.memory.setU32(outcomeAt + OUTCOME.kind, OUTCOMES.NOT_FOUND);
      const isReady = guest.run(`op "${op.name}"`, guest.exports.plugbay_poll, futureAt, task, outcomeAt);
      if (isReady === 0 && guest.failure === undefined) return undefined;
      const outcome = takeOutcome(op, outcomeAt);
      if (outcome.future !== undefined || outcome.kind === OUTCOMES.NOT_FOUND) {
        throw makeError("Error", "ERR_PLUGIN_ABI_MISMATCH", `op "${op.name}" of plugin ${guest.name}: the plugin's future ended with neither an answer nor an error`);
      }
      finish();
      return { __proto__: null, value: isDone(outcome) };
    } catch (error) {
      finish();
      throw withOpName(op, error);
    }
  });
}

// What JavaScript gets for the outcome of a typed op.
function typedResult(op, { kind, bytes, number }) {
  const { result } = op;
  switch (result) {
    case "void":
      return undefined;
    case "string":
      return kind === OUTCOMES.NULL ? null : kind === OUTCOMES.SYNC ? core.decode(bytes) : wrongResult(op);
    case "bytes":
      return kind === OUTCOMES.NULL ? null : kind === OUTCOMES.SYNC ? bytes : wrongResult(op);
    case "value":
      return kind === OUTCOMES.SYNC ? readValue(op, bytes) : wrongResult(op);
    case "bool":
      return kind === OUTCOMES.NUMBER ? number !== 0 : wrongResult(op);
    case "i64":
    case "u64": {
      if (kind !== OUTCOMES.INTEGER) wrongResult(op);
      const integer = result === "i64" ? number : BigIntAsUintN(64, number);
      const asNumber = Number(integer);
      return NumberIsSafeInteger(asNumber) ? asNumber : integer;
    }
    default:
      return kind === OUTCOMES.NUMBER ? number : wrongResult(op);
  }
}

function wrongResult(op) {
  throw makeError("Error", "ERR_OP_RESULT", `op "${op.name}" of plugin ${op.guest.name}: the plugin's answer is of another kind than its signature says, which is ${op.result}`);
}
