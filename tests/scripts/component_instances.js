// flags: --allow-read
// Instances of components: calls that wait go on side by side where the component is stateless, each in an instance of
// its own.

import { assert, assertEquals, assertRejects, assertThrows } from "./assert.js";
import { after, guest } from "./fixtures.js";

const open = (cb, options) => Deno.openPlugin(guest("component_waits"), { imports: { cb }, ...options });
const LATE = { class: "TimedOut", code: "ERR_WASM_DEADLINE" };

// Promises that are kept when so many have been asked for.
function meeting(count) {
  let arrived = 0, meet;
  const met = new Promise((resolve) => meet = resolve);
  return () => {
    if (++arrived === count) meet();
    return met;
  };
}
const numbers = (count) => Array.from({ length: count }, (_, i) => i);

// ---- Calls that wait for one another ----

for (const pool of [0, 1, 3, 100]) {
  const arrive = meeting(50);
  const plugin = open(async (n) => (await arrive(), 2 * n), { stateless: true, pool });
  const { run } = plugin.ops;
  assertEquals(run.name, "run");
  const answers = numbers(50).map((n) => run(n));
  assertEquals(await Promise.all(answers), numbers(50).map((n) => 2 * n));
  await after(0);
  const { calls, isRunning, prepared, starts } = plugin.instance;
  assertEquals([calls, isRunning, prepared, starts], [0, false, Math.min(pool, 64), 50]);
  const { ops } = plugin.metrics();
  const counted = ops.find(({ name }) => name === "run");
  assertEquals([counted.calls, counted.completed, counted.errors, counted.inFlight], [50, 50, 0, 0]);
  plugin.close();
}

// A call of an import's is another one's business.
{
  const plugin = open(async (n) => n === 0 ? 7 : await plugin.ops.run(n - 1), { stateless: true });
  assertEquals(await plugin.ops.run(20), 7);
  plugin.close();
}

// One that keeps its state has one instance.
{
  const arrive = meeting(2);
  const plugin = open(async (n) => (await arrive(), n), { limits: { deadline: 50 } });
  const both = [assertRejects(() => plugin.ops.run(1), LATE), plugin.ops.run(2)];
  assertEquals((await Promise.all(both))[1], 2);
  plugin.close();
}

// ---- Limits ----

// No more than options.limits.instances; the others wait.
{
  let running = 0, most = 0;
  const plugin = open(async (n) => {
    most = Math.max(most, ++running);
    await after(1);
    running--;
    return n;
  }, { stateless: true, limits: { instances: 3 } });
  assertEquals(await Promise.all(numbers(20).map((n) => plugin.ops.run(n))), numbers(20));
  assertEquals([most, running], [3, 0]);
  plugin.close();
  assertThrows(() => open((n) => n, { limits: { instances: 0 } }), { code: "ERR_PLUGIN_OPTIONS" });
}

// Each has the deadline, and what one ends with is nothing to the others.
{
  const broken = new Error("broken"), never = new Promise(() => {}), arrive = meeting(3);
  const plugin = open(async (n) => {
    await arrive();
    if (n === 1) throw broken;
    await (n === 2 ? never : after(10));
    return n;
  }, { stateless: true, limits: { deadline: 1000 } });
  const [ended, late, done] = [1, 2, 3].map((n) => plugin.ops.run(n));
  assertEquals(await assertRejects(() => ended, {}), broken);
  assertEquals(plugin.instance.calls, 2);
  assertEquals(await done, 3);
  assertEquals(plugin.instance.calls, 1);
  await assertRejects(() => late, { ...LATE, includes: ["1000 ms", "op \"run\""] });
  assertEquals(plugin.instance.lastEnd, "op \"run\"");
  assertEquals(await plugin.ops.run(5), 5);
  plugin.close();
}

// Code that does not end holds up the others, and ends alone.
{
  const arrive = meeting(2);
  const spinning = Deno.openPlugin(guest("component_pool"), {
    stateless: true,
    limits: { deadline: 300 },
    imports: { wait: async () => await arrive() },
  });
  const both = [spinning.ops.run(), spinning.ops.run()];
  for (const call of both) await assertRejects(() => call, LATE);
  spinning.close();
}

// What the host holds is held for all of them together.
{
  const options = { stateless: true, limits: { host: 1_000_000 }, imports: { wait: async () => await after(20) } };
  const plugin = Deno.openPlugin(guest("component_holds"), options);
  const codes = numbers(4).map(() => plugin.ops.run(3000).then(() => "done", ({ code }) => code));
  assertEquals((await Promise.all(codes)).sort(), ["ERR_WASM_LIMIT", "ERR_WASM_LIMIT", "done", "done"]);
  await after(0);
  // And given back.
  assertEquals(await Promise.all([plugin.ops.run(3000), plugin.ops.run(3000)]), [3000, 3000]);
  plugin.close();
}

// ---- The end ----

{
  const plugin = open(async () => await new Promise(() => {}), {
    stateless: true,
    limits: { instances: 2, deadline: 0 },
  });
  const calls = numbers(4).map((n) => plugin.ops.run(n).catch((error) => error));
  await after(1);
  assertEquals(plugin.instance.calls, 2);
  plugin.close();
  for (const call of calls) {
    const { code } = await call;
    assert(code === "ERR_PLUGIN_CLOSED" || code === "ERR_WASM_INSTANCE", code);
  }
  await assertRejects(() => plugin.ops.run(1), { code: "ERR_PLUGIN_CLOSED" });
}
