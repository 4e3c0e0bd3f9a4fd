// wasi:sockets/ip-name-lookup: where names lead that are granted.

import { primordials } from "ext:core/mod.js";
import { op_socket_lookup, op_socket_name } from "ext:core/ops";
import { isolate } from "ext:plugbay/own.js";
import { failure } from "ext:plugbay/worlds/component/wasi/errors.js";
import { Pollable } from "ext:plugbay/worlds/component/wasi/io.js";
import { seal } from "ext:plugbay/worlds/component/wasi/resource.js";
import { addressOf } from "ext:plugbay/worlds/component/wasi/sockets/addresses.js";
import { Network, networkOf, taken } from "ext:plugbay/worlds/component/wasi/sockets/network.js";
import { Readiness } from "ext:plugbay/worlds/component/wasi/sockets/readiness.js";
const { SymbolDispose } = primordials;

// What the host holds for a name that is looked up.
const COST = 4096;

export function resolveAddresses(system, network, name) {
  Network.check(network);
  const reached = networkOf(system), asked = taken(op_socket_name(reached, name));
  system.hold(COST, "the names that it looks up");
  return new ResolveAddressStream(system, reached, asked);
}

export class ResolveAddressStream {
  #system;
  #come;
  // What the host answers, when it does.
  #answer = undefined;
  #next = 0;
  constructor(system, network, name) {
    this.#system = system;
    this.#come = new Readiness(() => op_socket_lookup(network, name), (answer) => this.#answer = answer);
    this.#come.begin();
  }
  resolveNextAddress() {
    if (this.#answer === undefined) throw failure("would-block");
    const addresses = taken(this.#answer);
    return this.#next < addresses.length ? addressOf(addresses[this.#next++]) : undefined;
  }
  subscribe() {
    return new Pollable(
      this.#system,
      () => this.#answer === undefined ? Infinity : 0,
      (done) => this.#come.watch(done),
    );
  }
  #isDropped = false;
  [SymbolDispose]() {
    if (!this.#isDropped) this.#system.release(COST);
    this.#isDropped = true;
  }
}
isolate(ResolveAddressStream);
seal(ResolveAddressStream);
