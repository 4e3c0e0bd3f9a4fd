// What becomes of what an op of a guest left: values, and failures in the plugin author's own words.

import { core, primordials } from "ext:core/mod.js";
import { codeOf, makeError, messageOf, setMessage } from "ext:plugbay/errors.js";
import { list } from "ext:plugbay/own.js";
import { isUnreadable, makeReader } from "ext:plugbay/wire.js";
import { OUTCOMES } from "ext:plugbay/worlds/plugbay/layout.js";
const {
  ArrayBuffer,
  BigIntAsUintN,
  JSONStringify,
  Number,
  NumberIsSafeInteger,
  StringPrototypeStartsWith,
} = primordials;

export function takeFailure(op) {
  const { guest } = op;
  const { failure } = guest;
  guest.failure = undefined;
  return failure !== undefined
    ? withOpName(op, failure)
    : makeError(
      "Error",
      "ERR_PLUGIN_ABI_MISMATCH",
      `op "${op.name}" of plugin ${guest.name}: the op failed without saying why`,
    );
}

// A value from a message, which may be anything.
export function readValue(op, bytes) {
  try {
    return readerOf(op.guest).readFrom(bytes);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    throw makeError(
      "Error",
      "ERR_OP_RESULT",
      `op ${JSONStringify(op.name)} of plugin ${op.guest.name}: its result cannot be read: ${error.reason}`,
    );
  }
}

function readerOf(guest) {
  return guest.reader ??= makeReader(new ArrayBuffer(8), guest.host);
}

// Failures that are not in the plugin author's own words say which op they come from.
export function withOpName(op, error) {
  const code = codeOf(error), message = messageOf(error);
  if (code === undefined || StringPrototypeStartsWith(message, "op ")) return error;
  for (let i = 0; i < OF_HOST.length; i++) {
    if (!StringPrototypeStartsWith(code, OF_HOST[i])) continue;
    setMessage(error, `op ${JSONStringify(op.name)} of plugin ${op.guest.name}: ${message}`);
    break;
  }
  return error;
}
const OF_HOST = list([
  "ERR_BUFFER_",
  "ERR_OP_",
  "ERR_PLUGIN_PANIC",
  "ERR_PLUGIN_ABI_MISMATCH",
  "ERR_WASM_GUEST",
  "ERR_WASM_MEMORY",
]);

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
  throw makeError(
    "Error",
    "ERR_OP_RESULT",
    `op "${op.name}" of plugin ${op.guest.name}: the plugin's answer is of another kind than its signature says, which is ${op.result}`,
  );
}
