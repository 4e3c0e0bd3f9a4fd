// The body of a message that a guest reads: a source of wasi:io's streams, which asks for the next bytes when somebody
// looks for them.

import { primordials } from "ext:core/mod.js";
import { op_http_read, op_http_trailers } from "ext:core/ops";
import { messageOf } from "ext:plugbay/errors.js";
import { isolate, own, then } from "ext:plugbay/own.js";
import { failure } from "ext:plugbay/worlds/component/wasi/errors.js";
import { errorCode } from "ext:plugbay/worlds/component/wasi/http/errors.js";
import { entriesOf } from "ext:plugbay/worlds/component/wasi/http/fields.js";
import { Signal } from "ext:plugbay/worlds/component/wasi/signal.js";
const {
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetLength,
  Uint8Array,
} = primordials;

export class Feed {
  #system;
  #next;
  #close;
  #piece;
  #isAsked = false;
  #failure = undefined;
  #arrived = new Signal();
  isEnded = false;
  isClosed = false;
  // Whether a client of a server sends it.
  isOfClient = false;

  // `next` promises { bytes }, without them at the end, and is rejected with an error code of wasi:http; `close` is
  // called when nobody reads any more.
  constructor(system, piece, next, close) {
    this.#system = system;
    this.#piece = piece;
    this.#next = next;
    this.#close = close;
    if (next === undefined && piece === undefined) this.isEnded = true;
  }

  delay() {
    if (this.#piece !== undefined || this.isEnded || this.#failure !== undefined) return 0;
    this.#ask();
    return Infinity;
  }
  watch(done) {
    return this.#arrived.watch(done);
  }
  // None at the end.
  read(length) {
    if (this.#failure !== undefined) throw failure(this.#failure);
    const piece = this.#piece;
    if (piece === undefined) return new Uint8Array(0);
    const whole = TypedArrayPrototypeGetLength(piece);
    if (length >= whole) {
      this.#put(undefined);
      if (this.#next === undefined) this.isEnded = true;
      return piece;
    }
    const buffer = TypedArrayPrototypeGetBuffer(piece), at = TypedArrayPrototypeGetByteOffset(piece);
    this.#piece = new Uint8Array(buffer, at + length, whole - length);
    return new Uint8Array(new Uint8Array(buffer, at, length));
  }
  // The stream of it is gone; what comes after its end may still be asked for.
  close() {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#put(undefined);
    if (!this.isEnded) this.#close?.();
  }

  #held = 0;
  #put(piece) {
    this.#system.release(this.#held);
    this.#held = 0;
    this.#piece = piece;
    if (piece === undefined) return;
    const length = TypedArrayPrototypeGetLength(piece);
    this.#system.hold(length, "the bodies of messages");
    this.#held = length;
  }
  #ask() {
    if (this.#isAsked || this.isClosed) return;
    this.#isAsked = true;
    then(this.#next(), ({ bytes }) => {
      this.#isAsked = false;
      try {
        if (bytes === undefined) this.isEnded = true;
        else if (!this.isClosed) this.#put(bytes);
      } catch (error) {
        // It is more than the host may hold, and the guest ends when it goes on.
        this.#failure = { __proto__: null, tag: "internal-error", val: messageOf(error) };
      }
      this.#arrived.raise();
    }, (failed) => {
      this.#failure = failed;
      this.#arrived.raise();
    });
  }
}
isolate(Feed);

// The body of a message that has arrived: `trailers()` gives entries, or nothing, once the feed has ended.
export class Body {
  constructor(feed, trailers) {
    this.feed = feed;
    this.trailers = trailers;
  }
}
isolate(Body);

// That of one off a connection, by the number of its resource, which is closed with the instance.
export function arriving(system, rid) {
  let trailers;
  const next = async () => {
    const { bytes, failure: failed } = await own(op_http_read(rid));
    if (failed !== undefined) throw errorCode(failed);
    // Bytes by themselves would be asked for a `then`.
    if (bytes !== undefined) return { __proto__: null, bytes };
    const given = op_http_trailers(rid);
    trailers = given === null ? undefined : entriesOf(given);
    system.close(rid);
    return { __proto__: null, bytes: undefined };
  };
  system.whenStopped(rid);
  const feed = new Feed(system, undefined, next, () => system.close(rid));
  return new Body(feed, () => trailers);
}
