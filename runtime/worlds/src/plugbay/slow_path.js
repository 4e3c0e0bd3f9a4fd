// The slow path of guests' ops: arguments are written into the guest's memory as plugin_abi has them, and what the op
// leaves there is read. Async ops, buffers that an op may keep, and whatever does not pass the tests of the fast path
// go here.

import { core, primordials } from "ext:core/mod.js";
import { abiFutureEnded, abiUnknownAnswer, argumentsOverlap, askedInVain, memoryFull,
  OpArgument } from "ext:plugbay/error_codes.js";
import { makeError } from "ext:plugbay/errors.js";
import { KINDS } from "ext:plugbay/kinds.js";
import { isolate, list, then } from "ext:plugbay/own.js";
import { accepts, describe, isLent, isWritten } from "ext:plugbay/typed_ops.js";
import { gone, opError, withOpName } from "ext:plugbay/wasm/failures.js";
import { written } from "ext:plugbay/wire.js";
import { AREA, bindFast } from "ext:plugbay/worlds/plugbay/fast_path.js";
import { ABI_VERSION, BUFFER, BUFFER_VTABLE, FUTURE_VTABLE, OUTCOME,
  OUTCOMES } from "ext:plugbay/worlds/plugbay/layout.js";
import { releaseBuffer, takeBuffer, takeReport } from "ext:plugbay/worlds/plugbay/plugbay.js";
import { typedResult, wrongResult } from "ext:plugbay/worlds/plugbay/results.js";
const {
  BigInt,
  BigIntAsIntN,
  Number,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetSymbolToStringTag,
  TypedArrayPrototypeSet,
  Uint8Array,
} = primordials;

// That an op is closed goes before what is wrong with its arguments.
export function reject(op, text) {
  op.host.checkOpen(op.id);
  throw opError(op, OpArgument, text);
}

function scratchOf(guest) {
  if (guest.scratch?.starts === guest.starts) return guest.scratch;
  const at = new Borrowed(guest).alloc(AREA);
  guest.scratch = { __proto__: null, starts: guest.starts, top: at, end: at + AREA };
  return guest.scratch;
}

// Copies of the same bytes do not lie in the same place, and the op would not see that it gets them twice.
export function mayOverlap({ parameters }) {
  let count = 0, hasWritten = false;
  for (let i = 0; i < parameters.length; i++) {
    const { kind } = parameters[i];
    hasWritten ||= isWritten(kind);
    if (isLent(kind) || kind === "buffers") count++;
  }
  return hasWritten && count > 1;
}

