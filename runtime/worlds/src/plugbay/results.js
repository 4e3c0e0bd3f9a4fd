// What becomes of what an op of a guest left: values, and failures in the plugin author's own words.

import { core, primordials } from "ext:core/mod.js";
import { abiFailedSilently, answerOfAnotherKind, answerUnreadable } from "ext:plugbay/error_codes.js";
import { opError, withOpName } from "ext:plugbay/wasm/failures.js";
import { isUnreadable, makeReader } from "ext:plugbay/wire.js";
import { OUTCOMES } from "ext:plugbay/worlds/plugbay/layout.js";
const {
  ArrayBuffer,
  BigIntAsUintN,
  Number,
  NumberIsSafeInteger,
} = primordials;

export function takeFailure(op) {
  const { guest } = op;
  const { failure } = guest;
  guest.failure = undefined;
  return failure !== undefined
    ? withOpName(op, failure)
    : opError(op, abiFailedSilently);
}

// A value from a message, which may be anything.
export function readValue(op, bytes) {
  try {
    return readerOf(op.guest).readFrom(bytes);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    throw opError(op, answerUnreadable, error.reason);
  }
}

function readerOf(guest) {
  return guest.reader ??= makeReader(new ArrayBuffer(8), guest.host);
}

// What JavaScript gets for the outcome of a typed op.
export function typedResult(op, { kind, bytes, number }) {
  const { result } = op;
  switch (result) {
    case "void":
      return undefined;
    case "string":
      return kind === OUTCOMES.NULL ? null : kind === OUTCOMES.SYNC ? core.decode(bytes) : wrongResult(op);
    case "bytes":
      return kind === OUTCOMES.NULL ? null : kind === OUTCOMES.SYNC ? bytes : wrongResult(op);
    case "value":
      return kind === OUTCOMES.SYNC ? readValue(op, bytes) : wrongResult(op);
    case "bool":
      return kind === OUTCOMES.NUMBER ? number !== 0 : wrongResult(op);
    case "i64":
    case "u64": {
      if (kind !== OUTCOMES.INTEGER) wrongResult(op);
      const integer = result === "i64" ? number : BigIntAsUintN(64, number);
      const asNumber = Number(integer);
      return NumberIsSafeInteger(asNumber) ? asNumber : integer;
    }
    default:
      return kind === OUTCOMES.NUMBER ? number : wrongResult(op);
  }
}

export function wrongResult(op) {
  throw opError(op, answerOfAnotherKind, op.result);
}
