// The interfaces of wasi:sockets, as those in ../interfaces.js.

import { resolveAddresses, ResolveAddressStream } from "ext:plugbay/worlds/component/wasi/sockets/names.js";
import { instanceNetwork, Network, networkErrorCode } from "ext:plugbay/worlds/component/wasi/sockets/network.js";
import { createTcpSocket, TcpSocket } from "ext:plugbay/worlds/component/wasi/sockets/tcp.js";
import * as udp from "ext:plugbay/worlds/component/wasi/sockets/udp.js";

export const SOCKETS = {
  __proto__: null,
  "wasi:sockets/network": { __proto__: null, Network, networkErrorCode },
  "wasi:sockets/instance-network": { __proto__: null, instanceNetwork },
  "wasi:sockets/tcp-create-socket": { __proto__: null, createTcpSocket },
  "wasi:sockets/udp-create-socket": { __proto__: null, createUdpSocket: udp.createUdpSocket },
  "wasi:sockets/ip-name-lookup": { __proto__: null, resolveAddresses, ResolveAddressStream },
  "wasi:sockets/tcp": { __proto__: null, TcpSocket },
  "wasi:sockets/udp": {
    __proto__: null,
    UdpSocket: udp.UdpSocket,
    IncomingDatagramStream: udp.IncomingDatagramStream,
    OutgoingDatagramStream: udp.OutgoingDatagramStream,
  },
};
