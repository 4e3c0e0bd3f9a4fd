// flags: --allow-plugin --allow-read --v8-flags=--expose-gc
// The functions of ops that are closed are collected when the script has let go of them, too.

import { assert, assertThrows } from "./assert.js";
import { after, openKit } from "./fixtures.js";

// (module (func (export "id") (param i32) (result i32) local.get 0))
const module = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 127, 1, 127, 3, 2, 1, 0],
  ...[7, 6, 1, 2, 105, 100, 0, 0, 10, 6, 1, 4, 0, 32, 0, 11],
]);

/** Opens a plugin, calls an op in both ways and closes it; what is left of the function then. */
function use(open, name) {
  const plugin = open();
  const call = plugin.ops[name], id = plugin.metrics().ops.find((op) => op.name === name).id;
  call(1);
  try {
    Deno.core.dispatch(id, new Uint8Array(4));
  } catch (error) {
    assert(error.code !== "ERR_PLUGIN_CLOSED");
  }
  plugin.close();
  assertThrows(() => Deno.core.dispatch(id, new Uint8Array(4)), { code: "ERR_PLUGIN_CLOSED" });
  assertThrows(() => call(1), { code: "ERR_PLUGIN_CLOSED" });
  return new WeakRef(call);
}

/** Opens a guest, has a fast call keep what it needs, and closes it; its memory, and a view that it was passed. */
function useMemory(kept) {
  const plugin = openKit(), { t_sum } = plugin.ops;
  if (plugin.kind !== "wasm") return [];
  const { buffer } = plugin.buffer(8);
  for (let i = 0; i < 50; i++) t_sum(new Uint8Array(100));
  const view = new Uint8Array(1_000_000);
  t_sum(view);
  plugin.close();
  kept.push(plugin, t_sum);
  return [new WeakRef(buffer), new WeakRef(view)];
}

const kept = [];
const memories = Array.from({ length: 10 }, () => useMemory(kept)).flat();
for (let i = 0; i < 3; i++) {
  await after(10);
  gc();
}
const memoriesLeft = memories.filter((it) => it.deref() !== undefined).length;
assert(
  memoriesLeft < 4,
  `${memoriesLeft} of ${memories.length} memories and views are left with ${kept.length} plugins and functions`,
);

for (const [open, name] of [[() => Deno.openPlugin(module), "id"], [openKit, "t_i32"]]) {
  const functions = Array.from({ length: 20 }, () => use(open, name));
  await after(10);
  gc();
  await after(10);
  gc();
  const left = functions.filter((it) => it.deref() !== undefined).length;
  assert(left < 5, `${left} of 20 functions called ${name} are left`);
}
