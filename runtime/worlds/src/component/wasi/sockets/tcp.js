// wasi:sockets/tcp and tcp-create-socket.

import { primordials } from "ext:core/mod.js";
import { op_socket_set_option, op_tcp_bind, op_tcp_connect, op_tcp_is_connected, op_tcp_listen,
  op_tcp_open } from "ext:core/ops";
import { isolate, list } from "ext:plugbay/own.js";
import { NANOSECONDS } from "ext:plugbay/worlds/component/wasi/clocks.js";
import { failure } from "ext:plugbay/worlds/component/wasi/errors.js";
import { InputStream, OutputStream, Pollable } from "ext:plugbay/worlds/component/wasi/io.js";
import { seal } from "ext:plugbay/worlds/component/wasi/resource.js";
import { numbersOf } from "ext:plugbay/worlds/component/wasi/sockets/addresses.js";
import { Listener } from "ext:plugbay/worlds/component/wasi/sockets/listener.js";
import { Network, networkOf, taken } from "ext:plugbay/worlds/component/wasi/sockets/network.js";
import { Opened, optionOf, setOption, Socket } from "ext:plugbay/worlds/component/wasi/sockets/socket.js";
import { Sink, Source } from "ext:plugbay/worlds/component/wasi/sockets/tcp_streams.js";
const { BigInt, Number, SymbolDispose } = primordials;

export function createTcpSocket(system, family) {
  const network = networkOf(system);
  const opened = new Opened(system, () => taken(op_tcp_open(network, family === "ipv6")));
  return new TcpSocket(system, opened, family, "unbound");
}

const DEFAULT_BACKLOG = 128, MAX_BACKLOG = 4096;

export class TcpSocket extends Socket {
  #system;
  #opened;
  #leave;
  // "unbound", "binding", "bound", "connecting", "connected", "starting to listen", "listening" or "closed".
  #state;
  // Why the connection that was begun has failed.
  #failed;
  #backlog = DEFAULT_BACKLOG;
  #listener;
  #source;
  #sink;

  constructor(system, opened, family, state) {
    super(opened, family);
    this.#system = system;
    this.#opened = opened;
    this.#leave = opened.share();
    this.#state = state;
  }

  // ---- Its own address ----

