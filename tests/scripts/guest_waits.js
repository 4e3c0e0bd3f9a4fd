// flags: --allow-read
// Guests that wait for imports: V8's JavaScript Promise Integration.

import { assert, assertEquals, assertRejects, assertThrows } from "./assert.js";
import { after, guest } from "./fixtures.js";

const asked = [];
const fetch = new WebAssembly.Suspending(async (value) => {
  asked.push(`+${value}`);
  await after(5);
  asked.push(`-${value}`);
  if (value === 13) throw new RangeError("unlucky");
  if (value === 99) await new Promise(() => {});
  return value * 10;
});
const plugin = Deno.openPlugin(guest("waits"), { imports: { env: { fetch } }, limits: { deadline: 300 } });
const { ops } = plugin;
assert(ops.twice(1) instanceof Promise);
assertEquals(await ops.twice(3), 70);
assertEquals(asked.splice(0), ["+1", "-1", "+2", "-2", "+3", "-3", "+4", "-4"]);

// One after the other, in the order of the calls.
assertEquals(await Promise.all([ops.twice(1), ops.twice(5), ops.calls()]), [30, 110, 4]);
assertEquals(asked.splice(0), ["+1", "-1", "+2", "-2", "+5", "-5", "+6", "-6"]);

// An import that fails is the script's own error, and the guest goes on.
await assertRejects(() => ops.twice(12), { class: "RangeError", includes: "unlucky" });
assertEquals(await ops.calls(), 5);

// The deadline holds while the guest waits, and after it has waited; the next call has a new instance.
const late = { class: "TimedOut", code: "ERR_WASM_DEADLINE", includes: ["\"twice\" of plugin waits", "300 ms"] };
await assertRejects(() => ops.twice(99), late);
assertEquals(await ops.calls(), 0);
await assertRejects(() => ops.spin(), { class: "TimedOut", code: "ERR_WASM_DEADLINE" });
assertEquals(await ops.twice(1), 30);
assertEquals(plugin.instance.starts, 3);
const { calls, completed, errors } = plugin.metrics().ops.find((op) => op.name === "twice");
assertEquals([calls, completed, errors], [7, 7, 2]);
assertThrows(() => Deno.core.dispatch(Deno.core.ops().twice), { code: "ERR_OP_ARGUMENT" });
plugin.close();

// A limit on calls within one another holds for calls that wait, too, and they leave nothing behind.
const shallow = Deno.openPlugin(guest("waits"), { imports: { env: { fetch } }, limits: { stack: 1, deadline: 300 } });
for (let i = 0; i < 5; i++) assertEquals(await shallow.ops.twice(1), 30);
await assertRejects(() => shallow.ops.twice(12), { class: "RangeError", includes: "unlucky" });
assertEquals(await shallow.ops.twice(1), 30);
shallow.close();
await assertRejects(() => ops.twice(1), { code: "ERR_PLUGIN_CLOSED" });

// What closes the plugin before it waits: the call ends, and so do those behind it.
{
  const closing = Deno.openPlugin(guest("waits"), {
    imports: {
      env: {
        fetch: new WebAssembly.Suspending((value) => {
          if (value === 3) closing.close();
          return after(1);
        }),
      },
    },
  });
  const ended = await Promise.allSettled([1, 3, 5].map((value) => closing.ops.twice(value)));
  assertEquals(ended.map(({ status }) => status), ["fulfilled", "rejected", "rejected"]);
  assertEquals(ended[2].reason.code, "ERR_PLUGIN_CLOSED");
}

// The same module with a function that does not wait gives its results at once.
const plain = Deno.openPlugin(guest("waits"), { imports: { env: { fetch: (value) => value } } });
assertEquals(plain.ops.twice(3), 7);

// Bytes instead of a file.
const copy = Deno.openPlugin(Deno.readFileSync(guest("waits")), {
  name: "copy",
  imports: { env: { fetch: (value) => value } },
});
assertEquals([copy.name, copy.ops.twice(3)], ["copy", 7]);
assertThrows(() => Deno.openPlugin(new Uint8Array(8), { name: "zeros" }), {
  code: "ERR_WASM_COMPILE",
  includes: "zeros",
});

// The memory of a stateless guest that grows after it has waited.
const stateless = Deno.openPlugin(guest("waits"), { imports: { env: { fetch } }, stateless: true });
for (let i = 1; i <= 3; i++) {
  assertEquals(await stateless.ops.grow(), 0);
  assertEquals(stateless.instance.starts, i);
}
stateless.close();

// So does a deadline where a module of the script's own suspends the guest, which nobody is told of.
{
  const bytes = (...calls) =>
    new Uint8Array([
      ...[
        0,
        97,
        115,
        109,
        1,
        0,
        0,
        0,
        1,
        4,
        1,
        96,
        0,
        0,
        2,
        13,
        2,
        1,
        109,
        1,
        102,
        0,
        0,
        1,
        109,
        1,
        103,
        0,
        0,
        3,
        2,
        1,
        0,
      ],
      ...[7, 7, 1, 3, 114, 117, 110, 0, 2, 10, 4 + 2 * calls.length, 1, 2 + 2 * calls.length, 0],
      ...calls.flatMap((call) => [16, call]),
      11,
    ]);
  const never = new WebAssembly.Suspending(() => new Promise(() => {}));
  const inner = new WebAssembly.Instance(new WebAssembly.Module(bytes(0)), { m: { f: never, g: () => {} } });
  const outer = Deno.openPlugin(bytes(1), {
    imports: { m: { f: new WebAssembly.Suspending(async () => {}), g: inner.exports.run } },
    limits: { deadline: 100 },
  });
  await assertRejects(() => outer.ops.run(), { code: "ERR_WASM_DEADLINE" });
  outer.close();
}
