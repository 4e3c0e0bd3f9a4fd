// The world of WASI's commands: `plugin.run()` runs `_start`, each time in an instance of its own; each other function
// that the module exports is an op.

import { commandRuns, instanceEndedMeanwhile } from "ext:plugbay/error_codes.js";
import { makeError } from "ext:plugbay/errors.js";
import { isolate } from "ext:plugbay/own.js";
import { WASI } from "ext:plugbay/providers/wasi.js";
import { ExportsWorld } from "ext:plugbay/worlds/exports.js";

export class CommandWorld extends ExportsWorld {
  command = "_start";
  isCommand = true;
  isRunning = false;

  // Runs the command to its end: { code, stdout, stderr }, with bytes where options.wasi says "piped".
  run(guest) {
    if (this.isRunning) {
      throw makeError(commandRuns, guest.name);
    }
    this.isRunning = true;
    try {
      return this.runAnew(guest);
    } finally {
      this.isRunning = false;
    }
  }

  runAnew(guest) {
    guest.drop("its last run");
    guest.ready();
    const { exports } = guest, wasi = guest.providerOf(WASI);
    let code = 0;
    try {
      guest.run("the run", exports._start);
      // What it imports may have closed the plugin, or ended the instance.
      if (guest.isClosed) throw guest.closedError();
      if (guest.exports !== exports) {
        throw makeError(instanceEndedMeanwhile, guest.name, guest.lastEnd);
      }
    } catch (error) {
      if (wasi.exited === undefined || error !== wasi.exited || error.exitCode === undefined) throw error;
      code = error.exitCode;
    }
    guest.drop("its run");
    const { granted, written } = wasi;
    wasi.written = undefined;
    const output = (name) => granted[name] === "piped" ? written[name] : undefined;
    return /* the script's */ { code, stdout: output("stdout"), stderr: output("stderr") };
  }
}
isolate(CommandWorld);
