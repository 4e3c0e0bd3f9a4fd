// Modules for WASI preview 1. Commands (with an export `_start`) are run by plugin.run(), each time in an instance of its own;
// each other function that a module exports is an op. A guest has what options.wasi grants and nothing more.

import { primordials } from "ext:core/mod.js";
import { makeError } from "ext:plugbay/errors.js";
import { link } from "ext:plugbay/wasm/guest.js";
import { PlainWorld } from "ext:plugbay/wasm/plain.js";
const { ArrayPrototypeMap, ObjectDefineProperty, ObjectEntries, ObjectKeys, String, TypedArrayPrototypeGetSymbolToStringTag } = primordials;

const MODULE = "wasi_snapshot_preview1";
const NAMES = ["args", "env", "stdin", "stdout", "stderr", "preopens"];
// Longer than any deadline, where there is none.
const ONE_DAY = 24 * 60 * 60 * 1000;

export const isWasiModule = ({ imports }) => imports.some((entry) => entry.module === MODULE);

export class WasiWorld extends PlainWorld {
  constructor(host, module, given, granted) {
    super(host, module, given);
    this.granted = readGranted(granted);
    this.process = undefined;
    // Of instances that were made ahead.
    this.processes = [];
    this.isCommand = module.exportNames.includes("_start");
    if (this.isCommand) this.command = "_start";
  }

  imports(guest) {
    const process = this.host.newWasi({ ...this.granted, longestSleep: guest.deadline || ONE_DAY });
    const imports = link(guest, { __proto__: null, ...this.given, [MODULE]: process.imports });
    this.processes[this.processes.length] = { __proto__: null, imports, process };
    return imports;
  }

  // The instance with these imports is the one that runs now.
  linked(imports) {
    this.process = this.processes.find((entry) => entry.imports === imports).process;
    this.processes = this.processes.filter((entry) => entry.imports !== imports);
  }

  start(guest) {
    if (guest.memory !== null) this.host.setWasiMemory(this.process.id, guest.memory.memory);
    super.start(guest);
  }

  // proc_exit unwinds the guest with an exception that is none of the script's.
  exception(guest, error, what) {
    const code = this.process === undefined ? undefined : this.host.wasiExit(this.process.id);
    if (code === undefined) return error;
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
      if (error.code !== "ERR_WASM_EXIT") throw error;
      code = error.exitCode;
    }
    guest.drop("its run");
    const { stdout, stderr } = this.written;
    const output = (name, bytes) => this.granted[name] === "piped" ? bytes : undefined;
    return { code, stdout: output("stdout", stdout), stderr: output("stderr", stderr) };
  }
}

function readGranted(given = {}) {
  for (const name of ObjectKeys(given)) {
    if (!NAMES.includes(name)) throw refused(`options.wasi has no ${name}; there are ${NAMES.join(", ")}`);
  }
  const stream = (name, names) => {
    const value = given[name] ?? "null";
    if (!names.includes(value)) throw refused(`options.wasi.${name} must be one of ${names.join(", ")}${name === "stdin" ? " or a Uint8Array" : ""}`);
    return value;
  };
  const isBytes = TypedArrayPrototypeGetSymbolToStringTag(given.stdin) === "Uint8Array";
  return {
    __proto__: null,
    args: ArrayPrototypeMap(given.args ?? [], (arg) => String(arg)),
    env: ArrayPrototypeMap(ObjectEntries(given.env ?? {}), ({ 0: name, 1: value }) => [name, String(value)]),
    stdin: isBytes ? "" : stream("stdin", ["null", "inherit"]),
    input: isBytes ? given.stdin : null,
    stdout: stream("stdout", ["null", "inherit", "piped"]),
    stderr: stream("stderr", ["null", "inherit", "piped"]),
    preopens: ArrayPrototypeMap(ObjectEntries(given.preopens ?? {}), ({ 0: guest, 1: folder }) => {
      const { path, write = false } = typeof folder === "string" ? { path: folder } : folder;
      return { guest, host: String(path), write: write === true };
    }),
  };
}

const refused = (message) => makeError("TypeError", "ERR_PLUGIN_OPTIONS", message);
