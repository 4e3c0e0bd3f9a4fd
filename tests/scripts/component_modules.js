// flags: --allow-read
// Components of several core modules, and of modules with start functions: limits hold for each of them.

import { assertEquals, assertThrows } from "./assert.js";
import { guest } from "./fixtures.js";

const notified = [];
let mode = 0;
const imports = {
  mode: () => mode,
  // By its name without the version.
  "test:modules/host": { notify: (text) => void notified.push(text) },
};
const open = (options) => Deno.openPlugin(guest("component_modules"), { imports, ...options });
const plugin = open({ limits: { deadline: 200, stack: 100 } });
const { ops } = plugin;
assertEquals([ops.started(), ops.echoText("é"), notified.splice(0)], [100, "é", ["from the start"]]);
assertEquals(Object.keys(ops), ["started", "echoText", "spinHere", "spinThere", "deep"]);

const late = (name) => ({ class: "TimedOut", code: "ERR_WASM_DEADLINE", includes: [`"${name}"`, "200 ms"] });
for (let i = 0; i < 2; i++) {
  assertThrows(() => ops.spinHere(), late("spin-here"));
  assertThrows(() => ops.spinThere(), late("spin-there"));
}
assertThrows(() => ops.deep(), { class: "RangeError", code: "ERR_WASM_STACK", includes: "100 calls" });
assertEquals([ops.echoText("after"), plugin.instance.starts], ["after", 6]);
plugin.close();

// Without limits on calls V8's stack is one.
const deep = open();
assertThrows(() => deep.ops.deep(), { class: "RangeError", code: "ERR_WASM_STACK" });
assertEquals(deep.ops.echoText("after"), "after");

// The start of the next instance has the deadline, too.
for (
  const [wrong, wanted] of [
    [1, { class: "TimedOut", code: "ERR_WASM_DEADLINE", includes: "its start of plugin component_modules" }],
    [2, {
      class: "WebAssembly.RuntimeError",
      code: "ERR_WASM_TRAP",
      includes: "its start of plugin component_modules",
    }],
  ]
) {
  mode = wrong;
  const before = Object.keys(Deno.resources());
  for (const options of [{}, { pool: 2 }, { stateless: true }]) {
    assertThrows(() => open({ ...options, limits: { deadline: 200 } }), wanted);
  }
  assertEquals(Object.keys(Deno.resources()), before);
}
mode = 0;
const thrown = new RangeError("of the import's");
imports["test:modules/host"].notify = () => {
  throw thrown;
};
assertEquals(assertThrows(() => open(), {}), thrown);
imports["test:modules/host"].notify = () => {};

// An instance that is made ahead has it as well: the call that finds none there makes one.
mode = 0;
const starts = () => mode;
imports.mode = () => {
  const now = starts();
  mode = 1;
  return now;
};
assertThrows(() => open({ pool: 1, limits: { deadline: 200 } }), {});
imports.mode = starts;
mode = 0;
const stateless = open({ stateless: true, pool: 2 });
for (let i = 0; i < 3; i++) assertEquals([stateless.ops.started(), stateless.ops.echoText("x")], [100, "x"]);
