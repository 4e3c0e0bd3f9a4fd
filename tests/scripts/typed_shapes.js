// flags: --allow-plugin --v8-flags=--allow-natives-syntax
// Typed ops: what is no plain object. Typed arrays are their elements, maps are maps, sets are sequences; what has no
// rule is an error that says where it is.

import { assertEquals, assertRejects, assertThrows } from "./assert.js";
import { assertGives, assertThrowsEverywhere } from "./fast_and_slow_paths.js";
import { openKit, TYPED_ARRAYS } from "./fixtures.js";

const { ops } = openKit();
const unfit = { class: "TypeError", code: "ERR_OP_ARGUMENT" };

// A typed array is its elements, of its own type and of every other that holds them.
const lists = [
  ops.v_i8s,
  ops.v_u8s,
  ops.v_i16s,
  ops.v_u16s,
  ops.v_i32s,
  ops.v_u32s,
  ops.v_i64s,
  ops.v_u64s,
  ops.v_f32s,
  ops.v_f64s,
];
for (const TypedArray of TYPED_ARRAYS) {
  const isBig = TypedArray.name.startsWith("Big");
  const view = TypedArray.from([0, 1, 2, 100, 127], isBig ? BigInt : undefined);
  for (const echo of lists) {
    assertGives(() => [...echo(view)], [0, 1, 2, 100, 127]);
    assertEquals([...echo(view.subarray(1, 4))], [1, 2, 100]);
    assertEquals([...echo(view.subarray(2, 2))], []);
    assertEquals([...echo(TypedArray.from({ length: 1000 }, () => isBig ? 7n : 7))], Array(1000).fill(7));
  }
  assertGives(() => ops.t_json(view), [0, 1, 2, 100, 127]);
  assertGives(() => ops.v_json_op(view), [0, 1, 2, 100, 127]);
  assertGives(() => ops.v_json_floats(view), [0, 1, 2, 100, 127]);
  assertGives(() => ops.v_nested({ floats: view, lists: [view, [3], []] }), {
    floats: [0, 1, 2, 100, 127],
    lists: [[0, 1, 2, 100, 127], [3], []],
  });
  assertGives(() => ops.v_array(view.subarray(0, 3)), [0, 1, 2]);
  assertGives(() => ops.v_triple(view.subarray(0, 3)), [0, 1, 2]);
  assertThrowsEverywhere(() => ops.v_array(view), { ...unfit, includes: "invalid length 5" });
  assertThrowsEverywhere(() => ops.v_array(view.subarray(0, 2)), { ...unfit, includes: "invalid length 2" });
  assertGives(() => ops.v_newtype(view), [0, 1, 2, 100, 127]);
  assertGives(() => ops.v_untagged(view), [0, 1, 2, 100, 127]);
  assertGives(() => ops.v_tagged({ type: "List", list: view }), { type: "List", list: [0, 1, 2, 100, 127] });
  assertGives(() => ops.v_adjacent({ t: "Floats", c: view }), { t: "Floats", c: [0, 1, 2, 100, 127] });
  assertGives(() => ops.v_flattened({ id: 1, more: view }), { id: 1, more: [0, 1, 2, 100, 127] });
  assertGives(() => ops.v_set(view), [0, 1, 2, 100, 127]);
  assertThrowsEverywhere(() => ops.v_numbered(view), { ...unfit, includes: "typed array" });
  assertThrowsEverywhere(() => ops.v_char(view), unfit);
  const gone = TypedArray.from([isBig ? 1n : 1]);
  gone.buffer.transfer();
  assertThrowsEverywhere(() => ops.v_f64s(gone), { class: "TypeError", code: "ERR_BUFFER_DETACHED" });
}
assertGives(() => ops.v_f64s(new Float64Array([0.1, -0, NaN, Infinity, 5e-324, 1e308])), [
  0.1,
  -0,
  NaN,
  Infinity,
  5e-324,
  1e308,
]);
assertGives(() => ops.v_f64s(new Float32Array([0.1, -0, NaN, -Infinity])), [Math.fround(0.1), -0, NaN, -Infinity]);
assertGives(() => ops.v_f32s(new Float64Array([0.1])), [Math.fround(0.1)]);
assertGives(() => ops.v_f64s(new Float16Array([0.1, 65504])), [...new Float16Array([0.1, 65504])]);
assertGives(() => ops.v_u32s(new Uint32Array([2 ** 32 - 1])), [2 ** 32 - 1]);
assertGives(() => ops.v_i64s(new BigInt64Array([-(2n ** 63n), 2n ** 53n])), [-(2n ** 63n), 2n ** 53n]);
assertGives(() => ops.v_u64s(new BigUint64Array([2n ** 64n - 1n])), [2n ** 64n - 1n]);
assertGives(() => ops.v_i32s(new Float64Array([-0, 5])), [0, 5]);
assertThrowsEverywhere(() => ops.v_i32s(new Float64Array([1, 1.5])), { ...unfit, includes: ["at [1]", "1.5", "i32"] });
assertThrowsEverywhere(() => ops.v_i8s(new Int16Array([1, 128])), { ...unfit, includes: ["at [1]", "128", "i8"] });
assertThrowsEverywhere(() => ops.v_u32s(new Int32Array([-1])), { ...unfit, includes: "at [0]" });
assertThrowsEverywhere(() => ops.v_i64s(new BigUint64Array([2n ** 63n])), { ...unfit, includes: "at [0]" });
assertThrowsEverywhere(() => ops.v_f64s(new BigInt64Array([2n ** 53n + 1n])), {
  ...unfit,
  includes: ["at [0]", "rounded"],
});
assertThrowsEverywhere(() => ops.v_nested({ floats: null, lists: [[1], new Float32Array([1, 0.5])] }), {
  ...unfit,
  includes: "at lists[1][1]",
});

