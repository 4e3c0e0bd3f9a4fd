// flags: --allow-plugin --allow-read
// A native plugin does what a component imports: its ops are passed as the functions of an interface.

import { assertEquals, assertThrows } from "./assert.js";
import { guest, openKit } from "./fixtures.js";

const kit = openKit().ops;
const functions = {
  greet: kit.t_join,
  many: kit.t_many,
  wide: kit.t_i64,
  unsigned: kit.t_u64,
  sum: kit.t_sum,
  mean: kit.v_sum_f64,
  make: kit.t_make,
  maybe: kit.t_maybe_text,
  move: kit.t_struct,
  checked: kit.t_fail,
};
const open = (kit) => Deno.openPlugin(guest("native_ops"), { imports: { "test:native-ops/kit": kit } });
const plugin = open(functions), ops = plugin.ops.kit;

assertEquals(ops.greet("Grüße, ", "Welt"), "Grüße, Welt");
assertEquals(ops.many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, true), 56);
for (const value of [0n, 5n, -(2n ** 63n), 2n ** 63n - 1n]) assertEquals(ops.wide(value), value);
for (const value of [0n, 2n ** 53n + 1n, 2n ** 64n - 1n]) assertEquals(ops.unsigned(value), value);
assertEquals([ops.sum(new Uint8Array([1, 2, 255])), ops.mean(Float64Array.of(1, 2, 6))], [258, 9]);
assertEquals([...ops.make(5)], [0, 1, 2, 3, 4]);
assertEquals([ops.maybe(true), ops.maybe(false)], [kit.t_maybe_text(true), undefined]);
assertEquals(ops.move({ x: 1, y: 2 }), { ...kit.t_struct({ x: 1, y: 2 }), label: undefined });

// What an op throws is an error of the result's if it is said to be one, and else goes through the component.
assertEquals(ops.checked(0), 0);
assertThrows(() => ops.checked(7), { class: "RangeError", code: "ERR_KIT", includes: "code 7 is not 0" });
assertEquals([ops.checked(0), plugin.instance.starts], [0, 2]);
const checked = (code) => {
  try {
    return kit.t_fail(code);
  } catch (error) {
    throw Object.assign(error, { payload: error.message });
  }
};
const caught = open({ ...functions, checked });
const { payload } = assertThrows(() => caught.ops.kit.checked(7), { code: "ERR_COMPONENT_RESULT" });
assertEquals([payload, caught.instance.starts], ["code 7 is not 0", 1]);

// An op that gives a promise is waited for.
const waiting = open({ ...functions, greet: new WebAssembly.Suspending((a, b) => kit.t_async(a.length, b)) });
assertEquals(await waiting.ops.kit.greet("five5", "later"), "5 later");
