// flags: --allow-plugin --v8-flags=--allow-natives-syntax
// Typed ops: state, resources, errors, Promises, dispatch and metrics.

import { assert, assertEquals, assertRejects, assertThrows } from "./assert.js";
import { assertGives, assertThrowsEverywhere, hot } from "./fast_and_slow_paths.js";
import { bytes, isWasm, openKit, text } from "./fixtures.js";

const kit = openKit();
const { ops } = kit;
const unfit = { class: "TypeError", code: "ERR_OP_ARGUMENT" };

// State: of each open plugin its own.
let counted = 0;
hot(() => assertEquals(ops.t_count(1), ++counted), 1000);
const second = openKit();
assertEquals(second.ops.t_count(5), 5);
assertEquals(ops.t_count(1), ++counted);
assertThrowsEverywhere(() => ops.t_missing_state(), {
  class: "Error",
  code: "ERR_OP_STATE",
  includes: ["put_state", "Missing"],
});
second.close();

// Resources, by number.
const cell = ops.t_cell_open(10);
assertGives(() => ops.t_cell_add(cell, 0), 10);
const added = hot(() => ops.t_cell_add(cell, 1), 100);
assertEquals(ops.t_cell_add(cell, 0), 10 + added);
assertThrowsEverywhere(() => ops.t_cell_add(cell + 1, 1), { class: "BadResource", code: "ERR_BAD_RESOURCE" });
assertThrowsEverywhere(() => ops.t_cell_add("x", 1), { ...unfit, includes: "the number of a resource" });
Deno.close(cell);
assertThrowsEverywhere(() => ops.t_cell_add(cell, 1), { class: "BadResource" });
assertGives(() => ops.t_ambient(), true);

// Errors have their class and code; a panic is one.
assertGives(() => ops.t_fail(0), 0);
assertThrowsEverywhere(() => ops.t_fail(7), { class: "RangeError", code: "ERR_KIT", includes: "code 7 is not 0" });
// A guest has no files.
if (!isWasm) assertThrowsEverywhere(() => ops.t_io("/no/such/file"), { class: "NotFound" });
assertThrowsEverywhere(() => ops.t_panic("gr\u00fc\u00df"), {
  class: "Error",
  code: "ERR_PLUGIN_PANIC",
  includes: ["op \"t_panic\" of plugin kit", "gr\u00fc\u00df"],
});

// Promises.
assert(ops.t_async(1, "x") instanceof Promise);
assertEquals(await ops.t_async(1, "gr\u00fc\u00df"), "1 gr\u00fc\u00df");
assertEquals(await ops.t_async_value({ x: 1, y: 2 }), { x: 2, y: 2, label: null });
const target = new Uint8Array(4);
await ops.t_async_fill(target, 6);
assertEquals([...target], [6, 6, 6, 6]);
// A guest cannot sleep.
assertEquals([...await ops.t_blocking(isWasm ? 0 : 5, new Uint8Array([1, 2]))], [1, 2]);
await assertRejects(() => ops.t_async_fail(), { class: "NotFound", code: "ERR_KIT" });
await assertRejects(() => ops.t_blocking_panic(), { class: "Error", code: "ERR_PLUGIN_PANIC" });
await assertRejects(() => ops.t_async("x", "y"), { ...unfit, includes: "argument 0 (a)" });
await assertRejects(() => ops.t_async_value({ x: 1 }), { ...unfit, includes: "missing field `y`" });
await assertRejects(() => ops.t_async_fill("x", 1), unfit);
const many = await Promise.all(Array.from({ length: 500 }, (_, i) => ops.t_async(i, "of many")));
assertEquals(many[499], "499 of many");

// An op that registers another.
const id = ops.t_interface("t_late");
assertEquals(ops.t_late(5), 5);
assertEquals(Deno.core.ops().t_late, id);

// dispatch: buffers as they are, other arguments as a JSON array before them, results as bytes or JSON.
const ids = Deno.core.ops();
const dispatch = (name, ...buffers) => Deno.core.dispatch(ids[name], ...buffers);
const filled = new Uint8Array(3);
assertEquals(dispatch("t_fill", bytes("[5]"), filled), undefined);
assertEquals([...filled], [5, 5, 5]);
assertEquals(text(dispatch("t_sum", filled)), "15");
assertEquals(text(dispatch("t_many", bytes("[1, 0.5, 2, 0.25, 3, 0.125, 4, 5, 6.5, 7, true]"))), "30.375");
assertEquals([...dispatch("t_vec", filled)], [5, 5, 5]);
assertEquals([...dispatch("t_make", bytes("[3]"))], [0, 1, 2]);
assertEquals(JSON.parse(text(dispatch("t_struct", bytes("[{\"x\": 1, \"y\": 2}]")))), { x: 1, y: 2, label: null });
assertEquals(text(dispatch("t_i64", bytes("[\"9007199254740993\"]"))), "\"9007199254740993\"");
assertEquals(text(dispatch("t_string", bytes("[\"gr\u00fc\u00df\"]"))), "\"gr\u00fc\u00df\"");
assertEquals(text(dispatch("t_lengths", bytes("[2]"), filled, filled)), "[6,6]");
assertEquals(dispatch("t_nothing"), undefined);
assertEquals(text(await dispatch("t_async", bytes("[1, \"x\"]"))), "\"1 x\"");
assertThrows(() => dispatch("t_i32", bytes("[\"x\"]")), unfit);
assertThrows(() => dispatch("t_i32", bytes("[1")), { class: "SyntaxError" });
for (const text of ["\"5\"", "5", "{}", "null"]) {
  assertThrows(() => dispatch("t_i32", bytes(text)), { ...unfit, includes: "a JSON array" });
}
assertThrows(() => dispatch("t_fail", bytes("[3]")), { class: "RangeError", code: "ERR_KIT" });
assertEquals(
  text(
    await new Promise((resolve) => {
      Deno.core.setAsyncHandler(ids.t_async, resolve);
      assertEquals(dispatch("t_async", bytes("[2, \"handled\"]")), undefined);
    }),
  ),
  "\"2 handled\"",
);
assertEquals(Deno.core.jsonOpSync("t_i32", 5), 5);
assertEquals(await Deno.core.jsonOpAsync("t_async", 1, "x"), "1 x");

