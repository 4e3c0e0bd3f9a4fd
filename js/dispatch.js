// Deno.core.dispatch and its companions: ops by their ids, with bytes. Ops that are not typed are called by the host; a
// typed one is called through its function, with what the bytes stand for.

import { core, primordials } from "ext:core/mod.js";
import { argumentsNoArray, handlerOfAll, noOpOfName } from "ext:plugbay/error_codes.js";
import { makeError } from "ext:plugbay/errors.js";
import { fromJSON } from "ext:plugbay/json.js";
import { toJSONText } from "ext:plugbay/json_text.js";
import { makeLendingFunction } from "ext:plugbay/lending_ops.js";
import { append, list, then } from "ext:plugbay/own.js";
import { argumentReason, makeFunction, needExchange, setUp, takesBigInt, takesBuffer } from "ext:plugbay/typed_ops.js";
import { isUnsupported } from "ext:plugbay/wire.js";
const {
  ArrayBufferIsView,
  ArrayFrom,
  ArrayIsArray,
  ArrayPrototypeEvery,
  ArrayPrototypeSlice,
  BigInt,
  JSONParse,
  JSONStringify,
  ObjectHasOwn,
  ReflectApply,
  String,
  TypedArrayPrototypeGetLength,
} = primordials;

export function dispatchNamespace(host) {
  // How typed ops are dispatched, by id, once they were: the signatures come with their functions.
  const ops = { __proto__: null }, dispatchers = { __proto__: null }, handlers = { __proto__: null };

  setUp(host);
  host.setJSON((value) => {
    needExchange();
    try {
      return toJSONText(value);
    } catch (error) {
      if (!isUnsupported(error)) throw error;
      return { __proto__: null, reason: argumentReason(0, "value", error) };
    }
  }, fromJSON);
  // Guests' ops tell how they are dispatched when they are registered: typed ones as those of native plugins.
  host.setDispatcher = (op, dispatch) => {
    dispatchers[op.id] = dispatch === undefined ? makeDispatcher(op, op.call, handlers) : (...buffers) => {
      const answer = dispatch(buffers);
      return core.isPromise(answer) ? toHandler(op, answer, handlers) : answer;
    };
  };
  host.setLendingOps((op, native, left, context) => {
    needExchange();
    // What comes later goes to the handler if the op is dispatched, so that has a function of its own.
    op.makeDispatcher = () => makeLendingFunction(host, op, native, left, context, true);
    ops[op.id] = op;
    return makeLendingFunction(host, op, native, left, context, false);
  });
  host.setTypedOps((op, native, left, context) => {
    ops[op.id] = op;
    return makeFunction(op, native, left, context);
  }, (id, ...buffers) => {
    const made = host.functionOf(id);
    // That of a guest's op is there with its function.
    dispatchers[id] ??= ops[id].makeDispatcher?.() ?? makeDispatcher(ops[id], made, handlers);
    return ReflectApply(dispatchers[id], undefined, buffers);
  });

  function dispatch(id, buffer) {
    const dispatcher = dispatchers[id];
    if (dispatcher === undefined) return ReflectApply(host.dispatch, undefined, arguments);
    if (arguments.length === 2) return dispatcher(buffer);
    if (arguments.length === 1) return dispatcher();
    return ReflectApply(dispatcher, undefined, ArrayPrototypeSlice(arguments, 1));
  }

  function setAsyncHandler(id, handler) {
    host.setAsyncHandler(id, handler);
    handlers[id] = handler;
  }

  // What is known of ops that are closed goes. Not by `delete`, which would have V8 look ids up by a hash from then on.
  function forgetClosed() {
    const ids = host.takeClosedOps();
    for (let i = 0; i < ids.length; i++) ops[ids[i]] = dispatchers[ids[i]] = handlers[ids[i]] = undefined;
  }

  function idOf(name) {
    const ids = host.ops();
    if (!ObjectHasOwn(ids, name)) {
      throw makeError(noOpOfName, name);
    }
    return ids[name];
  }

  // Those of Deno 1.0: answers that come later go to one function for all ops, with the op's id.
  let receiver;

  function recv(callback) {
    if (typeof callback !== "function") {
      throw makeError(handlerOfAll);
    }
    receiver = callback;
  }

  function send(id) {
    const answer = ReflectApply(dispatch, undefined, arguments);
    if (receiver === undefined || !core.isPromise(answer)) return answer;
    then(answer, (bytes) => {
      // A handler of the op's own that was set meanwhile has it.
      if (handlers[id] === undefined) receiver(id, bytes);
    });
  }

  // An op's id, and what it is passed.
  function idAnd(name, args) {
    const passed = list([idOf(name)]);
    append(passed, args);
    return passed;
  }

  // Deno 1.8's helpers.
  const jsonOp = (name, args) => {
    const passed = idAnd(name, args), made = host.functionOf(passed[0]);
    return made !== undefined ? ReflectApply(made, undefined, args) : ReflectApply(host.call, undefined, passed);
  };

  return {
    __proto__: null,
    forgetClosed,
    namespace: {
      __proto__: null,
      dispatch,
      dispatchByName: (name, ...buffers) => ReflectApply(dispatch, undefined, idAnd(name, buffers)),
      jsonOpAsync: async (name, ...args) => jsonOp(name, args),
      jsonOpSync: (name, ...args) => jsonOp(name, args),
      ops: host.ops,
      recv,
      send,
      setAsyncHandler,
    },
  };
}