// Bytes stay bytes where bytes are wanted, and are numbers where numbers are.
for (
  const view of [
    new Uint8Array([1, 2, 3]),
    new Uint8ClampedArray([1, 2, 3]),
    new Uint8Array([1, 2, 3]).buffer,
    new DataView(new Uint8Array([0, 1, 2, 3]).buffer, 1),
  ]
) {
  assertGives(() => ops.v_bytes(view), new Uint8Array([1, 2, 3]));
  assertGives(() => ops.v_u8s(view), new Uint8Array([1, 2, 3]));
  assertGives(() => ops.v_f64s(view), [1, 2, 3]);
  assertGives(() => ops.v_any([view]), [[1, 2, 3]]);
}
assertThrowsEverywhere(() => ops.v_bytes(new Float64Array(1)), { ...unfit, includes: "expected bytes" });
assertThrowsEverywhere(() => ops.v_char(new Uint8Array([0x61])), { ...unfit, includes: "typed array" });
assertThrowsEverywhere(() => ops.v_numbered({ 1: new Uint8Array([0x61]) }), {
  ...unfit,
  includes: "at 1: invalid type: a typed array, expected a string",
});

// Maps and sets, of classes of the script's too.
assertGives(() => ops.v_any(new Map([["a", 1], ["b", new Map()]])), { a: 1, b: {} });
assertGives(() => ops.v_any({ nested: new Map([["", [new Set([1, "x"])]]]) }), { nested: { "": [[1, "x"]] } });
assertGives(() => ops.v_any(new (class extends Map {})([["a", 1]])), { a: 1 });
assertGives(() => ops.v_any(Object.setPrototypeOf(new Set([1]), null)), [1]);
assertGives(() => ops.v_numbered(new Map([[1, "a"], [-5, "b"]])), { 1: "a", "-5": "b" });
assertGives(() => ops.v_numbered({ 1: "a", "-5": "b" }), { 1: "a", "-5": "b" });
assertGives(() => ops.v_numbered(new Map([["7", "a"]])), { 7: "a" });
assertGives(() => ops.v_numbered(new Map([[7n, "a"], [8n, "b"]])), { 7: "a", 8: "b" });
assertGives(() => ops.v_bigly_numbered(new Map([[2n ** 128n - 1n, "a"]])), { [2n ** 128n - 1n]: "a" });
assertGives(() => ops.v_booleans(new Map([[true, 1], [false, 0]])), { false: 0, true: 1 });
assertGives(() => ops.v_booleans({ true: 1 }), { true: 1 });
assertGives(() => ops.v_any(new Map([[1, 2], [0.5, 3], [-0, 4]])), { 0: 4, 1: 2, "0.5": 3 });
assertGives(() => ops.v_json_op(new Map([[1n, 2]])), { 1: 2 });
assertGives(() => ops.v_tagged(new Map([["type", "Number"], ["number", 5]])), { type: "Number", number: 5 });
assertGives(() => ops.v_set(new Set([3, 1])), [1, 3]);
assertGives(() => ops.v_f64s(new Set([3, 1])), [3, 1]);
assertThrowsEverywhere(() => ops.v_numbered(new Map([[0.5, "a"]])), { ...unfit, includes: "0.5" });
assertThrowsEverywhere(() => ops.v_numbered(new Map([["x", "a"]])), { ...unfit, includes: "x" });
assertThrowsEverywhere(() => ops.v_numbered(new Map([[1, 5]])), { ...unfit, includes: "at 1" });
assertThrowsEverywhere(() => ops.v_any({ m: new Map([[1, 2], ["1", 3]]) }), {
  ...unfit,
  includes: ["argument 0 (value).m", "several types"],
});
for (const key of [{}, null, undefined, Symbol("s"), () => 1]) {
  assertThrowsEverywhere(() => ops.v_any(new Map([[key, 1]])), { ...unfit, includes: "keys" });
}
// What changes while it is read.
const growing = new Set([1]);
growing.add({
  get more() {
    growing.add(2);
    return 0;
  },
});
assertEquals(ops.v_any(growing), [1, { more: 0 }, 2]);

