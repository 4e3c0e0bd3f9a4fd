// The world of WASI's commands: `plugin.run()` runs `_start`, each time in an instance of its own; each other function
// that the module exports is an op.

import { core } from "ext:core/mod.js";
import { commandRuns } from "ext:plugbay/error_codes.js";
import { makeError } from "ext:plugbay/errors.js";
import { isolate, then } from "ext:plugbay/own.js";
import { WASI } from "ext:plugbay/providers/wasi.js";
import { endedMeanwhile } from "ext:plugbay/wasm/failures.js";
import { ExportsWorld } from "ext:plugbay/worlds/exports.js";

export class CommandWorld extends ExportsWorld {
  command = "_start";
  isCommand = true;
  commands = new Commands();

  run(guest) {
    return this.commands.run(guest, () => {
      const { exports } = guest;
      guest.run("the run", exports._start);
      // What it imports may have closed the plugin, or ended the instance.
      if (guest.isClosed) throw guest.closedError();
      if (guest.exports !== exports) throw endedMeanwhile(guest, guest.lastEnd);
      return 0;
    });
  }
}
isolate(CommandWorld);

// The runs of a command, whatever its world: one at a time.
export class Commands {
  #isRunning = false;

  // Runs the command to its end: { code, stdout, stderr }, with bytes where options.wasi says "piped". `work` gives the
  // code, or a promise of it where the command may wait; so does this.
  run(guest, work) {
    if (this.#isRunning) {
      throw makeError(commandRuns, guest.name);
    }
    this.#isRunning = true;
    let isWaiting = false;
    try {
      guest.drop("its last run");
      guest.ready();
      const code = work();
      if (!core.isPromise(code)) return end(guest, code);
      isWaiting = true;
      const done = () => this.#isRunning = false;
      return then(code, (code) => {
        done();
        return end(guest, code);
      }, (error) => {
        done();
        return end(guest, codeOfExit(guest, error));
      });
    } catch (error) {
      return end(guest, codeOfExit(guest, error));
    } finally {
      this.#isRunning = isWaiting;
    }
  }
}
isolate(Commands);

// The exit code of a guest that has ended itself; other errors are the script's.
function codeOfExit(guest, error) {
  const exited = guest.providerOf(WASI)?.exited;
  if (exited === undefined || error !== exited || error.exitCode === undefined) throw error;
  return error.exitCode;
}

function end(guest, code) {
  guest.drop("its run");
  const wasi = guest.providerOf(WASI), { granted, written } = { __proto__: null, ...wasi };
  if (wasi !== undefined) wasi.written = undefined;
  const output = (name) => granted?.[name]?.kind === "piped" ? written?.[name] : undefined;
  return /* the script's */ { code, stdout: output("stdout"), stderr: output("stderr") };
}
