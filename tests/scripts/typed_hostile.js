// flags: --allow-plugin --v8-flags=--allow-natives-syntax
// Typed ops against scripts that mean ill, in code that V8 has optimised: nothing crashes, nothing is lost, the next
// call works.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { assertThrowsEverywhere, hot } from "./fast_and_slow_paths.js";
import { detach, openKit } from "./fixtures.js";

const kit = openKit();
const { ops } = kit;
const unfit = { class: "TypeError", code: "ERR_OP_ARGUMENT" };
const gone = { class: "TypeError", code: "ERR_BUFFER_DETACHED" };
const works = () =>
  assertEquals([ops.t_i32(1), ops.t_sum(new Uint8Array([1, 2])), ops.t_struct({ x: 1, y: 2 }).x], [1, 3, 1]);

// A buffer that the fast path knows is detached, and one is put in its place.
for (const length of [8, 64, 1000]) {
  let view = new Uint8Array(length).fill(1);
  const call = () => ops.t_sum(view);
  hot(call, 3000);
  assertEquals(call(), length);
  const moved = detach(view);
  assertThrows(call, gone);
  view = new Uint8Array(moved);
  for (let i = 0; i < 3000; i++) assertEquals(call(), length);
}
works();

// A resizable buffer that shrinks and grows between calls: the op sees what is there.
const resizable = new ArrayBuffer(64, { maxByteLength: 4096 });
const tracking = new Uint8Array(resizable), fixed = new Uint8Array(resizable, 32, 32);
tracking.fill(1);
hot(() => {
  resizable.resize(64);
  tracking.fill(1);
  assertEquals(ops.t_sum(tracking), 64);
  resizable.resize(10);
  assertEquals(ops.t_sum(tracking), 10);
  resizable.resize(4096);
  assertEquals(ops.t_sum(tracking), 10);
}, 500);
resizable.resize(16);
assertThrowsEverywhere(() => ops.t_sum(fixed), gone);
assertThrowsEverywhere(() => ops.t_fill(fixed, 1), gone);

// The memory of a WebAssembly module that grows.
const memory = new WebAssembly.Memory({ initial: 1, maximum: 100 });
let pages = new Uint8Array(memory.buffer, 0, 100).fill(1);
const sumOfPages = () => ops.t_sum(pages);
hot(sumOfPages, 3000);
memory.grow(1);
assertThrows(sumOfPages, gone);
pages = new Uint8Array(memory.buffer, 0, 100);
for (let i = 0; i < 100; i++) assertEquals(sumOfPages(), 100);

// Views that lie: about their length, their class, their buffer.
const liar = new Uint8Array(4).fill(1);
Object.defineProperty(liar, "length", { value: 1 << 30 });
Object.defineProperty(liar, "byteLength", { value: 1 << 30 });
Object.defineProperty(liar, "buffer", { value: new ArrayBuffer(1) });
hot(() => assertEquals(ops.t_sum(liar), 4), 3000);
class Derived extends Uint8Array {
  get length() {
    return 1 << 30;
  }
}
const derived = new Derived(4).fill(1);
hot(() => assertEquals(ops.t_sum(derived), 4), 3000);
assertThrowsEverywhere(() => ops.t_sum(new Proxy(new Uint8Array(4), {})), unfit);
assertThrowsEverywhere(() => ops.t_sum({ __proto__: Uint8Array.prototype, length: 1 << 30 }), unfit);

// Arguments whose getters throw, change the object, call ops, or close the plugin.
const thrown = new Error("from a getter");
hot(() => {
  try {
    ops.t_struct({
      x: 1,
      get y() {
        throw thrown;
      },
    });
    throw new Error("not thrown");
  } catch (error) {
    assertEquals(error === thrown, true);
  }
}, 1000);
hot(() => {
  const point = ops.t_struct({
    get x() {
      delete this.label;
      this.more = 1;
      return 5;
    },
    y: 2,
    label: "gone",
  });
  assertEquals([point.x, point.y], [5, 2]);
}, 1000);
hot(() => {
  const point = ops.t_struct({
    get x() {
      return ops.t_struct({ x: ops.t_list([1, 2, 3]).length, y: 0, label: ops.t_string("inner") }).x;
    },
    get y() {
      return ops.t_json({ deep: [1, { er: "x".repeat(20_000) }] }).deep[0];
    },
    label: "outer",
  });
  assertEquals(point, { x: 3, y: 1, label: "outer" });
}, 300);
hot(() => {
  const list = [1, 2, 3];
  Object.defineProperty(list, 1, {
    get() {
      list.length = 1;
      return 2;
    },
  });
  assertThrows(() => ops.t_list(list), unfit);
}, 300);
for (let i = 0; i < 20; i++) {
  const victim = openKit();
  const { t_struct } = victim.ops;
  const innocent = { x: 1, y: 2, label: null };
  const call = (point) => t_struct(point);
  hot(() => call(innocent), 500);
  const closing = {
    x: 1,
    get y() {
      if (i % 2 === 0) victim.close();
      else Deno.close(victim.rid);
      return 2;
    },
  };
  assertThrows(() => call(closing), { class: "BadResource", code: "ERR_PLUGIN_CLOSED" });
  assertThrows(() => call(innocent), { class: "BadResource", code: "ERR_PLUGIN_CLOSED" });
}
works();

