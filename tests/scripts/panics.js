// flags: --allow-plugin
// A panic anywhere in a plugin is an error of that call, and of nothing else.

import { assertEquals, assertRejects, assertThrows } from "./assert.js";
import { bytes, openExample, openKit, text } from "./fixtures.js";

const kit = openKit();
const plugin = openExample("op_panics");
const { ops } = plugin;
const ids = Deno.core.ops();
const PANIC = { class: "Error", code: "ERR_PLUGIN_PANIC" };

function works() {
  assertEquals(text(ops.ok()), "op_panics");
  assertEquals(text(kit.ops.echo(bytes("kit"))), "kit");
}

for (let round = 0; round < 3; round++) {
  const panicSync = { ...PANIC, includes: ["panic_sync", "no use for 2 buffers"] };
  assertThrows(() => ops.panic_sync(bytes("a"), bytes("b")), panicSync);
  works();
  assertThrows(() => Deno.core.dispatch(ids.panic_sync), { ...PANIC, includes: "no use for 0 buffers" });
  assertThrows(() => ops.panic_payload(), { ...PANIC, includes: "panic_payload" });
  assertThrows(() => ops.panic_payload_bomb(), { ...PANIC, includes: "panic_payload_bomb" });
  assertThrows(() => ops.panic_json({ a: 1 }), { ...PANIC, includes: ["panic_json", "no use for {\"a\":1}"] });
  // Before there is a future the call itself fails.
  assertThrows(() => ops.panic_before_future(), { ...PANIC, includes: "panic_before_future" });
  works();
  await assertRejects(() => ops.panic_in_future(), { ...PANIC, includes: ["panic_in_future", "has had enough"] });
  await assertRejects(() => ops.panic_in_future_drop(), { ...PANIC, includes: "the future is dropped" });
  await assertRejects(() => ops.panic_async_json([1]), { ...PANIC, includes: ["panic_async_json", "for [1] later"] });
  await assertRejects(() => ops.panic_on_thread(), { ...PANIC, includes: "the thread has had enough" });
  await assertRejects(() => Deno.core.dispatch(ids.panic_in_future), PANIC);
  works();
}

// By id, a json op that panics answers in JSON like any that fails.
const answer = JSON.parse(text(Deno.core.dispatch(ids.panic_json, bytes("1"))));
assertEquals([answer.class, answer.code], ["Error", "ERR_PLUGIN_PANIC"]);

// All of them were counted.
const row = plugin.metrics().ops.find((op) => op.name === "panic_sync");
assertEquals([row.calls, row.completed, row.errors, row.inFlight], [6, 6, 6, 0]);
const rowOfFuture = plugin.metrics().ops.find((op) => op.name === "panic_in_future");
assertEquals([rowOfFuture.calls, rowOfFuture.errors, rowOfFuture.inFlight], [6, 6, 0]);

// The closure of this one panics when it is dropped, which closing does.
assertEquals(text(ops.panic_when_closed()), "the op's closure");
plugin.close();
assertThrows(() => ops.ok(), { class: "BadResource", code: "ERR_PLUGIN_CLOSED" });
const again = openExample("op_panics");
assertEquals(text(again.ops.ok()), "op_panics");
again.close();
assertEquals(text(kit.ops.echo(bytes("kit"))), "kit");
kit.close();
