// The JavaScript functions of typed ops. Each is made once, from the op's signature, as source text of its own, so that
// V8 can inline it and call the plugin's fast function directly. That of `fn add(a: i32, b: i32) -> i32` is
//
//   function (a0, a1) {
//     if (left[0] > 1 && typeof a0 === "number" && (a0 | 0) === a0 && typeof a1 === "number" && (a1 | 0) === a1) {
//       left[0]--;
//       const result = native(context, a0, a1);
//       const was = status[0];
//       if (was !== 0) { ... return finish(settle(op, was, [a0, a1])); }
//       return result;
//     }
//     return callSlowly(op, [a0, a1]);
//   }
//
// `left` says how many calls may go that way before one is timed; nothing is left of an op that is closed. Between that
// test and the call no code of the script runs. What does not pass the tests goes to `callSlowly`, which knows all the
// rules. The memory that results come through is `Exchange` of plugin_api/abi/src/typed_call.rs.

import { core, primordials } from "ext:core/mod.js";
import { KINDS } from "ext:plugbay/kinds.js";
import { list, then } from "ext:plugbay/own.js";
import { begin, encode, end, isUnreadable, isUnsupported, makeReader, setUp as setUpWire } from "ext:plugbay/wire.js";
const {
  ArrayBuffer,
  ArrayBufferIsView,
  ArrayIsArray,
  BigInt64Array,
  BigUint64Array,
  Function,
  Int32Array,
  JSONStringify,
  NumberIsSafeInteger,
  ObjectDefineProperty,
  Promise,
  PromiseReject,
  ReflectApply,
  String,
  StringPrototypeSlice,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetLength,
  TypedArrayPrototypeGetSymbolToStringTag,
  Uint8Array,
} = primordials;

// ---- Kinds of values ----

// Source of a test of `x` that runs no code of the script, for each kind that kinds.js says is tested; that of elements
// follows from their typed array.
const whole = (converted) => (x) => `typeof ${x} === "number" && (${converted(x)}) === ${x}`;
const isNumber = (x) => `typeof ${x} === "number"`;
const isView = (x) => `isView(${x})`;
const TESTS = {
  __proto__: null,
  bool: (x) => `typeof ${x} === "boolean"`,
  i8: whole((x) => `${x} << 24 >> 24`),
  u8: whole((x) => `${x} & 255`),
  i16: whole((x) => `${x} << 16 >> 16`),
  u16: whole((x) => `${x} & 65535`),
  i32: whole((x) => `${x} | 0`),
  u32: whole((x) => `${x} >>> 0`),
  i64: (x) => `isSafeInteger(${x})`,
  u64: (x) => `isSafeInteger(${x}) && ${x} >= 0`,
  f32: isNumber,
  f64: isNumber,
  string: (x) => `typeof ${x} === "string"`,
  resource: whole((x) => `${x} >>> 0`),
  bytes: isView,
  bytesMut: isView,
};
// What the slow path takes besides.
const isBuffer = (x) => ArrayBufferIsView(x) || core.isAnyArrayBuffer(x);
const ACCEPTS = { __proto__: null, bytes: isBuffer, bytesMut: isBuffer, buffer: isBuffer };
// Where a kind is without either there is no snapshot.
for (const name in KINDS) {
  const kind = KINDS[name], { typedArray } = kind;
  kind.test = typedArray === undefined ? TESTS[name] : (x) => `typeOf(${x}) === "${typedArray}"`;
  kind.accepts = ACCEPTS[name]
    ?? new Function("isSafeInteger", "typeOf", `"use strict"; return (x) => ${kind.test("x")};`)(
      NumberIsSafeInteger,
      TypedArrayPrototypeGetSymbolToStringTag,
    );
}

export function accepts({ accepts, bigRange }, value) {
  if (bigRange !== undefined && typeof value === "bigint") return value >= bigRange[0] && value <= bigRange[1];
  return accepts(value);
}

export const takesBigInt = ({ kind }) => KINDS[kind]?.bigRange !== undefined;
export const takesBuffer = ({ kind }) => isLent(kind) || kind === "buffer" || kind === "buffers";
export const isLent = (kind) => KINDS[kind]?.isLent === true;
export const isWritten = (kind) => KINDS[kind]?.isWritten === true;

