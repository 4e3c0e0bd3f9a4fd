// flags: --allow-read
// What components may use up: in adapters between them, in instances that are made ahead, where the stack is full, and
// of what JavaScript holds for their values.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { after, guest } from "./fixtures.js";

// Lists in lists that all name the same memory, passed from one component to another: n^3 steps of an adapter.
const alias = Deno.openPlugin(guest("component_alias"), { limits: { deadline: 200 } });
alias.ops.run(100);
const began = performance.now();
assertThrows(() => alias.ops.run(3000), { class: "TimedOut", code: "ERR_WASM_DEADLINE" });
assert(performance.now() - began < 10_000, "an adapter has no deadline");

// A call goes on after its wait while the next instance of the pool is there.
for (const pool of [0, 1]) {
  const wait = async () => await after(20);
  const options = { stateless: true, pool, limits: { deadline: 300 }, imports: { wait } };
  const spinning = Deno.openPlugin(guest("component_pool"), options);
  const code = await spinning.ops.run().catch((error) => error.code);
  assertEquals(code, "ERR_WASM_DEADLINE");
  spinning.close();
}

// Calls at each depth of the stack, also where nothing else can be called: later ones are as before.
const stack = Deno.openPlugin(guest("component_stack"));
const text = "é".repeat(400);
function recurse() {
  try {
    stack.ops.run(text);
  } catch {
    // It is full.
  }
  recurse();
}
const from = (depth) => depth === 0 ? recurse() : from(depth - 1);
for (let depth = 0; depth < 30; depth++) {
  try {
    from(depth);
  } catch {
    // As above.
  }
}
let answers = 0;
for (let i = 0; i < 3; i++) {
  try {
    if (stack.ops.run("hello") === "hello") answers++;
  } catch {
    // An instance that was left broken ends here, once.
  }
}
assert(answers >= 2, `${answers} of 3 calls are answered after the stack was full`);

// The same where calls take turns. Where the stack is full nothing takes what a promise is rejected with.
addEventListener("unhandledrejection", (event) => event.preventDefault());
const waiting = Deno.openPlugin(guest("component_waits"), { imports: { cb: async (n) => n } });
assertEquals(await waiting.ops.run(2), 2);
function descend() {
  try {
    waiting.ops.run(1).catch(() => {});
  } catch {
    // It is full.
  }
  descend();
}
try {
  descend();
} catch {
  // As above.
}
assertEquals(await waiting.ops.run(7), 7);

// A value of one byte may be many objects.
let taken;
const costs = Deno.openPlugin(guest("component_costs"), {
  limits: { host: 4 * 1024 * 1024 },
  imports: { take: (values) => taken = values.length },
});
costs.ops.run(1000);
assertEquals(taken, 1000);
assertThrows(() => costs.ops.run(60_000), {
  class: "RangeError",
  code: "ERR_WASM_LIMIT",
  includes: ["options.limits.host"],
});
