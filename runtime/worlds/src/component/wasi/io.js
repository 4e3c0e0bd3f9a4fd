// wasi:io: streams, and waiting for them. What a stream reads from or writes to is a source or a sink:
//
//   source: read(length), up to so many bytes, none at the end; delay(); watch?(done); close()
//   sink: write(bytes, at), how many of those from there on, or all; room?(); isFlushed?(); watch?(done); isGone?();
//     close()
//
// `delay()` is how many milliseconds later it is worth to look again, 0 for what is ready. What is ready by an event
// has `watch(done)`, which has `done` called then and gives a function that takes it back: its delay is endless until
// then. A sink that does not take everything says in `room()` how many bytes it takes now, and in `isGone()` whether
// nobody wants any more; one that keeps what it takes says in `isFlushed()` whether all of it has gone on, before which
// it has no room.

import { core, primordials } from "ext:core/mod.js";
import { isolate, list, ownOf, then } from "ext:plugbay/own.js";
import { lookUp } from "ext:plugbay/wasm/imports.js";
import { later, workAfter } from "ext:plugbay/wasm/suspending.js";
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
  #watch;
  #isOfClient;
  // `isOfClient` says whether it is ready when a client of a server has sent or read something.
  constructor(system, delay, watch, isOfClient = false) {
    this.#system = system;
    this.#delay = delay;
    this.#watch = watch;
    this.#isOfClient = isOfClient;
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
  static isOfClient(pollable) {
    return #delay in pollable && pollable.#isOfClient;
  }
  // Has `done` called when one is ready that is so by an event, or one of the script's, which gives a promise; gives
  // what takes that back.
  static watch(pollable, done, failed) {
    if (#delay in pollable) return pollable.#watch?.(done);
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
    let timer, isDone = false, isForClient = false;
    const watched = list();
    for (let i = 0; i < pollables.length; i++) isForClient ||= Pollable.isOfClient(pollables[i]);
    const clock = isForClient ? system.pauseClock() : undefined;
    const stop = () => {
      isDone = true;
      clock?.goOn();
      clearTimeout(timer);
      for (let i = 0; i < watched.length; i++) watched[i]?.();
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
      const done = () => settle(resolve, list([i]));
      watched[i] = Pollable.watch(pollables[i], done, (error) => settle(reject, error));
    }
  });
}

export function poll(system, pollables) {
  if (!ArrayIsArray(pollables)) throw unfit("an array", pollables);
  if (pollables.length === 0) throw fault("it polls nothing, which would never be ready");
  return waitFor(system, pollables);
}

export const pollOne = (_system, pollable) => ask(pollable, "block");

const closed = () => failure({ __proto__: null, tag: "closed" });

