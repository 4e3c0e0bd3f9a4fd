// flags: --allow-read
// milliseconds: 400000
// What plain modules export, as ops and as functions of WebAssembly's own; how they are initialised; and what may be
// passed as their imports.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { guest } from "./fixtures.js";

const LINK = { class: "WebAssembly.LinkError", code: "ERR_WASM_LINK" };
const TIME = { class: "TimedOut", code: "ERR_WASM_DEADLINE" };
const TRAP = { class: "WebAssembly.RuntimeError", code: "ERR_WASM_TRAP" };
const open = (name, options) => Deno.openPlugin(guest(name), options);

// ---- Functions of WebAssembly's own, under the plugin's limits ----

const plugin = open("typed_exports", { limits: { deadline: 200 } });
const { exports } = plugin;
assertEquals(Object.keys(exports), ["memory", "table", "limit", "add", "wide", "same", "forever", "trap", "call"]);
assertEquals([exports.add(1, 2), exports.wide(1n, 2, 3.5), exports.same(exports) === exports, exports.limit.value], [
  3,
  [3.5, 1n],
  true,
  42,
]);
assert(exports.add === exports.add && exports.add === plugin.exports.add);
assertThrows(() => exports.add = 1, { class: "TypeError" });
// A table takes them, and the guest calls them.
exports.table.set(1, exports.add);
exports.table.set(2, exports.trap);
assertEquals(plugin.ops.call(1), 3);
assertThrows(() => exports.table.set(1, plugin.ops.add), { class: "TypeError" });
// Each call is one of the op's, and a call that fails ends the instance.
const calls = () => plugin.metrics().ops.find(({ name }) => name === "add").calls;
const before = calls();
exports.add(1, 2);
assertEquals(calls(), before + 1);
assertThrows(() => exports.forever(), { ...TIME, includes: "op \"forever\"" });
assertThrows(() => exports.trap(), TRAP);
assertEquals([plugin.instance.isRunning, exports.add(2, 2), plugin.instance.starts], [false, 4, 3]);
assert(plugin.exports.memory !== exports.memory && plugin.exports.add === exports.add);

// ---- A function that another module imports keeps its type ----

for (const functions of [plugin.ops, plugin.exports]) {
  const importing = open("typed_import", { imports: { math: functions } });
  assertEquals(importing.ops.three(), 3);
  importing.close();
  for (const other of ["wide", "forever", "same"]) {
    assertThrows(() => open("typed_import", { imports: { math: { add: functions[other] } } }), {
      ...LINK,
      includes: ["typed_import", "add"],
    });
  }
}
// A function of the script's has none.
assertEquals(open("typed_import", { imports: { math: { add: (a, b) => a * 10 + b } } }).ops.three(), 12);
const { add } = plugin.exports, { wide } = plugin.ops;
plugin.close();
assertThrows(() => add(1, 2), { class: "BadResource", code: "ERR_PLUGIN_CLOSED" });
assertThrows(() => wide(1n, 2, 3), { code: "ERR_PLUGIN_CLOSED" });
// Also one that nobody has asked for before.
assertThrows(() => plugin.ops.call(1), { code: "ERR_PLUGIN_CLOSED" });
// Nor looked for at all.
{
  const unseen = open("reactor");
  unseen.close();
  assertEquals(Object.keys(unseen.ops), ["_initialize", "state", "trap"]);
  assertThrows(() => unseen.ops.state(), { class: "BadResource", code: "ERR_PLUGIN_CLOSED" });
  const printed = open("reactor");
  assert(Deno.inspect(printed).includes("state"));
  printed.close();
}

// ---- Types are those of the module, with their recursion groups and supertypes ----

{
  const limits = { deadline: 200 };
  const groups = open("grouped_exports", { limits });
  for (const functions of [groups.ops, groups.exports]) {
    const importing = open("grouped_imports", { imports: { groups: functions } });
    assertEquals([importing.ops.first(1), importing.ops.narrow(2), importing.ops.wide(2)], [2, 4, 4]);
    importing.close();
    // The same parameters and results are another type.
    for (
      const [name, other] of [["first", "second"], ["first", "plain"], ["plain", "first"], ["narrow", "plain"], [
        "narrow",
        "wide",
      ]]
    ) {
      const imports = { groups: Object.create(functions, { [name]: { value: functions[other] } }) };
      assertThrows(() => open("grouped_imports", { imports }), { ...LINK, includes: ["grouped_imports", name] });
    }
  }
  // Calls are under the plugin's limits.
  const { forever } = groups.exports;
  assertThrows(() => forever(), { ...TIME, includes: "op \"forever\"" });
  assertEquals([groups.instance.isRunning, groups.exports.first(1)], [false, 2]);
  groups.close();
}