// ---- Results ----

const FAILED = 1, OVERFLOW = 3;
export const RETRY = 2;
// The length of text and bytes that are not there.
const NONE = 0xFFFFFFFF;

let host, status, slabOffset, signedResult, unsignedResult, output, outputBytes, slab, slabLongest;
// For each open plugin, by its rid, what knows the shapes of its results.
const readers = { __proto__: null };

// What becomes of what the fast function left in memory, as a number says; the slow path gives the value itself.
const FINISH = {
  __proto__: null,
  i64: () => (result) => result === result ? result : signedResult[0],
  u64: () => (result) => result === result ? result : unsignedResult[0],
  string: () => (result) =>
    typeof result !== "number" ? result : result === NONE ? null : host.readText(outputBytes, 0, result),
  bytes: () => (result) =>
    typeof result !== "number" ? result : result === NONE ? null : new Uint8Array(slab, slabOffset[0], result),
  value: ({ rid, index }) => {
    const { readOutput, readFrom } = readers[rid] ??= makeReader(output, host, rid);
    return (result) => {
      try {
        return typeof result === "number" ? readOutput() : readFrom(result);
      } catch (error) {
        if (isUnreadable(error)) host.refuseResult(index, error.reason);
        throw error;
      }
    };
  },
};
const asItIs = (result) => result;

// A fast function has not just left a result.
function settle(op, was, args, rest) {
  switch (was) {
    case FAILED:
      return host.raise(op.index);
    case RETRY:
      // It was not called, and is not counted.
      return callNative(op, args, rest);
    case OVERFLOW: {
      const taken = host.takeOverflow(op.index);
      // It would have fitted into a slab that is not full.
      if (op.result === "bytes" && TypedArrayPrototypeGetLength(taken) <= slabLongest) slab = host.newSlab() ?? slab;
      return taken;
    }
  }
}

// ---- The slow path ----

// Arguments of kind "value" have been written already.
function callSlowly(op, args, rest) {
  const result = callNative(op, args, rest);
  if (!op.isAsync) return op.finish(result);
  return core.isPromise(result) ? then(result, op.finish) : new Promise((resolve) => resolve(op.finish(result)));
}

// `rest` are the arguments for a parameter of kind "buffers".
function callNative(op, args, rest) {
  const { parameters, remembered } = op;
  // Not an array: what a script puts into Array.prototype is not asked.
  const passed = { __proto__: null, length: 1, 0: op.index };
  for (let i = 0; i < args.length; i++) {
    const kind = KINDS[parameters[i].kind];
    if (kind !== undefined && !accepts(kind, args[i])) reject(op, i, `wants ${kind.wants}, got ${describe(args[i])}`);
    passed[passed.length++] = args[i];
  }
  if (rest !== undefined) {
    for (let i = 0; i < rest.length; i++) passed[passed.length++] = rest[i];
  }
  const result = ReflectApply(host.callTyped, undefined, passed);
  for (let i = 0; i < args.length; i++) {
    if (remembered[i] !== undefined) remembered[i](args[i]);
  }
  return result;
}

// A larger buffer is worth neither the time that it saves nor the memory that it keeps.
const MAX_REMEMBERED = 64 * 1024;

// The address of a buffer that the fast path may know by it: one that stays where it is until it is detached. Else 0.
export function locate(view) {
  if (TypedArrayPrototypeGetSymbolToStringTag(view) === undefined) return 0;
  const length = TypedArrayPrototypeGetByteLength(view);
  return length === 0 || length > MAX_REMEMBERED ? 0 : host.addressOf(view);
}

function reject(op, index, why) {
  op.reject(`argument ${index} (${op.parameters[index].name}): ${why}`);
}

// Where in an argument what cannot cross is, and why.
export const argumentReason = (index, name, { path, reason }) => `argument ${index} (${name})${path}: ${reason}`;

// The error for an argument that could not be written.
export function failedArgument(op, index, error) {
  if (isUnsupported(error)) op.reject(argumentReason(index, op.parameters[index].name, error));
  return error;
}