// A typed op as dispatch calls it. The buffers are those of its buffer parameters, in order. If it has other
// parameters, the arguments for those come first, as a JSON array in UTF-8. The result comes as it is if it is bytes or
// nothing, else as JSON text. An integer that no JSON number holds is written as a string.
function makeDispatcher(op, made, handlers) {
  const { parameters } = op;
  const answer = (result) =>
    result === undefined || ArrayBufferIsView(result) ? result : core.encode(JSONStringify(result, asJSON));
  const isPlain = ArrayPrototypeEvery(parameters, takesBuffer);
  const call = (buffers) =>
    isPlain ? ReflectApply(made, undefined, buffers) : ReflectApply(made, undefined, join(parameters, buffers));
  if (op.isAsync) {
    return (...buffers) => toHandler(op, then(call(buffers), answer), handlers);
  }
  if (isPlain && (op.result === "void" || op.result === "bytes")) return made;
  return (...buffers) => answer(call(buffers));
}

// An answer that comes later goes to the handler that is there then. The script has the promise if there was none at
// the call.
function toHandler(op, promise, handlers) {
  const { id } = op, first = handlers[id];
  const told = then(promise, (bytes) => {
    // Those of a closed op are forgotten.
    const handler = handlers[id] ?? first;
    if (handler !== undefined) handler(bytes);
    return bytes;
  });
  return first === undefined ? told : undefined;
}

// The arguments, from JSON text and buffers.
function join(parameters, buffers) {
  const text = buffers.length === 0 ? "[]" : core.decode(buffers[0]);
  const values = JSONParse(text);
  if (!ArrayIsArray(values)) {
    throw makeError(argumentsNoArray, typeof values);
  }
  const args = list();
  let value = 0, buffer = 1;
  for (let i = 0; i < parameters.length; i++) {
    const parameter = parameters[i];
    if (parameter.kind === "buffers") {
      while (buffer < buffers.length) args[args.length] = buffers[buffer++];
    } else if (takesBuffer(parameter)) {
      args[args.length] = buffer < buffers.length ? buffers[buffer++] : undefined;
    } else {
      const given = value < values.length ? values[value++] : undefined;
      args[args.length] = typeof given === "string" && takesBigInt(parameter) ? BigInt(given) : given;
    }
  }
  return args;
}

// What JSON has no form of: integers beyond its numbers, and bytes within values.
const asJSON = (_, value) =>
  typeof value === "bigint"
    ? String(value)
    : ArrayBufferIsView(value)
    ? ArrayFrom({ __proto__: null, length: TypedArrayPrototypeGetLength(value) }, (_, i) => value[i])
    : value;
