// flags: --allow-plugin
// Typed ops: values that chance makes, the same ones each time. What comes out is what went in, in the form that the
// rules say, or it is an error where they say so.

import { assertEquals, equal } from "./assert.js";
import { openKit, TYPED_ARRAYS } from "./fixtures.js";
import { randomFrom } from "./random.js";

const { ops } = openKit();
const VALUES = 1500;

const { random, below, pick } = randomFrom(0x2545F491);
const several = (most, make) => Array.from({ length: below(most + 1) }, make);

const numbers = [
  0,
  -0,
  1,
  -1,
  0.5,
  -1.5,
  127,
  128,
  -129,
  255,
  256,
  65535,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  -(2 ** 53),
  1e21,
  1e300,
  5e-324,
  NaN,
  Infinity,
  -Infinity,
];
const integers = [
  0n,
  1n,
  -1n,
  2n ** 31n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 53n + 1n,
  -(2n ** 63n),
  2n ** 63n,
  2n ** 64n - 1n,
  2n ** 64n,
  -(2n ** 63n) - 1n,
  2n ** 127n,
  2n ** 128n - 1n,
  -(2n ** 127n),
];
const texts = [
  "",
  "a",
  "text",
  "gr\u00fc\u00df",
  "\u5c0f\u5927",
  "\ud83d\ude00",
  "lone \ud800",
  "a\u0000b",
  "x".repeat(200),
  "__proto__",
  "constructor",
  "length",
];
const makeNumber = () =>
  below(3) === 0 ? (random() - 0.5) * 2 ** below(70) : below(2) === 0 ? below(2 ** 32) - 2 ** 31 : pick(numbers);
const isBig = (TypedArray) => TypedArray === BigInt64Array || TypedArray === BigUint64Array;

function makeTypedArray() {
  const TypedArray = pick(TYPED_ARRAYS), offset = below(3), length = below(9);
  const buffer = new ArrayBuffer((offset + length) * TypedArray.BYTES_PER_ELEMENT);
  const view = new TypedArray(buffer, offset * TypedArray.BYTES_PER_ELEMENT, length);
  for (let i = 0; i < length; i++) view[i] = isBig(TypedArray) ? pick(integers) : makeNumber();
  return view;
}

class Instance {
  constructor(properties) {
    // Not by assignment: one of them may be __proto__.
    Object.defineProperties(this, Object.getOwnPropertyDescriptors(properties));
    this.own = 1;
  }
}
const makeKey = () => below(2) === 0 ? pick(texts).toWellFormed() : `k${below(20)}`;
const makeObject = (depth) => Object.fromEntries(several(5, () => [makeKey(), makeValue(depth - 1)]));

function makeValue(depth) {
  if (depth > 0 && below(3) !== 0) {
    switch (below(8)) {
      case 0:
      case 1:
        return several(5, () => makeValue(depth - 1));
      case 2:
      case 3:
        return makeObject(depth);
      case 4:
        return new Map(several(5, () => [makeKey(), makeValue(depth - 1)]));
      case 5:
        return new Map(several(5, () => [below(100) - 50, makeValue(depth - 1)]));
      case 6:
        return new Set(several(5, () => makeValue(depth - 1)));
      case 7:
        return new Instance(makeObject(depth));
    }
  }
  switch (below(9)) {
    case 0:
      return pick([null, undefined]);
    case 1:
      return below(2) === 0;
    case 2:
    case 3:
      return makeNumber();
    case 4:
      return pick(integers);
    case 5:
      return pick(texts);
    case 6:
      return makeTypedArray();
    case 7:
      return pick([new Date(below(1e9)), new Number(makeNumber()), new String(pick(texts)), Object(pick(integers)), {
        toJSON: () => 1,
      }]);
    case 8:
      return pick([
        new Uint8Array(several(9, () => below(256))).buffer,
        new DataView(new Uint8Array([1, 2, 3]).buffer, 1),
      ]);
  }
}

