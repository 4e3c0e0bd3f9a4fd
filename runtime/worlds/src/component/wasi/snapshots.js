// The interfaces of WASI's snapshots of 2023, as those in interfaces.js.

import * as clocks from "ext:plugbay/worlds/component/wasi/clocks.js";
import { IoError } from "ext:plugbay/worlds/component/wasi/errors.js";
import { HTTP } from "ext:plugbay/worlds/component/wasi/http/interfaces.js";
import { handleOfOctober, typesOfNovember, typesOfOctober } from "ext:plugbay/worlds/component/wasi/http/of_2023.js";
import { INTERFACES, NOBODYS } from "ext:plugbay/worlds/component/wasi/interfaces.js";
import * as io from "ext:plugbay/worlds/component/wasi/io.js";
import { SOCKETS } from "ext:plugbay/worlds/component/wasi/sockets/interfaces.js";
import { refuse } from "ext:plugbay/worlds/component/wasi/sockets/network.js";

// Sockets of the snapshots have other functions, and are refused.
const REFUSED_SOCKETS = {
  __proto__: null,
  "wasi:sockets/tcp-create-socket": { __proto__: null, createTcpSocket: refuse },
  "wasi:sockets/udp-create-socket": { __proto__: null, createUdpSocket: refuse },
  "wasi:sockets/ip-name-lookup": { __proto__: null, resolveAddresses: refuse, ResolveAddressStream: NOBODYS },
  "wasi:sockets/tcp": { __proto__: null, TcpSocket: NOBODYS },
  "wasi:sockets/udp": {
    __proto__: null,
    UdpSocket: NOBODYS,
    IncomingDatagramStream: NOBODYS,
    OutgoingDatagramStream: NOBODYS,
  },
};

const ALL = { ...INTERFACES, ...HTTP, ...SOCKETS, ...REFUSED_SOCKETS, __proto__: null };

// By their versions.
export const SNAPSHOTS = {
  __proto__: null,
  "0.2.0-rc-2023-11-10": {
    ...ALL,
    __proto__: null,
    "wasi:http/types": typesOfNovember(HTTP["wasi:http/types"]),
  },
  "0.2.0-rc-2023-10-18": {
    ...ALL,
    __proto__: null,
    "wasi:io/poll": {
      __proto__: null,
      Pollable: io.Pollable,
      pollList: io.poll,
      pollOne: io.pollOne,
    },
    "wasi:io/streams": { ...INTERFACES["wasi:io/streams"], __proto__: null, Error: IoError },
    "wasi:clocks/monotonic-clock": clocks.monotonicOfOctober,
    "wasi:clocks/timezone": clocks.timezone,
    "wasi:http/outgoing-handler": { __proto__: null, handle: handleOfOctober },
    "wasi:http/types": typesOfOctober(HTTP["wasi:http/types"]),
  },
};
