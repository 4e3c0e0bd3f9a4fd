// flags: --allow-plugin
// Closing a plugin, and everything one can do with it afterwards.

import { assert, assertEquals, assertRejects, assertThrows } from "./assert.js";
import { bytes, openKit, text } from "./fixtures.js";

const CLOSED = { class: "BadResource", code: "ERR_PLUGIN_CLOSED", includes: "kit" };
const BAD_RESOURCE = { class: "BadResource", code: "ERR_BAD_RESOURCE" };
const before = JSON.stringify(Deno.resources());

// Closed by plugin.close().
{
  const kit = openKit();
  const { echo, sum, async_ready } = kit.ops;
  const { ops } = kit;
  const ids = Deno.core.ops();
  kit.close();
  assertEquals(JSON.stringify(Deno.resources()), before);
  assert(!Object.hasOwn(Deno.core.ops(), "echo"), "its names are gone");
  assertThrows(() => kit.close(), CLOSED);
  assertThrows(() => kit.close(), CLOSED);
  assertThrows(() => Deno.close(kit.rid), BAD_RESOURCE);
  // A function kept from before, of any kind, and an id.
  assertThrows(() => echo(bytes("x")), { ...CLOSED, includes: ["kit", "echo"] });
  assertThrows(() => ops.echo(bytes("x")), CLOSED);
  assertThrows(() => sum({ a: 1, b: 2 }), CLOSED);
  assertThrows(() => async_ready(bytes("x")), CLOSED);
  assertThrows(() => Deno.core.dispatch(ids.echo, bytes("x")), { ...CLOSED, includes: ["kit", "echo"] });
  // Opened again it is another plugin, with ids that nobody had.
  const again = openKit();
  assert(Deno.core.ops().echo > Math.max(...Object.values(ids)));
  assertEquals(text(again.ops.echo(bytes("again"))), "again");
  assertEquals(text(again.ops.count()), "1", "the state of a closure went with the closed plugin");
  assertThrows(() => echo(bytes("x")), CLOSED);
  assertThrows(() => Deno.core.dispatch(ids.echo), CLOSED);
  again.close();
}

// Closed by Deno.close, with its rid or in its place.
{
  const kit = openKit();
  Deno.close(kit.rid);
  assertThrows(() => Deno.close(kit.rid), BAD_RESOURCE);
  assertThrows(() => kit.close(), CLOSED);
  const other = openKit();
  Deno.close(other);
  assertThrows(() => other.ops.echo(), CLOSED);
  assertEquals(JSON.stringify(Deno.resources()), before);
}

// Ids and resources that never were.
assertThrows(() => Deno.close(1_000_000), BAD_RESOURCE);
assertThrows(() => Deno.core.dispatch(1_000_000, bytes("x")), { class: "NotFound", code: "ERR_OP_UNKNOWN" });

// Disposed of at the end of a block; once more is no error, because a block may close it itself.
{
  const kit = openKit();
  kit[Symbol.dispose]();
  assertThrows(() => kit.ops.echo(), CLOSED);
  assertThrows(() => kit.close(), CLOSED);
  kit[Symbol.dispose]();
}

// Closed while ops are under way: they finish, and new ones are refused.
{
  const kit = openKit();
  const { async_sleep } = kit.ops;
  const one = async_sleep(bytes("100"), bytes(" one"));
  const two = kit.ops.thread_send(new Uint8Array(1000).fill(1));
  const json = kit.ops.async_json_echo({ a: 1 });
  const error = { class: "RangeError", code: "ERR_LATE", message: "late" };
  const rejected = assertRejects(() => kit.ops.async_error_of(error), { class: "RangeError", code: "ERR_LATE" });
  kit.ops.async_never();
  kit.close();
  assertThrows(() => async_sleep(bytes("1")), CLOSED);
  assertEquals(JSON.stringify(Deno.resources()), before);
  assertEquals(text(await one), "100 one");
  assertEquals(text(await two), "1000");
  assertEquals(await json, { a: 1 });
  await rejected;
}

// What came from a plugin outlives it: answers, and buffers that it holds.
{
  const kit = openKit();
  const answer = kit.ops.big(bytes("100000"));
  const kept = bytes("kept");
  kit.ops.keep(kept);
  kit.close();
  assertEquals(answer.length, 100_000);
  assertEquals(answer[99_999], 99_999 % 251);
  answer.fill(7);
  assertEquals(text(kept), "kept");
}

// Opened and closed many times.
for (let i = 0; i < 200; i++) {
  const kit = openKit();
  assertEquals(text(kit.ops.count()), "1");
  kit.ops.counter_new();
  kit.close();
}
assertEquals(JSON.stringify(Deno.resources()), before);

// Closed in a handler of its own op.
{
  const kit = openKit();
  const id = Deno.core.ops().async_ready;
  await new Promise((resolve) => {
    Deno.core.setAsyncHandler(id, () => {
      kit.close();
      resolve();
    });
    Deno.core.dispatch(id, bytes("x"));
  });
  assertThrows(() => Deno.core.dispatch(id, bytes("x")), CLOSED);
}

// There are no buffers for a plugin that is closed.
{
  const kit = openKit();
  assertEquals(kit.buffer(3).length, 3);
  kit.close();
  assertThrows(() => kit.buffer(3), CLOSED);
}