// What has no rule is an error that says where.
const refused = [
  [() => 1, "function"],
  [class {}, "function"],
  [Symbol("s"), "symbol"],
  [Object(Symbol("s")), "symbol"],
  [/x/, "RegExp"],
  [new Error("x"), "Error"],
  [new (class extends TypeError {})("x"), "Error"],
  [Promise.resolve(1), "Promise"],
  [new WeakMap(), "WeakMap"],
  [new WeakSet(), "WeakSet"],
  [new WeakRef({}), "WeakRef"],
  [(function* () {})(), "generator"],
  [[].values(), "no properties"],
  [new Map().keys(), "iterator"],
  [new Set().values(), "iterator"],
  [new URLSearchParams("a=1"), "URLSearchParams"],
  [
    new (class Hidden {
      #x = 1;
      get x() {
        return this.#x;
      }
    })(),
    "class Hidden",
  ],
  [new Date(NaN), "Date"],
  [Object.assign(new Error("x"), { code: "E" }), "Error"],
  [2n ** 128n, "128 bits"],
  [-(2n ** 127n) - 1n, "128 bits"],
  [Object.create({ inherited: 1 }), "no properties"],
];
for (const [value, what] of refused) {
  assertThrowsEverywhere(() => ops.v_any(value), {
    ...unfit,
    includes: ["op \"v_any\"", "argument 0 (value): ", what],
  });
  assertThrows(() => ops.v_json_op(value), { ...unfit, includes: what });
  assertThrowsEverywhere(() => ops.v_any({ list: [1, 2, 3, value] }), {
    ...unfit,
    includes: ["argument 0 (value).list[3]: ", what],
  });
  assertThrows(() => ops.v_any({ "a b": { c1: new Map([[5, new Set([0, value])]]) } }), {
    ...unfit,
    includes: [`argument 0 (value)["a b"].c1[5][1]: `, what],
  });
  await assertRejects(() => ops.v_later([value]), { ...unfit, includes: "argument 0 (value)[0]: " });
}
assertThrows(() => ops.t_two_values([], 1, ["a", () => 1]), {
  ...unfit,
  includes: "argument 2 (names)[1]: a function",
});