// ---- Names, and modules that want to be initialised ----

const reactor = open("reactor");
assertEquals([reactor.ops.state(), reactor.exports[""](), Object.keys(reactor.ops)], [40, 7, [
  "_initialize",
  "state",
  "trap",
]]);
assertThrows(() => reactor.ops.trap(), TRAP);
assertEquals(reactor.ops.state(), 40);
reactor.close();
const command = open("command");
assertEquals([command.ops.state(), command.ops._start(), command.ops.state()], [0, undefined, 1]);
command.close();
// A command of WASI's has ops as well; each run is an instance of its own.
const wasi = open("wasi_command_with_ops");
assertEquals(Object.keys(wasi.ops), ["count"]);
assertEquals([wasi.ops.count(), wasi.ops.count(), wasi.run().code, wasi.ops.count()], [1, 2, 5, 1]);
wasi.close();

// ---- Imports of any kind ----

class Environment {
  #factor = 100;
  get math() {
    return new (class {
      add(a, b) {
        return a + b;
      }
    })();
  }
  factor() {
    return this.#factor;
  }
}
class Derived extends Environment {}
const three = (imports) => {
  const plugin = open("typed_import", { imports });
  try {
    return plugin.ops.three();
  } finally {
    plugin.close();
  }
};
const math = { add: (a, b) => a + b };
assertEquals(three(new Derived()), 3);
assertEquals(three(Object.create({ math: Object.create(math) })), 3);
assertEquals(three({ math: new Proxy({}, { get: (_, name) => name === "add" ? () => 9 : undefined }) }), 9);
assertEquals(three(new Proxy({ math }, {})), 3);
assertEquals(three(Object.create(new Proxy({ math }, {}))), 3);
assertEquals(three(Object.assign(() => {}, { math })), 3);
for (const imports of [null, 5, "math"]) {
  assertThrows(() => three(imports), { class: "TypeError", code: "ERR_PLUGIN_OPTIONS", includes: "options.imports" });
}
for (const imports of [undefined, {}, { math: null }, { math: {} }, new Proxy({}, {})]) {
  assertThrows(() => three(imports), { ...LINK, includes: ["math.add", "is missing"] });
}
// What every object has is nobody's to give, nor what a script put there.
for (const env of [{}, new Environment(), () => {}, [], new Map(), new Proxy({}, {}), Object.create({})]) {
  assertThrows(() => open("odd_imports", { imports: { env } }), {
    ...LINK,
    includes: ["env.constructor", "is missing"],
  });
}
assertEquals(open("odd_imports", { imports: { env: { constructor: () => 5 } } }).ops.call(), 5);
Object.prototype.math = math;
assertThrows(() => three({}), { ...LINK, includes: "is missing" });
delete Object.prototype.math;

// ---- Modules that export much ----

{
  const COUNT = 20_000;
  const number = (value) => value > 127 ? [value & 127 | 128, ...number(value >>> 7)] : [value];
  const section = (id, ...parts) => [id, ...number(parts.flat().length), ...parts.flat()];
  const each = (make) => Array.from({ length: COUNT }, (_, i) => make(i)).flat();
  const text = (name) => [name.length, ...new TextEncoder().encode(name)];
  const module = Uint8Array.from([
    [0, 97, 115, 109, 1, 0, 0, 0],
    section(1, [1, 0x60, 0, 1, 0x7F]),
    section(3, number(COUNT), each(() => [0])),
    section(7, number(COUNT), each((i) => [...text(`f${i}`), 0, ...number(i)])),
    section(10, number(COUNT), each((i) => [6, 0, 0x41, i & 127 | 128, i >>> 7 & 127 | 128, i >>> 14, 0x0B])),
  ].flat());
  const many = Deno.openPlugin(module);
  assertEquals([many.ops.f0(), many.ops.f12345(), many.exports.f19999(), Object.keys(many.ops).length], [
    0,
    12345,
    19999,
    COUNT,
  ]);
  const { id } = many.metrics().ops[777];
  assertEquals(new Int32Array(Deno.core.dispatch(id).buffer)[0], 777);
  many.close();
  // A first look that finds the stack full is not the last.
  const again = Deno.openPlugin(module);
  let failed = 0;
  const look = () => {
    try {
      look();
    } catch {
      failed++;
    }
    try {
      again.ops.f1;
    } catch {
      failed++;
    }
  };
  look();
  assertEquals([failed > 0, again.ops.f1()], [true, 1]);
  again.close();
  // What the host would hold is counted.
  assertThrows(() => Deno.openPlugin(module, { limits: { host: 4_000_000 } }), {
    class: "RangeError",
    code: "ERR_WASM_LIMIT",
    includes: "options.limits.host",
  });
}
