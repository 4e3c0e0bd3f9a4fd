// flags: --allow-read --allow-plugin
// needs: guests
// Guests that open plugins of their own, as far as they are granted it.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { bytes, guest, library, text } from "./fixtures.js";

const open = (options) => Deno.openPlugin(guest("opens"), options);
const hello = Deno.readFileSync(guest("hello"));
const loops = Deno.readFileSync(guest("loops"));

/** A plugin with a hand for each of its imports: text and bytes are put into its memory. */
function opener(options) {
  const plugin = open(options);
  const put = (value, at) => {
    const put = typeof value === "string" ? bytes(value) : value;
    // After a trap it is this call that makes the next instance.
    plugin.ops.read(0, 0);
    new Uint8Array(plugin.exports.memory.buffer).set(put, at);
    return [at, put.length];
  };
  return {
    plugin,
    open: (name, module) => plugin.ops.open(...put(name, 0), ...put(module, 1024)),
    call: (number, op, input) => plugin.ops.call(number, ...put(op, 0), ...put(input, 1024)),
    read: (length = 1000) => {
      const found = plugin.ops.read(2048, length);
      return text(new Uint8Array(plugin.exports.memory.buffer, 2048, Math.min(length, found)));
    },
    close: (number) => plugin.ops.close(number),
  };
}

const open_plugins = () => Object.values(Deno.resources()).filter((name) => name === "plugin").length;

// What is not granted is not there.
for (const options of [undefined, {}, { plugins: 0 }]) {
  assertThrows(() => open(options), {
    class: "WebAssembly.LinkError",
    code: "ERR_WASM_LINK",
    includes: ["plugbay_plugins.open", "plugbay_plugins.call", "plugbay_plugins.read", "plugbay_plugins.close"],
  });
}
for (const plugins of [-1, 1.5, "2", true, 1001]) {
  assertThrows(() => open({ plugins }), {
    class: "RangeError",
    code: "ERR_PLUGIN_OPTIONS",
    includes: "options.plugins",
  });
}
assertEquals(open_plugins(), 0);

// A plugin, its op, its answer; and a second one of the same module.
const outer = opener({ plugins: 2, limits: { deadline: 300 } });
const first = outer.open("first", hello), second = outer.open("second", hello);
assert(first > 0 && second > 0 && first !== second);
assertEquals(open_plugins(), 3);
for (const number of [first, second]) {
  const expected = "SOME BYTES";
  const length = outer.call(number, "testSync", "some bytes");
  assertEquals(outer.read(), expected);
  assertEquals(length, expected.length);
  assertEquals([outer.read(2), outer.read(0)], ["SO", ""]);
}

/** The call fails, and the guest reads why. */
function fails(answer, ...parts) {
  assert(answer === 0 || answer === -1, answer);
  const why = outer.read();
  for (const part of parts) assert(why.includes(part), why);
}

// More than it may have; no op, no plugin, no module, no native library.
fails(outer.open("third", hello), "2 plugins open", "options.plugins");
fails(outer.call(first, "nothing", ""), "has no op \"nothing\"");
fails(outer.call(first, "testAsync", "x"), "answers later");
fails(outer.call(99, "testSync", ""), "no open plugin 99");
outer.close(second);
assertEquals(open_plugins(), 2);
fails(outer.call(second, "testSync", ""), "no open plugin");
outer.close(second);
outer.close(-1);
fails(outer.open("bad", "no module"), "no valid WebAssembly module", "bad of opens");
fails(outer.open("native", Deno.readFileSync(library("hello")).slice(0, 2_000_000)), "no valid WebAssembly module");
fails(outer.open("wants", Deno.readFileSync(guest("opens"))), "plugbay_plugins.open");
assertEquals(open_plugins(), 2);
assertEquals(outer.call(first, "testSync", "still there"), 11);

// What lies outside of its memory is nobody's.
for (
  const call of [
    () => outer.plugin.ops.open(0, 1, -8, 100),
    () => outer.plugin.ops.open(0x7fffffff, 0x7fffffff, 0, 0),
    () => outer.plugin.ops.call(first, 0, 0xfffffff, 0, 0),
    () => outer.plugin.ops.read(64 * 65536 - 1, 2),
    () => outer.plugin.ops.read(0, -1),
  ]
) {
  assertThrows(call, { class: "WebAssembly.RuntimeError", code: "ERR_WASM_GUEST", includes: "opens" });
}

// They have their opener's limits, and count against its deadline.
const endless = outer.open("endless", loops);
assert(endless > 0, outer.read());
assertThrows(() => outer.call(endless, "forever", ""), {
  class: "TimedOut",
  code: "ERR_WASM_DEADLINE",
  includes: "300 ms",
});

// They go with the instance that opened them.
assertEquals(open_plugins(), 1);
const third = outer.open("third", hello);
assert(third > 0 && third !== first);
assertThrows(() => outer.plugin.ops.trap(), { class: "WebAssembly.RuntimeError" });
assertEquals(open_plugins(), 1);
fails(outer.call(third, "testSync", ""), "no open plugin");
outer.open("again", hello);
assertEquals(open_plugins(), 2);
outer.plugin.close();
assertEquals(open_plugins(), 0);

// Nor does a stateless one keep any.
const stateless = opener({ plugins: 1, stateless: true });
for (let i = 0; i < 3; i++) {
  const [name, module] = [bytes("one"), hello];
  const memory = () => new Uint8Array(stateless.plugin.exports.memory.buffer);
  memory().set(name, 0);
  memory().set(module, 1024);
  assert(stateless.plugin.ops.open(0, name.length, 1024, module.length) > 0);
  assertEquals(open_plugins(), 1);
}
stateless.plugin.close();
