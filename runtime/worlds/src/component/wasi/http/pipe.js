// What a guest writes as the body of a message, until somebody has read it: when MOST bytes wait it has to.

import { primordials } from "ext:core/mod.js";
import { op_http_end, op_http_write } from "ext:core/ops";
import { isolate, list, own } from "ext:plugbay/own.js";
import { Gathered } from "ext:plugbay/views.js";
import { costOfAll, pairsOf } from "ext:plugbay/worlds/component/wasi/http/fields.js";
import { Signal } from "ext:plugbay/worlds/component/wasi/signal.js";
import { MOST } from "ext:plugbay/worlds/component/wasi/system.js";
const { Promise, TypedArrayPrototypeGetLength } = primordials;

// What a piece takes besides its bytes.
const COST = 512;

export class Pipe {
  #system;
  #pieces = list();
  // Of those, the first that was not taken.
  #first = 0;
  #waiting = 0;
  #drained = new Signal();
  #filled = new Signal();
  // How many bytes were written in all.
  written = 0;
  isEnded = false;
  // Entries of fields, once it has ended.
  trailers = undefined;
  // Why nothing more comes, or nothing more is wanted.
  failure = undefined;
  // Whether a client of a server reads it.
  isOfClient = false;
  // Whether what is written is for nobody.
  #isDiscarded = false;

  constructor(system) {
    this.#system = system;
  }

  // ---- For who writes ----

  // How many bytes may be written now.
  room() {
    return this.#waiting < MOST ? MOST - this.#waiting : 0;
  }
  // When there may be more room.
  whenDrained(done) {
    return this.#drained.watch(done);
  }
  write(bytes) {
    const length = TypedArrayPrototypeGetLength(bytes);
    this.written += length;
    if (length === 0 || this.failure !== undefined || this.#isDiscarded) return;
    this.#system.hold(COST + length, "the bodies of messages");
    this.#waiting += length;
    this.#pieces[this.#pieces.length] = bytes;
    this.#filled.raise();
  }
  end(trailers) {
    if (this.isEnded) return;
    this.isEnded = true;
    this.trailers = trailers;
    this.#filled.raise();
  }
  // It is not written to its end.
  fail(failure) {
    if (this.isEnded || this.failure !== undefined) return;
    this.failure = failure;
    this.#filled.raise();
  }

  // ---- For who reads ----

  // The next bytes; nothing where there are none yet, or no more.
  take() {
    if (this.#first === this.#pieces.length) return undefined;
    const piece = this.#pieces[this.#first];
    this.#pieces[this.#first++] = undefined;
    if (this.#first === this.#pieces.length) {
      this.#pieces = list();
      this.#first = 0;
    }
    const length = TypedArrayPrototypeGetLength(piece);
    this.#waiting -= length;
    this.#system.release(COST + length);
    this.#drained.raise();
    return piece;
  }
  // What comes after the body, once.
  takeTrailers() {
    const { trailers } = this;
    this.trailers = undefined;
    if (trailers !== undefined) this.#system.release(costOfAll(trailers));
    return trailers;
  }
  // All of it, if all has been written.
  takeAll() {
    if (!this.isEnded) return undefined;
    const gathered = new Gathered(this.#waiting);
    this.takeTrailers();
    for (let piece; (piece = this.take()) !== undefined;) gathered.append(piece);
    return gathered.all();
  }
  // When there is something to take, or it has ended.
  whenFilled(done) {
    return this.#filled.watch(done);
  }
  isReady() {
    return this.#first !== this.#pieces.length || this.isEnded || this.failure !== undefined;
  }
  // Nobody reads it any more.
  cancel(failure) {
    this.failure ??= failure;
    this.discard();
  }
  // The message has no body, whatever is written.
  discard() {
    this.#isDiscarded = true;
    this.takeTrailers();
    while (this.take() !== undefined);
    this.#drained.raise();
  }
}
isolate(Pipe);

export const GONE = { __proto__: null, tag: "connection-terminated" };

// Sends what is written into a pipe, as it is written, as the body of a message, by the number of what takes it.
// Promises whether all of it was sent; otherwise nobody reads the pipe any more.
export async function pump(pipe, rid) {
  try {
    for (;;) {
      if (!pipe.isReady()) await own(new Promise((resolve) => pipe.whenFilled(resolve)));
      const piece = pipe.take();
      if (piece !== undefined) {
        if (!(await own(op_http_write(rid, piece)))) break;
      } else if (pipe.failure !== undefined) {
        break;
      } else if (pipe.isEnded) {
        const trailers = pipe.takeTrailers();
        await own(op_http_end(rid, trailers === undefined ? null : pairsOf(trailers)));
        return true;
      }
    }
  } catch {
    // It was closed.
  }
  pipe.cancel(GONE);
  return false;
}