  // The system gives an address at once.
  startBind(network, address) {
    Network.check(network);
    this.#checkIdle(this.#state === "unbound");
    taken(op_tcp_bind(this.#opened.rid, numbersOf(address)));
    this.#state = "binding";
  }
  finishBind() {
    this.#checkBegun("binding");
    this.#state = "bound";
  }
  // Whether something may be begun.
  #checkIdle(mayBe) {
    if (mayBe) return;
    const isBegun = this.#state === "binding" || this.#state === "connecting" || this.#state === "starting to listen";
    throw failure(isBegun ? "concurrency-conflict" : "invalid-state");
  }
  #checkBegun(state) {
    if (this.#state !== state) throw failure("not-in-progress");
  }
  localAddress() {
    if (this.#state === "unbound" || this.#state === "binding") throw failure("invalid-state");
    return this.#opened.address(false);
  }

  // ---- Connections ----

  startConnect(network, address) {
    Network.check(network);
    this.#checkIdle(this.#state === "unbound" || this.#state === "bound");
    const { failed } = op_tcp_connect(this.#opened.rid, numbersOf(address));
    if (failed === "invalid-argument" || failed === "access-denied") throw failure(failed);
    this.#state = "connecting";
    if (failed !== null) this.#failed = failed;
  }
  finishConnect() {
    this.#checkBegun("connecting");
    const isConnected = this.#isConnected();
    if (this.#failed !== undefined) {
      this.#state = "closed";
      throw failure(this.#failed);
    }
    if (!isConnected) throw failure("would-block");
    return list(this.#connect());
  }
  // The system tells once why it failed.
  #isConnected() {
    if (this.#failed !== undefined) return true;
    const { failed, value } = op_tcp_is_connected(this.#opened.rid);
    if (failed !== null) this.#failed = failed;
    return failed !== null || value;
  }
  #connect() {
    this.#state = "connected";
    this.#source = new Source(this.#opened);
    this.#sink = new Sink(this.#system, this.#opened);
    return [new InputStream(this.#system, this.#source), new OutputStream(this.#system, this.#sink)];
  }
  remoteAddress() {
    this.#checkConnected();
    return this.#opened.address(true);
  }
  #checkConnected() {
    if (this.#state !== "connected") throw failure("invalid-state");
  }
  shutdown(which) {
    this.#checkConnected();
    if (which !== "send") this.#source.end();
    if (which !== "receive") this.#sink.end();
  }

  // ---- Listening ----

  startListen() {
    this.#checkIdle(this.#state === "bound");
    taken(op_tcp_listen(this.#opened.rid, this.#backlog));
    this.#state = "starting to listen";
  }
  finishListen() {
    this.#checkBegun("starting to listen");
    this.#state = "listening";
    this.#listener = new Listener(this.#system, this.#opened);
  }
  isListening() {
    return this.#state === "listening";
  }
  accept() {
    if (this.#state !== "listening") throw failure("invalid-state");
    Opened.checkRoom(this.#system);
    const rid = this.#listener.take();
    if (rid === undefined) throw failure("would-block");
    const accepted = new TcpSocket(this.#system, Opened.of(this.#system, rid), this.addressFamily(), "connected");
    const { 0: input, 1: output } = accepted.#connect();
    return list([accepted, input, output]);
  }
  setListenBacklogSize(size) {
    if (size === 0n) throw failure("invalid-argument");
    if (this.#state === "connecting" || this.#state === "connected" || this.#state === "closed") {
      throw failure("invalid-state");
    }
    this.#backlog = size < MAX_BACKLOG ? Number(size) : MAX_BACKLOG;
    if (this.#state === "listening") taken(op_tcp_listen(this.#opened.rid, this.#backlog));
  }

  // ---- Options ----

  keepAliveEnabled() {
    return optionOf(this.#opened, "keepAliveEnabled") !== 0;
  }
  setKeepAliveEnabled(isEnabled) {
    taken(op_socket_set_option(this.#opened.rid, "keepAliveEnabled", isEnabled ? 1 : 0));
  }
  keepAliveIdleTime() {
    return durationOf(this.#opened, "keepAliveIdleTime");
  }
  setKeepAliveIdleTime(duration) {
    setDuration(this.#opened, "keepAliveIdleTime", duration);
  }
  keepAliveInterval() {
    return durationOf(this.#opened, "keepAliveInterval");
  }
  setKeepAliveInterval(duration) {
    setDuration(this.#opened, "keepAliveInterval", duration);
  }
  keepAliveCount() {
    return optionOf(this.#opened, "keepAliveCount");
  }
  setKeepAliveCount(count) {
    setOption(this.#opened, "keepAliveCount", count);
  }
  hopLimit() {
    return optionOf(this.#opened, "hopLimit");
  }
  setHopLimit(limit) {
    setOption(this.#opened, "hopLimit", limit);
  }

  // ---- Waiting ----

  subscribe() {
    return new Pollable(this.#system, () => this.#isReady() ? 0 : Infinity, (done) => this.#watch(done));
  }
  #isReady() {
    if (this.#isDropped) return true;
    if (this.#state === "connecting") return this.#isConnected();
    return this.#state !== "listening" || this.#listener.isReady();
  }
  #watch(done) {
    return this.#state === "listening" ? this.#listener.watch(done) : this.#opened.writable.watch(done);
  }

  #isDropped = false;
  [SymbolDispose]() {
    this.#isDropped = true;
    this.#listener?.close();
    this.#leave();
  }
}
isolate(TcpSocket);
seal(TcpSocket);

const durationOf = (opened, name) => BigInt(optionOf(opened, name)) * NANOSECONDS;
const setDuration = (opened, name, duration) => setOption(opened, name, Number(duration) / Number(NANOSECONDS));
