// wasi:sockets, of which options.wasi grants nothing: who asks for a socket or an address is refused.

import { isolate } from "ext:plugbay/own.js";
import { failure } from "ext:plugbay/worlds/component/wasi/errors.js";
import { seal } from "ext:plugbay/worlds/component/wasi/resource.js";

export class Network {}
isolate(Network);
seal(Network);

export const instanceNetwork = () => new Network();

export function refuse() {
  throw failure("access-denied");
}
