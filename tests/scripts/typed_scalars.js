// flags: --allow-plugin --v8-flags=--allow-natives-syntax
// Typed ops: booleans, integers and floats. One rule for each kind of argument, the same on every path.

import { assertEquals, assertThrows } from "./assert.js";
import { assertGives, assertThrowsEverywhere } from "./fast_and_slow_paths.js";
import { isWasm, openKit } from "./fixtures.js";

const { ops } = openKit();

const unfit = { class: "TypeError", code: "ERR_OP_ARGUMENT" };
const wholeRanges = {
  t_i8: [-128, 127],
  t_u8: [0, 255],
  t_i16: [-32768, 32767],
  t_u16: [0, 65535],
  t_i32: [-2147483648, 2147483647],
  t_u32: [0, 4294967295],
  t_i64: [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  t_u64: [0, Number.MAX_SAFE_INTEGER],
  // As many bits as an address has.
  t_isize: isWasm ? [-2147483648, 2147483647] : [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  t_usize: isWasm ? [0, 4294967295] : [0, Number.MAX_SAFE_INTEGER],
};
const never = [
  undefined,
  null,
  NaN,
  Infinity,
  -Infinity,
  0.5,
  -1.5,
  "1",
  "",
  true,
  [],
  [1],
  {},
  { valueOf: () => 1 },
  Symbol("s"),
  () => 1,
];

for (const [name, [least, most]] of Object.entries(wholeRanges)) {
  const op = ops[name];
  for (const value of [least, most, 0, 1, 100]) assertGives(() => op(value), value);
  // There is one zero among integers.
  assertGives(() => op(-0), 0);
  for (const value of [least - 1, most + 1, ...never]) {
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) continue;
    assertThrowsEverywhere(() => op(value), {
      ...unfit,
      includes: [`op ${JSON.stringify(name)} of plugin kit`, "argument 0 (value)", "wants a", "got "],
    });
  }
  assertThrowsEverywhere(() => op(), { ...unfit, includes: "got undefined" });
}
// A valueOf of the script is not asked.
assertThrowsEverywhere(() =>
  ops.t_i32({
    valueOf: () => {
      throw new Error("asked");
    },
  }), unfit);

// 64 bits: numbers where they are safe, BigInts beyond, either way.
for (const name of isWasm ? ["t_i64"] : ["t_i64", "t_isize"]) {
  const op = ops[name];
  for (const value of [2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)]) assertGives(() => op(value), value);
  assertGives(() => op(5n), 5);
  assertGives(() => op(-5n), -5);
  for (const value of [2n ** 63n, -(2n ** 63n) - 1n, 2n ** 100n]) assertThrowsEverywhere(() => op(value), unfit);
}
for (const name of isWasm ? ["t_u64"] : ["t_u64", "t_usize"]) {
  const op = ops[name];
  for (const value of [2n ** 53n, 2n ** 64n - 1n]) assertGives(() => op(value), value);
  assertGives(() => op(5n), 5);
  for (const value of [2n ** 64n, -1n, -1]) assertThrowsEverywhere(() => op(value), unfit);
}
for (const value of [2 ** 53, -(2 ** 53), 1e300]) {
  assertThrowsEverywhere(() => ops.t_i64(value), unfit);
  assertThrowsEverywhere(() => ops.t_u64(value), unfit);
}
for (const name of ["t_i8", "t_u8", "t_i32", "t_u32", "t_f64"]) assertThrowsEverywhere(() => ops[name](1n), unfit);

// Floats: every number, also NaN, the infinities and the two zeros. An f32 is rounded as Math.fround does it.
for (const value of [0, -0, 1.5, -1e300, 5e-324, NaN, Infinity, -Infinity, 2 ** 53 + 2]) {
  assertGives(() => ops.t_f64(value), value);
  assertGives(() => ops.t_f32(value), Math.fround(value));
}
assertGives(() => ops.t_f32(0.1), Math.fround(0.1));
for (const value of [undefined, null, "1", true, {}, [], 1n]) {
  assertThrowsEverywhere(() => ops.t_f64(value), { ...unfit, includes: "wants a number" });
  assertThrowsEverywhere(() => ops.t_f32(value), unfit);
}

// Booleans: true and false, nothing else.
assertGives(() => ops.t_bool(true), true);
assertGives(() => ops.t_bool(false), false);
for (const value of [undefined, null, 0, 1, "true", {}]) {
  assertThrowsEverywhere(() => ops.t_bool(value), { ...unfit, includes: "wants a boolean" });
}

assertGives(() => ops.t_nothing(), undefined);
assertGives(() => ops.t_many(1, 0.5, 2, 0.25, 3, 0.125, 4, 5, 6.5, 7, true), 30.375);
assertThrowsEverywhere(() => ops.t_many(1, 0.5, 2, 0.25, 3, 0.125, 4, 5, 6.5, 256, true), {
  ...unfit,
  includes: "argument 9 (j)",
});
// What is too much is not looked at.
assertGives(() => ops.t_i32(1, "more"), 1);

// The message says what was found.
for (
  const [value, found] of [["x", "the string \"x\""], [1.5, "the number 1.5"], [null, "null"], [{}, "an object"], [
    [],
    "an array",
  ], [2n ** 70n, "the BigInt 1180591620717411303424"]]
) {
  assertThrows(() => ops.t_i32(value), {
    ...unfit,
    includes: `wants an i32, a whole number from -2147483648 to 2147483647, got ${found}`,
  });
}
assertEquals(ops.t_i32.name, "t_i32");
