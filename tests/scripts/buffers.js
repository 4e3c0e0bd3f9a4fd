// flags: --allow-plugin
// Every kind of buffer a script can pass.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { bytes, detach, openKit, text } from "./fixtures.js";

const kit = openKit();
const { ops } = kit;
const { echo: echoId } = Deno.core.ops();

const NO_BUFFER = { class: "TypeError", code: "ERR_OP_BUFFER", includes: "echo" };
const DETACHED = { class: "TypeError", code: "ERR_BUFFER_DETACHED" };
const RESIZABLE = { class: "TypeError", code: "ERR_BUFFER_RESIZABLE" };
const SHARED = { class: "TypeError", code: "ERR_BUFFER_SHARED" };

/** The same refusal on every path to an op. */
function refused(buffer, wanted) {
  assertThrows(() => ops.echo(buffer), wanted);
  assertThrows(() => ops.echo(bytes("good"), buffer), wanted);
  assertThrows(() => Deno.core.dispatch(echoId, buffer), wanted);
  assertThrows(() => Deno.core.dispatch(echoId, bytes("good"), buffer), wanted);
  assertThrows(() => ops.lengths(null, buffer), { ...wanted, includes: [] });
  assertEquals(text(ops.echo(bytes("good"))), "good");
}

// No bytes at all.
assertEquals(ops.echo(new Uint8Array(0)), undefined);
assertEquals(ops.echo(new ArrayBuffer(0)), undefined);
assertEquals(ops.fill(new Uint8Array(0)), undefined);
assertEquals(ops.lengths(null, new Uint8Array(8).subarray(8), new DataView(new ArrayBuffer(0))), [0, 0]);
assertEquals(text(ops.echo(bytes("a"), new Uint8Array(0), bytes("b"))), "ab");

// A gigabyte, without a copy.
{
  const length = 2 ** 30;
  const huge = new Uint8Array(length);
  assertEquals(ops.lengths(null, huge), [length]);
  ops.mark_ends(huge);
  assertEquals([huge[0], huge[1], huge[length - 2], huge[length - 1]], [1, 0, 0, 2]);
  ops.mark_ends(huge.subarray(length - 4, length - 1));
  assertEquals([...huge.subarray(length - 5)], [0, 1, 0, 2, 2]);
}

// Every view shows the op its own part of the buffer.
const ramp = Uint8Array.from({ length: 64 }, (_, i) => i);
const part = (from, to) => ramp.slice(from, to);
assertEquals(ops.echo(ramp.buffer), ramp);
assertEquals(ops.echo(ramp.subarray(3, 7)), part(3, 7));
assertEquals(ops.echo(new DataView(ramp.buffer, 5, 6)), part(5, 11));
assertEquals(ops.echo(new Float64Array(ramp.buffer, 8, 2)), part(8, 24));
const views = [Int8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array];
for (const View of [...views, BigInt64Array, BigUint64Array]) {
  const view = new View(ramp.buffer, 16, 2);
  assertEquals(ops.echo(view), part(16, 16 + view.byteLength), View.name);
  assertEquals(Deno.core.dispatch(echoId, view), part(16, 16 + view.byteLength), View.name);
}
class Bytes extends Uint8Array {}
assertEquals(text(ops.echo(new Bytes(bytes("derived")))), "derived");

// Writes reach buffers of all sizes: V8 keeps small ones in its own heap until somebody asks for their memory.
for (const length of [1, 8, 32, 64, 65, 1000]) {
  const buffer = new Uint8Array(length);
  ops.fill(buffer);
  assert(buffer.every((byte) => byte === 0xAB), `${length} bytes`);
}
const doubles = new Float64Array(2);
ops.fill(new Uint8Array(doubles.buffer, 8));
assertEquals(doubles[0], 0);
assert(doubles[1] !== 0);

// One buffer several times, and many buffers.
const twice = bytes("ab");
assertEquals(text(ops.echo(twice, twice, twice.subarray(1))), "ababb");
assertEquals(ops.lengths(null, ...Array.from({ length: 100 }, (_, i) => new Uint8Array(i))).at(-1), 99);

// Memory of a wasm module is a buffer until it grows.
const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 });
const wasmBytes = new Uint8Array(memory.buffer, 0, 4);
ops.fill(wasmBytes);
assertEquals([...wasmBytes], [0xAB, 0xAB, 0xAB, 0xAB]);
memory.grow(1);
refused(wasmBytes, DETACHED);

// No buffers.
for (const value of [null, 42, "text", true, {}, [1, 2], { length: 1, 0: 1, byteLength: 1 }, () => {}, 1n, Symbol()]) {
  refused(value, NO_BUFFER);
}
refused(new Proxy(new Uint8Array(1), {}), NO_BUFFER);

// Detached ones, by whatever view.
{
  const view = bytes("gone");
  const { buffer } = view;
  const data = new DataView(buffer, 1, 2);
  detach(view);
  for (const value of [view, buffer, data]) refused(value, DETACHED);
}

// What an op holds stays when the script moves the bytes elsewhere.
{
  const view = bytes("moved");
  ops.keep(view);
  const moved = new Uint8Array(detach(view));
  assertEquals(text(ops.kept()), "moved");
  moved[0] = 0x4d;
  assertEquals(text(ops.forget()), "Moved");
}

// Resizable ones, resized or not; a view that is out of bounds is as good as detached.
{
  const buffer = new ArrayBuffer(16, { maxByteLength: 32 });
  const fixed = new Uint8Array(buffer, 8, 8);
  const tracking = new Uint8Array(buffer);
  for (const value of [buffer, fixed, tracking, new DataView(buffer)]) refused(value, RESIZABLE);
  buffer.resize(32);
  for (const value of [buffer, fixed, tracking]) refused(value, RESIZABLE);
  buffer.resize(4);
  refused(fixed, DETACHED);
  refused(tracking, RESIZABLE);
}

// Shared ones.
{
  const buffer = new SharedArrayBuffer(8);
  for (const value of [buffer, new Uint8Array(buffer), new DataView(buffer, 4)]) refused(value, SHARED);
  refused(new Uint8Array(new SharedArrayBuffer(8, { maxByteLength: 16 })), SHARED);
}

kit.close();

// Arguments are counted from the op's first.
const another = openKit(), { fill } = Deno.core.ops();
const third = { class: "TypeError", code: "ERR_OP_BUFFER", includes: "argument 2" };
assertThrows(() => another.ops.fill(new Uint8Array(1), new Uint8Array(1), "x"), third);
assertThrows(() => Deno.core.dispatch(fill, new Uint8Array(1), new Uint8Array(1), "x"), third);
another.close();
