// flags: --allow-read
// Calls of components and of what they import: what is thrown, what enters again, what waits, and what ends a call.

import { assert, assertEquals, assertRejects, assertThrows } from "./assert.js";
import { after, guest } from "./fixtures.js";

let plain = (n) => n + 1, checked = (n) => n + 1;
const host = { plain: (n) => plain(n), checked: (n) => checked(n) };
const open = (options) => Deno.openPlugin(guest("calls"), { imports: { "test:calls/host": host }, ...options });
const plugin = open();
const ops = plugin.ops.guest;

// Its values are no bytes.
assertThrows(() => Deno.core.dispatch(Deno.core.ops()["test:calls/guest#last"]), { code: "ERR_OP_ARGUMENT" });

// ---- What imports throw ----

assertEquals([ops.plain(1), ops.checked(2), ops.last()], [2, 3, 2]);
// An error without payload is none that a component knows: it unwinds the guest, whose instance has ended.
const thrown = new RangeError("of the script's");
for (const value of [thrown, "a text", undefined, null, { payload: undefined, __proto__: { payload: "x" } }]) {
  plain = () => {
    throw value;
  };
  let caught = {};
  try {
    ops.plain(1);
  } catch (error) {
    caught = error;
  }
  assertEquals([caught === value, plugin.instance.isRunning, ops.last()], [true, false, 0]);
}
checked = () => {
  throw thrown;
};
assertEquals(assertThrows(() => ops.checked(1), {}), thrown);
assertEquals(ops.last(), 0);
// A payload that its type has not.
checked = () => {
  throw Object.assign(new Error(), { payload: 5 });
};
assertThrows(() => ops.checked(1), { code: "ERR_WASM_IMPORT", includes: ["test:calls/host.checked", "a string"] });
// One that it has is a result, and the guest goes on.
const payload = (n) => {
  throw Object.assign(new Error(), { payload: `not ${n}` });
};
checked = payload;
const { starts } = plugin.instance;
ops.last();
assertEquals(assertThrows(() => ops.checked(9), { code: "ERR_COMPONENT_RESULT", includes: "not 9" }).payload, "not 9");
assertEquals([ops.last(), plugin.instance.starts], [9, starts + 1]);
// A promise that nobody waits for.
plain = (n) => Promise.resolve(n);
assertThrows(() => ops.plain(1), { code: "ERR_WASM_IMPORT", includes: ["test:calls/host.plain", "an async function"] });
assertEquals(ops.last(), 0);

// ---- What enters again ----

const ENTERED = { class: "WebAssembly.RuntimeError", code: "ERR_WASM_INSTANCE", includes: ["\"test:", "another call"] };
plain = (n) => {
  assertThrows(() => ops.last(), ENTERED);
  assertThrows(() => ops.plain(n), ENTERED);
  return n;
};
assertEquals([ops.plain(3), ops.last()], [3, 3]);
plain = (n) => (ops.last(), n);
assertThrows(() => ops.plain(1), ENTERED);
// Another plugin of the same component is another component.
const other = open();
plain = (n) => n === 0 ? 0 : other.ops.guest.last() + n;
assertEquals([ops.plain(3), other.ops.guest.plain(0), ops.plain(4)], [3, 0, 4]);
// An argument that calls the plugin as it is read.
const calling = {
  valueOf: () => ops.last(),
};
assertThrows(() => ops.plain(calling), { code: "ERR_OP_ARGUMENT" });
// Closed by what it calls.
plain = () => (other.close(), 1);
assertThrows(() => other.ops.guest.plain(1), { code: "ERR_PLUGIN_CLOSED" });
assertThrows(() => other.ops.guest.last(), { code: "ERR_PLUGIN_CLOSED" });

// ---- What waits ----

