// wasi:http's bodies, as guests read and write them.

import { primordials } from "ext:core/mod.js";
import { isolate } from "ext:plugbay/own.js";
import { failure } from "ext:plugbay/worlds/component/wasi/errors.js";
import { Fields } from "ext:plugbay/worlds/component/wasi/http/fields.js";
import { InputStream, OutputStream, Pollable } from "ext:plugbay/worlds/component/wasi/io.js";
import { check, seal } from "ext:plugbay/worlds/component/wasi/resource.js";
const { BigInt, SymbolDispose, TypedArrayPrototypeGetLength } = primordials;

// Whether a response of that status has no body, whatever is written.
export const hasNoBody = (status) => status === 101 || status === 204 || status === 205 || status === 304;

export class IncomingBody {
  #system;
  #feed;
  #trailers;
  #isStreamed = false;

  // `trailers()` gives entries, or nothing, once the feed has ended.
  constructor(system, feed, trailers) {
    this.#system = system;
    this.#feed = feed;
    this.#trailers = trailers;
  }
  stream() {
    if (this.#isStreamed) throw failure(undefined);
    this.#isStreamed = true;
    return new InputStream(this.#system, this.#feed);
  }
  // `Future` is the class of what is given.
  static finish(system, body, Future = FutureTrailers) {
    check((value) => #feed in value, body, "a body of the host's");
    const feed = body.#feed, trailers = body.#trailers;
    const come = feed.isEnded ? trailers?.() : undefined;
    feed.close();
    return new Future(system, come);
  }
  [SymbolDispose]() {
    // A stream that is there goes on.
    if (!this.#isStreamed) this.#feed.close();
  }
  static functions = { __proto__: null, finish: this.finish };
}
isolate(IncomingBody);
seal(IncomingBody);

// They have come with the end of the body, or never will.
export class FutureTrailers {
  #system;
  #entries;
  #isTaken = false;
  constructor(system, entries) {
    this.#system = system;
    this.#entries = entries;
  }
  subscribe() {
    return new Pollable(this.#system, () => 0);
  }
  get() {
    if (this.#isTaken) return { __proto__: null, tag: "err", val: undefined };
    this.#isTaken = true;
    const val = this.#entries === undefined ? undefined : new Fields(this.#system, this.#entries, true);
    return { __proto__: null, tag: "ok", val: { __proto__: null, tag: "ok", val } };
  }
  none() {
    return new Fields(this.#system);
  }
}
isolate(FutureTrailers);
seal(FutureTrailers);

export const BROKEN_OFF = {
  __proto__: null,
  tag: "internal-error",
  val: "the guest has not written the body to its end",
};

// What a guest writes a body to.
class BodySink {
  #pipe;
  constructor(pipe, write) {
    this.#pipe = pipe;
    this.write = write;
  }
  room() {
    return this.#pipe.room();
  }
  watch(done) {
    return this.#pipe.whenDrained(done);
  }
  isOfClient() {
    return this.#pipe.isOfClient;
  }
  isGone() {
    return this.#pipe.failure !== undefined || this.#pipe.isEnded;
  }
  close() {}
}
isolate(BodySink);

export class OutgoingBody {
  #system;
  #pipe;
  #length;
  #sizeError;
  #error;
  #isStreamed = false;
  // `length` is what its message says, and `sizeError` the code for another one.
  constructor(system, pipe, length, sizeError) {
    this.#system = system;
    this.#pipe = pipe;
    this.#length = length;
    this.#sizeError = sizeError;
  }
  write() {
    if (this.#isStreamed) throw failure(undefined);
    this.#isStreamed = true;
    return new OutputStream(this.#system, new BodySink(this.#pipe, (bytes) => this.#put(bytes)));
  }
  // One that is longer than its message says is none.
  #put(bytes) {
    const pipe = this.#pipe, written = pipe.written + TypedArrayPrototypeGetLength(bytes);
    if (this.#length !== undefined && written > this.#length) throw this.#misfit(written);
    pipe.write(bytes);
  }
  #misfit(written) {
    const error = this.#error = { __proto__: null, tag: this.#sizeError, val: BigInt(written) };
    this.#pipe.fail(error);
    return failure(error);
  }
  static finish(_system, body, trailers) {
    check((value) => #pipe in value, body, "a body of the host's");
    const { written } = body.#pipe, length = body.#length;
    if (body.#error !== undefined) throw failure(body.#error);
    if (length !== undefined && written !== length) throw body.#misfit(written);
    body.#pipe.end(trailers === undefined ? undefined : Fields.take(trailers));
  }
  [SymbolDispose]() {
    this.#pipe.fail(BROKEN_OFF);
  }
  static functions = { __proto__: null, finish: this.finish };
}
isolate(OutgoingBody);
seal(OutgoingBody);
