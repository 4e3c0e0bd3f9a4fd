// Modules for WASI preview 1. Commands (with an export `_start`) are run by plugin.run(), each time in an instance of its own;
// each other function that a module exports is an op. A guest has what options.wasi grants and nothing more.

import { primordials } from "ext:core/mod.js";
import { codeOf, makeError } from "ext:plugbay/errors.js";
import { isolate, list } from "ext:plugbay/own.js";
import { link } from "ext:plugbay/wasm/guest.js";
import { lookUp } from "ext:plugbay/wasm/imports.js";
import { PlainWorld } from "ext:plugbay/wasm/plain.js";
const {
  ArrayPrototypeIncludes,
  ArrayPrototypeSome,
  ObjectDefineProperty,
  ObjectKeys,
  TypedArrayPrototypeGetBuffer,
} = primordials;

const MODULE = "wasi_snapshot_preview1";

export const isWasiModule = ({ imports }) => ArrayPrototypeSome(imports, (entry) => entry.module === MODULE);

export class WasiWorld extends PlainWorld {
  constructor(host, module, given, granted) {
    super(host, module, given);
    this.granted = forHost(granted);
    this.process = undefined;
    this.written = undefined;
    // Of instances that were made ahead.
    this.processes = list();
    this.isCommand = ArrayPrototypeIncludes(module.exportNames, "_start");
    if (this.isCommand) this.command = "_start";
  }

  imports(guest) {
    const { own, wanted } = this.functions(guest.module);
    const process = this.host.newWasi(this.granted, TypedArrayPrototypeGetBuffer(guest.running), wanted);
    let imports;
    try {
      imports = link(guest, { __proto__: null, ...this.given, [MODULE]: { __proto__: null, ...process.imports, ...own } });
    } catch (error) {
      this.host.closeWasi(process.id);
      throw error;
    }
    this.processes[this.processes.length] = { __proto__: null, imports, process };
    return imports;
  }

  // What the module imports of WASI: the script's own functions, which go before ours, and which of ours it needs.
  functions({ imports }) {
    const own = { __proto__: null }, wanted = { __proto__: null };
    for (let i = 0; i < imports.length; i++) {
      const { module, field } = imports[i];
      if (module !== MODULE) continue;
      const given = lookUp(this.given[MODULE], field);
      if (given !== undefined) own[field] = given;
      else wanted[field] = true;
    }
    return { __proto__: null, own, wanted };
  }

  // The instance with these imports is the one that runs now.
  linked(imports) {
    const { processes } = this;
    this.processes = list();
    for (let i = 0; i < processes.length; i++) {
      if (processes[i].imports === imports) this.process = processes[i].process;
      else this.processes[this.processes.length] = processes[i];
    }
  }

  start(guest) {
    if (guest.memory !== null) this.host.setWasiMemory(this.process.id, guest.memory.memory);
    super.start(guest);
  }

  // proc_exit and the deadline unwind the guest with an exception that is none of the script's.
  exception(guest, error, what) {
    const code = this.process === undefined ? undefined : this.host.wasiExit(this.process.id);
    if (code === undefined) return error;
    if (code === "deadline") {
      const message = `${what} of plugin ${guest.name} was ended after its deadline of ${guest.deadline} ms, while it waited for the system; options.limits.deadline sets another`;
      return makeError("TimedOut", "ERR_WASM_DEADLINE", message);
    }
    const ended = makeError("Error", "ERR_WASM_EXIT", `${what} of plugin ${guest.name} ended the guest with exit code ${code}`);
    ObjectDefineProperty(ended, "exitCode", { __proto__: null, value: code, enumerable: true });
    return ended;
  }

  dropped() {
    super.dropped();
    if (this.process === undefined) return;
    this.written = this.host.closeWasi(this.process.id);
    this.process = undefined;
  }

  closed(guest) {
    super.closed(guest);
    for (let i = 0; i < this.processes.length; i++) this.host.closeWasi(this.processes[i].process.id);
    this.processes = list();
  }

  // Runs a command to its end: { code, stdout, stderr }, with bytes where options.wasi says "piped".
  run(guest) {
    if (!this.isCommand) {
      throw makeError("TypeError", "ERR_WASM_COMMAND", `plugin ${guest.name} is no command: it has no export _start; call its ops`);
    }
    // Each run begins anew.
    guest.drop("its last run");
    guest.ready();
    let code = 0;
    try {
      guest.run("the run", guest.exports._start);
    } catch (error) {
      if (codeOf(error) !== "ERR_WASM_EXIT") throw error;
      code = error.exitCode;
    }
    guest.drop("its run");
    const { stdout, stderr } = this.written;
    const output = (name, bytes) => this.granted[name] === "piped" ? bytes : undefined;
    return /* the script's */ { code, stdout: output("stdout", stdout), stderr: output("stderr", stderr) };
  }
}

isolate(WasiWorld);

const NOTHING = { __proto__: null };

// What the host takes, of what options.js has read.
function forHost(granted) {
  const { args = list(), env = NOTHING, stdin = "null", stdout = "null", stderr = "null", preopens = NOTHING } = granted ?? NOTHING;
  const isBytes = typeof stdin !== "string";
  return {
    __proto__: null,
    args,
    env: entriesOf(env, (name, value) => [name, value]),
    stdin: isBytes ? "" : stdin,
    input: isBytes ? stdin : null,
    stdout,
    stderr,
    preopens: entriesOf(preopens, (guest, { path, write }) => ({ __proto__: null, guest, host: path, write })),
  };
}

function entriesOf(given, entry) {
  const read = list(), keys = ObjectKeys(given);
  for (let i = 0; i < keys.length; i++) read[i] = entry(keys[i], given[keys[i]]);
  return read;
}
