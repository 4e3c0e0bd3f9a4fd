// flags: --allow-plugin --v8-flags=--expose-gc,--gc-interval=500
// Functions of ops that are collected in turns, some after their plugin is closed: what is kept works, and every call
// stays counted.

import { assertEquals, assertThrows } from "./assert.js";
import { after, openKit } from "./fixtures.js";

const CLOSED = { class: "BadResource", code: "ERR_PLUGIN_CLOSED" };
const before = Deno.metrics();
let kept = [];
for (let i = 0; i < 60; i++) {
  const kit = openKit();
  const { t_i32, t_sum, echo } = kit.ops;
  for (let k = 0; k < 50; k++) {
    t_i32(k);
    t_sum(new Uint8Array(100));
  }
  echo(new Uint8Array(3));
  assertEquals(kit.metrics().opsDispatched, 101);
  kept.push(t_i32, echo);
  kit.close();
  if (i % 10 === 9) {
    for (const op of kept) assertThrows(() => op(1), CLOSED);
    kept = [];
    gc();
    await after(0);
  }
}
for (let i = 0; i < 3; i++) {
  gc();
  await after(5);
}
const metrics = Deno.metrics();
assertEquals(metrics.opsDispatched - before.opsDispatched, 60 * 101);
assertEquals(metrics.bytesSentData - before.bytesSentData, 60 * 50 * 100);
