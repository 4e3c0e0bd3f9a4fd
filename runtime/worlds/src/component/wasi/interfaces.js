// The interfaces of WASI 0.2, as objects of the shape in which a script passes its own; any 0.2.x has the same.
// Functions are called with the system of the instance first; classes are those of resources.

import { primordials } from "ext:core/mod.js";
import { ownOf } from "ext:plugbay/own.js";
import * as cli from "ext:plugbay/worlds/component/wasi/cli.js";
import * as clocks from "ext:plugbay/worlds/component/wasi/clocks.js";
import { IoError } from "ext:plugbay/worlds/component/wasi/errors.js";
import * as filesystem from "ext:plugbay/worlds/component/wasi/filesystem.js";
import * as io from "ext:plugbay/worlds/component/wasi/io.js";
import * as random from "ext:plugbay/worlds/component/wasi/random.js";
import * as sockets from "ext:plugbay/worlds/component/wasi/sockets.js";
import { System } from "ext:plugbay/worlds/component/wasi/system.js";
const { StringPrototypeIncludes, StringPrototypeStartsWith } = primordials;

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
  "wasi:sockets/instance-network": { __proto__: null, instanceNetwork: sockets.instanceNetwork },
  "wasi:sockets/tcp-create-socket": { __proto__: null, createTcpSocket: sockets.refuse },
  "wasi:sockets/udp-create-socket": { __proto__: null, createUdpSocket: sockets.refuse },
  "wasi:sockets/ip-name-lookup": { __proto__: null, resolveAddresses: sockets.refuse, ResolveAddressStream: NOBODYS },
  "wasi:sockets/tcp": { __proto__: null, TcpSocket: NOBODYS },
  "wasi:sockets/udp": {
    __proto__: null,
    UdpSocket: NOBODYS,
    IncomingDatagramStream: NOBODYS,
    OutgoingDatagramStream: NOBODYS,
  },
};

// The interface that a component imports under a name of WIT, if WASI 0.2 has it. What was called 0.2 before it was has
// other types.
export function interfaceOf({ package: of, interface: name, version }) {
  const isRight = typeof version === "string" && StringPrototypeStartsWith(version, "0.2.")
    && !StringPrototypeIncludes(version, "-");
  if (!isRight) return undefined;
  return ownOf(INTERFACES, `${of}/${name}`);
}

// Whether a class has such a method.
export const hasMethod = (made, key) => made === NOBODYS || ownOf(made?.prototype, key) !== undefined;

// Whether a function of these has the guest wait.
export const waitsFor = (call) => call === io.poll || call === io.Pollable.prototype.block;

export const makeSystem = (host, instance, provided) => new System(host, instance, provided);
