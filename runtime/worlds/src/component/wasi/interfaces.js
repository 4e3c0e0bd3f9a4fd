// The interfaces of WASI 0.2, as objects of the shape in which a script passes its own; any 0.2.x has the same.
// Functions are called with the system of the instance first; classes are those of resources, and have their
// constructors, as `create`, and static functions in `functions`.

import { primordials } from "ext:core/mod.js";
import { list, ownOf } from "ext:plugbay/own.js";
import * as cli from "ext:plugbay/worlds/component/wasi/cli.js";
import * as clocks from "ext:plugbay/worlds/component/wasi/clocks.js";
import { IoError } from "ext:plugbay/worlds/component/wasi/errors.js";
import * as filesystem from "ext:plugbay/worlds/component/wasi/filesystem.js";
import { FutureTrailers, IncomingBody, OutgoingBody } from "ext:plugbay/worlds/component/wasi/http/bodies.js";
import { httpErrorCode } from "ext:plugbay/worlds/component/wasi/http/errors.js";
import { Fields } from "ext:plugbay/worlds/component/wasi/http/fields.js";
import * as messages from "ext:plugbay/worlds/component/wasi/http/messages.js";
import { handleOfOctober, typesOfNovember, typesOfOctober } from "ext:plugbay/worlds/component/wasi/http/of_2023.js";
import { handle } from "ext:plugbay/worlds/component/wasi/http/outgoing.js";
import * as io from "ext:plugbay/worlds/component/wasi/io.js";
import * as random from "ext:plugbay/worlds/component/wasi/random.js";
import { hasMethod as classHasMethod } from "ext:plugbay/worlds/component/wasi/resource.js";
import { resolveAddresses, ResolveAddressStream } from "ext:plugbay/worlds/component/wasi/sockets/names.js";
import { instanceNetwork, Network, networkErrorCode,
  refuse } from "ext:plugbay/worlds/component/wasi/sockets/network.js";
import { createTcpSocket, TcpSocket } from "ext:plugbay/worlds/component/wasi/sockets/tcp.js";
import * as udp from "ext:plugbay/worlds/component/wasi/sockets/udp.js";
import { System } from "ext:plugbay/worlds/component/wasi/system.js";
const {
  ArrayPrototypeIncludes,
  StringPrototypeIncludes,
  StringPrototypeStartsWith,
} = primordials;

// A class whose objects nobody is given: what its methods would be is never asked.
const NOBODYS = { __proto__: null };

