// flags: --allow-read --allow-write
// needs: guests
// Modules of the garbage collection proposal, which run on threads: each has a heap of its own.

import { assert, assertEquals, assertRejects, assertThrows } from "./assert.js";
import { guest, temp } from "./fixtures.js";

const file = guest("objects");
const full = {
  class: "RangeError",
  code: "ERR_HEAP_LIMIT",
  includes: "op \"keep\" of plugin objects: it has filled V8's heap of 32 MiB",
};

// Without threads its objects would be in the script's heap.
const refused = { class: "WebAssembly.CompileError", code: "ERR_WASM_COMPILE", includes: "options.threads" };
assertThrows(() => Deno.openPlugin(file), refused);
assertThrows(() => Deno.openPlugin(Deno.readFileSync(file)), refused);

// Its threads run what was opened, whatever has become of the file.
const replaced = `${temp}/objects.wasm`;
Deno.copyFileSync(file, replaced);
const plugin = Deno.openPlugin(replaced, { threads: 1, limits: { heap: 32 } });
Deno.writeFileSync(replaced, new Uint8Array(8));
const { ops } = plugin;
// 3 i² for even i, i² for odd.
assertEquals([await ops.sizes(1), await ops.sizes(4), await ops.sizes(100)], [0, 22, 651750]);
assertEquals(await ops.kinds(), [1, 2, 3, 4, 5, 0]);
assertEquals([await ops.size_by_index(0), await ops.catch(4), await ops.catch(0)], [25, 16, -1]);
const length = await ops.write(2);
const units = [];
for (let i = 0; i < length; i++) units.push(await ops.unit_at(i));
assertEquals(String.fromCharCode(...units), "αβcircleαβcircle");
assertEquals([await ops.grow(3), await ops.grow(6), await ops.grow(1)], [1, 4, -1]);
assertEquals([await ops.keep(10), await ops.keep(3)], [55, 61]);
// What is not kept is collected.
assertEquals(await ops.waste(2000), 200_000_000);
assertEquals(await ops.keep(0), 61);
// An object does not cross.
await assertRejects(() => ops.object(), { class: "TypeError", includes: "cloned" });
for (const [op, ...args] of [["unit_at", 99], ["size_by_index", 1], ["bad_cast"]]) {
  await assertRejects(() => ops[op](...args), {
    class: "WebAssembly.RuntimeError",
    code: "ERR_WASM_TRAP",
    includes: op === "bad_cast" ? "illegal cast" : op,
  });
}

// It is opened elsewhere, and refused here all the same.
assertThrows(() => Deno.openPlugin(file), refused);
assertThrows(() => Deno.openPlugin(file, { threads: 1, stateless: true }), { includes: "objects that it makes" });

// A full heap ends its lane alone; the next call has another.
for (let i = 0; i < 3; i++) {
  assertEquals(await ops.keep(2), 3);
  await assertRejects(() => ops.keep(100_000_000), full);
}
assertEquals(await ops.sizes(4), 22);
const ended = plugin.metrics().threads.find((thread) => thread.hasEnded);
assert(ended.opsDispatched > 2, "the threads that have ended count");
plugin.close();

// What runs on the other goes on.
const two = Deno.openPlugin(file, { threads: 2, limits: { heap: 32, deadline: 60_000 } });
const filled = assertRejects(() => two.ops.keep(100_000_000), full);
assertEquals(await two.ops.waste(3000), 300_000_000);
await filled;
assertEquals(await Promise.all([two.ops.sizes(4), two.ops.sizes(4), two.ops.sizes(4)]), [22, 22, 22]);
two.close();

// Calls have their deadline, as others do.
const brief = Deno.openPlugin(file, { threads: 1, limits: { deadline: 100 } });
await assertRejects(() => brief.ops.spin(), { class: "TimedOut", code: "ERR_WASM_DEADLINE" });
assertEquals(await brief.ops.sizes(4), 22);
brief.close();

// The heap is that of threads.
assertThrows(() => Deno.openPlugin(file, { limits: { heap: 32 } }), {
  class: "TypeError",
  code: "ERR_PLUGIN_OPTIONS",
  includes: "options.threads",
});
for (const heap of [0, 15, 1.5, 1e6, "32", Infinity]) {
  assertThrows(() => Deno.openPlugin(file, { threads: 1, limits: { heap } }), {
    class: "RangeError",
    code: "ERR_PLUGIN_OPTIONS",
    includes: "from 16 to 65536",
  });
}
assert(Deno.openPlugin(file, { threads: 1, limits: { heap: 16 } }).kind === "wasm");