// Metrics are exact, whatever path the calls took.
const row = (name) => kit.metrics().ops.find((op) => op.name === name);
// What `work`, which gives how often it called the op, adds to the counts.
const KEYS = ["calls", "completed", "errors", "inFlight", "bytesSentControl", "bytesSentData", "bytesReceived"];
const assertMoved = (name, work, { errors = 0, sent = 0, received = 0 } = {}) => {
  const before = row(name);
  const calls = work();
  const after = row(name);
  const expected = [calls, calls, errors * calls, 0, 0, sent * calls, received * calls];
  assertEquals(KEYS.map((key) => after[key] - before[key]), expected, name);
};
assertMoved("t_u8", () => hot(() => ops.t_u8(1), 100_000));
assertMoved("t_sum", () => hot(() => ops.t_sum(filled), 10_000), { sent: 3 });
assertMoved("t_make", () => hot(() => ops.t_make(100), 10_000), { received: 100 });
const failing = (fn) => () => {
  try {
    fn();
  } catch {
    // Counted.
  }
};
assertMoved("t_fail", () => hot(failing(() => ops.t_fail(1)), 5000), { errors: 1 });
assertMoved("t_list", () => hot(failing(() => ops.t_list("x")), 500), { errors: 1 });
// What the host refuses for its arguments never reaches the op.
const refused = (fn) => () => {
  hot(failing(fn), 5000);
  return 0;
};
assertMoved("t_u16", refused(() => ops.t_u16("x")));
assertMoved("t_list", refused(() => ops.t_list(() => 1)));
assertMoved("t_sum", refused(() => ops.t_sum("x")));
const detached = new Uint8Array(5);
detached.buffer.transfer();
assertMoved("t_sum", refused(() => ops.t_sum(detached)));
assertMoved("t_zero_copy", () => hot(() => ops.t_zero_copy(filled), 10), { sent: 3, received: 3 });
let number = 0;
const panicsNowAndThen = () => {
  try {
    ops.t_panic_odd(number++ % 4);
    assertEquals(number % 2, 1);
  } catch (error) {
    assertEquals(error.code, "ERR_PLUGIN_PANIC");
  }
};
assertMoved("t_panic_odd", () => hot(panicsNowAndThen, 200), { errors: 0.5 });
// A slow op is timed every time, a quick one now and then.
const { latency } = row("t_u8");
assert(latency.count > 50 && latency.count < 50_000 && latency.p50 > 0, JSON.stringify(latency));
for (let i = 0; i < 20; i++) await ops.t_blocking(isWasm ? 0 : 1, filled);
assertEquals(row("t_blocking").latency.count, row("t_blocking").completed);

// A plugin that is closed, by functions kept from before that V8 has optimised.
const { t_i32, t_sum, t_struct, t_make, t_async, t_fail } = ops;
const calls = [() => t_i32(1), () => t_sum(filled), () => t_struct({ x: 1, y: 2 }), () => t_make(5), () => t_fail(0)];
for (const call of calls) hot(call, 2000);
kit.close();
const closed = { class: "BadResource", code: "ERR_PLUGIN_CLOSED", includes: "plugin kit" };
for (const call of calls) {
  for (let i = 0; i < 3000; i++) {
    try {
      call();
      throw new Error("a closed op was called");
    } catch (error) {
      assertEquals(error.code, "ERR_PLUGIN_CLOSED");
    }
  }
  assertThrows(call, closed);
}
await assertRejects(() => t_async(1, "x"), closed);
assertThrows(() => t_i32("x"), closed);
assertThrows(() => Deno.core.dispatch(ids.t_sum, filled), closed);
assertEquals(Deno.metrics().ops.filter((op) => op.plugin === "kit"), []);

// Opened again, the functions are new and the fast ones are found again.
const again = openKit();
assertEquals(again.ops.t_count(1), 1);
let sum = 0;
const callsAgain = hot(() => (sum = again.ops.t_i32(sum + 1)), 1000);
assertEquals(sum, callsAgain);
assertThrows(() => t_i32(1), closed);
