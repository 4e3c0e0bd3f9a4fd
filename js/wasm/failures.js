// How calls of guests' ops fail, whatever their world: errors that say whose they are, and are counted.

import { primordials } from "ext:core/mod.js";
import { instanceEndedInCall, instanceEndedMeanwhile } from "ext:plugbay/error_codes.js";
import { makeError, makeOpError, nameOp } from "ext:plugbay/errors.js";
const { JSONStringify } = primordials;

const nameOfOp = (op) => `op ${JSONStringify(op.name)} of plugin ${op.guest.name}`;

// An error of a guest's op.
export const opError = (op, kind, ...values) => makeOpError(kind, nameOfOp(op), values);

// Lets an error say which op it comes from, if the plugin's author has not written it.
export const withOpName = (op, error) => nameOp(error, nameOfOp(op));

// The instance was ended, or the plugin closed, by a call within the call.
export function gone(op) {
  const { guest, host } = op;
  guest.failure = undefined;
  host.countError(op.id);
  host.checkOpen(op.id);
  return opError(op, instanceEndedInCall, guest.lastEnd);
}

// For calls that wait.
export function endedMeanwhile({ name }, why) {
  return makeError(instanceEndedMeanwhile, name, why);
}

export function failed(op, error) {
  op.host.countError(op.id);
  return op.guest.ended(error, `op "${op.name}"`);
}

export function overran(op) {
  op.host.countError(op.id);
  return op.guest.overran(`op "${op.name}"`);
}
