// wasi:sockets/network and instance-network: what a guest may reach, which options.wasi.net says, and what fails.

import { op_socket_network } from "ext:core/ops";
import { isolate, ownOf } from "ext:plugbay/own.js";
import { failure, IoError } from "ext:plugbay/worlds/component/wasi/errors.js";
import { check, seal } from "ext:plugbay/worlds/component/wasi/resource.js";

// There is one. Whatever a guest asks of it is held against what is granted.
export class Network {
  #isOne = true;
  static check(network) {
    check((value) => #isOne in value, network, "a network of the host's");
  }
}
isolate(Network);
seal(Network);

export const instanceNetwork = () => new Network();

// The number of what the instance may reach, if it may.
export function networkOf(system) {
  if (system.netGrant === undefined) throw failure("access-denied");
  if (system.network === undefined) {
    system.network = op_socket_network(system.netGrant);
    system.whenStopped(system.network);
  }
  return system.network;
}

// Where nothing can be granted.
export function refuse() {
  throw failure("access-denied");
}

// What the host gives, or what it fails with.
export function taken({ failed, value }, fail = failure) {
  if (failed !== null) throw fail(failed);
  return value;
}

// What a stream fails with.
export const streamFailure = (code) => failure({ __proto__: null, tag: code, isOfNetwork: true });

// The code of an error of a stream, if it is of a socket.
export function networkErrorCode(_system, error) {
  const name = IoError.nameOf(error);
  return ownOf(name, "isOfNetwork") === true ? name.tag : undefined;
}
