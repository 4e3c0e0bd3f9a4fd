// What sockets of both kinds have.

import { core, primordials } from "ext:core/mod.js";
import { op_socket_address, op_socket_option, op_socket_readable, op_socket_set_option,
  op_socket_writable } from "ext:core/ops";
import { isolate } from "ext:plugbay/own.js";
import { failure } from "ext:plugbay/worlds/component/wasi/errors.js";
import { seal } from "ext:plugbay/worlds/component/wasi/resource.js";
import { socketAddressOf } from "ext:plugbay/worlds/component/wasi/sockets/addresses.js";
import { taken } from "ext:plugbay/worlds/component/wasi/sockets/network.js";
import { Readiness } from "ext:plugbay/worlds/component/wasi/sockets/readiness.js";
const { BigInt, Number } = primordials;

// What a socket takes of what the host may hold for the guest, with what the system holds for it.
const COST = 65536;
// The most that an instance has open: the system has so many for the whole process.
const MAX_OPEN = 512;

// A socket of the system's, open as long as somebody has it: streams may outlive the socket that they are of.
export class Opened {
  #system;
  #users = 0;
  readable;
  writable;

  // `open` gives its number.
  constructor(system, open) {
    Opened.checkRoom(system);
    system.hold(COST, "the sockets that it has open");
    try {
      this.rid = open();
    } catch (error) {
      system.release(COST);
      throw error;
    }
    system.whenStopped(this.rid);
    system.sockets++;
    this.#system = system;
    this.readable = new Readiness(() => op_socket_readable(this.rid));
    this.writable = new Readiness(() => op_socket_writable(this.rid));
  }
  // Gives what lets go of it, of which the first call counts: a script may have its hands on whatever shares it.
  share() {
    this.#users++;
    let isLeft = false;
    return () => {
      if (isLeft) return;
      isLeft = true;
      if (--this.#users !== 0) return;
      this.#system.sockets--;
      this.#system.close(this.rid);
      this.#system.release(COST);
    };
  }
  address(isRemote) {
    return socketAddressOf(taken(op_socket_address(this.rid, isRemote)));
  }
  static checkRoom(system) {
    if (system.sockets === MAX_OPEN) throw failure("new-socket-limit");
  }
  // Of a connection that the host has accepted already.
  static of(system, rid) {
    try {
      return new Opened(system, () => rid);
    } catch (error) {
      core.tryClose(rid);
      throw error;
    }
  }
}
isolate(Opened);

export class Socket {
  #opened;
  #family;
  constructor(opened, family) {
    this.#opened = opened;
    this.#family = family;
  }
  addressFamily() {
    return this.#family;
  }
  receiveBufferSize() {
    return BigInt(optionOf(this.#opened, "receiveBufferSize"));
  }
  setReceiveBufferSize(size) {
    setOption(this.#opened, "receiveBufferSize", size);
  }
  sendBufferSize() {
    return BigInt(optionOf(this.#opened, "sendBufferSize"));
  }
  setSendBufferSize(size) {
    setOption(this.#opened, "sendBufferSize", size);
  }
}
isolate(Socket);
seal(Socket);

export const optionOf = ({ rid }, name) => taken(op_socket_option(rid, name));

// None of them is ever 0.
export function setOption({ rid }, name, value) {
  if (Number(value) === 0) throw failure("invalid-argument");
  taken(op_socket_set_option(rid, name, Number(value)));
}
