// flags: --allow-read
// not poisoned: the prelude is the main module then
// The language, modules, and the part of the web platform that scripts find.

import { assert, assertEquals, assertRejects, assertThrows } from "./assert.js";
import { after } from "./fixtures.js";
import * as again from "./modules/../modules/second.js";
import double, { evaluations, isMain, url } from "./modules/second.js";

// Modules.
assertEquals(double(21), 42);
assertEquals(evaluations, 1);
assert(again.default === double, "one path is one module");
const dynamic = await import("./modules/second.js");
assert(dynamic.default === double);
assertEquals(url, new URL("./modules/second.js", import.meta.url).href);
assertEquals([import.meta.main, isMain], [true, false]);
await assertRejects(() => import("./modules/missing.js"), { includes: "missing.js" });
assertEquals(typeof require, "undefined");
assertEquals(this, undefined);

// Timers: in order of their time, and not before.
const order = [];
const start = performance.now();
setTimeout(() => order.push("40 ms"), 40);
setTimeout((word) => order.push(word), 10, "10 ms");
clearTimeout(setTimeout(() => order.push("never"), 5));
queueMicrotask(() => order.push("microtask"));
order.push("script");
let ticks = 0;
await new Promise((resolve) => {
  const interval = setInterval(() => {
    if (++ticks < 3) return;
    clearInterval(interval);
    resolve();
  }, 5);
});
await after(60);
assertEquals(order, ["script", "microtask", "10 ms", "40 ms"]);
assertEquals(ticks, 3);
assert(performance.now() - start >= 60);

// Text.
const encoder = new TextEncoder();
assertEquals([...encoder.encode("\u20ac")], [0xE2, 0x82, 0xAC]);
assertEquals(encoder.encodeInto("abc", new Uint8Array(2)), { read: 2, written: 2 });
assertEquals(new TextDecoder().decode(new Uint8Array([0xEF, 0xBB, 0xBF, 0x61])), "a");
assertEquals(new TextDecoder("utf-16le").decode(new Uint8Array([0x61, 0])), "a");
assertThrows(() => new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array([0xFF])), { class: "TypeError" });
assertEquals(atob(btoa("plugbay")), "plugbay");

// URL.
const page = new URL("../b?x=1&y=%20#z", "https://user@example.com:8080/a/c");
assertEquals(page.href, "https://user@example.com:8080/b?x=1&y=%20#z");
assertEquals([page.searchParams.get("y"), page.port], [" ", "8080"]);
assertThrows(() => new URL("no url"), { class: "TypeError" });
assertEquals(new URLSearchParams({ a: "1", b: "\u00fc" }).toString(), "a=1&b=%C3%BC");

// Clones and events.
const original = { date: new Date(0), map: new Map([["k", new Set([1])]]), bytes: new Uint8Array([1, 2]) };
original.self = original;
const clone = structuredClone(original);
assert(clone !== original && clone.self === clone && clone.map.get("k").has(1));
assertEquals([clone.date.getTime(), ...clone.bytes], [0, 1, 2]);
assertThrows(() => structuredClone(() => {}), { name: "DataCloneError" });
const moved = structuredClone(original.bytes.buffer, { transfer: [original.bytes.buffer] });
assertEquals([moved.byteLength, original.bytes.length], [2, 0], "what is transferred is gone here");
const { port1, port2 } = new MessageChannel();
const received = new Promise((resolve) => (port2.onmessage = (event) => resolve(event.data)));
port1.postMessage({ moved }, [moved]);
assertEquals([(await received).moved.byteLength, moved.byteLength], [2, 0]);
port1.close();
port2.close();
const target = new EventTarget();
let seen;
target.addEventListener("greet", (event) => (seen = event.detail));
target.dispatchEvent(new CustomEvent("greet", { detail: "hello" }));
assertEquals(seen, "hello");
const controller = new AbortController();
controller.abort(new RangeError("stop"));
assertThrows(() => controller.signal.throwIfAborted(), { class: "RangeError", includes: "stop" });

// Time.
assert(performance.timeOrigin > Date.parse("2020-01-01"));
const before = performance.now();
await after(20);
const passed = performance.now() - before;
assert(passed >= 19 && passed < 5000, `${passed} ms`);

// WebAssembly: (func (export "f") (param i32) (result i32) local.get 0 i32.const 1 i32.add).
const module = new Uint8Array([
  ...[0, 0x61, 0x73, 0x6D, 1, 0, 0, 0],
  ...[1, 6, 1, 0x60, 1, 0x7F, 1, 0x7F],
  ...[3, 2, 1, 0],
  ...[7, 5, 1, 1, 0x66, 0, 0],
  ...[10, 9, 1, 7, 0, 0x20, 0, 0x41, 1, 0x6A, 0x0B],
]);
assert(WebAssembly.validate(module));
assertEquals(new WebAssembly.Instance(new WebAssembly.Module(module)).exports.f(41), 42);
const { instance } = await WebAssembly.instantiate(module);
assertEquals(instance.exports.f(1), 2);

// The console writes without an error whatever it gets.
console.log("text", 1, [1, 2], { a: { b: new Map() } }, null, undefined, Symbol("s"), () => {});
console.error("to stderr");
console.assert(true);

// Numbers and dates in the language of the user.
assertEquals(new Intl.NumberFormat("en").format(1234.5), "1,234.5");
assertEquals([3, 1, 2].toSorted(), [1, 2, 3]);

// Randomness. There is no crypto.subtle.
assert(self === globalThis);
assertEquals([String(crypto), crypto instanceof Crypto, crypto.subtle], ["[object Crypto]", true, undefined]);
const random = new Uint8Array(65536);
assert(crypto.getRandomValues(random) === random);
assertEquals(new Set(random).size, 256, "not all bytes are there");
for (
  const Type of [
    Int8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    BigInt64Array,
    BigUint64Array,
  ]
) {
  const within = new Type(new ArrayBuffer(80), 8, 8);
  crypto.getRandomValues(within);
  assert(within.some((value) => value != 0), Type.name);
  const around = new Uint8Array(within.buffer);
  assert(
    around.subarray(0, 8).every((byte) => byte === 0)
      && around.subarray(8 + within.byteLength).every((byte) => byte === 0),
    "beside the view",
  );
}
for (const wrong of [new Float64Array(1), new DataView(new ArrayBuffer(1)), [1], undefined]) {
  assertThrows(() => crypto.getRandomValues(wrong), { name: "TypeMismatchError" });
}
assertThrows(() => crypto.getRandomValues(new Uint8Array(65537)), { name: "QuotaExceededError" });
assertThrows(() => new Crypto(), { class: "TypeError" });
assertThrows(() => Crypto.prototype.randomUUID.call({}), { class: "TypeError" });
const uuids = new Set(Array.from({ length: 1000 }, () => crypto.randomUUID()));
assertEquals(uuids.size, 1000);
for (const uuid of uuids) {
  assert(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(uuid), uuid);
}
