// flags: --allow-read --allow-write
// needs: guests
// Guests on threads: ops that give Promises, and a script that goes on meanwhile.

import { assert, assertEquals, assertRejects, assertThrows } from "./assert.js";
import { after, bytes, guest, temp, text } from "./fixtures.js";

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
// Each thread counts what it has done, and there is a spare. What does not fit reaches no op.
for (const { threads, opsDispatched } of [plugin.metrics(), Deno.metrics()]) {
  assertEquals(threads.map(({ plugin, hasEnded }) => [plugin, hasEnded]).slice(0, 2), Array(2).fill(["hash", false]));
  const calls = threads.map(({ ops }) => ops.find((op) => op.name === "hex")?.calls ?? 0);
  assertEquals(calls.reduce((sum, calls) => sum + calls), 203);
  assert(threads.every((thread) => thread.opsDispatched <= opsDispatched), "they are no part of the sums");
}
plugin.close();
assertEquals(Deno.metrics().threads, undefined);
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
// Closed while calls are under way: those that are not done have no answer.
const last = Promise.allSettled([kit.ops.t_i32(1), kit.ops.t_i32(2), kit.ops.t_i32(3)]);
kit.close();
assert(
  (await last).every(({ status, value, reason }) =>
    status === "fulfilled" ? value > 0 : reason.code === "ERR_PLUGIN_CLOSED"
  ),
);
await after(20);

// Calls that run are ended, long before their deadlines: in code, where a guest sleeps, and those that wait for a turn.
const long = Deno.openPlugin(guest("kit"), { threads: 1, limits: { deadline: 600_000 } });
const began = performance.now();
const closed = { class: "BadResource", code: "ERR_PLUGIN_CLOSED" };
const ended = [long.ops.t_spin(), long.ops.t_spin(), long.ops.t_i32(1)].map((call) =>
  assertRejects(() => call, closed)
);
await after(50);
long.close();
await Promise.all(ended);
assert(performance.now() - began < 60_000, "closing ends what runs");

for (const options of [{ threads: 0 }, { threads: 1.5 }, { threads: 1000 }, { threads: 1, imports: {} }]) {
  assertThrows(() => Deno.openPlugin(guest("kit"), options), { code: "ERR_PLUGIN_OPTIONS" });
}
assertThrows(() => Deno.openPlugin(Deno.readFileSync(guest("hello")), { threads: 1 }), {
  class: "TypeError",
  code: "ERR_PLUGIN_OPTIONS",
  includes: "bytes",
});
// What goes wrong while it is opened is the same as without threads.
const cut = `${temp}/cut.wasm`, copy = `${temp}/copy.wasm`;
Deno.writeFileSync(cut, Deno.readFileSync(guest("hash")).slice(0, 100));
for (
  const [path, options] of [
    ["/no/such/file", {}],
    [cut, {}],
    [guest("hash"), { integrity: `sha256-${"A".repeat(43)}=` }],
    [guest("hash"), { limits: { module: 100 } }],
    [guest("hash"), { limits: { memory: 1 } }],
    [guest("kit"), { limits: { host: 1000 } }],
  ]
) {
  const of = (options) => {
    const { name, code, message } = assertThrows(() => Deno.openPlugin(path, options), {});
    assert(code !== undefined, message);
    return [name, code, message];
  };
  assertEquals(of({ ...options, threads: 1 }), of(options));
}

// What cannot be cloned.
const clones = Deno.openPlugin(guest("kit"), { threads: 1 });
await assertRejects(() => clones.ops.t_i32(() => {}), {
  class: "TypeError",
  code: "ERR_OP_ARGUMENT",
  includes: "could not be cloned",
});
const own = new RangeError("a getter's own");
const thrown = await clones.ops.t_i32({
  get a() {
    throw own;
  },
}).catch((error) => error);
assert(thrown === own, "what a getter throws is the script's");
clones.close();

// Threads that are made later run what was opened.
Deno.copyFileSync(guest("hash"), copy);
const replaced = Deno.openPlugin(copy, { threads: 2, limits: { deadline: 500 } });
Deno.copyFileSync(guest("hello"), copy);
const hashes = await Promise.all(Array.from({ length: 20 }, () => replaced.ops.hex("sha256", bytes("abc"))));
assert(hashes.every((hash) => hash === hashes[0]));
replaced.close();

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
