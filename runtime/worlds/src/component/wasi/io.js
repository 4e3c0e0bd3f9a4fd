// wasi:io: streams, and waiting for them. What a stream reads from or writes to is a source or a sink:
//
//   source: read(length), up to so many bytes, none at the end; delay(); close()
//   sink: write(bytes, at), how many of those from there on; close()
//
// `delay()` is how many milliseconds later it is worth to look again, 0 for what is ready.

import { core, primordials } from "ext:core/mod.js";
import { isolate, list, then } from "ext:plugbay/own.js";
import { lookUp } from "ext:plugbay/wasm/imports.js";
import { fault, u64, unfit } from "ext:plugbay/worlds/component/values.js";
import { failure, IoError } from "ext:plugbay/worlds/component/wasi/errors.js";
import { seal } from "ext:plugbay/worlds/component/wasi/resource.js";
import { MOST } from "ext:plugbay/worlds/component/wasi/system.js";
const { ArrayIsArray, BigInt, Number, Promise, ReflectApply, SymbolDispose, TypedArrayPrototypeGetLength, Uint8Array } =
  primordials;
const { clearTimeout, setTimeout } = core.loadExtScript("ext:deno_web/02_timers.js");

export class Pollable {
  #system;
  #delay;
  constructor(system, delay) {
    this.#system = system;
    this.#delay = delay;
  }
  ready() {
    return this.#delay() === 0;
  }
  // Gives a promise where it has to wait.
  block() {
    const waiting = waitFor(this.#system, list([this]));
    return core.isPromise(waiting) ? waiting : undefined;
  }
  // One of the script's says itself when it is ready.
  static delayOf(pollable) {
    if (#delay in pollable) return pollable.#delay();
    return ask(pollable, "ready") ? 0 : Infinity;
  }
  // Has `done` called when one of the script's is ready; it gives a promise.
  static watch(pollable, done, failed) {
    if (#delay in pollable) return;
    then(new Promise((take) => take(ask(pollable, "block"))), done, failed);
  }
}
isolate(Pollable);
seal(Pollable);

function ask(pollable, name) {
  const method = lookUp(pollable, name);
  if (typeof method !== "function") throw unfit(`a pollable with a method ${name}`, pollable);
  return ReflectApply(method, pollable, []);
}

// The numbers of those that are ready; a promise of them where none is yet.
function waitFor(system, pollables) {
  const ready = list();
  const look = () => {
    let soonest = Infinity;
    for (let i = 0; i < pollables.length; i++) {
      const delay = Pollable.delayOf(pollables[i]);
      if (delay === 0) ready[ready.length] = i;
      else if (delay < soonest) soonest = delay;
    }
    return soonest;
  };
  const delay = look();
  return ready.length !== 0 ? ready : new Promise((resolve, reject) => {
    let timer, isDone = false;
    const stop = () => {
      isDone = true;
      clearTimeout(timer);
    };
    const settle = (call, value) => {
      if (isDone) return;
      stop();
      system.waitsBy(undefined);
      call(value);
    };
    // None is set where all are the script's.
    const later = (milliseconds) => {
      if (milliseconds === Infinity) return;
      timer = setTimeout(() => {
        try {
          const next = look();
          if (ready.length === 0) later(next);
          else settle(resolve, ready);
        } catch (error) {
          settle(reject, error);
        }
      }, milliseconds);
    };
    system.waitsBy(stop);
    later(delay);
    for (let i = 0; i < pollables.length; i++) {
      Pollable.watch(pollables[i], () => settle(resolve, list([i])), (error) => settle(reject, error));
    }
  });
}

export function poll(system, pollables) {
  if (!ArrayIsArray(pollables)) throw unfit("an array", pollables);
  if (pollables.length === 0) throw fault("it polls nothing, which would never be ready");
  return waitFor(system, pollables);
}

const closed = () => failure({ __proto__: null, tag: "closed" });

// What a source or a sink does, for a stream: its error has the name of wasi:filesystem's.
function attempt(work) {
  try {
    return work();
  } catch (error) {
    if (typeof error?.payload !== "string") throw error;
    throw failure({ __proto__: null, tag: "last-operation-failed", val: new IoError(error.payload) });
  }
}

// A length that a guest names, of which at most MOST is done at once.
function amount(length) {
  return u64(length) < MOST ? Number(length) : MOST;
}

export class InputStream {
  #system;
  #source;
  #isClosed = false;
  constructor(system, source) {
    this.#system = system;
    this.#source = source;
  }
  read(length) {
    const wanted = amount(length);
    if (this.#isClosed) throw closed();
    return wanted === 0 || this.#source.delay() !== 0 ? new Uint8Array(0) : this.#take(wanted);
  }
  // Waits as preview 1 does, for the system, within the deadline of the call.
  blockingRead(length) {
    const wanted = amount(length);
    if (this.#isClosed) throw closed();
    return wanted === 0 ? new Uint8Array(0) : this.#take(wanted);
  }
  #take(length) {
    const bytes = attempt(() => this.#source.read(length));
    if (TypedArrayPrototypeGetLength(bytes) !== 0) return bytes;
    this.#isClosed = true;
    throw closed();
  }
  skip(length) {
    return BigInt(TypedArrayPrototypeGetLength(this.read(length)));
  }
  blockingSkip(length) {
    return BigInt(TypedArrayPrototypeGetLength(this.blockingRead(length)));
  }
  subscribe() {
    const source = this.#source;
    return new Pollable(this.#system, () => this.#isClosed ? 0 : source.delay());
  }
  [SymbolDispose]() {
    this.#isClosed = true;
    this.#source.close();
  }
}
isolate(InputStream);
seal(InputStream);

export class OutputStream {
  #system;
  #sink;
  #isClosed = false;
  constructor(system, sink) {
    this.#system = system;
    this.#sink = sink;
  }
  checkWrite() {
    if (this.#isClosed) throw closed();
    return BigInt(MOST);
  }
  // The system is written to at once, as preview 1 does it.
  write(contents) {
    const length = TypedArrayPrototypeGetLength(contents);
    if (length > MOST) throw fault(`it writes ${length} bytes where it may write ${MOST}`);
    if (this.#isClosed) throw closed();
    this.#attempt(() => {
      for (let at = 0; at < length;) at += this.#sink.write(contents, at);
    });
  }
  blockingWriteAndFlush(contents) {
    this.write(contents);
    this.flush();
  }
  flush() {
    if (this.#isClosed) throw closed();
  }
  blockingFlush() {
    this.flush();
  }
  subscribe() {
    return new Pollable(this.#system, () => 0);
  }
  writeZeroes(length) {
    if (length > MOST) throw fault(`it writes ${length} bytes where it may write ${MOST}`);
    this.write(new Uint8Array(amount(length)));
  }
  blockingWriteZeroesAndFlush(length) {
    this.writeZeroes(length);
  }
  splice(source, length) {
    return this.#copy(source.read(length));
  }
  blockingSplice(source, length) {
    return this.#copy(source.blockingRead(length));
  }
  #copy(bytes) {
    this.write(bytes);
    return BigInt(TypedArrayPrototypeGetLength(bytes));
  }
  #attempt(work) {
    try {
      attempt(work);
    } catch (error) {
      this.#isClosed = true;
      throw error;
    }
  }
  [SymbolDispose]() {
    this.#isClosed = true;
    this.#sink.close();
  }
}
isolate(OutputStream);
seal(OutputStream);
