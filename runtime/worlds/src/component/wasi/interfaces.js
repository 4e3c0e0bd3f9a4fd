// The interfaces of WASI 0.2, as objects of the shape in which a script passes its own; any 0.2.x has the same.
// Functions are called with the system of the instance first; classes are those of resources, and have their
// constructors, as `create`, and static functions in `functions`.

import { primordials } from "ext:core/mod.js";
import { onDemand } from "ext:plugbay/on_demand.js";
import { list, ownOf } from "ext:plugbay/own.js";
import * as cli from "ext:plugbay/worlds/component/wasi/cli.js";
import * as clocks from "ext:plugbay/worlds/component/wasi/clocks.js";
import { IoError } from "ext:plugbay/worlds/component/wasi/errors.js";
import * as filesystem from "ext:plugbay/worlds/component/wasi/filesystem.js";
import * as io from "ext:plugbay/worlds/component/wasi/io.js";
import * as random from "ext:plugbay/worlds/component/wasi/random.js";
import { hasMethod as classHasMethod } from "ext:plugbay/worlds/component/wasi/resource.js";
import { System } from "ext:plugbay/worlds/component/wasi/system.js";
const { ArrayPrototypeIncludes, StringPrototypeIncludes, StringPrototypeStartsWith } = primordials;

const loadHttp = onDemand("ext:plugbay/worlds/component/wasi/http/interfaces.js");
const loadSockets = onDemand("ext:plugbay/worlds/component/wasi/sockets/interfaces.js");
const loadSnapshots = onDemand("ext:plugbay/worlds/component/wasi/snapshots.js");

// A class whose objects nobody is given: what its methods would be is never asked.
export const NOBODYS = { __proto__: null };

// Those of packages that most components import.
export const INTERFACES = {
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
};

// The interface that a component imports under a name of WIT, if WASI 0.2 has it, or a snapshot of before.
export function interfaceOf({ package: of, interface: name, version }) {
  if (typeof version !== "string") return undefined;
  const isRelease = StringPrototypeStartsWith(version, "0.2.") && !StringPrototypeIncludes(version, "-");
  const isSnapshot = StringPrototypeStartsWith(version, "0.2.0-rc-2023-");
  const interfaces = isRelease ? interfacesOf(of) : isSnapshot ? loadSnapshots().SNAPSHOTS[version] : undefined;
  return ownOf(interfaces, `${of}/${name}`);
}

function interfacesOf(package_) {
  switch (package_) {
    case "wasi:http":
      return loadHttp().HTTP;
    case "wasi:sockets":
      return loadSockets().SOCKETS;
    default:
      return INTERFACES;
  }
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
