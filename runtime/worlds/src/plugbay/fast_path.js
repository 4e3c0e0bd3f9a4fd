// The fast path of guests' typed ops. Each has a JavaScript function of its own, as that of a native plugin has (see
// typed_ops.js): optimised code calls the guest's fast function directly. What crosses that is more than a number is
// copied into the guest's memory and out of it, unless it lies there already (`plugin.buffer`). That of
// `fn add(a: i32, b: i32) -> i32` is
//
//   (a0, a1) => {
//     if (left[0] > 1 && typeof a0 === "number" && (a0 | 0) === a0 && typeof a1 === "number" && (a1 | 0) === a1) {
//       const calls = left[0];
//       left[0] = calls - 1;
//       const outer = running[0];
//       if (outer === 0) running[0] = running[3] = running[3] + 1 | 0x40000000;
//       let result;
//       try { result = native(0, context, a0, a1); } catch (error) { throw failed(op, error); }
//       running[0] = outer;
//       if (status[0] !== 0) { ... }
//       return result;
//     }
//     return callSlowly(op, [a0, a1]) | 0;
//   }
//
// made anew for each instance, so that V8 knows where its memory is; the op's own function calls the one that there is.

import { core, primordials } from "ext:core/mod.js";
import { guestWithoutMemoryForCalls } from "ext:plugbay/error_codes.js";
import { makeError } from "ext:plugbay/errors.js";
import { KINDS } from "ext:plugbay/kinds.js";
import { isolate } from "ext:plugbay/own.js";
import { asNumber, isLent, isWritten, parametersOf, withValues } from "ext:plugbay/typed_ops.js";
import { bytesOf } from "ext:plugbay/views.js";
import { NEXT_CALL } from "ext:plugbay/wasm/guest.js";
import { written } from "ext:plugbay/wire.js";
import { EXCHANGE, STATUS } from "ext:plugbay/worlds/plugbay/layout.js";
import { takeBuffer } from "ext:plugbay/worlds/plugbay/plugbay.js";
import { readValue, takeFailure } from "ext:plugbay/worlds/plugbay/results.js";
import { callSlowly } from "ext:plugbay/worlds/plugbay/slow_path.js";
const {
  Int32Array,
  StringPrototypeCharCodeAt,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetLength,
  TypedArrayPrototypeGetSymbolToStringTag,
  TypedArrayPrototypeSet,
  Uint8Array,
} = primordials;

// The memory of fast calls in a guest: more takes the slow path.
export const AREA = 16 * 1024;
const NONE = 0xFFFFFFFF;
const MAX_TEXT_LENGTH = 1024;

export const IN_SCOPE =
  "op, left, running, counted, place, placeElements, bytesOf, writeAscii, placeValue, takeText, takeBytes, takeValue, settle, failed, overran, gone, callSlowly, failedArgument, begin, encode, end, isSafeInteger";

const RESULTS = {
  __proto__: null,
  void: "undefined",
  bool: "result !== 0",
  i64: "result === result ? result : memory.signed[integerAt]",
  u64: "result === result ? result : memory.unsigned[integerAt]",
  string: "takeText(memory, outputAt, result >>> 0)",
  bytes: "takeBytes(op, counted, memory, slabUsedAt, slabAt + memory.ints[slabOffsetAt], result >>> 0)",
  value: "takeValue(op, memory, outputAt, result >>> 0)",
};

