// flags: --allow-read
// A component is made of several modules and instances: what limits allow is for all of them together.

import { assertEquals, assertThrows } from "./assert.js";
import { folder, guest } from "./fixtures.js";

const open = (limits) => Deno.openPlugin(guest("component_sums"), { limits });
const LIMIT = { class: "RangeError", code: "ERR_WASM_LIMIT" };

// ---- Memories and tables: each has its share of what is left when all have what they start with ----

{
  const { ops: { a, b } } = open({ memory: 12, table: 22 });
  assertEquals([a.grow(6), a.grow(5), a.grow(1), b.grow(5), b.grow(1)], [-1, 1, -1, 1, -1]);
  assertEquals([a.growTable(11), a.growTable(10), a.growTable(1), b.growTable(10)], [-1, 1, -1, 1]);
}
{
  const { ops: { a, b } } = open({ memory: 2, table: 2 });
  assertEquals([a.grow(0), a.grow(1), b.grow(1), b.growTable(1)], [1, -1, -1, -1]);
}
// They are told together, and one that has all its share is at the limit.
{
  const plugin = open({ memory: 100 }), { ops: { a, b } } = plugin, PAGE = 65536;
  const trap = (fail) => assertThrows(fail, { code: "ERR_WASM_TRAP" }).message;
  assertEquals([b.grow(20), plugin.instance.memory], [1, 22 * PAGE]);
  assertEquals(trap(b.fail).includes("at the limit of 100 pages"), false);
  assertEquals([b.grow(49), plugin.instance.memory], [1, 51 * PAGE]);
  assertEquals(trap(a.fail).includes("at the limit of 100 pages"), true);
}
assertThrows(() => open({ memory: 1 }), {
  ...LIMIT,
  includes: ["memories", "start with 2 together and may have at most 1", "options.limits.memory"],
});
assertThrows(() => open({ table: 1 }), {
  ...LIMIT,
  includes: ["tables", "start with 2 together and may have at most 1", "options.limits.table"],
});
// One memory alone has all.
assertEquals(
  Deno.openPlugin(guest("component_modules"), {
    imports: { mode: () => 0, "test:modules/host": { notify() {} } },
    limits: { memory: 1 },
  }).ops.started(),
  100,
);

// ---- Handles: those of all component instances, which end with theirs ----

{
  const plugin = open({ host: 1024 * 1024 }), { ops: { a, b } } = plugin;
  for (let i = 0; i < 3; i++) {
    a.make(4000);
    assertThrows(() => b.make(4000), { ...LIMIT, includes: ["handles", "options.limits.host"] });
    assertEquals(plugin.instance.isRunning, false);
  }
  b.make(4000);
}

// ---- What core modules declare: the second one has what the first one leaves ----

const declared = `${folder}/guests/declares.wasm`;
for (const host of [100_000, 200_000, 300_000]) {
  assertThrows(() => Deno.openPlugin(declared, { limits: { host } }), {
    ...LIMIT,
    includes: ["cannot open plugin declares", `may hold ${host};`, "options.limits.host"],
  });
}
Deno.openPlugin(declared).close();