function checkOverlap(op, spans) {
  for (let i = 0; i < spans.length; i++) {
    for (let j = i + 1; j < spans.length; j++) {
      const a = spans[i], b = spans[j];
      if (!a.isWritten && !b.isWritten) continue;
      const startA = TypedArrayPrototypeGetByteOffset(a.view), endA = startA + TypedArrayPrototypeGetByteLength(a.view);
      const startB = TypedArrayPrototypeGetByteOffset(b.view), endB = startB + TypedArrayPrototypeGetByteLength(b.view);
      if (
        TypedArrayPrototypeGetBuffer(a.view) !== TypedArrayPrototypeGetBuffer(b.view) || startA >= endB
        || startB >= endA || startA === endA || startB === endB
      ) continue;
      throw opError(op, argumentsOverlap, a.name, b.name);
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
    this.blocks = list();
    this.buffers = list();
  }
  alloc(size) {
    const { guest, scratch } = this;
    if (scratch !== undefined && size <= scratch.end - scratch.top) {
      const at = scratch.top;
      scratch.top = at + ((size + 15) & ~15);
      return at;
    }
    const at = guest.run("its plugbay_alloc", guest.exports.plugbay_alloc, size) >>> 0;
    if (at === 0) throw makeError(memoryFull, guest.name, size);
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
      if (guest.memory.u32(place + BUFFER.len) !== length) throw makeError(memoryFull, guest.name, length);
      const start = guest.memory.check(guest.memory.u32(place + BUFFER.ptr), length);
      TypedArrayPrototypeSet(guest.memory.bytes, views[i], start);
      // Another holder, so that what the op writes can be read back whatever it does with its own.
      const kept = this.alloc(BUFFER.SIZE),
        retain = guest.memory.u32(guest.memory.u32(place + BUFFER.vtable) + BUFFER_VTABLE.retain);
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
isolate(Borrowed);

// A buffer as a Uint8Array. Those of `plugin.buffer` are in a memory that grows, which others are not.
function viewOf(op, value, index) {
  const isOwn = TypedArrayPrototypeGetSymbolToStringTag(value) === "Uint8Array"
    && TypedArrayPrototypeGetBuffer(value) === op.guest.memory.buffer;
  return isOwn ? value : op.host.viewOver(op.id, value, index);
}

export function callSlowly(op, args, rest) {
  const { parameters, guest, host } = op;
  for (let i = 0; i < args.length; i++) {
    const kind = KINDS[parameters[i].kind];
    if (kind !== undefined && !accepts(kind, args[i])) {
      op.reject(`argument ${i} (${parameters[i].name}): wants ${kind.wants}, got ${describe(args[i])}`);
    }
  }
  const fill = (borrowed) => {
    let sent = 0;
    const at = borrowed.alloc(8 * (args.length + 1));
    const back = list(), spans = list();
    for (let i = 0; i < parameters.length; i++) {
      const place = at + 8 * i, { kind } = parameters[i], value = i < args.length ? args[i] : undefined;
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
          slice(borrowed.put(text), TypedArrayPrototypeGetByteLength(text));
          break;
        }
        case "value": {
          const bytes = written(value);
          slice(borrowed.put(bytes), TypedArrayPrototypeGetByteLength(bytes));
          break;
        }
        case "buffer":
        case "buffers": {
          const views = list();
          const given = kind === "buffer" ? [value] : rest;
          for (let j = 0; j < given.length; j++) {
            views[j] = viewOf(op, given[j], i + j);
            sent += TypedArrayPrototypeGetByteLength(views[j]);
            spans[spans.length] = { __proto__: null, name: parameters[i].name, view: views[j], isWritten: false };
          }
          slice(borrowed.putBuffers(views), views.length);
          break;
        }
        default: {
          if (!isLent(kind)) {
            memory.setF64(place, Number(value));
            break;
          }
          // V8's API has no view of a SharedArrayBuffer.
          const view = host.lend(op.id, value, parameters[i].name) ?? new Uint8Array(value),
            length = TypedArrayPrototypeGetByteLength(view);
          sent += length;
          spans[spans.length] = { __proto__: null, name: parameters[i].name, view, isWritten: isWritten(kind) };
          if (TypedArrayPrototypeGetBuffer(view) === memory.buffer) {
            slice(TypedArrayPrototypeGetByteOffset(view), length);
            break;
          }
          const start = borrowed.put(view);
          slice(start, length);
          if (isWritten(kind)) back[back.length] = { __proto__: null, view, start, length };
          break;
        }
      }
    }
    checkOverlap(op, spans);
    return { __proto__: null, at, count: parameters.length, back, sent, control: 0 };
  };
  return call(op, () => op.typedCode, fill, (outcome) => typedResult(op, outcome));
}

// An op with an encoding: its buffers are the arguments.
export function callWithBuffers(op, given, finish, countsBytes = true) {
  const fill = (borrowed) => {
    let sent = 0, control = 0;
    const views = list();
    for (let i = 0; i < given.length; i++) {
      views[i] = viewOf(op, given[i], i);
      const length = TypedArrayPrototypeGetByteLength(views[i]);
      if (i === 0) control = length;
      else sent += length;
    }
    return { __proto__: null, at: borrowed.putBuffers(views), count: views.length, back: list(), sent, control };
  };
  return call(op, () => op.code, fill, (outcome) => {
    if (outcome.kind === OUTCOMES.NOT_FOUND) {
      throw opError(op, askedInVain);
    }
    const bytes = outcome.kind === OUTCOMES.SYNC && TypedArrayPrototypeGetByteLength(outcome.bytes) !== 0
      ? outcome.bytes
      : undefined;
    return finish(bytes);
  }, countsBytes);
}

// One call of an op's code with arguments that `fill` puts into the guest's memory; it tells how many bytes they are.
export function call(op, code, fill, finish, countsBytes = op.result === "bytes") {
  const { guest, host } = op;
  host.checkOpen(op.id);
  guest.begin();
  // All that the host does for the call counts as its time, not only what the guest does.
  const what = `op "${op.name}"`, outer = guest.enter(), most = guest.mostOfCaller;
  let started, ended = 0, isAsync = false, received = 0;
  let borrowed;
  const isDone = (outcome) => {
    if (countsBytes && outcome.bytes !== undefined) received = TypedArrayPrototypeGetByteLength(outcome.bytes);
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
    const { at, count, back, sent, control } = fill(borrowed);
    const outcomeAt = borrowed.alloc(OUTCOME.SIZE), { memory } = guest;
    memory.setU32(outcomeAt, OUTCOME.SIZE);
    memory.setU32(outcomeAt + OUTCOME.kind, OUTCOMES.NOT_FOUND);
    const circumstances = callOf(guest, op.world.instance);
    const run = guest.functionAt(code());
    started = ended = host.beginCall(op.id, control, sent);
    try {
      guest.run(what, run, op.data, circumstances, at, count, outcomeAt);
    } finally {
      ended = host.ticks();
    }
    if (!borrowed.isThere()) {
      host.endCall(op.id, ended - started, false, false, 0);
      started = undefined;
      throw gone(op);
    }
    const outcome = takeOutcome(op, outcomeAt);
    if (outcome.future !== undefined && op.isTyped && !op.isAsync) {
      dropOf(op, outcome.future)();
      wrongResult(op);
    }
    for (let i = 0; i < back.length; i++) {
      TypedArrayPrototypeSet(back[i].view, memory.part(back[i].start, back[i].length));
    }
    if (outcome.future !== undefined) {
      const promise = follow(
        op,
        { __proto__: null, guest, what, started, most, isUnref: outcome.kind === OUTCOMES.ASYNC_UNREF },
        borrowed,
        outcome.future,
        outcomeAt,
        isDone,
      );
      isAsync = true;
      host.deferCall(op.id);
      return then(promise, (value) => {
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
    if (guest.running[1] !== 0) throw guest.overran(what);
    endCall(false);
    started = undefined;
    return value;
  } catch (error) {
    if (started !== undefined) endCall(true);
    throw withOpName(op, guest.running[1] !== 0 ? guest.overran(what) : error);
  } finally {
    if (isAsync) {
      guest.leave(outer);
    } else {
      try {
        borrowed?.release();
      } finally {
        guest.leave(outer);
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
      throw opError(op, abiUnknownAnswer, `an outcome of kind ${kind}`, ABI_VERSION);
  }
  if (failure !== undefined) throw withOpName(op, failure);
  return outcome;
}

// What drops a future.
function dropOf({ guest, name }, { data, vtable }) {
  const dropIt = guest.functionAt(guest.memory.u32(vtable + FUTURE_VTABLE.drop));
  return () => guest.run(`the drop of op "${name}"`, dropIt, data);
}

// Polls a future until it is done.
function follow(op, call, borrowed, future, outcomeAt, isDone) {
  const { guest, world } = op;
  const { starts } = guest;
  const futureAt = borrowed.alloc(8);
  guest.memory.setU32(futureAt, future.data);
  guest.memory.setU32(futureAt + 4, future.vtable);
  const drop = dropOf(op, future);
  const finish = () => {
    if (guest.exports === null || guest.starts !== starts) return;
    drop();
    borrowed.readBack();
    borrowed.release();
  };
  return world.tasks.start(call, (task) => () =>
    guest.counted(call.what, () => {
      let isOver = true;
      try {
        guest.memory.setU32(outcomeAt + OUTCOME.kind, OUTCOMES.NOT_FOUND);
        const isReady = guest.run(call.what, guest.exports.plugbay_poll, futureAt, task, outcomeAt);
        if (isReady === 0 && guest.failure === undefined) {
          isOver = false;
          return undefined;
        }
        const outcome = takeOutcome(op, outcomeAt);
        if (outcome.future !== undefined || outcome.kind === OUTCOMES.NOT_FOUND) {
          throw opError(op, abiFutureEnded);
        }
        return { __proto__: null, value: isDone(outcome) };
      } catch (error) {
        throw withOpName(op, error);
      } finally {
        // Once, whatever comes of it: the guest frees what it drops.
        if (isOver) finish();
      }
    }));
}