export function fastSource(op) {
  const { list, all, count } = parametersOf(op);
  let placing = "", sent = "", tests = "left[0] > 1", passed = "0, context", after = "", usesArea = false;
  for (let i = 0; i < count; i++) {
    const { kind } = op.parameters[i];
    if (isLent(kind)) {
      const { typedArray } = KINDS[kind];
      usesArea = true;
      placing += `const at${i} = ${
        typedArray === undefined ? `place(area, memory, a${i})` : `placeElements(area, memory, a${i}, "${typedArray}")`
      }; if (at${i} === -1) break fast; const n${i} = area.length;`;
      sent += ` + n${i}`;
      passed += `, 0, at${i}, n${i}`;
      if (isWritten(kind)) {
        after += `if (at${i} >= area.start && at${i} < area.end) area.copyBack(memory, ${
          typedArray === undefined ? `a${i}` : `bytesOf(a${i})`
        }, at${i}, n${i});`;
      }
      continue;
    }
    switch (kind) {
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
  if (usesArea) tests += " && status[0] === 0";
  const restore = usesArea ? "area.top = top;" : "";
  const result = RESULTS[op.result] ?? (KINDS[op.result]?.fastNumber === "Uint32" ? "result >>> 0" : "result");
  const slowly = asNumber(op, `callSlowly(op, ${all})`);
  return `
    let fast = null, bound = null;
    op.bind = (to) => {
      bound = to?.native;
      fast = to === undefined ? null : make(to);
    };
    const make = ({ native, context, memory, area, status, outputAt, slabAt, slabUsedAt, slabOffsetAt, integerAt }) => {
      return (${list}) => {
        ${usesArea ? "const top = area.top;" : ""}
        fast: if (${tests}) {
          ${placing}
          const calls = left[0];
          left[0] = calls - 1;
          ${sent === "" ? "" : `counted[0] += 0${sent};`}
          const outer = running[0];
          if (outer === 0) ${NEXT_CALL};
          let result;
          try {
            result = native(${passed});
          } catch (error) {
            running[0] = outer;
            ${restore}
            throw failed(op, error);
          }
          running[0] = outer;
          if (bound !== native) throw gone(op);
          ${restore}
          if (running[1] !== 0) throw overran(op);
          if (status[0] !== 0) {
            const settled = settle(op, ${all});
            if (settled !== undefined) return ${asNumber(op, "settled.value")};
          }
          ${after}
          return ${result};
        }
        ${restore}
        return ${slowly};
      };
    };
    return (function (${list}) { ${withValues(op, `return fast === null ? ${slowly} : fast(${list});`)} });`;
}

// The status is not that of a result, or lies where the memory was before it grew. Gives nothing when there is a result
// all the same.
export function settle(op, args) {
  const { guest } = op;
  const { memory } = guest;
  memory.update();
  const exchange = guest.area.exchange;
  const status = memory.u32(exchange + EXCHANGE.status);
  if (status === 0) {
    bindFast(op);
    return undefined;
  }
  memory.setU32(exchange + EXCHANGE.status, 0);
  switch (status) {
    case STATUS.FAILED:
      op.host.countError(op.id);
      throw takeFailure(op);
    case STATUS.OVERFLOW:
      return guest.counted(`op "${op.name}"`, () => {
        const bytes = takeBuffer(guest, exchange + EXCHANGE.overflow);
        if (op.result === "bytes") op.bytes[1] += TypedArrayPrototypeGetByteLength(bytes);
        return {
          __proto__: null,
          value: op.result === "string" ? core.decode(bytes) : op.result === "value" ? readValue(op, bytes) : bytes,
        };
      });
    default:
      // It was not called: the slow path.
      op.left[0]++;
      return { __proto__: null, value: callSlowly(op, args) };
  }
}

// The memory of a guest that fast calls put arguments into, from `top` on: calls within a call put theirs behind.
class Area {
  constructor(exchange, input) {
    this.exchange = exchange;
    this.start = input;
    this.end = input + AREA;
    this.top = input;
    this.length = 0;
    // The view of other memory that was passed last, if it was a short one.
    this.foreign = undefined;
    // The instance whose memory it is in.
    this.starts = 0;
  }
  copyBack(memory, view, at, length) {
    TypedArrayPrototypeSet(view, memory.part(at, length));
  }
}
isolate(Area);

// The address of bytes in the guest's memory, where they are put unless they are there; -1 when this cannot be done
// here.
export function place(area, memory, view) {
  if (TypedArrayPrototypeGetSymbolToStringTag(view) !== "Uint8Array") return -1;
  const length = TypedArrayPrototypeGetLength(view);
  area.length = length;
  // It may be detached.
  if (length === 0) return -1;
  const at = area.top, fits = length <= area.end - at;
  // To ask for its buffer takes longer than the copy of a short view.
  if (view !== area.foreign) {
    if (TypedArrayPrototypeGetBuffer(view) === memory.buffer) return TypedArrayPrototypeGetByteOffset(view);
    if (fits) area.foreign = view;
  }
  if (!fits) return -1;
  area.top = at + ((length + 15) & ~15);
  TypedArrayPrototypeSet(memory.bytes, view, at);
  return at === 0 ? -1 : at;
}

// The same for elements of a typed array.
export function placeElements(area, memory, view, typedArray) {
  if (TypedArrayPrototypeGetSymbolToStringTag(view) !== typedArray || TypedArrayPrototypeGetLength(view) === 0) {
    return -1;
  }
  return place(area, memory, bytesOf(view));
}

// The address of a OneByteString of text that is ASCII; -1 for other text.
export function writeAscii(area, memory, text) {
  const { length } = text, at = area.top;
  if (length > MAX_TEXT_LENGTH || length + 24 > area.end - at) return -1;
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
export function placeValue(area, memory, start) {
  const bytes = written(start);
  const length = TypedArrayPrototypeGetByteLength(bytes), at = area.top;
  if (length > area.end - at) return -1;
  TypedArrayPrototypeSet(memory.bytes, bytes, at);
  area.top = at + ((length + 15) & ~15);
  return at - area.start;
}

export const takeText = (memory, at, length) => length === NONE ? null : memory.text(at, length);

// Small results share a slab, as those of native plugins do. At first there is no room, not even for an empty one.
let slab, slabBytes, slabUsed = 1, slabLength = 0;

export function takeBytes(op, counted, memory, slabUsedAt, at, length) {
  if (length === NONE) return null;
  counted[1] += length;
  // The next result may go to the same place.
  memory.ints[slabUsedAt] = 0;
  const from = memory.check(at, length);
  if (length > slabLength - slabUsed) {
    slab = op.host.newGuestSlab();
    slabBytes = new Uint8Array(slab);
    slabLength = TypedArrayPrototypeGetLength(slabBytes);
    slabUsed = 0;
  }
  TypedArrayPrototypeSet(slabBytes, memory.part(from, length), slabUsed);
  const result = new Uint8Array(slab, slabUsed, length);
  slabUsed += (length + 7) & ~7;
  return result;
}

export function takeValue(op, memory, at, length) {
  return readValue(op, memory.copy(at, length));
}

// The fast path of an op leads to the instance that runs now, whose memory may have grown.
export function bindFast(op) {
  const { guest } = op;
  if (op.bind === undefined || op.boundTo === guest.memory.buffer) return;
  op.fastPath ??= fastPathOf(op);
  const status = new Int32Array(guest.memory.buffer, guest.area.exchange + EXCHANGE.status, 1);
  op.bind({ __proto__: null, ...op.fastPath, status });
  op.boundTo = guest.memory.buffer;
}

function fastPathOf(op) {
  const { guest } = op;
  const { exports, memory } = guest;
  const native = guest.functionAt(op.fastCode);
  const area = areaOf(guest);
  const context =
    guest.run("the set-up of a call", exports.plugbay_new_context, op.data, op.world.instance, area.exchange) >>> 0;
  const field = (offset) => memory.u32(area.exchange + offset);
  return {
    __proto__: null,
    native,
    context,
    memory,
    area,
    outputAt: field(EXCHANGE.output),
    slabAt: field(EXCHANGE.slab),
    slabUsedAt: (area.exchange + EXCHANGE.slabUsed) >> 2,
    slabOffsetAt: (area.exchange + EXCHANGE.slabOffset) >> 2,
    integerAt: (area.exchange + EXCHANGE.integer) >> 3,
  };
}

function areaOf(guest) {
  if (guest.area?.starts === guest.starts) return guest.area;
  const exchange = guest.run("the set-up of calls", guest.exports.plugbay_new_exchange, AREA, AREA, AREA) >>> 0;
  guest.memory.check(exchange, EXCHANGE.SIZE);
  const input = guest.memory.check(guest.memory.u32(exchange + EXCHANGE.input), AREA);
  if ((exchange & 7) !== 0 || (input & 7) !== 0 || input === 0) {
    throw makeError(guestWithoutMemoryForCalls, guest.name);
  }
  guest.area = new Area(exchange, input);
  guest.area.starts = guest.starts;
  return guest.area;
}