// What a source or a sink does, for a stream.
function attempt(work) {
  try {
    return work();
  } catch (error) {
    if (ownOf(error, "payload") === undefined) throw error;
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
  // Waits as preview 1 does, for the system, within the deadline of the call; for an event the guest is suspended.
  blockingRead(length) {
    const wanted = amount(length);
    if (this.#isClosed) throw closed();
    if (wanted === 0) return new Uint8Array(0);
    const waiting = this.#wait();
    return waiting === undefined ? this.#take(wanted) : later(waiting, () => this.#take(wanted));
  }
  #wait() {
    return this.#source.watch === undefined ? undefined : this.subscribe().block();
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
    return whenRead(this.blockingRead(length), (bytes) => BigInt(TypedArrayPrototypeGetLength(bytes)));
  }
  subscribe() {
    const source = this.#source;
    const watch = source.watch === undefined ? undefined : (done) => source.watch(done);
    return new Pollable(
      this.#system,
      () => this.#isClosed ? 0 : source.delay(),
      watch,
      source.isOfClient === true,
    );
  }
  [SymbolDispose]() {
    this.#isClosed = true;
    this.#source.close();
  }
}
isolate(InputStream);
seal(InputStream);

function whenRead(read, work) {
  if (!core.isPromise(read)) return work(read);
  const taking = workAfter(read);
  return later(read, () => work(taking()));
}

// What is read, or nothing at the end.
function unlessEnded(read) {
  try {
    return read();
  } catch (error) {
    if (ownOf(ownOf(error, "payload"), "tag") === "closed") return undefined;
    throw error;
  }
}

export class OutputStream {
  #system;
  #sink;
  #isClosed = false;
  constructor(system, sink) {
    this.#system = system;
    this.#sink = sink;
  }
  checkWrite() {
    return BigInt(this.#room());
  }
  // The system is written to at once, as preview 1 does it.
  write(contents) {
    const length = TypedArrayPrototypeGetLength(contents), room = this.#room();
    if (length > room) throw fault(`it writes ${length} bytes where it may write ${room}`);
    this.#put(contents);
  }
  // No more than the contract lets be written so at once, whatever room there is.
  blockingWriteAndFlush(contents) {
    const length = TypedArrayPrototypeGetLength(contents);
    if (length > MOST) throw fault(`it writes ${length} bytes where it may write ${MOST}`);
    return this.#whenRoom(() => {
      this.#put(contents);
      return this.#sink.isFlushed?.() === false ? this.blockingFlush() : undefined;
    });
  }
  flush() {
    this.#room();
  }
  blockingFlush() {
    return this.#whenRoom(() => {});
  }
  subscribe() {
    const sink = this.#sink;
    const watch = sink.watch === undefined ? undefined : (done) => sink.watch(done);
    return new Pollable(
      this.#system,
      () => this.#isClosed || sinkRoom(sink) !== 0 ? 0 : Infinity,
      watch,
      sink.isOfClient?.() === true,
    );
  }
  writeZeroes(length) {
    const room = this.#room();
    if (length > room) throw fault(`it writes ${length} bytes where it may write ${room}`);
    this.#put(new Uint8Array(amount(length)));
  }
  blockingWriteZeroesAndFlush(length) {
    if (length > MOST) throw fault(`it writes ${length} bytes where it may write ${MOST}`);
    return this.blockingWriteAndFlush(new Uint8Array(amount(length)));
  }
  splice(source, length) {
    const room = BigInt(this.#room());
    return this.#copy(source.read(length < room ? length : room));
  }
  blockingSplice(source, length) {
    return this.#whenRoom(() => whenRead(source.blockingRead(length), (bytes) => this.#copy(bytes)));
  }
  // All of a stream, which the guest gives away: of 2023-10-18 alone.
  forward(source) {
    let count = 0n;
    const orClose = (work) => {
      try {
        return work();
      } catch (error) {
        source[SymbolDispose]();
        throw error;
      }
    };
    const done = () => {
      source[SymbolDispose]();
      return count;
    };
    const put = (bytes) => {
      if (bytes !== undefined) count += this.#copy(bytes);
      return bytes !== undefined;
    };
    const go = () => {
      for (;;) {
        const waiting = this.#room() === 0 ? this.subscribe().block() : undefined;
        if (waiting !== undefined) return later(waiting, () => orClose(go));
        const bytes = unlessEnded(() => source.blockingRead(BigInt(this.#room() || MOST)));
        if (core.isPromise(bytes)) {
          const taking = workAfter(bytes);
          return later(bytes, () => orClose(() => put(unlessEnded(taking)) ? go() : done()));
        }
        if (!put(bytes)) return done();
      }
    };
    return orClose(go);
  }
  #copy(bytes) {
    this.#put(bytes);
    return BigInt(TypedArrayPrototypeGetLength(bytes));
  }
  #put(contents) {
    const length = TypedArrayPrototypeGetLength(contents);
    if (this.#isClosed) throw closed();
    this.#attempt(() => {
      for (let at = 0; at < length;) at += this.#sink.write(contents, at) ?? length;
    });
  }
  // How many bytes it takes now.
  #room() {
    if (this.#isClosed || this.#sink.isGone?.() === true) throw closed();
    return sinkRoom(this.#sink);
  }
  #whenRoom(work) {
    if (this.#room() !== 0) return work();
    const waiting = this.subscribe().block();
    return waiting === undefined ? work() : later(waiting, () => {
      this.#room();
      return work();
    });
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

const sinkRoom = (sink) => sink.room?.() ?? MOST;
