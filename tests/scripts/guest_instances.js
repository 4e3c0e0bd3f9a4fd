// flags: --allow-plugin --allow-read
// needs: guests
// Instances of guests: what ends one, what the next one finds, buffers in guest memory, stateless calls, and
// Deno.plugins.

import { assert, assertEquals, assertRejects, assertThrows } from "./assert.js";
import { bytes, folder, guest, library, text } from "./fixtures.js";

// ---- A panic ends the instance, and the next call has a new one ----

const kit = Deno.openPlugin(guest("kit"));
const { ops } = kit;
assertEquals(kit.instance, {
  isRunning: true,
  starts: 1,
  calls: 0,
  memory: kit.instance.memory,
  prepared: 0,
  lastEnd: undefined,
});
assertEquals(text(ops.count()), "1");
assertEquals(text(ops.count()), "2");
const id = ops.counter_new();
const resources = Object.values(Deno.resources());
assert(resources.includes("counter"));
assertThrows(() => ops.t_panic("enough"), {
  class: "Error",
  code: "ERR_PLUGIN_PANIC",
  includes: ["op \"t_panic\" of plugin kit", "panicked: "],
});
assertEquals(kit.instance.isRunning, false);
assert(kit.instance.lastEnd.includes("t_panic"));
assert(!Object.values(Deno.resources()).includes("counter"), "its resources are gone with it");
assertEquals(text(ops.count()), "1");
assertEquals(kit.instance.starts, 2);
assertThrows(() => ops.counter_next(id), { class: "BadResource" });
// The same functions, also when they are hot.
const { t_i32 } = ops;
for (let i = 0; i < 20_000; i++) if (t_i32(i) !== i) throw new Error("another number");
assertThrows(() => ops.t_panic("enough"), { code: "ERR_PLUGIN_PANIC" });
for (let i = 0; i < 20_000; i++) if (t_i32(i) !== i) throw new Error("another number");
assertEquals(kit.instance.starts, 3);
// Calls that wait are told.
const waiting = assertRejects(() => ops.async_never(), { code: "ERR_WASM_INSTANCE", includes: "t_panic" });
assertThrows(() => ops.t_panic("enough"), { code: "ERR_PLUGIN_PANIC" });
await waiting;
assertEquals(await Promise.all(["1", "22"].map((value) => ops.async_sleep(bytes(value)).then(text))), ["1", "22"]);

// ---- Buffers in the guest's memory ----

const buffer = kit.buffer(64);
assertEquals([buffer.length, buffer.every((byte) => byte === 0)], [64, true]);
buffer.fill(2);
assertEquals(ops.t_sum(buffer), 128);
ops.t_fill(buffer, 7);
assert(buffer.every((byte) => byte === 7));
for (let i = 0; i < 5000; i++) {
  buffer[0] = i;
  if (ops.t_sum(buffer) !== 63 * 7 + (i & 255)) throw new Error("another sum");
}
// Growing leaves it where it is.
const before = kit.instance.memory;
const large = kit.buffer(8_000_000);
assert(kit.instance.memory > before);
assertEquals([buffer[1], large.length], [7, 8_000_000]);
buffer.fill(1);
assertEquals(ops.t_sum(buffer), 64);
large.fill(1);
assertEquals(ops.t_sum(large), 8_000_000);
assertThrows(() => kit.buffer(0), { class: "RangeError", code: "ERR_BUFFER_LENGTH" });
assertThrows(() => kit.buffer(2 ** 31), { class: "RangeError", code: "ERR_WASM_MEMORY" });
kit.close();

// ---- Stateless: every call finds what the start left ----

const stateless = Deno.openPlugin(guest("kit"), { stateless: true, pool: 2 });
assertEquals(stateless.instance.prepared, 2);
for (let i = 0; i < 300; i++) assertEquals(text(stateless.ops.count()), "1");
assertEquals(stateless.instance.starts, 1);
const forgotten = stateless.ops.counter_new();
assertThrows(() => stateless.ops.counter_next(forgotten), { class: "BadResource" });
assertThrows(() => stateless.ops.t_panic("enough"), { code: "ERR_PLUGIN_PANIC" });
assertEquals(text(stateless.ops.count()), "1");
assertEquals([stateless.instance.starts, stateless.instance.prepared], [2, 1]);
// One that has grown is not used again.
assertEquals(stateless.ops.t_sum(new Uint8Array(5_000_000).fill(1)), 5_000_000);
assertEquals(text(stateless.ops.count()), "1");
assertEquals(stateless.instance.starts, 3);
assertEquals(await stateless.ops.t_async(1, "x"), "1 x");
// Meanwhile the pool has been filled again.
assertEquals(stateless.instance.prepared, 2);
assertThrows(() => stateless.ops.t_panic("enough"), { code: "ERR_PLUGIN_PANIC" });
stateless.close();

// State that is not the guest's own cannot be put back.
for (
  const [name, imports, what] of [
    [
      "shares_state",
      { count: new WebAssembly.Global({ value: "i32", mutable: true }, 0) },
      "global mut i32 that it imports as env.count",
    ],
    [
      "shares_memory",
      { memory: new WebAssembly.Memory({ initial: 1 }), step: 1 },
      "memory 1 that it imports as env.memory",
    ],
  ]
) {
  assertThrows(() => Deno.openPlugin(guest(name), { stateless: true, imports: { env: imports } }), {
    class: "NotSupported",
    code: "ERR_WASM_STATE",
    includes: [name, what],
  });
  const shared = Deno.openPlugin(guest(name), { imports: { env: imports } });
  assertEquals([shared.ops.count(), shared.ops.count()], [1, 2]);
  shared.close();
}

// ---- Calls within calls ----

