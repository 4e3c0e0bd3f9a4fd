// The world of WASI's commands: `plugin.run()` runs `_start`, each time in an instance of its own; each other function that the module
// exports is an op.

import { codeOf } from "ext:plugbay/errors.js";
import { isolate } from "ext:plugbay/own.js";
import { WASI } from "ext:plugbay/providers/wasi.js";
import { ExportsWorld } from "ext:plugbay/worlds/exports.js";

export class CommandWorld extends ExportsWorld {
  command = "_start";
  isCommand = true;

  // Runs the command to its end: { code, stdout, stderr }, with bytes where options.wasi says "piped".
  run(guest) {
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
    const { granted, written } = guest.providerOf(WASI);
    const output = (name) => granted[name] === "piped" ? written[name] : undefined;
    return /* the script's */ { code, stdout: output("stdout"), stderr: output("stderr") };
  }
}
isolate(CommandWorld);
