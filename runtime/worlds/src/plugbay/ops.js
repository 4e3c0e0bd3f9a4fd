// The ops of guests: registers them, and makes the JavaScript function of each, with its paths in fast_path.js and
// slow_path.js.

import { core, primordials } from "ext:core/mod.js";
import { answerNoJson } from "ext:plugbay/error_codes.js";
import { codeOf, messageOf, nameOf } from "ext:plugbay/errors.js";
import { fromJSON } from "ext:plugbay/json.js";
import { toJSONText } from "ext:plugbay/json_text.js";
import { list, then } from "ext:plugbay/own.js";
import { argumentReason, failedArgument, needExchange, slowSource, withRejection } from "ext:plugbay/typed_ops.js";
import { bytesOf } from "ext:plugbay/views.js";
import { failed, gone, opError, overran } from "ext:plugbay/wasm/failures.js";
import { begin, encode, end, isUnsupported } from "ext:plugbay/wire.js";
import { fastSource, IN_SCOPE, place, placeElements, placeValue, settle, takeBytes, takeText, takeValue,
  writeAscii } from "ext:plugbay/worlds/plugbay/fast_path.js";
import { ENCODINGS } from "ext:plugbay/worlds/plugbay/layout.js";
import { callSlowly, callWithBuffers, mayOverlap, reject } from "ext:plugbay/worlds/plugbay/slow_path.js";
const {
  Function,
  JSONStringify,
  NumberIsSafeInteger,
  ObjectDefineProperty,
} = primordials;

export function addOp(host, guest, world, name, code) {
  const { signature } = code;
  const op = {
    __proto__: null,
    host,
    guest,
    world,
    name,
    parameters: signature?.parameters ?? list(),
    result: signature?.result,
    isAsync: signature?.isAsync ?? false,
    isTyped: signature !== undefined,
    // Its function, how many calls of it need not be timed, and where their bytes are counted.
    call: undefined,
    left: undefined,
    bytes: undefined,
    // What `bind` of the fast function is, if there is one.
    bind: undefined,
    // The memory that it is bound to, and what else of the instance.
    boundTo: undefined,
    fastPath: undefined,
    reject: (why) => reject(op, why),
  };
  rebind(op, code);
  op.id = host.registerGuestOp(guest.rid, name, signature).id;
  return op;
}

// The op's function, which is made when it is first asked for.
export function functionOf(op) {
  if (op.call !== undefined) return op.call;
  const { host } = op;
  const { left, bytes } = host.openGuestFastPath(op.id);
  op.left = left;
  op.bytes = bytes;
  op.call = makeFunction(op);
  host.setDispatcher(op, encodingOf(op));
  return op.call;
}

// The instance that an op's fast path leads to is gone.
export function unbind(op) {
  op.bind?.(undefined);
  op.boundTo = op.fastPath = undefined;
}

// The guest's function indices, which each instance tells anew.
export function rebind(op, { encoding, call, data, signature }) {
  op.encoding = encoding;
  op.code = call;
  op.data = data;
  op.typedCode = signature?.call ?? 0;
  op.fastCode = op.isAsync ? 0 : signature?.fast ?? 0;
  op.isStale = false;
  op.boundTo = op.fastPath = undefined;
}

function makeFunction(op) {
  let made;
  if (op.isTyped) {
    // Values are written there before they are copied into the guest.
    needExchange();
    const isFast = op.fastCode !== 0 && !op.guest.isStateless && op.guest.stack === 0 && !mayOverlap(op) && !op.isAsync
      && !keepsBuffers(op);
    // With the number no two sources are the same: V8 would have them share what it learns of their callees.
    const make = new Function(
      IN_SCOPE,
      `"use strict"; /* ${op.guest.functions++} */ ${isFast ? fastSource(op) : slowSource(op)}`,
    );
    const called = make(
      op,
      op.left,
      op.guest.running,
      op.bytes,
      place,
      placeElements,
      bytesOf,
      writeAscii,
      placeValue,
      takeText,
      takeBytes,
      takeValue,
      settle,
      failed,
      overran,
      gone,
      callSlowly,
      failedArgument,
      begin,
      encode,
      end,
      NumberIsSafeInteger,
    );
    made = op.isAsync ? withRejection(called) : called;
  } else if (op.encoding === ENCODINGS.JSON) {
    // Values are written there before they are text.
    needExchange();
    const finish = (bytes) => answerOf(op, bytes);
    made = (value, ...buffers) => {
      const passed = list([jsonArgument(op, value)]);
      for (let i = 0; i < buffers.length; i++) passed[i + 1] = buffers[i];
      return callWithBuffers(op, passed, finish);
    };
  } else {
    made = (...buffers) => callWithBuffers(op, buffers, (bytes) => bytes);
  }
  ObjectDefineProperty(made, "name", { __proto__: null, value: op.name, configurable: true });
  return made;
}

function keepsBuffers({ parameters }) {
  for (let i = 0; i < parameters.length; i++) {
    const { kind } = parameters[i];
    if (kind === "buffer" || kind === "buffers") return true;
  }
  return false;
}

function answerOf(op, bytes) {
  if (bytes === undefined) return null;
  const text = core.decode(bytes);
  try {
    return fromJSON(text);
  } catch (error) {
    throw opError(op, answerNoJson, messageOf(error));
  }
}

function jsonArgument(op, value) {
  try {
    return core.encode(toJSONText(value));
  } catch (error) {
    if (isUnsupported(error)) op.reject(argumentReason(0, "value", error));
    throw error;
  }
}

// How an op with an encoding is dispatched. JSON text comes in an envelope that says whether it is an error.
function encodingOf(op) {
  switch (op.encoding) {
    case ENCODINGS.BYTES:
      return (buffers) => callWithBuffers(op, buffers, (bytes) => bytes);
    case ENCODINGS.JSON:
      return (buffers) => {
        const ok = (bytes) => core.encode(`{"ok":${bytes === undefined ? "null" : core.decode(bytes)}}`);
        const failed = (error) => {
          const answer = { __proto__: null, err: messageOf(error), class: nameOf(error), code: codeOf(error) ?? "" };
          return core.encode(JSONStringify(answer));
        };
        try {
          const answer = callWithBuffers(op, buffers, ok);
          return core.isPromise(answer) ? then(answer, undefined, failed) : answer;
        } catch (error) {
          return failed(error);
        }
      };
  }
}
