// The imports of a component: core functions, each of which reads what the guest passes, calls a function of
// JavaScript's, and writes what that gives. That of `get: func(key: string) -> option<u32>` is
//
//   (x0, x1, out) => {
//     const c = instance.context(0);
//     if (!c.state.mayLeave) cannotLeave();
//     c.memory.update();
//     const value = settled(call(c.text(x0 >>> 0, x1 >>> 0)));
//     c.memory.update();
//     return write(c, value, out);
//   }

import { core, primordials } from "ext:core/mod.js";
import { importGivesPromise, importUnfit, OpArgument } from "ext:plugbay/error_codes.js";
import { isKind, makeError, messageOf } from "ext:plugbay/errors.js";
import { append, list, own, then } from "ext:plugbay/own.js";
import { workAfter } from "ext:plugbay/wasm/suspending.js";
import { at, compile, Source } from "ext:plugbay/worlds/component/codecs.js";
import { flatOf, lift, lower } from "ext:plugbay/worlds/component/flat.js";
import { hasHandles } from "ext:plugbay/worlds/component/handles.js";
import { fault, payloadOf } from "ext:plugbay/worlds/component/values.js";
const { ArrayPrototypeJoin, ObjectGetPrototypeOf, Promise, ReflectApply } = primordials;

// The core function of an import for an instance, which is made when it is first called: most of what a component
// imports no call of it ever needs. What it calls was found when the component was opened.
export function lowered(instance, made) {
  const { plan, world } = instance, { length } = plan.functions[made.function].lowered.params;
  const make = world.targets[made.import].waits ? makeWaiting : makeAtOnce;
  return whenCalled(length, () => make(instance, made));
}

// A function of so many parameters that makes itself when it is first called. Calls are fastest where they pass as many
// as a function has; no core function has more than 17 here.
function whenCalled(length, make) {
  let made = (...args) => ReflectApply(made = make(), undefined, args);
  switch (length) {
    case 0:
      return () => made();
    case 1:
      return (a) => made(a);
    case 2:
      return (a, b) => made(a, b);
    case 3:
      return (a, b, c) => made(a, b, c);
    case 4:
      return (a, b, c, d) => made(a, b, c, d);
    case 5:
      return (a, b, c, d, e) => made(a, b, c, d, e);
    default:
      return (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q) =>
        made(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q);
  }
}

function makerOf({ world }, { function: type, options }, target) {
  const { waits, of, method } = target;
  const source = () => makeSource(world, type, options, target);
  return world.sourceOf(`${type},${options},${waits},${of},${method !== undefined}`, source);
}

// What an import gives that is not of its type.
const misfitOf = ({ guest }, { name }) => (error) => unfitResult(guest, name, error);

function makeAtOnce(instance, made) {
  const target = instance.world.targets[made.import], settled = (value) => noPromise(value, target.name);
  return makerOf(instance, made, target)(instance, target, settled, misfitOf(instance, target));
}

function makeWaiting(instance, made) {
  const { guest, world } = instance, target = world.targets[made.import];
  const { results } = world.plan.functions[made.function].lowered, type = results.length === 0 ? undefined : results[0];
  // What comes when the instance has ended is nobody's.
  const follow = (promise, give, fail) => {
    const work = workAfter(promise);
    const kept = (value) => {
      if (work === undefined) return give(value);
      let given;
      try {
        given = work();
      } catch (error) {
        return fail(error);
      }
      return core.isPromise(given) ? follow(given, give, fail) : give(given);
    };
    return then(
      new Promise((take) => take(promise)),
      (value) => guest.exports === instance ? kept(value) : undefined,
      (error) => guest.exports === instance ? fail(error) : undefined,
    );
  };
  const { waiting } = instance, settled = (value, give, fail) => {
    if (core.isPromise(value)) return waiting.until(follow(value, give, fail), type);
    if (!waiting.isLong()) return give(value);
    return waiting.until(follow(own(new Promise((go) => go())), () => give(value), fail), type);
  };
  return makerOf(instance, made, target)(instance, target, settled, misfitOf(instance, target));
}

