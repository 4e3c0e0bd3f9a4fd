// flags: --allow-read
// needs: guests
// Guests on threads: ops that give Promises, and a script that goes on meanwhile.

import { assert, assertEquals, assertRejects, assertThrows } from "./assert.js";
import { after, bytes, guest, text } from "./fixtures.js";

const plugin = Deno.openPlugin(guest("hash"), { threads: 2 });
assertEquals([plugin.name, plugin.kind, Object.keys(plugin.ops).includes("sha256")], ["hash", "wasm", true]);
const { ops } = plugin;
assert(ops.hex("sha256", bytes("abc")) instanceof Promise);
assertEquals((await ops.hex("sha256", bytes("abc"))).slice(0, 8), "ba7816bf");
await assertRejects(() => ops.hex("md5", bytes("abc")), { class: "TypeError", code: "ERR_HASH_ALGORITHM" });
await assertRejects(() => ops.hex("sha256", 5), { class: "TypeError" });
const many = await Promise.all(Array.from({ length: 200 }, (_, i) => ops.hex("sha256", bytes(String(i)))));
const here = Deno.openPlugin(guest("hash"));
assertEquals(many, many.map((_, i) => here.ops.hex("sha256", bytes(String(i)))));
here.close();
const row = plugin.metrics().ops.find((op) => op.name === "hex");
assertEquals([row.calls, row.completed, row.errors, row.inFlight], [204, 204, 2, 0]);
plugin.close();
await assertRejects(() => ops.hex("sha256", bytes("abc")), { class: "BadResource", code: "ERR_PLUGIN_CLOSED" });

// A guest that hangs does not keep the script from going on, nor the other thread.
const kit = Deno.openPlugin(guest("kit"), { threads: 2, limits: { deadline: 1000 } });
const start = performance.now();
const stuck = assertRejects(() => kit.ops.t_spin(), { class: "TimedOut", code: "ERR_WASM_DEADLINE" });
let ticks = 0;
const ticking = setInterval(() => ticks++, 10);
assertEquals(await kit.ops.t_i32(5), 5);
assert(performance.now() - start < 900, "the other thread is free");
await stuck;
clearInterval(ticking);
assert(ticks > 5, `${ticks} ticks`);
assertEquals(text(await kit.ops.echo(bytes("still here"))), "still here");
// Closed while calls are under way: those that have begun are done.
const last = Promise.allSettled([kit.ops.t_i32(1), kit.ops.t_i32(2), kit.ops.t_i32(3)]);
kit.close();
assert(
  (await last).every(({ status, value, reason }) =>
    status === "fulfilled" ? value > 0 : reason.code === "ERR_PLUGIN_THREADS"
  ),
);
await after(20);

for (const options of [{ threads: 0 }, { threads: 1.5 }, { threads: 1000 }, { threads: 1, imports: {} }]) {
  assertThrows(() => Deno.openPlugin(guest("kit"), options), { code: "ERR_PLUGIN_OPTIONS" });
}
assertThrows(() => Deno.openPlugin(Deno.readFileSync(guest("hello")), { threads: 1 }), {
  class: "TypeError",
  code: "ERR_PLUGIN_OPTIONS",
  includes: "bytes",
});
const notThere = assertThrows(() => Deno.openPlugin("/no/such/file", { threads: 1 }), {
  code: "ERR_PLUGIN_THREADS",
  includes: "cannot open plugin",
});
assert(!notThere.message.includes("NotFound: "), `the class of the thread's error is no part of ${notThere.message}`);

// What comes back is the host's to hold.
const large = Deno.openPlugin(guest("hash"), { threads: 1, limits: { host: 8 << 20 } });
assertEquals((await large.ops.hex("sha256", bytes("abc"))).length, 64);
large.close();
const echo = Deno.openPlugin(guest("kit"), { threads: 1, limits: { host: 16 << 20 } });
assertEquals((await echo.ops.echo(new Uint8Array(1 << 20))).length, 1 << 20);
await assertRejects(() => echo.ops.echo(new Uint8Array(20 << 20)), {
  class: "RangeError",
  code: "ERR_WASM_LIMIT",
  includes: "its result takes",
});
assertEquals((await echo.ops.echo(new Uint8Array(8))).length, 8);
echo.close();
