// The exports of a component as ops. Each has a JavaScript function of its own, which checks and writes what it is
// called with, calls the guest, and reads what that gives. That of `greet: func(name: string) -> option<string>` is,
// with all its work in the `invoke` that goes before it,
//
//   (a0) => {
//     if (left[0] > 1 && bound !== null && !bound.instance.isEntered) {
//       left[0]--;
//       const outer = running[0], b = bound;
//       if (outer === 0) running[0] = running[3] = running[3] + 1 | 0x40000000;
//       let value;
//       try { value = invoke(b, a0); } catch (error) { running[0] = outer; throw failedCall(op, b, error); }
//       running[0] = outer;
//       if (running[1] !== 0) throw overran(op);
//       return value;
//     }
//     return callSlowly(op, [a0]);
//   }

import { primordials } from "ext:core/mod.js";
import { OpArgument, valuesAreNoBytes } from "ext:plugbay/error_codes.js";
import { codeOf, isKind, isRuntimeError, messageOf } from "ext:plugbay/errors.js";
import { append, callWith, isolate, list, own, then } from "ext:plugbay/own.js";
import { keepOnThread } from "ext:plugbay/threads.js";
import { gone, opError, overran } from "ext:plugbay/wasm/failures.js";
import { NEXT_CALL, promising } from "ext:plugbay/wasm/guest.js";
import { at, compile, Source } from "ext:plugbay/worlds/component/codecs.js";
import { lift, lower } from "ext:plugbay/worlds/component/flat.js";
import { hasHandles } from "ext:plugbay/worlds/component/handles.js";
import { checkEntry } from "ext:plugbay/worlds/component/instance.js";
import { componentError } from "ext:plugbay/worlds/component/values.js";
const { ArrayPrototypeJoin, ObjectDefineProperty, ObjectPrototypeIsPrototypeOf } = primordials;

// What the sources refer to.
const HELPERS = { __proto__: null, callSlowly, failedCall, failedResult, gone, list, overran, own };

class Op {
  // Which argument is written.
  at = 0;
  bind = undefined;
  bound = undefined;
  invoke = undefined;
  call = undefined;
  constructor(host, guest, id, name, exported) {
    const { world } = guest;
    this.host = host;
    this.guest = guest;
    this.world = world;
    this.id = id;
    this.name = name;
    this.exported = exported;
    this.params = world.plan.functions[exported.function].params;
    this.isResult = resultOf(world.plan, exported.function);
  }
}
isolate(Op);

// What an op calls in an instance.
class Bound {
  isWriting = false;
  constructor(instance, native, postReturn, context) {
    this.instance = instance;
    this.native = native;
    this.postReturn = postReturn;
    this.context = context;
  }
}
isolate(Bound);

// Makes an op of what the plan says of an export.
export function makeLifted(host, guest, id, name, exported) {
  const { world } = guest, { left } = host.openGuestFastPath(id);
  const op = new Op(host, guest, id, name, exported);
  const make = world.sourceOf(`${exported.function},${exported.options}`, () => makeSource(world, exported));
  const fast = make(op, left, guest.running);
  op.call = world.waits
    ? (...args) => callInTurn(op, () => args)
    : guest.isStateless || guest.stack !== 0
    ? (...args) => callSlowly(op, args)
    : fast;
  return op;
}

// Has scripts find an op by the function that they call.
export function showLifted(op, call) {
  const { host, name, exported, world: { plan } } = op;
  if (hasHandles(plan.types, valuesOf(plan, exported.function), () => true)) keepOnThread(call);
  ObjectDefineProperty(call, "name", { __proto__: null, value: name, configurable: true });
  host.setDispatcher(op, () => noDispatch(op));
}

// What a function takes and gives.
function valuesOf({ functions }, index) {
  const { params, result } = functions[index], all = list([{ __proto__: null, type: result }]);
  append(all, params);
  return all;
}

// Whether a function gives a result, whose error is thrown.
function resultOf({ functions, types }, index) {
  const { result } = functions[index];
  return result !== null && types[result].kind === "result";
}

// Has an op call an instance, or none.
export function bind(op, instance) {
  if (instance === null) {
    op.bind(null);
    return;
  }
  const { value, options } = op.exported, { postReturn } = instance.plan.options[options];
  const native = instance.callable(value);
  const called = op.world.waits ? promising(native) : native;
  const after = postReturn === null ? undefined : instance.postReturns[postReturn];
  op.bind(new Bound(instance, called, after, instance.context(options)));
}

