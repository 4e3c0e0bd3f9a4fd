// The two directions of a connection: a source and a sink of wasi:io's streams. What has come waits in the system until
// the guest reads it. Of what the guest writes, the system takes what it has room for; the rest waits here, and nothing
// more may be written until it has gone.

import { primordials } from "ext:core/mod.js";
import { op_socket_is_readable, op_socket_writable, op_tcp_read, op_tcp_shutdown, op_tcp_write } from "ext:core/ops";
import { isolate, own } from "ext:plugbay/own.js";
import { Signal } from "ext:plugbay/worlds/component/wasi/signal.js";
import { streamFailure, taken } from "ext:plugbay/worlds/component/wasi/sockets/network.js";
import { MOST } from "ext:plugbay/worlds/component/wasi/system.js";
const {
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetLength,
  Uint8Array,
} = primordials;

export class Source {
  #opened;
  #leave;
  #isEnded = false;
  constructor(opened) {
    this.#opened = opened;
    this.#leave = opened.share();
  }
  delay() {
    return this.#isEnded || op_socket_is_readable(this.#opened.rid) ? 0 : Infinity;
  }
  watch(done) {
    return this.#opened.readable.watch(done);
  }
  read(length) {
    if (this.#isEnded) return new Uint8Array(0);
    const bytes = taken(op_tcp_read(this.#opened.rid, length), streamFailure);
    if (bytes === null) throw streamFailure("would-block");
    return bytes;
  }
  // Nothing more is read.
  end() {
    if (this.#isEnded) return;
    this.#isEnded = true;
    taken(op_tcp_shutdown(this.#opened.rid, true, false));
  }
  close() {
    this.#isEnded = true;
    this.#leave();
  }
}
isolate(Source);

export class Sink {
  #system;
  #opened;
  #leave;
  #waiting = undefined;
  #gone = new Signal();
  // Whether nothing more is written, because the guest has said so or it has failed.
  #isEnded = false;
  #isShut = false;
  #isClosed = false;
  constructor(system, opened) {
    this.#system = system;
    this.#opened = opened;
    this.#leave = opened.share();
  }
  room() {
    return this.isFlushed() ? MOST : 0;
  }
  isFlushed() {
    return this.#waiting === undefined;
  }
  isGone() {
    return this.#isEnded;
  }
  watch(done) {
    return this.#gone.watch(done);
  }
  write(bytes) {
    const rest = this.#send(bytes);
    if (rest === undefined) return;
    this.#system.hold(TypedArrayPrototypeGetLength(rest), "what it writes to sockets");
    this.#waiting = rest;
    this.#sendRest();
  }
  // What the system has no room for.
  #send(bytes) {
    const length = TypedArrayPrototypeGetLength(bytes);
    const sent = taken(op_tcp_write(this.#opened.rid, bytes), streamFailure);
    if (sent === length) return undefined;
    return new Uint8Array(
      TypedArrayPrototypeGetBuffer(bytes),
      TypedArrayPrototypeGetByteOffset(bytes) + sent,
      length - sent,
    );
  }
  async #sendRest() {
    const held = TypedArrayPrototypeGetLength(this.#waiting);
    try {
      while (this.#waiting !== undefined) {
        await own(op_socket_writable(this.#opened.rid));
        this.#waiting = this.#send(this.#waiting);
      }
      if (this.#isEnded) this.#shut();
    } catch {
      // Whoever writes more finds it closed.
      this.#waiting = undefined;
      this.#isEnded = this.#isShut = true;
    }
    this.#system.release(held);
    if (this.#isClosed) this.#leave();
    this.#gone.raise();
  }
  // Nothing more is written.
  end() {
    this.#isEnded = true;
    if (this.isFlushed()) this.#shut();
  }
  #shut() {
    if (this.#isShut) return;
    this.#isShut = true;
    taken(op_tcp_shutdown(this.#opened.rid, false, true));
  }
  close() {
    this.#isClosed = true;
    if (this.isFlushed()) this.#leave();
  }
}
isolate(Sink);
