// flags: --allow-plugin --allow-read
// WASI has the memory of the instance that runs, from its start function on and whatever becomes of its state.

import { assertEquals, assertThrows } from "./assert.js";
import { guest } from "./fixtures.js";

const { ops } = Deno.openPlugin(guest("wasi_grows"));
assertEquals([ops.at_start(), ops.clock()], [0, 0]);

// An instance whose memory has grown is not used again, nor one of whose calls WASI keeps something: the next one has
// the state of the start.
const stateless = Deno.openPlugin(guest("wasi_grows"), { stateless: true });
for (let i = 0; i < 3; i++) {
  assertEquals([stateless.ops.at_start(), stateless.ops.grow(), stateless.ops.clock()], [0, 0, 0]);
}
assertEquals(stateless.instance.starts, 7);

const pooled = Deno.openPlugin(guest("wasi_grows"), { stateless: true, pool: 2 });
for (let i = 0; i < 3; i++) assertEquals([pooled.ops.grow(), pooled.ops.clock()], [0, 0]);

// Standard input is read from its beginning, and what one call has opened is not open in another.
const input = new Uint8Array([1, 2, 3]);
const reader = Deno.openPlugin(guest("wasi_reactor"), { stateless: true, wasi: { stdin: input } });
for (let i = 0; i < 3; i++) assertEquals(reader.ops.read(), 3);
for (let i = 0; i < 300; i++) assertEquals(reader.ops.random() === 0n, false);

// Who catches the exception of an exit and traps has trapped.
const catching = Deno.openPlugin(guest("wasi_catches"));
assertThrows(() => catching.ops.exit_and_trap(), { class: "WebAssembly.RuntimeError", code: "ERR_WASM_TRAP" });
assertThrows(() => catching.ops.leave(), { class: "Error", code: "ERR_WASM_EXIT" });
console.log("ok");
