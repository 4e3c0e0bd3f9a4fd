// flags: --allow-plugin --v8-flags=--allow-natives-syntax
// Typed ops: values of any shape, which serde reads and writes.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { assertGives, assertThrowsEverywhere, hot } from "./fast_and_slow_paths.js";
import { openKit } from "./fixtures.js";

const { ops } = openKit();
const unfit = { class: "TypeError", code: "ERR_OP_ARGUMENT" };

// Option: null and undefined are nothing.
assertGives(() => ops.t_option(5), 5);
for (const nothing of [null, undefined]) assertGives(() => ops.t_option(nothing), null);
assertGives(() => ops.t_option(), null);
for (const value of [0.5, NaN, 2 ** 31, "1", {}]) {
  assertThrowsEverywhere(() => ops.t_option(value), { ...unfit, includes: ["op \"t_option\"", "value"] });
}

// Vec and tuples.
for (const list of [[], [1], [1.5, -0, 3e300], [NaN, Infinity]]) assertGives(() => ops.t_list(list), list);
assertGives(() => ops.t_list(Array.from({ length: 100_000 }, (_, i) => i / 2)).length, 100_000);
assertThrowsEverywhere(() => ops.t_list([1, "2", 3]), { ...unfit, includes: ["[1]", "f64"] });
assertThrowsEverywhere(() => ops.t_list([1, , 3]), { ...unfit, includes: "[1]" });
assertThrowsEverywhere(() => ops.t_list({ 0: 1, length: 1 }), unfit);
assertThrowsEverywhere(() => ops.t_list(), unfit);
assertGives(() => ops.t_tuple([1, "a", true]), [1, "a", true]);
assertThrowsEverywhere(() => ops.t_tuple([1, "a"]), unfit);

// Structs: names, defaults, what is unknown.
assertGives(() => ops.t_struct({ x: 1, y: 2.5, label: "gr\u00fc\u00df \ud83d\ude00" }), {
  x: 1,
  y: 2.5,
  label: "gr\u00fc\u00df \ud83d\ude00",
});
assertGives(() => ops.t_struct({ y: 2, x: 1 }), { x: 1, y: 2, label: null });
assertGives(() => ops.t_struct({ x: 1, y: 2, gone: undefined, [Symbol("s")]: 1 }), { x: 1, y: 2, label: null });
assertGives(() => ops.t_struct(Object.assign(Object.create({ x: "inherited" }), { x: 1, y: 2 })), {
  x: 1,
  y: 2,
  label: null,
});
assertGives(() => ops.t_struct(Object.assign(Object.create(null), { x: 1, y: 2 })), { x: 1, y: 2, label: null });
class Pair {
  x = 1;
  y = 2;
  get label() {
    return "not its own";
  }
}
assertGives(() => ops.t_struct(new Pair()), { x: 1, y: 2, label: null });
assertThrowsEverywhere(() => ops.t_struct({ x: 1, y: 2, z: 3 }), { ...unfit, includes: "unknown field `z`" });
assertThrowsEverywhere(() => ops.t_struct({ x: 1 }), { ...unfit, includes: "missing field `y`" });
assertThrowsEverywhere(() => ops.t_struct({ x: 1.5, y: 2 }), { ...unfit, includes: ["at x", "i32"] });
assertThrowsEverywhere(() => ops.t_struct({ x: 2 ** 31, y: 2 }), { ...unfit, includes: "at x" });
assertThrowsEverywhere(() => ops.t_struct(null), unfit);

// Maps and enums.
for (const map of [{}, { a: 1 }, { "": 0, "gr\u00fc\u00df": -5, b: Number.MAX_SAFE_INTEGER }]) {
  assertGives(() => ops.t_map(map), map);
}
assertGives(() => Object.keys(ops.t_map(JSON.parse("{\"__proto__\": 1, \"b\": 2}"))), ["__proto__", "b"]);
assertGives(() => ops.t_map({ b: 2n ** 60n }).b, 2n ** 60n);
assertThrowsEverywhere(() => ops.t_map({ b: 2n ** 64n }), unfit);
assertGives(() => ops.t_enum("nothing"), "nothing");
assertGives(() => ops.t_enum({ circle: 2.5 }), { circle: 2.5 });
const line = { line: { from: { x: 0, y: 0, label: null }, to: { x: 1, y: 1, label: "end" } } };
assertGives(() => ops.t_enum(line), line);
assertThrowsEverywhere(() => ops.t_enum("square"), { ...unfit, includes: "unknown variant `square`" });
assertThrowsEverywhere(() => ops.t_enum({ circle: "round" }), { ...unfit, includes: "circle" });