function makeSource({ codecs, plan, waits }, { function: type, options }) {
  const { params, result, flatParams, flatResult, paramsSize, paramsAlign } = plan.functions[type];
  const { memory, postReturn } = plan.options[options], update = memory === null ? "" : "c.memory.update();";
  const source = new Source(codecs);
  for (const name in HELPERS) source.use(name, HELPERS[name]);
  let args = "", passed = list();
  if (flatParams === null) {
    source.say(`const area = c.allocate(${paramsSize}, ${paramsAlign}); `);
    passed[0] = "area";
  }
  for (let i = 0; i < params.length; i++) {
    const { type: of, offset } = params[i];
    args += `a${i}, `;
    source.say(`op.at = ${i}; `);
    if (flatParams === null) source.say(`{ ${source.store(of, at("area", offset), `a${i}`)} } `);
    else append(passed, lower(source, of, `a${i}`));
  }
  const writing = source.text, gives = hasHandles(plan.types, params, () => true);
  let reading = "";
  if (result !== null && flatResult === null) {
    const { size, align } = plan.types[result];
    reading = `const p = c.check(result, ${size}, ${align}); const value = ${source.load(result, "p")};`;
  } else if (result !== null) {
    reading = `const value = ${lift(source, result, list(["result"]))};`;
  }
  const after = postReturn === null
    ? ""
    : `c.state.mayLeave = false; b.postReturn(${result === null ? "" : "result"}); c.state.mayLeave = true;`;
  const call = `b.native(${ArrayPrototypeJoin(passed, ", ")})`;
  const giving = resultOf(plan, type)
    ? "if (value.tag === \"err\") throw failedResult(op, value.val); return value.val;"
    : "return value;";
  return compile(
    source,
    `(op, left, running) => {
      let bound = null;
      op.bind = (to) => { op.bound = bound = to; };
      const invoke = ${waits ? "async " : ""}(b, ${args}) => {
        const { instance, context: c } = b;
        instance.enter();
        b.isWriting = true;
        ${gives ? "instance.given = list();" : ""}
        ${writing}
        ${gives ? "instance.given = undefined;" : ""}
        b.isWriting = false;
        if (bound !== b) throw gone(op);
        const result = ${waits ? `await own(${call})` : call};
        if (bound !== b) throw gone(op);
        ${update}
        ${reading}
        ${after}
        instance.leave();
        return ${result === null ? "undefined" : "value"};
      };
      op.invoke = invoke;
      return (${args}) => {
        if (left[0] > 1 && bound !== null && !bound.instance.isEntered) {
          left[0]--;
          const outer = running[0], b = bound;
          if (outer === 0) ${NEXT_CALL};
          let value;
          try {
            value = invoke(b, ${args});
          } catch (error) {
            // Where the stack is full nothing can be called any more.
            b.instance.isEntered = false;
            running[0] = outer;
            throw failedCall(op, b, error);
          }
          running[0] = outer;
          if (running[1] !== 0) throw overran(op);
          ${giving}
        }
        return callSlowly(op, [${args}]);
      };
    }`,
  );
}

// What is thrown when a call failed. What the script passes may be at fault: then the instance goes on.
function explain(op, b, error) {
  const { guest, name } = op;
  b.instance.isEntered = false;
  const isWriting = b.isWriting;
  b.isWriting = false;
  // Where it is written to the guest allocates, and may fail there.
  const isTrap = isRuntimeError(error) && codeOf(error) === undefined || !b.context.state.mayLeave;
  if (!isWriting || isTrap || guest.exhausted !== undefined) return guest.ended(error, `op "${name}"`);
  b.instance.takeGiven();
  if (!isKind(error, OpArgument)) return error;
  return opError(op, OpArgument, `argument ${op.at + 1} (${op.params[op.at].name}) ${messageOf(error)}`);
}

function failedCall(op, b, error) {
  op.host.countError(op.id);
  return explain(op, b, error);
}

// The error that a component answers with.
function failedResult(op, payload) {
  op.host.countError(op.id);
  return componentError(payload);
}

function callSlowly(op, args) {
  return op.guest.callCounted(op, () => {
    const value = run(op, args);
    if (op.isResult && value.tag === "err") throw componentError(value.val);
    return op.isResult ? value.val : value;
  });
}

function run(op, args) {
  const { bound } = op, what = `op "${op.name}"`, passed = list([bound]);
  append(passed, args);
  checkEntry(bound.instance, what);
  try {
    return op.guest.runExplained(what, (error) => explain(op, bound, error), op.invoke, passed);
  } finally {
    // Where the stack was full nothing could be called that does it.
    bound.instance.isEntered = false;
  }
}

// Guests that wait take one call after the other. The arguments are made when it is the call's turn, if `isWanted()`
// says then that somebody waits for it still.
export function callInTurn(op, argsOf, isWanted = undefined) {
  const { turns } = op.world;
  const call = () => {
    checkEntry(op.bound.instance, `op "${op.name}"`);
    return then(callWith(op.invoke, op.bound, argsOf()), (value) => {
      if (op.isResult && value.tag === "err") throw new Answered(value.val);
      return op.isResult ? value.val : value;
    });
  };
  return turns.call(op, call, (error) => explainLater(op, error), isWanted);
}

// What a promise of a component's is rejected with where the component answers with an error.
class Answered {
  constructor(payload) {
    this.payload = payload;
  }
}
isolate(Answered);

function explainLater(op, error) {
  if (typeof error === "object" && error !== null && ObjectPrototypeIsPrototypeOf(Answered.prototype, error)) {
    return componentError(error.payload);
  }
  // The instance may have ended meanwhile.
  return op.bound === null ? error : explain(op, op.bound, error);
}

function noDispatch(op) {
  throw opError(op, valuesAreNoBytes);
}
