// flags: --allow-read --allow-write
// A WebAssembly module as a plugin. It needs leave to read its file, and no --allow-plugin.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { temp } from "./fixtures.js";
import { answer, math } from "./wasm_module.js";

const path = `${temp}/math.bin`;
Deno.writeFileSync(path, math);

const said = [];
const imports = { env: { log: (number) => said.push(number) } };
const plugin = Deno.openPlugin(path, { imports });

// The same Plugin as a native one.
assertEquals(plugin.kind, "wasm");
assertEquals(plugin.version, "");
assert(plugin.name.includes("math"), plugin.name);
assertEquals(+plugin, plugin.rid);
assertEquals(Deno.resources()[plugin.rid], "plugin");
const names = ["add", "add64", "mul32", "mul64", "say", "crash", "mixed"];
assertEquals(Object.keys(plugin.ops).sort(), names.toSorted(), "every exported function is an op, and nothing else");
const ids = Deno.core.ops();
assert(names.every((name) => ids[name] > 0));

// With values.
const { ops } = plugin;
assertEquals(ops.add(1, 2), 3);
assertEquals(ops.add(0x7FFFFFFF, 1), -0x80000000);
assertEquals(ops.add64(2n ** 62n, 1n), 2n ** 62n + 1n);
assertEquals(ops.mul32(1.5, 0.5), 0.75);
assertEquals(ops.mul64(1e200, 1e100), 1e300);
assertEquals(ops.mixed(-3, 0.25), -2.75);
assertEquals(ops.say(7), undefined);
assertEquals(said, [7]);
assertThrows(() => ops.add64(1, 2), { class: "TypeError" });
assertThrows(() => ops.crash(), { class: "WebAssembly.RuntimeError" });
assertEquals(ops.add(1, 1), 2, "a trap ends the call and no more");

// With bytes: the arguments one after the other in little-endian, and so the answer.
/** Bytes of `["Int32", 1, "Float64", 0.5]` and so on. */
function pack(...values) {
  const view = new DataView(new ArrayBuffer(64));
  let offset = 0;
  for (let i = 0; i < values.length; i += 2) {
    view[`set${values[i]}`](offset, values[i + 1], true);
    offset += Number(values[i].match(/\d+/)[0]) / 8;
  }
  return new Uint8Array(view.buffer, 0, offset);
}
const dispatch = (name, ...values) => Deno.core.dispatch(ids[name], pack(...values));
assertEquals(dispatch("add", "Int32", 40, "Int32", 2), pack("Int32", 42));
assertEquals(dispatch("add64", "BigInt64", -5n, "BigInt64", 3n), pack("BigInt64", -2n));
assertEquals(dispatch("mul32", "Float32", 1.5, "Float32", 2), pack("Float32", 3));
assertEquals(dispatch("mul64", "Float64", 1.1, "Float64", 3), pack("Float64", 1.1 * 3));
assertEquals(dispatch("mixed", "Int32", 1, "Float64", 0.5), pack("Float64", 1.5));
assertEquals(dispatch("say", "Int32", -1), undefined);
assertEquals(said, [7, -1]);
const WRONG_SIZE = { class: "TypeError", code: "ERR_OP_ARGUMENT" };
assertThrows(() => dispatch("add", "Int32", 1), WRONG_SIZE);
assertThrows(() => dispatch("add", "Int32", 1, "Int32", 2, "Int32", 3), WRONG_SIZE);
assertThrows(() => Deno.core.dispatch(ids.crash), { class: "WebAssembly.RuntimeError" });

// An import that throws is the script's own error.
const failing = Deno.openPlugin(path, {
  imports: {
    env: {
      log: () => {
        throw new RangeError("the import fails");
      },
    },
  },
});
assertThrows(() => failing.ops.say(1), { class: "RangeError", includes: "the import fails" });
failing.close();

// Counted like any op; what is refused for its arguments is no call.
const row = (name) => plugin.metrics().ops.find((op) => op.name === name);
for (const [name, calls, errors] of [["add", 4, 0], ["add64", 3, 1], ["say", 2, 0], ["crash", 2, 2], ["mixed", 2, 0]]) {
  const { completed, inFlight } = row(name);
  assertEquals([row(name).calls, row(name).errors], [calls, errors], name);
  assertEquals([completed, inFlight], [calls, 0], name);
}
const before = Deno.metrics();
dispatch("add", "Int32", 1, "Int32", 2);
const after = Deno.metrics();
assertEquals(after.opsDispatchedSync - before.opsDispatchedSync, 1);
assertEquals(after.bytesSentControl - before.bytesSentControl, 8);
assertEquals(after.bytesReceived - before.bytesReceived, 4);

// Closed like any plugin.
const { add } = ops;
plugin.close();
const CLOSED = { class: "BadResource", code: "ERR_PLUGIN_CLOSED" };
assertThrows(() => add(1, 2), CLOSED);
assertThrows(() => plugin.close(), CLOSED);
assertThrows(() => Deno.core.dispatch(ids.add, pack("Int32", 1, "Int32", 2)), CLOSED);
assertEquals(Deno.core.ops(), { ops: 0 });

// By URL, without imports.
Deno.writeFileSync(`${temp}/answer.wasm`, answer);
const small = Deno.openPlugin(new URL(`file://${temp}/answer.wasm`));
assertEquals(small.ops.answer(), 42);
small.close();

// Modules that do not compile, or whose imports are not there.
const COMPILE = { class: "WebAssembly.CompileError", code: "ERR_WASM_COMPILE", includes: "broken" };
for (const broken of [math.slice(0, math.length - 3), math.slice(0, 9), Uint8Array.from(math).fill(0xFF, 8, 20)]) {
  Deno.writeFileSync(`${temp}/broken.wasm`, broken);
  assertThrows(() => Deno.openPlugin(`${temp}/broken.wasm`, { imports }), COMPILE);
}
const LINK = { class: "WebAssembly.LinkError", code: "ERR_WASM_LINK" };
assertThrows(() => Deno.openPlugin(path), LINK);
assertThrows(() => Deno.openPlugin(path, {}), LINK);
assertThrows(() => Deno.openPlugin(path, { imports: {} }), { ...LINK, includes: "env" });
assertThrows(() => Deno.openPlugin(path, { imports: { env: {} } }), { ...LINK, includes: "log" });
assertThrows(() => Deno.openPlugin(path, { imports: { env: { log: 42 } } }), { ...LINK, includes: "log" });
assertEquals(Deno.core.ops(), { ops: 0 });
