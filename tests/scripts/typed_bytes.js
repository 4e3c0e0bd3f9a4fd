// flags: --allow-plugin --v8-flags=--allow-natives-syntax
// Typed ops: text and bytes.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { assertGives, assertThrowsEverywhere, hot } from "./fast_and_slow_paths.js";
import { isWasm, openKit } from "./fixtures.js";

const kit = openKit();
const { ops } = kit;
const unfit = { class: "TypeError", code: "ERR_OP_ARGUMENT" };

// Text: ASCII, Latin-1, two bytes a character, beyond them, ropes, slices; a lone surrogate becomes U+FFFD.
const rope = (() => {
  let text = "";
  for (let i = 0; i < 40; i++) text += `${i}, `;
  return text;
})();
const texts = [
  "",
  "a",
  "sixteen letters.",
  "gr\u00fc\u00dfe \u00ff",
  "\u5c0f\u5927",
  "\ud83d\ude00!",
  "a\u0000b",
  "x".repeat(100_000),
  "\u00e9".repeat(70_000),
  "\u5c0f".repeat(70_000),
  rope,
  rope.slice(3, 90),
];
const utf8Length = (text) => new TextEncoder().encode(text).length;
for (const text of texts) {
  assertGives(() => ops.t_string(text), text);
  assertGives(() => ops.t_str_length(text), utf8Length(text));
  assertGives(() => ops.t_join(text, "\u00fc"), text + "\u00fc");
}
assertGives(() => ops.t_string("a\ud800b"), "a\ufffdb");
assertGives(() => ops.t_str_length("\udc00"), 3);
assertGives(() => ops.t_static(), "static");
assertGives(() => ops.t_maybe_text(true), "text");
assertGives(() => ops.t_maybe_text(false), null);
for (const value of [undefined, null, 1, {}, new String("x"), Symbol("s")]) {
  assertThrowsEverywhere(() => ops.t_string(value), { ...unfit, includes: "wants a string" });
}

// Bytes that are lent: every view, also those that V8 keeps in its own heap, and buffers of every kind.
const filled = (view) => {
  new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, view.byteLength).fill(2);
  return view;
};
const views = [
  new Uint8Array(3),
  new Uint8Array(64),
  new Uint8Array(65),
  new Uint8Array(100_000),
  new Uint8ClampedArray(5),
  new Float64Array(2),
  new BigInt64Array(3),
  new DataView(new ArrayBuffer(10), 2, 5),
  new Uint8Array(new ArrayBuffer(20), 4, 8),
  new Uint8Array(new ArrayBuffer(8, { maxByteLength: 16 })),
  new Uint8Array(new SharedArrayBuffer(6)),
  new ArrayBuffer(7),
  new SharedArrayBuffer(4),
  new Uint8Array(0),
  new ArrayBuffer(0),
  kit.buffer(10),
];
for (const view of views) assertGives(() => ops.t_sum(filled(view)), view.byteLength * 2);
// Another one each time.
let turn = 0;
hot(() => {
  const view = views[turn++ % views.length];
  assertEquals(ops.t_sum(view), view.byteLength * 2);
}, 2000);
for (const view of views) {
  ops.t_fill(view, 7);
  const bytes = new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, view.byteLength);
  assert(bytes.every((byte) => byte === 7));
  hot(() => ops.t_fill(view, 9));
  assert(bytes.every((byte) => byte === 9));
}
// Short ones are fresh each time, in V8's heap.
hot(() => {
  const bytes = new Uint8Array(8);
  ops.t_fill(bytes, 3);
  if (ops.t_sum(bytes) !== 24) throw new Error("the bytes went elsewhere");
}, 3000);
const parts = new Uint8Array(16);
const lower = parts.subarray(0, 8), upper = parts.subarray(8);
lower.fill(5);
assertGives(() => ops.t_copy(lower, upper), 8);
assert(upper.every((byte) => byte === 5));
assertThrowsEverywhere(() => ops.t_copy(parts, upper), { ...unfit, includes: "overlap" });
assertThrowsEverywhere(() => ops.t_copy(parts, parts), { ...unfit, includes: "overlap" });
for (const value of [undefined, null, 1, "bytes", [1, 2], {}]) {
  assertThrowsEverywhere(() => ops.t_sum(value), {
    ...unfit,
    includes: ["argument 0 (bytes)", "wants an ArrayBuffer or a view"],
  });
  assertThrowsEverywhere(() => ops.t_zero_copy(value), { ...unfit, includes: "wants an ArrayBuffer or a view" });
}

// Bytes that are copied or kept.
assertGives(() => [...ops.t_vec(new Uint8Array([1, 2, 3]))], [1, 2, 3]);
assertGives(() => [...ops.t_zero_copy(new Uint8Array([1, 2, 3]))], [1, 2, 3]);
assertEquals(ops.t_keep(new Uint8Array([1, 2])), null);
const kept = new Uint8Array([3, 4]);
assertEquals(ops.t_keep(kept), 3);
kept[0] = 10;
// A guest keeps a copy.
assertEquals(ops.t_keep(new Uint8Array(1)), isWasm ? 7 : 14);
assertGives(() => ops.t_lengths(2, new Uint8Array(1), new ArrayBuffer(3)), [2, 6]);
assertGives(() => ops.t_lengths(2), []);
assertThrows(() => ops.t_lengths(2, "x"), { class: "TypeError", code: "ERR_OP_BUFFER" });
const resizable = new Uint8Array(new ArrayBuffer(4, { maxByteLength: 8 }));
assertThrows(() => ops.t_zero_copy(resizable), { class: "TypeError", code: "ERR_BUFFER_RESIZABLE" });

// Bytes that are given: of every length, each its own.
for (const length of [0, 1, 8, 100, 1024, 4095, 4096, 4097, 65_536, 1_000_000]) {
  assertGives(() => ops.t_make(length).length, length);
  const made = ops.t_make(length);
  assert(made instanceof Uint8Array && made.every((byte, index) => byte === index % 256));
}
const results = [];
hot(() => results.push(ops.t_make(1000)), 500);
for (const result of results) {
  assert(result.every((byte, index) => byte === index % 256));
  result.fill(1);
  result.fill(0);
}
const [one, other] = [ops.t_make(10), ops.t_make(10)];
one.fill(255);
assertEquals([...other], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
assertGives(() => ops.t_maybe_bytes(false), null);
assertGives(() => [...ops.t_maybe_bytes(true)], [1, 2, 3]);

// The memory that small results share cannot be taken away.
// It is used by optimised code; what the slow path gives, or a call that found it full, has a buffer of its own.
let small;
for (let i = 0; i < 1_000_000 && small === undefined; i++) {
  const made = ops.t_make(16);
  if (made.buffer.byteLength > 16) small = made;
}
assert(small !== undefined);
assertThrows(() => small.buffer.transfer(), { class: "TypeError" });
try {
  structuredClone(small, { transfer: [small.buffer] });
} catch {
  // What it throws is structuredClone's affair.
}
assertEquals([...ops.t_make(3)], [0, 1, 2]);

// plugin.buffer
const buffer = kit.buffer(64);
assert(buffer instanceof Uint8Array && buffer.length === 64 && buffer.every((byte) => byte === 0));
hot(() => ops.t_fill(buffer, 4), 2000);
assertGives(() => ops.t_sum(buffer), 256);
assertThrows(() => buffer.buffer.transfer(), { class: "TypeError" });
for (const length of [0, -1, 1.5, NaN, "8", undefined, 2 ** 32]) {
  assertThrows(() => kit.buffer(length), { class: "RangeError", code: "ERR_BUFFER_LENGTH" });
}
