// WASI preview 1 for guests of any world, and what WASI 0.2 stands on for components. A guest has what options.wasi
// grants and nothing more; each instance has a view of the system of its own, which goes with it.

import { core, primordials } from "ext:core/mod.js";
import { op_http_grant } from "ext:core/ops";
import { exited, hostsNotGranted, lateInSystem } from "ext:plugbay/error_codes.js";
import { adviceOn, makeError, messageOf } from "ext:plugbay/errors.js";
import { isolate, list } from "ext:plugbay/own.js";
const { ObjectDefineProperty, ObjectKeys, StringPrototypeStartsWith, TypedArrayPrototypeGetBuffer } = primordials;

export const WASI = "wasi_snapshot_preview1";
// Whether an interface is of a version that came after it.
export const isOfWasi = (name) => StringPrototypeStartsWith(name, "wasi:");

export class WasiProvider {
  module = WASI;
  // What the last instance has written to the streams that are piped, { stdout, stderr }, and the error of its exit.
  written = undefined;
  exited = undefined;

  // `granted` is options.wasi; `reach` is the number of who decides of requests, if somebody does.
  constructor(host, granted, reach) {
    this.host = host;
    this.granted = forHost(granted);
    this.netGrant = grantOf(granted?.net, reach);
  }

  // The plugin is closed.
  close() {
    if (this.netGrant !== undefined) core.tryClose(this.netGrant);
  }

  provide(guest, fields) {
    const { host, granted, netGrant } = this, isComponent = guest.module.plan !== undefined;
    const open = () => host.newWasi(this.granted, TypedArrayPrototypeGetBuffer(guest.running), fields);
    const close = (id) => {
      const written = host.closeWasi(id);
      this.written = guest.isClosed ? undefined : written;
    };
    const setExit = (error) => this.exited = error;
    const { id, imports } = open();
    return {
      __proto__: null,
      id,
      granted,
      imports,
      netGrant,
      start({ memory }) {
        if (memory !== null && !isComponent) host.setWasiMemory(id, memory.memory);
      },
      // Descriptors, and what was read and written. A component's functions are the host's: they find the next view.
      isUsedUp() {
        return !isComponent && host.isWasiUsed(id);
      },
      reset() {
        if (!isComponent || !host.isWasiUsed(this.id)) return;
        close(this.id);
        this.id = open().id;
      },
      stop() {
        close(this.id);
      },
      // What it unwinds the guest with is undefined. A guest may catch that, and end otherwise.
      explain(_, error, what) {
        return error === undefined ? setExit(explain(guest, host.wasiExit(this.id), what)) : undefined;
      },
    };
  }
}
isolate(WasiProvider);

// proc_exit and the deadline unwind the guest with an exception that is none of the script's.
function explain(guest, ended, what) {
  if (ended === undefined) return undefined;
  if (ended === "deadline") {
    return makeError(lateInSystem, what, guest.name, guest.deadline);
  }
  const error = makeError(exited, what, guest.name, ended);
  ObjectDefineProperty(error, "exitCode", { __proto__: null, value: ended, enumerable: true });
  return error;
}

// The number of what a guest may reach: all that the program may, or hosts, which have to be among those. Where `reach`
// is a number, who has it decides of requests.
function grantOf(net = false, reach = -1) {
  if (reach === -1 && (net === false || net !== true && net.length === 0)) return undefined;
  try {
    return op_http_grant(net === true ? null : net === false ? list() : net, reach);
  } catch (error) {
    throw makeError(
      hostsNotGranted,
      messageOf(error),
      adviceOn("net") ?? "run plugbay with --allow-net for these hosts",
    );
  }
}

const NOTHING = { __proto__: null };

// What the host takes, of what options.js has read.
function forHost(granted) {
  const { args = list(), env = NOTHING, stdin = "null", stdout = "null", stderr = "null", preopens = NOTHING } = granted
    ?? NOTHING;
  const isBytes = typeof stdin !== "string";
  return {
    __proto__: null,
    args,
    env: entriesOf(env, (name, value) => [name, value]),
    stdin: isBytes ? "" : stdin,
    input: isBytes ? stdin : null,
    stdout: outputOf(stdout),
    stderr: outputOf(stderr),
    preopens: entriesOf(preopens, (guest, { path, write }) => ({ __proto__: null, guest, host: path, write })),
  };
}

function outputOf(output) {
  if (typeof output === "string") return { __proto__: null, kind: output };
  const { inherit = false, path, label, log, request } = output;
  return { __proto__: null, kind: inherit ? "inherit" : "null", path, label, log, request };
}

function entriesOf(given, entry) {
  const read = list(), keys = ObjectKeys(given);
  for (let i = 0; i < keys.length; i++) read[i] = entry(keys[i], given[keys[i]]);
  return read;
}