export function describe(value) {
  switch (typeof value) {
    case "number":
      return `the number ${value}`;
    case "bigint":
      return `the BigInt ${value}`;
    case "string":
      return `the string ${JSONStringify(value.length > 40 ? `${StringPrototypeSlice(value, 0, 40)}...` : value)}`;
    case "boolean":
    case "undefined":
      return String(value);
    case "object":
      return value === null
        ? "null"
        : core.isProxy(value)
        ? "a Proxy"
        : ArrayIsArray(value)
        ? "an array"
        : describeObject(TypedArrayPrototypeGetSymbolToStringTag(value));
    default:
      return `a ${typeof value}`;
  }
}

function describeObject(typedArray) {
  return typedArray === undefined ? "an object" : `${typedArray[0] === "I" ? "an" : "a"} ${typedArray}`;
}

// ---- Making a function ----

export function setUp(nativeFunctions) {
  host = nativeFunctions;
}

// Typed ops need memory that a program without them need not have.
export function needExchange() {
  if (status !== undefined) return;
  const memory = host.setUpExchange();
  const { words, statusAt, slabOffsetAt, integerAt } = memory;
  status = new Int32Array(words, statusAt, 1);
  slabOffset = new Int32Array(words, slabOffsetAt, 1);
  signedResult = new BigInt64Array(words, integerAt, 1);
  unsignedResult = new BigUint64Array(words, integerAt, 1);
  ({ output, slabLongest } = memory);
  outputBytes = new Uint8Array(output);
  // There is no slab yet: the first result that would go there does not fit.
  setUpWire(host, memory);
}

// The word that a fast call leaves its status in.
export const statusWord = () => status;

// `op` is { index, id, name, rid, parameters: [{ name, kind }], result, isAsync }. If it has a fast function there are
// `native`, `left` and `context`. With them a script could call the plugin with what it likes, so only the closures of
// the function that is made here have them: they are not properties of anything. Whoever has the rest can do no harm.
export function makeFunction(op, native, left, context) {
  needExchange();
  op.finish = FINISH[op.result]?.(op) ?? asItIs;
  op.reject = (why) => host.reject(op.index, why);
  op.remembered = { __proto__: null };
  // With the id no two sources are the same: V8 would have them share what it learns of their callees.
  const make = new Function(
    IN_SCOPE,
    `"use strict"; /* ${op.id} */ ${native === undefined ? slowSource(op) : fastSource(op)}`,
  );
  const { finish, remembered } = op;
  const called = make(
    op,
    native,
    left,
    context,
    finish,
    remembered,
    status,
    settle,
    callSlowly,
    failedArgument,
    begin,
    encode,
    end,
    locate,
    TypedArrayPrototypeGetByteLength,
    TypedArrayPrototypeGetLength,
    ArrayBufferIsView,
    TypedArrayPrototypeGetSymbolToStringTag,
    NumberIsSafeInteger,
  );
  const made = op.isAsync ? withRejection(called) : called;
  ObjectDefineProperty(made, "name", { __proto__: null, value: op.name, configurable: true });
  return made;
}

// What the sources refer to, in the order in which `makeFunction` passes it.
const IN_SCOPE =
  "op, native, left, context, finish, remembered, status, settle, callSlowly, failedArgument, begin, encode, end, locate, byteLengthOf, lengthOf, isView, typeOf, isSafeInteger";

// An op that gives a Promise does not throw.
export const withRejection = (called) => (...args) => {
  try {
    return ReflectApply(called, undefined, args);
  } catch (error) {
    return PromiseReject(error);
  }
};

// The parameters in the source, and the arguments for `callSlowly` after the op.
export function parametersOf(op) {
  let list = "", count = 0;
  for (; count < op.parameters.length && op.parameters[count].kind !== "buffers"; count++) list += `a${count}, `;
  const hasRest = count < op.parameters.length;
  return {
    __proto__: null,
    list: hasRest ? `${list}...rest` : list,
    all: hasRest ? `[${list}], rest` : `[${list}]`,
    count,
    hasRest,
  };
}

// The source of an expression that gives a number if the op does: V8 learns that its slow path gives one too, and does
// not box those of the fast one.
export function asNumber({ result, isAsync }, source) {
  switch (isAsync ? undefined : KINDS[result]?.fastNumber) {
    case "Int32":
      return `${source} | 0`;
    case "Uint32":
      return `${source} >>> 0`;
    case "Double":
      return `+${source}`;
    default:
      return source;
  }
}

