// How calls of guests' ops fail, whatever their world: errors that say whose they are, and are counted.

import { primordials } from "ext:core/mod.js";
import { makeError } from "ext:plugbay/errors.js";
const { JSONStringify } = primordials;

// The instance was ended, or the plugin closed, by a call within the call.
export function gone(op) {
  const { guest, host } = op;
  guest.failure = undefined;
  host.countError(op.id);
  host.checkOpen(op.id);
  return makeError(
    "WebAssembly.RuntimeError",
    "ERR_WASM_INSTANCE",
    `op ${
      JSONStringify(op.name)
    } of plugin ${guest.name}: the instance that it ran on has ended meanwhile, in ${guest.lastEnd}`,
  );
}

// For calls that wait.
export function endedMeanwhile({ name }, why) {
  return makeError(
    "WebAssembly.RuntimeError",
    "ERR_WASM_INSTANCE",
    `the instance of plugin ${name} on which the call ran has ended, in ${why}`,
  );
}

export function failed(op, error) {
  op.host.countError(op.id);
  return op.guest.ended(error, `op "${op.name}"`);
}

export function overran(op) {
  op.host.countError(op.id);
  return op.guest.overran(`op "${op.name}"`);
}