// What comes out of an op that takes anything.
function crossed(value) {
  switch (typeof value) {
    case "bigint":
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    case "string":
      return value.toWellFormed();
    case "object":
      break;
    default:
      return value ?? null;
  }
  if (value === null) return null;
  if (value instanceof Map) return object(value);
  if (Array.isArray(value) || value instanceof Set) return Array.from(value, crossed);
  if (value instanceof ArrayBuffer) return [...new Uint8Array(value)];
  if (value instanceof DataView) return [...new Uint8Array(value.buffer, value.byteOffset, value.byteLength)];
  if (ArrayBuffer.isView(value)) return Array.from(value, crossed);
  if (typeof value.toJSON === "function") return crossed(value.toJSON());
  if (value instanceof Number || value instanceof String || value instanceof BigInt) return crossed(value.valueOf());
  return object(Object.entries(value).filter(([, property]) => property !== undefined));
}
function object(entries) {
  const made = {};
  for (const [key, value] of entries) {
    Object.defineProperty(made, String(key).toWellFormed(), {
      value: crossed(value),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return made;
}

const any = (value, test) =>
  test(value)
  || (typeof value === "object" && value !== null && Object.values(value).some((inner) => any(inner, test)));
const isWide = (value) => typeof value === "bigint" && (value >= 2n ** 64n || value < -(2n ** 63n));
const asJSON = (value) =>
  typeof value === "number" && !Number.isFinite(value)
    ? null
    : Array.isArray(value)
    ? value.map(asJSON)
    : value !== null && typeof value === "object"
    ? object(Object.entries(value).map(([key, inner]) => [key, asJSON(inner)]))
    : value;

// The smallest part of a value that goes wrong too.
function smallest(value, goesWrong) {
  const parts = value instanceof Map
    ? [...value.values()]
    : value instanceof Set || Array.isArray(value)
    ? [...value]
    : value !== null && typeof value === "object" && !ArrayBuffer.isView(value)
    ? Object.values(value)
    : [];
  const part = parts.find(goesWrong);
  return part === undefined ? value : smallest(part, goesWrong);
}

async function outcome(call) {
  try {
    return { value: await call() };
  } catch (error) {
    return { code: error.code };
  }
}
const refused = { code: "ERR_OP_ARGUMENT" };

for (let i = 0; i < VALUES; i++) {
  const value = makeValue(4), expected = crossed(value);
  const wrong = (value) => !equal(ops.v_any(value), crossed(value));
  if (wrong(value)) {
    const small = smallest(value, wrong);
    assertEquals(ops.v_any(small), crossed(small), `value ${i}`);
  }
  if (i % 10 === 0) assertEquals(await outcome(() => ops.v_later(value)), { value: expected }, `value ${i}, later`);
  // What JSON has no form for is null or refused, as serde_json has it.
  const inJSON = any(expected, isWide) ? refused : { value: asJSON(expected) };
  assertEquals(await outcome(() => ops.v_json_op(value)), inJSON, `value ${i}, as JSON`);
  // The fields of a struct, within other values.
  assertEquals(ops.v_flattened({ id: 7, ...(inJSON.value !== undefined && { inner: value }) }), {
    id: 7,
    ...(inJSON.value !== undefined && value !== undefined && { inner: inJSON.value }),
  }, `value ${i}, flattened`);
}

// Lists of each type of number, from arrays, sets and typed arrays of all types.
const range = (bits, isSigned) => isSigned ? [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n] : [0n, 2n ** bits - 1n];
const lists = {
  v_i8s: range(8n, true),
  v_u8s: range(8n, false),
  v_i16s: range(16n, true),
  v_u16s: range(16n, false),
  v_i32s: range(32n, true),
  v_u32s: range(32n, false),
  v_i64s: range(64n, true),
  v_u64s: range(64n, false),
};
const isExact = (number) => typeof number === "bigint" || Number.isSafeInteger(number);
for (let i = 0; i < VALUES; i++) {
  const list = pick([
    makeTypedArray,
    makeTypedArray,
    () => several(6, makeNumber),
    () => new Set(several(6, () => pick(integers))),
  ])();
  const elements = [...list];
  for (const [name, [least, most]] of Object.entries(lists)) {
    const fits = elements.every((element) => isExact(element) && BigInt(element) >= least && BigInt(element) <= most);
    const expected = fits ? { value: elements.map((element) => crossed(BigInt(element))) } : refused;
    const given = await outcome(() => ops[name](list));
    if (given.value instanceof Uint8Array) given.value = [...given.value];
    assertEquals(given, expected, `list ${i} by ${name}`);
  }
  for (const [name, rounded] of [["v_f64s", (x) => x], ["v_f32s", Math.fround]]) {
    const fits = elements.every((element) =>
      typeof element === "number" || (!isWide(element) && BigInt(Number(element)) === element)
    );
    const expected = fits ? { value: elements.map((element) => rounded(Number(element))) } : refused;
    assertEquals(await outcome(() => ops[name](list)), expected, `list ${i} by ${name}`);
  }
}