// What has one.
class Both {
  x = 1;
  y = 2;
}
assertGives(() => ops.v_any(new Both()), { x: 1, y: 2 });
assertGives(() => ops.v_any(Object.create(null)), {});
assertGives(() => ops.v_any(Object(1n)), 1);
assertGives(() => ops.v_any([Object(true), new Number(2), new String("s")]), [true, 2, "s"]);
assertGives(() => ops.v_any(new Date(5)), "1970-01-01T00:00:00.005Z");
assertGives(() => ops.v_any(new URL("https://example.com/x")), "https://example.com/x");
assertGives(() => ops.v_any(new Proxy({ a: new Proxy([1], {}) }, {})), { a: [1] });
assertGives(() => ops.v_any({ gone: undefined, [Symbol("s")]: 1, list: [undefined] }), { list: [null] });
assertGives(() => ops.v_any(Object.assign(new Error("x"), { toJSON: () => "as it likes" })), "as it likes");

// Integers of 128 bits; those that a number holds come as one.
for (const number of [0, -1, 2 ** 53 - 1, 2n ** 53n, -(2n ** 63n) - 1n, 2n ** 64n, 2n ** 127n - 1n, -(2n ** 127n)]) {
  assertGives(() => ops.v_i128(number), number);
}
for (const number of [0, 2n ** 64n - 1n, 2n ** 127n, 2n ** 128n - 1n]) assertGives(() => ops.v_u128(number), number);
assertGives(() => [ops.v_i128(-0), ops.v_u128(-0)], [0, 0]);
assertThrowsEverywhere(() => ops.v_u128(-1), unfit);
assertThrowsEverywhere(() => ops.v_i128(2n ** 127n), unfit);
assertThrowsEverywhere(() => ops.v_i64s([2n ** 64n]), { ...unfit, includes: "at [0]" });
assertGives(() => ops.v_any([2n ** 100n, { big: -(2n ** 100n) }, 1]), [2n ** 100n, { big: -(2n ** 100n) }, 1]);
assertGives(() => ops.v_json_op({ id: 2n ** 64n - 1n, ids: [2n ** 53n, -(2n ** 63n)] }), {
  id: 2n ** 64n - 1n,
  ids: [2n ** 53n, -(2n ** 63n)],
});

// -0 is an integer where one is wanted, and itself elsewhere.
assertGives(() => ops.v_i64s([-0, 1]), [0, 1]);
assertGives(() => ops.v_any([-0]), [-0]);
assertGives(() => ops.v_f32(-0), -0);

// Other shapes of serde's.
assertGives(() => ops.v_f32(1.1), Math.fround(1.1));
for (const character of ["a", "\u00fc", "\ud83d\ude00"]) assertGives(() => ops.v_char(character), character);
for (const none of ["", "ab", 97]) assertThrowsEverywhere(() => ops.v_char(none), unfit);
assertGives(() => ops.v_unit(null), null);
assertThrowsEverywhere(() => ops.v_unit(0), unfit);
assertGives(() => ops.v_options([1, null, undefined]), [1, null, null]);
assertGives(() => ops.v_untagged([1, 0.5]), [1, 0.5]);
assertGives(() => ops.v_untagged({ name: "n" }), { name: "n" });
assertThrowsEverywhere(() => ops.v_untagged({ name: 1 }), unfit);
assertGives(() => ops.v_adjacent({ t: "Nothing" }), { t: "Nothing" });
assertGives(() => ops.v_flattened({ id: 2n ** 60n, a: [1.5], b: { c: null } }), {
  id: 2n ** 60n,
  a: [1.5],
  b: { c: null },
});
assertGives(() => ops.v_any({ "a\ud800": "b\udc00" }), { "a\ufffd": "b\ufffd" });
assertGives(() => ops.v_json_op([NaN, -Infinity, -0]), [null, null, -0]);

// By id: JSON text, of bytes too.
const answer = Deno.core.dispatch(Deno.core.ops().v_wrapped_bytes, new TextEncoder().encode("[7]"));
assertEquals(new TextDecoder().decode(answer), "[[7,8]]");