// toJSON and Proxy traps are code of the script too.
hot(() => assertEquals(ops.t_json({ toJSON: () => ops.t_i32(5) }), 5), 1000);
const proxy = new Proxy({ x: 1, y: 2 }, {
  ownKeys: () => {
    ops.t_sum(new Uint8Array(3));
    return ["x", "y"];
  },
});
hot(() => assertEquals(ops.t_struct(proxy).y, 2), 1000);
assertThrowsEverywhere(() =>
  ops.t_json(
    new Proxy({}, {
      ownKeys: () => {
        throw new RangeError("trap");
      },
    }),
  ), { class: "RangeError", includes: "trap" });
assertThrowsEverywhere(() =>
  ops.t_json({
    get self() {
      return ops.t_json(this);
    },
  }), { class: "RangeError" });
works();

// The prototypes of the language are the script's to change.
const original = {
  toJSON: Object.prototype.toJSON,
  iterator: Array.prototype[Symbol.iterator],
  push: Array.prototype.push,
  slice: Array.prototype.slice,
  map: Array.prototype.map,
};
Object.prototype.polluted = "polluted";
Array.prototype[Symbol.iterator] = () => {
  throw new Error("asked for an iterator");
};
Array.prototype.push = Array.prototype.slice = Array.prototype.map = () => {
  throw new Error("asked to push");
};
const polluted = openKit();
let point, bytes;
for (let i = 0; i < 1000; i++) {
  point = polluted.ops.t_struct({ x: i, y: 2 });
  bytes = polluted.ops.t_make(5);
  polluted.ops.t_lengths(1, bytes);
}
delete Object.prototype.polluted;
Array.prototype[Symbol.iterator] = original.iterator;
Array.prototype.push = original.push;
Array.prototype.slice = original.slice;
Array.prototype.map = original.map;
assertEquals(point, { x: 999, y: 2, label: null });
polluted.close();

// Setters that the script gave to all objects are not asked while a result is read.
let asked = 0;
for (const key of ["label", "key 5000"]) {
  Object.defineProperty(Object.prototype, key, { configurable: true, get: () => undefined, set: () => asked++ });
}
const read = [
  ops.t_struct({ x: 1, y: 2, label: "a" }),
  ops.t_map({ ["key 5000"]: 1 }),
  await ops.t_async_value({ x: 1, y: 2, label: "b" }),
];
for (const key of ["label", "key 5000"]) delete Object.prototype[key];
assertEquals([asked, read[0].label, read[1]["key 5000"], read[2].label], [0, "a", 1, "b"]);

// Arrays as large as they get.
const sparse = [];
sparse.length = 2 ** 32 - 1;
assertThrows(() => ops.t_list(sparse), unfit);
works();

// Text of every kind, one after the other in one place.
const kinds = [
  "ascii",
  "gr\u00fc\u00df",
  "\u5c0f",
  "\ud83d\ude00",
  "\ud800",
  "a".repeat(5000),
  "\u00e9".repeat(5000),
  "ro" + "pe".repeat(500),
];
let turn = 0;
hot(() => {
  const text = kinds[turn++ % kinds.length];
  assertEquals(ops.t_string(text), text === "\ud800" ? "\ufffd" : text);
  assertEquals(ops.t_json(text), text === "\ud800" ? "\ufffd" : text);
}, 5000);

// A function of an op is an ordinary one.
assertEquals(Reflect.apply(ops.t_i32, null, [5]), 5);
assertEquals([1, 2, 3].map((value) => ops.t_i32(value)), [1, 2, 3]);
assertEquals(ops.t_i32.call({}, 5), 5);
const Bound = ops.t_i32.bind(null, 7);
assertEquals(Bound(), 7);
assert(!/0x|[0-9]{9}/.test(ops.t_i32.toString()), "an address is shown");
works();
kit.close();
