// The JavaScript functions of ops of the 2020 shape: `(...buffers) => bytes`. With one buffer or none, V8 calls the
// plugin's function for lending calls directly; the host holds the buffer only if the op keeps it
// (plugin_api/abi/src/lent.rs has the rules). What is left for the slow path: several buffers, ArrayBuffers, those that
// cannot be lent, and each call that is timed. As in typed_ops.js, `left` says how many calls may go before one is
// timed, and nothing is left of an op that is closed.

import { primordials } from "ext:core/mod.js";
import { list } from "ext:plugbay/own.js";
import { locate, RETRY, statusWord } from "ext:plugbay/typed_ops.js";
const {
  ArrayBufferIsView,
  Function,
  ObjectDefineProperty,
  ReflectApply,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetLength,
} = primordials;

const SOURCE = `
  // The buffer that was passed last and where it lies; it is still there if its last element is.
  let hot = status, hotLast = 1, hotAt = 0, hotLength = 0;
  const remember = (view) => {
    if (view === hot) return;
    const at = locate(view);
    if (at !== 0) hot = view, hotLast = lengthOf(view) - 1, hotAt = at, hotLength = byteLengthOf(view);
  };
  // Not \`...rest\`: V8 would make that array in every call.
  return (function (buffer) {
    const count = arguments.length;
    if (left[0] > 1 && count <= 1) {
      let at = 0, length = 0;
      if (buffer === hot && buffer[hotLast] !== undefined) at = hotAt, length = hotLength;
      if (at !== 0 || count === 0 || isView(buffer)) {
        left[0]--;
        native(context, buffer, at, length, count);
        const was = status[0];
        if (was === 0) return undefined;
        status[0] = 0;
        if (was !== ${RETRY}) return takeAnswer();
        // It was not called, and is not counted.
        left[0]++;
      }
    }
    const passed = startOfSlowCall();
    for (let i = 0; i < count; i++) passed[i + 2] = arguments[i];
    const answer = callSlowly(passed);
    if (count === 1) remember(buffer);
    return answer;
  });`;
const IN_SCOPE =
  "native, left, context, status, takeAnswer, startOfSlowCall, callSlowly, locate, lengthOf, byteLengthOf, isView";

// The function of an op, for `plugin.ops` or for `Deno.core.dispatch`, which treat what comes later in different ways.
// `op` is { index, id, name }. Only the closure has `native`, `left` and `context`: see typed_ops.js.
export function makeLendingFunction(host, op, native, left, context, isDispatched) {
  const { id } = op;
  // The op is what keeps its context: see runtime/bridge/src/contexts.rs.
  const takeAnswer = () => host.takeAnswer(op.index, isDispatched);
  const startOfSlowCall = () => list([id, isDispatched]);
  const callSlowly = (passed) => ReflectApply(host.callWithBuffers, undefined, passed);
  // That of a closed op only says so.
  if (native === undefined) return () => callSlowly(startOfSlowCall());
  // No two sources are the same: V8 would have them share what it learns of their callees.
  const make = new Function(IN_SCOPE, `"use strict"; /* ${id} ${isDispatched} */ ${SOURCE}`);
  const made = make(
    native,
    left,
    context,
    statusWord(),
    takeAnswer,
    startOfSlowCall,
    callSlowly,
    locate,
    TypedArrayPrototypeGetLength,
    TypedArrayPrototypeGetByteLength,
    ArrayBufferIsView,
  );
  ObjectDefineProperty(made, "name", { __proto__: null, value: op.name, configurable: true });
  return made;
}
