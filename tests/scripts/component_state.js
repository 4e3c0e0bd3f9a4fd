// flags: --allow-read
// Stateless components: each call finds the state that the start left, put back into the same instance where all that
// there is can be, and in a new one elsewhere.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { guest } from "./fixtures.js";

let make = () => ({});
const open = (options) =>
  Deno.openPlugin(guest("component_state"), { imports: { "test:state/host": { make: () => make() } }, ...options });
const times = (count, call) => Array.from({ length: count }, (_, i) => call(i));
const FIRST = 6 + 10 + 800 + 2000 + 10000;
// Its allocator was asked for so much, and then for a byte.
const ROOM = 256 * 1024;
const ADDRESS = 65536 + ROOM + 1;
// With the page that it begins with, and the one of that byte.
const PAGES = 1 + ROOM / 65536 + 1;

// One that keeps its state counts on.
const kept = open();
assertEquals(times(3, () => kept.ops.next()), [FIRST, FIRST + 11111, FIRST + 22222]);
assertEquals([kept.ops.handles(), kept.ops.handles()], [2, 4]);
assert(kept.ops.address("abc") < kept.ops.address("abc"));
kept.close();

for (const pool of [0, 2]) {
  const plugin = open({ stateless: true, pool });
  const { ops } = plugin, { starts } = plugin.instance;

  // ---- Memories, globals and handles ----
  assertEquals(times(20, () => ops.next()), Array(20).fill(FIRST));
  assertEquals(times(20, () => ops.handles()), Array(20).fill(2));
  assertEquals(times(20, (i) => ops.address("x".repeat(i))), Array(20).fill(ADDRESS));
  ops.fail(false);
  assertEquals(ops.next(), FIRST);
  assertEquals(plugin.instance.starts, starts, "it is one instance all the time");
  const { memory } = plugin.instance;

  // ---- What the script does wrong ----
  assertThrows(() => ops.address(5), { class: "TypeError", code: "ERR_OP_ARGUMENT" });
  assertEquals([ops.address("a"), ops.next(), plugin.instance.starts], [ADDRESS, FIRST, starts]);

  // ---- What cannot be put back ----
  assertEquals(times(3, () => ops.grow()), [PAGES, PAGES, PAGES]);
  assertEquals(times(2, () => ops.growHidden()), [1, 1]);
  assertEquals([ops.next(), ops.address("a")], [FIRST, ADDRESS]);
  assertEquals([ops.address("x".repeat(70_000)), ops.address("a")], [ADDRESS, ADDRESS]);
  assertEquals(ops.next(), FIRST);
  assertEquals(plugin.instance.memory, memory);
  assert(plugin.instance.starts >= starts + 3, "grown memory is followed by another instance");

  // ---- How calls end that do not end well ----
  for (let i = 0; i < 2; i++) {
    assertThrows(() => ops.fail(true), { code: "ERR_WASM_TRAP" });
    assertEquals([ops.next(), ops.handles()], [FIRST, 2]);
  }
  make = () => {
    throw new RangeError("of the script's");
  };
  assertThrows(() => ops.handles(), { class: "RangeError" });
  // The instance of a call that runs is the call's: nothing is put back before it is done.
  make = () => {
    assertThrows(() => ops.next(), {});
    return {};
  };
  assertEquals([ops.handles(), ops.next()], [2, FIRST]);
  make = () => ({});
  assertEquals([ops.next(), ops.handles()], [FIRST, 2]);

  // One of which nothing can be put back, time after time, is no longer tried with; its calls find the same.
  assertEquals(times(10, () => ops.grow()), Array(10).fill(PAGES));
  const { starts: before } = plugin.instance;
  assertEquals(times(3, () => ops.next()), Array(3).fill(FIRST));
  assertEquals(plugin.instance.starts, before + 3);
  plugin.close();
}

// Wherever a full stack ends a call, nothing of it is left.
const deep = open({ stateless: true }), answers = new Set();
function dive() {
  try {
    dive();
  } catch {
    // The stack is full; on the way back it is a little less so each time.
  }
  try {
    answers.add(deep.ops.next());
  } catch (error) {
    assert(error instanceof RangeError || error.code === "ERR_WASM_STACK", error.code);
  }
}
dive();
assertEquals([...answers], [FIRST]);
assertEquals([deep.ops.next(), deep.instance.calls], [FIRST, 0]);
deep.close();

// What the host holds for handles is given back each time.
const held = open({ stateless: true, limits: { host: 300_000 } });
assertEquals(times(3000, () => held.ops.handles()), Array(3000).fill(2));
assertEquals(held.instance.starts, 1);
held.close();

// ---- Components that get a new instance for each call ----

const table = Deno.openPlugin(guest("component_state_in_table"), { stateless: true });
assertEquals(times(3, () => table.ops.set()), [0, 0, 0]);
assertEquals(table.instance.starts, 3);
table.close();

// An allocator that fails is called by no start that calls find.
const failing = Deno.openPlugin(guest("component_state_of_failures"), { stateless: true });
for (let i = 0; i < 2; i++) {
  assertEquals(times(2, () => failing.ops.count()), [1, 1]);
  assertThrows(() => failing.ops.text("a"), { code: "ERR_WASM_TRAP", includes: "op \"text\"" });
}
failing.close();

// Resources that it defines: those of a call are gone with it.
const classes = Deno.openPlugin(guest("component_class"), { stateless: true });
const thing = classes.ops.make();
assertThrows(() => classes.ops.look(thing), { code: "ERR_OP_ARGUMENT", includes: "has ended" });
classes.close();

// What it has used of WASI.
const system = Deno.openPlugin(guest("wasi2_answers"), { stateless: true });
assertEquals(times(3, () => system.ops.bytes(7n).length), [7, 7, 7]);
assertEquals(system.instance.starts, 1);
system.close();