// 64 bits inside: numbers where they are safe, BigInts beyond.
assertGives(() => ops.t_i64_values([1, -1, 2 ** 53 - 1, 2n ** 53n, -(2n ** 63n), 7n]), [
  1,
  -1,
  2 ** 53 - 1,
  2n ** 53n,
  -(2n ** 63n),
  7,
]);
assertThrowsEverywhere(() => ops.t_i64_values([2n ** 63n]), { ...unfit, includes: "[0]" });

// Anything: as JSON sees it.
const anything = [
  null,
  true,
  0,
  -1.5,
  1e300,
  "",
  "text",
  [],
  [[null]],
  {},
  { a: [{ b: {} }], "c d": "e" },
  "x".repeat(100_000),
];
for (const value of anything) assertGives(() => ops.t_json(value), value);
assertGives(
  () => ops.t_json({ date: new Date(0), map: new Map([[1, 2]]), number: new Number(1), string: new String("s") }),
  { date: "1970-01-01T00:00:00.000Z", map: { 1: 2 }, number: 1, string: "s" },
);
assertGives(() => ops.t_json([undefined, , null]), [null, null, null]);
for (const value of [() => 1, Symbol("s")]) {
  assertThrowsEverywhere(() => ops.t_json(value), { ...unfit, includes: "cannot cross" });
}

// Borrowed text, bytes, several values, results that need more room than there is.
assertGives(() => ops.t_borrowed({ text: "ab\u00fc" }, 3), "ab\u00fcab\u00fcab\u00fc");
assertGives(() => ops.t_bytes_value(new Uint8Array(7)), 7);
assertGives(() => ops.t_bytes_value(new Uint8Array(100_000).buffer), 100_000);
assertGives(() => ops.t_bytes_value(new Float64Array(2)), 2);
assertGives(() => ops.t_bytes_value([1, 2, 3]), 3);
assertGives(() => ops.t_bytes_value(null), -1);
assertThrowsEverywhere(() => ops.t_bytes_value([1, 256]), unfit);
assertGives(() => ops.t_two_values([{ x: 1, y: 0 }, { x: 2, y: 0 }], 10, ["a", "b"]), { a: 10, b: 20 });
assertThrowsEverywhere(() => ops.t_two_values([{ x: 1, y: 0 }], 10, ["a", 5]), {
  ...unfit,
  includes: ["names", "[1]"],
});
for (const length of [0, 1, 1000, 50_000]) {
  const made = ops.t_large(length);
  assert(made.length === length && made.every((point, index) => point.x === index && point.label === String(index)));
}
hot(() => {
  if (ops.t_large(3000).length !== 3000) throw new Error("cut short");
}, 10);
assertGives(() => ops.t_json("\u00e9".repeat(1_000_000)).length, 1_000_000);

// Objects of many shapes: more than are remembered.
for (let i = 0; i < 3000; i++) {
  const map = { [`key ${i}`]: i, [`other ${i % 7}`]: 1 };
  assertEquals(ops.t_map(map), map);
}

// What is nested too deep, and what contains itself.
let deep = {};
for (let i = 0; i < 200; i++) deep = { deep };
assertThrowsEverywhere(() => ops.t_json(deep), { ...unfit, includes: "nested" });
const circle = [];
circle.push(circle);
assertThrowsEverywhere(() => ops.t_json(circle), { ...unfit, includes: "nested" });
let shallow = 1;
for (let i = 0; i < 100; i++) shallow = [shallow];
assertGives(() => ops.t_json(shallow), shallow);

// The error of one argument leaves nothing behind for the next call.
for (let i = 0; i < 100; i++) {
  assertThrows(() => ops.t_struct({ x: 1, y: Symbol("s"), label: 5 }), unfit);
  assertEquals(ops.t_struct({ x: i, y: 2 }).x, i);
}