// A promise where none is waited for would be written as no value.
function noPromise(value, name) {
  if (!core.isPromise(value)) return value;
  throw makeError(importGivesPromise, name);
}

// What an import gives, or throws as its result's error, is not of its type.
function unfitResult(guest, name, error) {
  return isKind(error, OpArgument) ? makeError(importUnfit, name, guest.name, messageOf(error)) : error;
}

export function cannotLeave() {
  throw fault("it calls what it imports where it may only allocate or free");
}

function makeSource({ codecs, plan }, type, options, { waits, of, method }) {
  const { params, result, flatParams, flatResult, paramsSize, paramsAlign } = plan.functions[type];
  const source = new Source(codecs), passed = list(), args = list();
  const update = plan.options[options].memory === null ? "" : "c.memory.update();";
  source.use("cannotLeave", cannotLeave);
  source.use("payloadOf", payloadOf);
  source.use("protoOf", ObjectGetPrototypeOf);
  let check = "";
  if (flatParams === null) {
    passed[0] = "p";
    check = `p = c.check(p, ${paramsSize}, ${paramsAlign});`;
    for (let i = 0; i < params.length; i++) args[i] = source.load(params[i].type, at("p", params[i].offset));
  } else {
    for (let i = 0; i < params.length; i++) {
      const own = list(), count = flatOf(plan.types[params[i].type]).length;
      for (let j = 0; j < count; j++) own[j] = passed[passed.length] = `x${passed.length}`;
      args[i] = lift(source, params[i].type, own);
    }
  }
  const out = result !== null && flatResult === null ? "out" : "0";
  if (out === "out") passed[passed.length] = out;
  const isResult = result !== null && plan.types[result].kind === "result";
  const lends = hasHandles(plan.types, params, (kind) => kind === "borrow");
  const done = `instance.counted = counted; ${lends ? "instance.takeBack(lent);" : ""}`;
  const end = `${done} ${update}`;
  const give = `${end} return write(c, ${isResult ? "{ tag: \"ok\", val: value }" : "value"}, ${out});`;
  const fail = isResult
    ? `const payload = payloadOf(error); ${end} return write(c, { tag: "err", val: payload }, ${out});`
    : `${done} throw error;`;
  const call = callSource(args, of, method !== undefined);
  const calling = waits
    ? `const give = (value) => { ${give} }, fail = (error) => { ${fail} };
       let value;
       try { value = ${call}; } catch (error) { return fail(error); }
       return settled(value, give, fail);`
    : isResult || lends
    ? `let value; try { value = settled(${call}); } catch (error) { ${fail} } ${give}`
    : `const value = settled(${call}); ${give}`;
  return compile(
    source,
    `(instance, { call, method, prototype }, settled, misfit) => {
      const write = (c, r, out) => {
        try { ${writeSource(source, plan, result, flatResult)} } catch (error) { throw misfit(error); }
      };
      return (${ArrayPrototypeJoin(passed, ", ")}) => {
        const c = instance.context(${options}), { counted } = instance; ${
      lends ? "const lent = instance.lent.length;" : ""
    }
        if (!c.state.mayLeave) cannotLeave();
        ${update}
        ${check}
        let self;
        ${calling}
      };
    }`,
  );
}

// `call` with all arguments, after that part of the instance if it is `of` one; a method of the host's own is called by
// itself where the object is of its class.
function callSource(args, of, isMethod) {
  const first = of === undefined ? list() : list([`instance.${of}`]);
  append(first, args);
  if (!isMethod) return `call(${ArrayPrototypeJoin(first, ", ")})`;
  const self = args[0];
  first[0] = "self";
  const given = ArrayPrototypeJoin(first, ", ");
  return `((self = ${self}), protoOf(self) === prototype ? method(${given}) : call(${given}))`;
}

function writeSource(source, plan, result, flatResult) {
  if (result === null) return "";
  const { size, align } = plan.types[result];
  if (flatResult === null) return `out = c.check(out, ${size}, ${align}); ${source.store(result, "out", "r")}`;
  const before = source.text;
  source.text = "";
  const passed = lower(source, result, "r"), { text } = source;
  source.text = before;
  return `${text} return ${passed.length === 0 ? "undefined" : passed[0]};`;
}
