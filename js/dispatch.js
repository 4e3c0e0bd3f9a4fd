// Deno.core.dispatch and its companions: ops by their ids, with bytes. Ops that are not typed are called by the host; a typed one
// is called through its function, with what the bytes stand for.

import { core, primordials } from "ext:core/mod.js";
import { makeError } from "ext:plugbay/errors.js";
import { makeFunction, setUp, takesBuffer, takesBigInt } from "ext:plugbay/typed_ops.js";
const {
  ArrayBufferIsView,
  ArrayIsArray,
  ArrayPrototypeConcat,
  ArrayPrototypeEvery,
  ArrayPrototypePush,
  ArrayPrototypeSlice,
  BigInt,
  JSONParse,
  JSONStringify,
  ObjectHasOwn,
  PromisePrototypeThen,
  ReflectApply,
  String,
} = primordials;

export function dispatchNamespace(host) {
  // How typed ops are dispatched, by id, once they were: the signatures come with their functions.
  const ops = { __proto__: null }, dispatchers = { __proto__: null }, handlers = { __proto__: null };

  setUp(host);
  // Guests' ops tell how they are dispatched when they are registered: typed ones as those of native plugins.
  host.setDispatcher = (op, dispatch) => {
    dispatchers[op.id] = dispatch === undefined ? makeDispatcher(op, op.call, handlers) : toHandler(op, dispatch, handlers);
  };
  host.setTypedOps((op) => {
    ops[op.id] = op;
    return makeFunction(op);
  }, (id, ...buffers) => {
    const made = host.functionOf(id);
    // That of a guest's op is there with its function.
    if (dispatchers[id] === undefined) dispatchers[id] = makeDispatcher(ops[id], made, handlers);
    return ReflectApply(dispatchers[id], undefined, buffers);
  });

  function dispatch(id, buffer) {
    const dispatcher = dispatchers[id];
    if (dispatcher === undefined) return ReflectApply(host.dispatch, undefined, arguments);
    if (arguments.length === 2) return dispatcher(buffer);
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

  // Deno 1.8's helpers.
  const jsonOp = (name, args) => {
    const ids = host.ops();
    if (!ObjectHasOwn(ids, name)) {
      throw makeError("NotFound", "ERR_OP_UNKNOWN", `there is no open op ${name}; Deno.core.ops() names them`);
    }
    const made = host.functionOf(ids[name]);
    return made !== undefined
      ? ReflectApply(made, undefined, args)
      : ReflectApply(host.call, undefined, ArrayPrototypeConcat([ids[name]], args));
  };

  return {
    forgetClosed,
    namespace: {
      dispatch,
      jsonOpAsync: async (name, ...args) => await jsonOp(name, args),
      jsonOpSync: (name, ...args) => jsonOp(name, args),
      ops: host.ops,
      setAsyncHandler,
    },
  };
}

// A typed op as dispatch calls it. The buffers are those of its buffer parameters, in order. If it has other parameters, the
// arguments for those come first, as a JSON array in UTF-8. The result comes as it is if it is bytes or nothing, else as JSON
// text. An integer that no JSON number holds is written as a string.
function makeDispatcher(op, made, handlers) {
  const { parameters } = op;
  const answer = (result) => result === undefined || ArrayBufferIsView(result) ? result : core.encode(JSONStringify(result, bigAsText));
  const isPlain = ArrayPrototypeEvery(parameters, takesBuffer);
  const call = (buffers) => isPlain ? ReflectApply(made, undefined, buffers) : ReflectApply(made, undefined, join(parameters, buffers));
  if (op.isAsync) {
    return (...buffers) => {
      const promise = PromisePrototypeThen(call(buffers), answer);
      const handler = handlers[op.id];
      if (handler === undefined) return promise;
      PromisePrototypeThen(promise, (bytes) => void handler(bytes));
    };
  }
  if (isPlain && (op.result === "void" || op.result === "bytes")) return made;
  return (...buffers) => answer(call(buffers));
}

// An answer that comes later goes to the handler, if there is one.
function toHandler(op, dispatch, handlers) {
  return (...buffers) => {
    const answer = dispatch(buffers), handler = handlers[op.id];
    if (handler === undefined || !core.isPromise(answer)) return answer;
    PromisePrototypeThen(answer, (bytes) => void handler(bytes));
  };
}

// The arguments, from JSON text and buffers.
function join(parameters, buffers) {
  const text = buffers.length === 0 ? "[]" : core.decode(buffers[0]);
  const values = JSONParse(text);
  if (!ArrayIsArray(values)) {
    const message = `a typed op is dispatched with a JSON array of its arguments first, got ${typeof values}`;
    throw makeError("TypeError", "ERR_OP_ARGUMENT", message);
  }
  const args = [];
  let value = 0, buffer = 1;
  for (let i = 0; i < parameters.length; i++) {
    const parameter = parameters[i];
    if (parameter.kind === "buffers") {
      while (buffer < buffers.length) ArrayPrototypePush(args, buffers[buffer++]);
    } else if (takesBuffer(parameter)) {
      ArrayPrototypePush(args, buffers[buffer++]);
    } else {
      const given = values[value++];
      ArrayPrototypePush(args, typeof given === "string" && takesBigInt(parameter) ? BigInt(given) : given);
    }
  }
  return args;
}

const bigAsText = (_, value) => typeof value === "bigint" ? String(value) : value;
