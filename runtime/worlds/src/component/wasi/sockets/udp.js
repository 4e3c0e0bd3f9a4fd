// wasi:sockets/udp and udp-create-socket.

import { primordials } from "ext:core/mod.js";
import { op_socket_is_readable, op_udp_bind, op_udp_limit, op_udp_open, op_udp_receive,
  op_udp_send } from "ext:core/ops";
import { isolate, list } from "ext:plugbay/own.js";
import { fault } from "ext:plugbay/worlds/component/values.js";
import { failure } from "ext:plugbay/worlds/component/wasi/errors.js";
import { Pollable } from "ext:plugbay/worlds/component/wasi/io.js";
import { seal } from "ext:plugbay/worlds/component/wasi/resource.js";
import { numbersOf, socketAddressOf } from "ext:plugbay/worlds/component/wasi/sockets/addresses.js";
import { Network, networkOf, taken } from "ext:plugbay/worlds/component/wasi/sockets/network.js";
import { Opened, optionOf, setOption, Socket } from "ext:plugbay/worlds/component/wasi/sockets/socket.js";
const { BigInt, Number, SymbolDispose, TypedArrayPrototypeGetLength } = primordials;

// How many datagrams are received or sent at once.
const AT_ONCE = 16;

export function createUdpSocket(system, family) {
  const network = networkOf(system);
  const opened = new Opened(system, () => taken(op_udp_open(network, family === "ipv6")));
  return new UdpSocket(system, opened, family);
}

export class UdpSocket extends Socket {
  #system;
  #opened;
  #leave;
  #state = "unbound";
  #peer = undefined;
  // What the streams of it share that were given last: others are of no use any more.
  #pair = undefined;
  constructor(system, opened, family) {
    super(opened, family);
    this.#system = system;
    this.#opened = opened;
    this.#leave = opened.share();
  }

  // The system gives an address at once.
  startBind(network, address) {
    Network.check(network);
    if (this.#state === "binding") throw failure("concurrency-conflict");
    if (this.#state === "bound") throw failure("invalid-state");
    taken(op_udp_bind(this.#opened.rid, numbersOf(address)));
    this.#state = "binding";
  }
  finishBind() {
    if (this.#state !== "binding") throw failure("not-in-progress");
    this.#state = "bound";
  }
  stream(peer) {
    this.#checkBound();
    taken(op_udp_limit(this.#opened.rid, peer === undefined ? null : numbersOf(peer)));
    this.#peer = peer;
    const pair = this.#pair = { __proto__: null }, isCurrent = () => this.#pair === pair;
    return list([
      new IncomingDatagramStream(this.#system, this.#opened, isCurrent),
      new OutgoingDatagramStream(this.#system, this.#opened, isCurrent),
    ]);
  }
  #checkBound() {
    if (this.#state !== "bound") throw failure("invalid-state");
  }
  localAddress() {
    this.#checkBound();
    return this.#opened.address(false);
  }
  remoteAddress() {
    if (this.#peer === undefined) throw failure("invalid-state");
    return this.#peer;
  }
  unicastHopLimit() {
    return optionOf(this.#opened, "hopLimit");
  }
  setUnicastHopLimit(limit) {
    setOption(this.#opened, "hopLimit", limit);
  }
  // Nothing of it is waited for.
  subscribe() {
    return new Pollable(this.#system, () => 0);
  }
  [SymbolDispose]() {
    this.#leave();
  }
}
isolate(UdpSocket);
seal(UdpSocket);

export class IncomingDatagramStream {
  #system;
  #opened;
  #leave;
  #isCurrent;
  #isDropped = false;
  constructor(system, opened, isCurrent) {
    this.#system = system;
    this.#opened = opened;
    this.#leave = opened.share();
    this.#isCurrent = isCurrent;
  }
  receive(most) {
    if (!this.#isCurrent()) throw failure("invalid-state");
    const received = list(), wanted = most < AT_ONCE ? Number(most) : AT_ONCE;
    while (received.length < wanted) {
      const { failed, value } = op_udp_receive(this.#opened.rid);
      if (failed !== null && received.length === 0) throw failure(failed);
      if (failed !== null || value === null) break;
      const { data, from } = value;
      this.#system.count(TypedArrayPrototypeGetLength(data));
      received[received.length] = { __proto__: null, data, remoteAddress: socketAddressOf(from) };
    }
    return received;
  }
  subscribe() {
    return new Pollable(
      this.#system,
      () => this.#isReady() ? 0 : Infinity,
      (done) => this.#opened.readable.watch(done),
    );
  }
  #isReady() {
    return this.#isDropped || !this.#isCurrent() || op_socket_is_readable(this.#opened.rid);
  }
  [SymbolDispose]() {
    this.#isDropped = true;
    this.#leave();
  }
}
isolate(IncomingDatagramStream);
seal(IncomingDatagramStream);

export class OutgoingDatagramStream {
  #system;
  #opened;
  #leave;
  #isCurrent;
  #permitted = 0;
  // Whether the system has no room.
  #isFull = false;
  constructor(system, opened, isCurrent) {
    this.#system = system;
    this.#opened = opened;
    this.#leave = opened.share();
    this.#isCurrent = isCurrent;
  }
  checkSend() {
    if (!this.#isCurrent()) throw failure("invalid-state");
    this.#permitted = this.#isFull ? 0 : AT_ONCE;
    return BigInt(this.#permitted);
  }
  send(datagrams) {
    const { length } = datagrams, permitted = this.#permitted;
    if (length > permitted) throw fault(`it sends ${length} datagrams where it may send ${permitted}`);
    if (!this.#isCurrent()) throw failure("invalid-state");
    this.#permitted = 0;
    let sent = 0;
    while (sent < length) {
      const { data, remoteAddress: to } = datagrams[sent];
      const { failed, value: isSent } = op_udp_send(this.#opened.rid, data, to === undefined ? null : numbersOf(to));
      if (failed !== null && sent === 0) throw failure(failed);
      if (failed !== null) break;
      if (!isSent) {
        this.#fill();
        break;
      }
      sent++;
    }
    return BigInt(sent);
  }
  // There is room again when the system says so.
  #fill() {
    this.#isFull = true;
    const forget = this.#opened.writable.watch(() => {
      forget();
      this.#isFull = false;
    });
  }
  subscribe() {
    return new Pollable(
      this.#system,
      () => this.#isFull ? Infinity : 0,
      (done) => this.#opened.writable.watch(done),
    );
  }
  [SymbolDispose]() {
    this.#leave();
  }
}
isolate(OutgoingDatagramStream);
seal(OutgoingDatagramStream);
