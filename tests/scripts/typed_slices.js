// flags: --allow-plugin --v8-flags=--allow-natives-syntax
// Typed ops: the elements of typed arrays, lent without a copy.

import { assert, assertEquals, assertRejects, assertThrows } from "./assert.js";
import { assertGives, assertThrowsEverywhere, hot } from "./fast_and_slow_paths.js";
import { isWasm, openKit } from "./fixtures.js";

const kit = openKit();
const { ops } = kit;
const unfit = { class: "TypeError", code: "ERR_OP_ARGUMENT" };

const arrays = [
  [Int8Array, "i8"],
  [Int16Array, "i16"],
  [Uint16Array, "u16"],
  [Int32Array, "i32"],
  [Uint32Array, "u32"],
  [BigInt64Array, "i64"],
  [BigUint64Array, "u64"],
  [Float32Array, "f32"],
  [Float64Array, "f64"],
];
for (const [TypedArray, type] of arrays) {
  const sum = ops[`v_sum_${type}`], double = ops[`v_double_${type}`];
  const convert = type.endsWith("64") && type !== "f64" ? BigInt : Number;
  const size = TypedArray.BYTES_PER_ELEMENT;
  const of = (length) => TypedArray.from({ length }, (_, i) => convert(i % 8));
  const sumOf = (length) => Array.from({ length }, (_, i) => i % 8).reduce((a, b) => a + b, 0);
  // In V8's heap, out of it, and longer than what a guest's fast calls have room for.
  for (const length of [1, 3, 64, 1000, 50_000]) {
    const view = of(length);
    assertGives(() => sum(view), sumOf(length));
    assertEquals(double(view), length);
    assert(view.every((element, i) => element === convert(2 * (i % 8))));
    hot(() => double(view.fill(convert(3))));
    assert(view.every((element) => element === convert(6)));
  }
  assertGives(() => sum(new TypedArray(0)), 0);
  // A part of a buffer, another one each time, shared and resizable memory, the plugin's own.
  const buffer = new ArrayBuffer(64 * size);
  new TypedArray(buffer).fill(convert(1));
  assertGives(() => sum(new TypedArray(buffer, 3 * size, 5)), 5);
  const first = new TypedArray(buffer, 0, 2), second = new TypedArray(buffer, 2 * size, 6);
  let turn = 0;
  hot(() => {
    const view = turn++ % 2 === 0 ? first : second;
    if (sum(view) !== view.length) throw new Error("another one was read");
  }, 1000);
  for (const memory of [new SharedArrayBuffer(8 * size), new ArrayBuffer(8 * size, { maxByteLength: 16 * size })]) {
    const view = new TypedArray(memory).fill(convert(2));
    assertGives(() => sum(view), 16);
    double(view);
    assertEquals(view[7], convert(4));
  }
  const own = kit.buffer(16 * size);
  const lain = new TypedArray(own.buffer, own.byteOffset, 16).fill(convert(5));
  assertGives(() => sum(lain), 80);
  hot(() => double(lain.fill(convert(1))));
  assertEquals(lain[15], convert(2));
  // Nothing but its own type.
  for (const [Other] of [...arrays, [Uint8Array], [Uint8ClampedArray], [Float16Array]]) {
    if (Other !== TypedArray) {
      assertThrowsEverywhere(() => sum(new Other(8)), {
        ...unfit,
        includes: ["argument 0 (values): wants a", TypedArray.name, `got a`, Other.name],
      });
    }
  }
  for (
    const value of [
      undefined,
      null,
      1,
      "text",
      [1, 2],
      buffer,
      new DataView(buffer),
      {},
      Object.create(TypedArray.prototype),
    ]
  ) {
    assertThrowsEverywhere(() => double(value), { ...unfit, includes: ["argument 0 (values)", TypedArray.name] });
  }
  const gone = of(8);
  sum(gone);
  gone.buffer.transfer();
  assertThrowsEverywhere(() => sum(gone), { class: "TypeError", code: "ERR_BUFFER_DETACHED" });
}

// What is written and what is read are apart.
const all = new Float32Array([1, 2, 3, 4, 0, 0, 0, 0]);
assertGives(() => ops.v_copy_slice(all.subarray(0, 4), all.subarray(4)), 4);
assertEquals([...all], [1, 2, 3, 4, 1, 2, 3, 4]);
assertThrowsEverywhere(() => ops.v_copy_slice(all, all.subarray(4)), { ...unfit, includes: "overlap" });

// Later it is a copy.
const values = new Float64Array([1, 2]);
const later = ops.v_mean_later(values);
values[0] = 100;
assertEquals(await later, 1.5);
await assertRejects(() => ops.v_mean_later([1, 2]), { ...unfit, includes: "a Float64Array" });

// By id.
assertEquals(
  JSON.parse(new TextDecoder().decode(Deno.core.dispatch(Deno.core.ops().v_sum_f64, new Float64Array([1, 2.5])))),
  3.5,
);

// What a plugin answered with need not lie where elements may. Where it lies well it is taken.
if (!isWasm) {
  const made = ops.t_make(16 * 1024);
  assertThrows(() => new Float64Array(made.buffer, made.byteOffset + 1, 1), { class: "RangeError" });
  assertGives(() => ops.v_sum_f64(new Float64Array(made.buffer, 0, 8).fill(1)), 8);
}