let waiting;
const wait = async (n) => {
  await after(5);
  if (n === 13) throw thrown;
  if (n === 14) payload(n);
  if (n === 99) await new Promise(() => {});
  if (n === 100) waiting.close();
  return n * 10;
};
for (const given of [wait, new WebAssembly.Suspending(wait)]) {
  const imports = { "test:calls/host": { plain: given, checked: given } };
  waiting = open({ imports, limits: { deadline: 500 } });
  const { plain, checked, last } = waiting.ops.guest;
  assert(last() instanceof Promise);
  // One after the other, in the order of the calls.
  assertEquals(await Promise.all([plain(1), checked(2), last(), plain(3)]), [10, 20, 2, 30]);
  assertEquals((await assertRejects(() => checked(14), { code: "ERR_COMPONENT_RESULT" })).payload, "not 14");
  assertEquals([await last(), waiting.instance.starts], [14, 1]);
  assertEquals(await assertRejects(() => plain(13), {}), thrown);
  assertEquals(await assertRejects(() => checked(13), {}), thrown);
  assertEquals([await last(), waiting.instance.starts], [0, 3]);
  await assertRejects(() => plain(-1), { class: "TypeError", code: "ERR_OP_ARGUMENT", includes: "argument 1 (n)" });
  assertEquals(waiting.instance.starts, 3);
  // The deadline holds while it waits.
  const late = { class: "TimedOut", code: "ERR_WASM_DEADLINE", includes: "500 ms" };
  const [first, second] = [assertRejects(() => plain(99), late), plain(4)];
  await first;
  assertEquals([await second, waiting.instance.starts], [40, 4]);
  await assertRejects(() => waiting.ops.guest.spin(), late);
  // It is closed while it waits.
  const closed = [assertRejects(() => plain(100), {}), assertRejects(() => plain(5), { code: "ERR_PLUGIN_CLOSED" })];
  await Promise.all(closed);
  await assertRejects(() => last(), { code: "ERR_PLUGIN_CLOSED" });
}

// ---- Limits ----

const limited = open({ limits: { deadline: 200, memory: 64, host: 64 << 20 } });
const LATE = { class: "TimedOut", code: "ERR_WASM_DEADLINE", includes: ["guest#spin", "plugin calls", "200 ms"] };
assertThrows(() => limited.ops.guest.spin(), LATE);
assertEquals(limited.ops.guest.last(), 0);
assertEquals([limited.ops.guest.grow(63), limited.ops.guest.grow(1)], [1, 2 ** 32 - 1]);
assertThrows(() => limited.ops.guest.spin(), LATE);
// Bytes of its memory that it passes again and again are held again and again.
const HELD = {
  class: "RangeError",
  code: "ERR_WASM_LIMIT",
  includes: ["the values that one call passes", "limits.host"],
};
const { lists, texts, emptyLists } = limited.ops.guest;
assertEquals(lists(10, 60000).map(({ length }) => length), Array(10).fill(60000));
assertThrows(() => lists(1200, 60000), HELD);
assertThrows(() => texts(1200, 60000), HELD);
assertThrows(() => emptyLists(400000), HELD);
assertEquals([texts(10, 3), emptyLists(1000).length], [Array(10).fill("\0\0\0"), 1000]);
// What one call has passed is not held against the next.
for (let i = 0; i < 10; i++) assertEquals(lists(500, 60000).length, 500);
limited.close();

// Each call finds the state that the start left.
plain = (n) => n;
for (const options of [{ stateless: true }, { stateless: true, pool: 3 }]) {
  const stateless = open(options);
  for (let i = 1; i <= 4; i++) {
    assertEquals([stateless.ops.guest.plain(i), stateless.ops.guest.last()], [i, 0]);
    assertEquals([stateless.instance.calls, stateless.instance.starts], [0, 1]);
  }
  if (options.pool !== undefined) assertEquals((await after(0), stateless.instance.prepared), 3);
  stateless.close();
}
const pooled = open({ pool: 1 });
assertEquals([pooled.ops.guest.plain(5), pooled.ops.guest.last()], [5, 5]);
pooled.close();

// Calls are counted, with those that fail.
plain = (n) => n;
const counted = open();
counted.ops.guest.plain(1);
assertThrows(() => counted.ops.guest.plain(-1), { code: "ERR_OP_ARGUMENT" });
checked = payload;
assertThrows(() => counted.ops.guest.checked(1), { code: "ERR_COMPONENT_RESULT" });
const metrics = counted.metrics().ops;
const of = (name) => metrics.find((op) => op.name === `test:calls/guest#${name}`);
assertEquals([of("plain").calls, of("plain").errors, of("checked").errors, of("last").calls], [2, 1, 1, 0]);
counted.close();