const INTERFACES = {
  __proto__: null,
  "wasi:io/error": { __proto__: null, Error: IoError },
  "wasi:io/poll": { __proto__: null, Pollable: io.Pollable, poll: io.poll },
  "wasi:io/streams": { __proto__: null, InputStream: io.InputStream, OutputStream: io.OutputStream },
  "wasi:cli/environment": {
    __proto__: null,
    getArguments: cli.getArguments,
    getEnvironment: cli.getEnvironment,
    initialCwd: cli.initialCwd,
  },
  "wasi:cli/exit": { __proto__: null, exit: cli.exit, exitWithCode: cli.exitWithCode },
  "wasi:cli/stdin": { __proto__: null, getStdin: cli.getStdin },
  "wasi:cli/stdout": { __proto__: null, getStdout: cli.getStdout },
  "wasi:cli/stderr": { __proto__: null, getStderr: cli.getStderr },
  "wasi:cli/terminal-input": { __proto__: null, TerminalInput: cli.TerminalInput },
  "wasi:cli/terminal-output": { __proto__: null, TerminalOutput: cli.TerminalOutput },
  "wasi:cli/terminal-stdin": { __proto__: null, getTerminalStdin: cli.getTerminalStdin },
  "wasi:cli/terminal-stdout": { __proto__: null, getTerminalStdout: cli.getTerminalStdout },
  "wasi:cli/terminal-stderr": { __proto__: null, getTerminalStderr: cli.getTerminalStderr },
  "wasi:clocks/monotonic-clock": clocks.monotonic,
  "wasi:clocks/wall-clock": clocks.wall,
  "wasi:random/random": { __proto__: null, getRandomBytes: random.getBytes, getRandomU64: random.getU64 },
  "wasi:random/insecure": {
    __proto__: null,
    getInsecureRandomBytes: random.getBytes,
    getInsecureRandomU64: random.getU64,
  },
  "wasi:random/insecure-seed": { __proto__: null, insecureSeed: random.insecureSeed },
  "wasi:filesystem/preopens": { __proto__: null, getDirectories: filesystem.getDirectories },
  "wasi:filesystem/types": {
    __proto__: null,
    Descriptor: filesystem.Descriptor,
    DirectoryEntryStream: filesystem.DirectoryEntryStream,
    filesystemErrorCode: filesystem.filesystemErrorCode,
  },
  "wasi:http/types": {
    __proto__: null,
    Fields,
    FutureIncomingResponse: messages.FutureIncomingResponse,
    FutureTrailers,
    httpErrorCode,
    IncomingBody,
    IncomingRequest: messages.IncomingRequest,
    IncomingResponse: messages.IncomingResponse,
    OutgoingBody,
    OutgoingRequest: messages.OutgoingRequest,
    OutgoingResponse: messages.OutgoingResponse,
    RequestOptions: messages.RequestOptions,
    ResponseOutparam: messages.ResponseOutparam,
  },
  "wasi:http/outgoing-handler": { __proto__: null, handle },
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

// Those of the snapshots of 2023, by their dates.
const SNAPSHOTS = {
  __proto__: null,
  "0.2.0-rc-2023-11-10": {
    ...INTERFACES,
    ...REFUSED_SOCKETS,
    __proto__: null,
    "wasi:http/types": typesOfNovember(INTERFACES["wasi:http/types"]),
  },
  "0.2.0-rc-2023-10-18": {
    ...INTERFACES,
    ...REFUSED_SOCKETS,
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
    "wasi:http/types": typesOfOctober(INTERFACES["wasi:http/types"]),
  },
};

// The interface that a component imports under a name of WIT, if WASI 0.2 has it, or a snapshot of before.
export function interfaceOf({ package: of, interface: name, version }) {
  if (typeof version !== "string") return undefined;
  const isRelease = StringPrototypeStartsWith(version, "0.2.") && !StringPrototypeIncludes(version, "-");
  return ownOf(isRelease ? INTERFACES : SNAPSHOTS[version], `${of}/${name}`);
}

// Whether a class of these has such a method.
export const hasMethod = (made, key) => made === NOBODYS || classHasMethod(made, key);

const { InputStream, OutputStream, Pollable } = io;
const ALWAYS = list([io.poll, io.pollOne, Pollable.prototype.block]);
// Of streams that are ready by an event: others wait for the system.
const FOR_EVENTS = list([
  InputStream.prototype.blockingRead,
  InputStream.prototype.blockingSkip,
  OutputStream.prototype.blockingFlush,
  OutputStream.prototype.blockingSplice,
  OutputStream.prototype.blockingWriteAndFlush,
  OutputStream.prototype.blockingWriteZeroesAndFlush,
  OutputStream.prototype.forward,
]);

// Whether a function of these has the guest wait, of one that may have such streams.
export const waitsFor = (call, hasEvents) =>
  ArrayPrototypeIncludes(ALWAYS, call) || hasEvents && ArrayPrototypeIncludes(FOR_EVENTS, call);

// Whether it waits for pollables.
export const isPolling = (call) => ArrayPrototypeIncludes(ALWAYS, call);

const { Descriptor } = filesystem;
// What gives streams and pollables that are ready at once, of streams that are.
const CALM = list([
  cli.getStderr,
  cli.getStdout,
  Descriptor.prototype.appendViaStream,
  Descriptor.prototype.writeViaStream,
  InputStream.prototype.subscribe,
  OutputStream.prototype.subscribe,
]);

// Whether a function of these gives nothing that has to be waited for. Files may be devices, and pipes.
export function isCalm(call, granted) {
  if (call === cli.getStdin) return granted?.stdin !== "inherit";
  if (call === Descriptor.prototype.readViaStream) return granted?.preopens === undefined;
  return ArrayPrototypeIncludes(CALM, call);
}

export const makeSystem = (host, instance, provided) => new System(host, instance, provided);
