// flags: --allow-plugin --v8-flags=--allow-natives-syntax
// Ops of the 2020 shape that V8 calls directly, from code that it has optimised: the buffer is lent, and held only if
// the op keeps it.

import { assert, assertEquals } from "./assert.js";
import { assertGives, assertThrowsEverywhere, hot } from "./fast_and_slow_paths.js";
import { bytes, openKit, text } from "./fixtures.js";

const kit = openKit();
const ids = Deno.core.ops();
const metricsOf = (name) => kit.metrics().ops.find((op) => op.name === name);

// By name and by id, with a buffer that is the same each time and with another one.
const same = new Uint8Array(64);
for (const fill of [(view) => kit.ops.fill(view), (view) => Deno.core.dispatch(ids.fill, view)]) {
  assertGives(() => {
    same.fill(0);
    return fill(same);
  }, undefined);
  assert(same.every((byte) => byte === 0xAB));
  const others = Array.from({ length: 7 }, (_, i) => new Uint8Array(new ArrayBuffer(100), i, 50 + i));
  let next = 0;
  hot(() => fill(others[next++ % 7]));
  for (let i = 0; i < 7; i++) {
    const whole = new Uint8Array(others[i].buffer);
    assertEquals(whole.filter((byte) => byte === 0xAB).length, 50 + i, "the view's part and no more");
  }
  // Views of all kinds, short ones that lie in V8's heap too.
  for (
    const view of [
      new Uint8Array(3),
      new Float64Array(9),
      new DataView(new ArrayBuffer(70), 2, 8),
      new BigInt64Array(1),
    ]
  ) {
    hot(() => fill(view));
    const { buffer, byteOffset, byteLength } = view;
    assert(new Uint8Array(buffer, byteOffset, byteLength).every((byte) => byte === 0xAB), view.constructor.name);
  }
}
assertGives(() => kit.ops.empty(), undefined);
assertGives(() => Deno.core.dispatch(ids.empty), undefined);
assertGives(() => Deno.core.dispatch(ids.empty, same, same), undefined);
assertGives(() => kit.ops.empty(new ArrayBuffer(5)), undefined);

// Answers.
const letters = bytes("some letters");
assertGives(() => text(kit.ops.echo(letters)), "some letters");
assertGives(() => text(Deno.core.dispatch(ids.echo, letters, letters)), "some letterssome letters");
assertGives(() => kit.ops.echo(letters).buffer.byteLength, 12);
assertThrowsEverywhere(() => kit.ops.not_found(letters), { class: "NotFound", code: "ERR_OP_NOT_FOUND" });
assertThrowsEverywhere(() => Deno.core.dispatch(ids.refuse), { class: "RangeError", code: "ERR_KIT_REFUSED" });

// What cannot be lent.
assertThrowsEverywhere(() => kit.ops.fill("text"), { class: "TypeError", code: "ERR_OP_BUFFER" });
assertThrowsEverywhere(() => kit.ops.fill(undefined), { class: "TypeError", code: "ERR_OP_BUFFER" });
const shared = new Uint8Array(new SharedArrayBuffer(8));
assertThrowsEverywhere(() => kit.ops.fill(shared), { class: "TypeError", code: "ERR_BUFFER_SHARED" });
const resizable = new Uint8Array(new ArrayBuffer(8, { maxByteLength: 16 }));
assertThrowsEverywhere(() => kit.ops.fill(resizable), { class: "TypeError", code: "ERR_BUFFER_RESIZABLE" });
const gone = new Uint8Array(100);
hot(() => kit.ops.fill(gone));
structuredClone(gone.buffer, { transfer: [gone.buffer] });
assertThrowsEverywhere(() => kit.ops.fill(gone), { class: "TypeError", code: "ERR_BUFFER_DETACHED" });

// What the op keeps, the host holds.
let kept = bytes("hello");
hot(() => kit.ops.keep(kept));
kept[0] = 0x6a;
kit.ops.poke(bytes("J"));
assertEquals(text(kept), "Jello");
const other = bytes("another");
hot(() => kit.ops.keep(other));
kit.ops.keep(kept);
kept = undefined;
for (let i = 0; i < 200; i++) new Uint8Array(1_000_000).fill(i);
assertEquals(text(kit.ops.forget()), "Jello", "what is kept outlives the script's view");

// What comes later.
const reply = await kit.ops.async_ready(letters);
const promises = [];
hot(() => promises.push(kit.ops.async_ready(letters)));
for (const promise of promises) assertEquals(await promise, reply);
let handled = 0;
Deno.core.setAsyncHandler(ids.async_ready, () => handled++);
const dispatched = hot(() => assertEquals(Deno.core.dispatch(ids.async_ready, letters), undefined));
while (handled < dispatched) await new Promise((resolve) => setTimeout(resolve, 1));

// Every call is counted, and its bytes.
const before = metricsOf("fill");
const calls = hot(() => kit.ops.fill(same));
const after = metricsOf("fill");
assertEquals(after.calls - before.calls, calls);
assertEquals(after.bytesSentControl - before.bytesSentControl, calls * 64);
assertEquals(after.bytesSentData, before.bytesSentData);
const async = metricsOf("async_ready");
assertEquals([async.calls, async.inFlight], [1 + promises.length + dispatched, 0]);

// A closed op says so, however its function was optimised, and one that nobody asked for before.
const { fill, empty } = kit.ops;
hot(() => fill(same));
const late = openKit();
const { ops } = late;
late.close();
assertThrowsEverywhere(() => ops.fill(same), { class: "BadResource", code: "ERR_PLUGIN_CLOSED" });
kit.close();
assertThrowsEverywhere(() => fill(same), { class: "BadResource", code: "ERR_PLUGIN_CLOSED" });
assertThrowsEverywhere(() => empty(), { class: "BadResource", code: "ERR_PLUGIN_CLOSED" });
assertThrowsEverywhere(() => Deno.core.dispatch(ids.fill, same), { class: "BadResource", code: "ERR_PLUGIN_CLOSED" });