// The source of a function that takes the slow path at once.
export function slowSource(op) {
  const { list, all } = parametersOf(op);
  return `return (function (${list}) { ${withValues(op, `return callSlowly(op, ${all});`)} });`;
}

function fastSource(op) {
  const { list, all, count, hasRest } = parametersOf(op);
  let kept = "", located = "", tests = "left[0] > 1", passed = "context";
  for (let i = 0; i < count; i++) {
    const { kind } = op.parameters[i];
    if (isLent(kind)) {
      // A buffer that was passed lately is known by its address. It is still there if its last element is.
      kept += `
        let hot${i} = status, hotLast${i} = 1, hotAt${i} = 0, hotLength${i} = 0;
        remembered[${i}] = (view) => {
          const at = locate(view);
          if (at !== 0) hot${i} = view, hotLast${i} = lengthOf(view) - 1, hotAt${i} = at, hotLength${i} = byteLengthOf(view);
        };`;
      located += `
        let at${i} = 0, length${i} = 0;
        if (a${i} === hot${i} && a${i}[hotLast${i}] !== undefined) at${i} = hotAt${i}, length${i} = hotLength${i};`;
      tests += ` && (at${i} !== 0 || ${KINDS[kind].test(`a${i}`)})`;
      passed += `, a${i}, at${i}, length${i}`;
    } else {
      if (kind !== "value") tests += ` && ${KINDS[kind].test(`a${i}`)}`;
      passed += `, a${i}`;
    }
  }
  if (hasRest) tests += " && rest.length === 0";
  // The status is put back before anything else can fail.
  return `${kept}
    return (function (${list}) { ${
    withValues(
      op,
      `${located}
      if (${tests}) {
        left[0]--;
        const result = native(${passed});
        const was = status[0];
        if (was !== 0) {
          status[0] = 0;
          if (was === ${RETRY}) left[0]++;
          return ${asNumber(op, `finish(settle(op, was, ${all}))`)};
        }
        return ${op.finish === asItIs ? "result" : "finish(result)"};
      }
      return ${asNumber(op, `callSlowly(op, ${all})`)};`,
    )
  }
    });`;
}

// Makes and calls ops of no plugin, for the snapshot.
export function rehearseTypedOps() {
  const buffer = new ArrayBuffer(1024);
  const exchange = {
    __proto__: null,
    words: buffer,
    statusAt: 0,
    slabOffsetAt: 0,
    integerAt: 0,
    output: buffer,
    slabLongest: 0,
    writeText: () => 0,
    kindOf: () => 0,
  };
  setUp({
    __proto__: null,
    addressOf: () => 1,
    callTyped: () => 0,
    newSlab: () => buffer,
    readText: () => "",
    useInput: () => {},
    setUpExchange: () => exchange,
  });
  const kinds = list(["bytes", "i32", "i64", "string", "value"]), parameters = list();
  for (let i = 0; i < kinds.length; i++) parameters[i] = { __proto__: null, name: kinds[i], kind: kinds[i] };
  for (let i = 0; i < 2; i++) {
    const op = { __proto__: null, index: 0, name: "", rid: 0, parameters, result: "value", isAsync: false };
    const made = makeFunction(op, i === 0 ? undefined : () => 0, new Int32Array(1), 0);
    made(new Uint8Array(8), 1, 1, "", /* the script's */ { a: [1, 0.5, true, null] });
  }
  delete readers[0];
  status = undefined;
}

// Values are written before everything else: that may run code of the script, such as a getter that closes the plugin.
export function withValues(op, body) {
  let writing = "";
  for (let i = 0; i < op.parameters.length; i++) {
    if (op.parameters[i].kind === "value") writing += `index = ${i}, a${i} = encode(a${i}); `;
  }
  if (writing === "") return body;
  return `
    const start = begin();
    let index = -1;
    try {
      ${writing}
      index = -1;
      ${body}
    } catch (error) {
      throw index === -1 ? error : failedArgument(op, index, error);
    } finally {
      end(start);
    }`;
}
