// flags: --allow-plugin --v8-flags=--expose-gc,--max-semi-space-size=1
// Closed ops cost next to nothing, and what was counted stays counted. V8's space for young objects is kept small: the
// 16 MiB that it may grow to are there or not when memory is looked at.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { after, bytes, openKit } from "./fixtures.js";

const CLOSED = { class: "BadResource", code: "ERR_PLUGIN_CLOSED" };
const OPS = Object.keys(openKit().ops).length;

/** What the process holds when so many plugins were opened, closed and collected. */
async function openAndClose(times) {
  for (let i = 0; i < times; i++) openKit().close();
  // What is collected is given back by other threads, which may have to wait for a processor.
  let least = Infinity;
  for (let i = 0; i < 8; i++) {
    gc();
    await after(10);
    least = Math.min(least, Deno.memoryUsage().rss);
  }
  return least;
}

// Memory.
{
  // The allocator's own growth comes first.
  await openAndClose(400);
  const before = await openAndClose(1);
  const each = (await openAndClose(400) - before) / (400 * OPS);
  assert(each < 400, `a closed op costs ${each} bytes`);
}

// Sums: of calls before the close, of one that is done after it, and of functions that scripts still have.
{
  const before = Deno.metrics();
  const kit = openKit();
  const id = Deno.core.ops().echo;
  const { echo, t_i32, async_ready } = kit.ops;
  for (let i = 0; i < 5000; i++) t_i32(i);
  for (let i = 0; i < 7; i++) echo(bytes("x"));
  const later = async_ready(bytes("abc"));
  const counted = kit.metrics();
  kit.close();
  await later;
  assertThrows(() => echo(bytes("x")), { ...CLOSED, includes: ["kit", "echo"] });
  assertThrows(() => t_i32(1), { ...CLOSED, includes: ["kit", "t_i32"] });
  assertThrows(() => Deno.core.dispatch(id, bytes("x")), { ...CLOSED, includes: ["kit", "echo", `${id}`] });
  const now = Deno.metrics();
  assertEquals(now.opsDispatched - before.opsDispatched, 5008);
  assertEquals(now.opsCompleted - before.opsCompleted, 5008);
  assertEquals(kit.metrics().opsDispatched, counted.opsDispatched);
  assertEquals(kit.metrics().ops.length, 0);
}
await openAndClose(1);
{
  // Now nobody has them.
  const { opsDispatchedSync, opsCompletedSync } = Deno.metrics();
  assert(
    opsDispatchedSync >= 5007 && opsDispatchedSync === opsCompletedSync,
    `${opsDispatchedSync}, ${opsCompletedSync}`,
  );
}