// A guest whose import is the script's: a fast op is called for the first time while a slow one runs.
const kitBytes = Deno.readFileSync(guest("kit")), name = "\x07plugbay\x0cresource_get";
const at = kitBytes.findIndex((_, i) => [...name].every((character, k) => kitBytes[i + k] === character.charCodeAt()));
kitBytes.set(bytes("scripts"), at + 1);
let within = () => {};
const patched = Deno.openPlugin(kitBytes, { imports: { scripts: { resource_get: () => (within(), 0) } } });
within = () => assertEquals(patched.ops.t_ambient(), true);
await assertRejects(() => patched.ops.counter_next_later(1), { class: "BadResource" });
within = () => {};
for (let i = 0; i < 2000; i++) assertEquals(patched.ops.t_ambient(), true);
assertEquals(patched.instance.starts, 1);
patched.close();

// ---- Deno.plugins ----

const { plugins } = Deno;
assertEquals(plugins.list(), []);
const first = plugins.open("sums", guest("hash"));
assertEquals(plugins.get("sums"), first);
assertThrows(() => plugins.open("sums", guest("hash")), { class: "AlreadyExists", code: "ERR_PLUGIN_ID" });
const digest = (plugin) => plugin.ops.hex("sha256", bytes("abc"));
const expected = digest(first);
assertThrows(() => plugins.replace("sums", "no such file"), { code: "ERR_PLUGIN_NOT_FOUND" });
assertEquals(digest(plugins.get("sums")), expected, "what could not be replaced is still there");
plugins.replace("sums", library("hash"));
assertEquals(plugins.get("sums").kind, "native");
assertEquals(digest(plugins.get("sums")), expected);
assertThrows(() => digest(first), { code: "ERR_PLUGIN_CLOSED" });
assertEquals(plugins.list().map(({ id, name, kind }) => [id, name, kind]), [["sums", "hash", "native"]]);
plugins.close("sums");
assertEquals(plugins.list(), []);
// Plugins that are open.
const open = Deno.openPlugin(guest("hash"));
assertEquals(plugins.open("open", open), open);
assertEquals(plugins.list().map(({ id, path }) => [id, path]), [["open", guest("hash")]]);
for (const call of [() => plugins.open("again", open), () => plugins.replace("open", open)]) {
  assertThrows(call, { class: "AlreadyExists", code: "ERR_PLUGIN_ID", includes: "\"open\"" });
}
const next = Deno.openPlugin(library("hash"));
assertThrows(() => plugins.replace("open", next, {}), { class: "TypeError", code: "ERR_PLUGIN_OPTIONS" });
assertEquals(plugins.replace("open", next), next);
for (const call of [() => digest(open), () => plugins.open("closed", open)]) {
  assertThrows(call, { class: "BadResource", code: "ERR_PLUGIN_CLOSED" });
}
assertEquals(digest(plugins.get("open")), expected);
assertThrows(() => plugins.open("forged", Object.create(Deno.Plugin?.prototype ?? Object.getPrototypeOf(next))), {});
plugins.close("open");
assertThrows(() => digest(next), { code: "ERR_PLUGIN_CLOSED" });
for (const call of [() => plugins.close("sums"), () => plugins.replace("sums", guest("hash"))]) {
  assertThrows(call, { class: "NotFound", code: "ERR_PLUGIN_ID" });
}

// ---- Options that cannot be ----

for (
  const options of [{ pool: -1 }, { pool: 1.5 }, { pool: 1e9 }, { limits: { deadline: -1 } }, {
    limits: { memory: "x" },
  }, { limits: { fuel: 1 } }]
) {
  assertThrows(() => Deno.openPlugin(guest("kit"), options), { code: "ERR_PLUGIN_OPTIONS" });
}
assertThrows(() => Deno.openPlugin(guest("kit"), { limits: { memory: 1 } }), {
  class: "RangeError",
  code: "ERR_WASM_LIMIT",
  includes: ["kit", "pages", "limits.memory"],
});
assertThrows(() => Deno.openPlugin(guest("kit"), { limits: { module: 1000 } }), {
  class: "RangeError",
  code: "ERR_WASM_LIMIT",
});
// A program grants no more than it has.
const preopens = { "/": { path: folder, write: true } };
assertThrows(() => Deno.openPlugin(guest("wasi_reactor"), { wasi: { preopens } }), {
  class: "NotCapable",
  code: "ERR_PLUGIN_PERMISSION",
  includes: "--allow-write",
});
assert(!Object.values(Deno.resources()).includes("plugin"), "nothing stays of what could not be opened");

// ---- A NaN has bits that JavaScript does not have: a global with one is found as it was ----

// (module (global $g (mut f64) (f64.const nan:0x4000000000001)) (func (export "bits") (result i64)
//   (i64.reinterpret_f64 (global.get $g))))
const nan = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 126, 3, 2, 1, 0],
  ...[6, 13, 1, 124, 1, 68, 1, 0, 0, 0, 0, 0, 244, 127, 11],
  ...[7, 8, 1, 4, 98, 105, 116, 115, 0, 0, 10, 7, 1, 5, 0, 35, 0, 189, 11],
]);
const ofNaN = Deno.openPlugin(nan, { name: "nan", stateless: true });
for (let i = 0; i < 3; i++) assertEquals(ofNaN.ops.bits(), 0x7ff4000000000001n);

// ---- A memory that threads share is refused ----

// (module (memory (export "memory") 1 1 shared))
const shared = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0, 5, 4, 1, 3, 1, 1, 7, 10, 1, 6, 109, 101, 109, 111, 114, 121, 2, 0],
]);
assertThrows(() => Deno.openPlugin(shared, { name: "shared" }), {
  code: "ERR_WASM_COMPILE",
  includes: ["its memory is shared between threads"],
});
