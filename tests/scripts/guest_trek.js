// flags: --allow-plugin --allow-read

import { assertEquals, assertThrows } from "./assert.js";
import { guest } from "./fixtures.js";

const open = (options) => Deno.openPlugin(guest("trek"), options);
const { ops } = open();

// Until it has registered it is no environment of an app's.
assertEquals(ops.id(), 0n);
assertEquals(ops.add(), -1);
assertThrows(() => ops.value(), {
  class: "WebAssembly.RuntimeError",
  code: "ERR_WASM_GUEST",
  includes: "has not registered",
});
assertEquals(ops.register(7n, 0, 9), -1);
assertEquals(ops.register(7n, 16, 3), -1);
assertEquals(ops.id(), 0n);
assertEquals(ops.register(7n, 0, 10), 0);
assertEquals(ops.id(), 7n);

// Apps count, whichever of their environments does; an id has 64 bits.
assertEquals([ops.add(), ops.add(), ops.value()], [0, 0, 2]);
const second = open();
assertEquals(second.ops.register(7n, 0, 10), 0);
assertEquals([second.ops.add(), second.ops.value(), ops.value()], [0, 3, 3]);
assertEquals(second.ops.register(-1n, 0, 10), 0);
assertEquals([second.ops.id(), second.ops.value(), ops.value()], [-1n, 0, 3]);
second.close();
assertEquals(ops.value(), 3);

// It goes on after exit, and prints what it likes within its memory.
ops.exit(3);
ops.print(16, 3);
assertEquals(ops.value(), 3);
for (const [at, length] of [[65530, 10], [-1, 1], [0, -1], [65536, 1]]) {
  assertThrows(() => ops.print(at, length), { class: "WebAssembly.RuntimeError", code: "ERR_WASM_GUEST" });
  assertThrows(() => ops.register(1n, at, length), { class: "WebAssembly.RuntimeError", code: "ERR_WASM_GUEST" });
}
// A new instance is the same environment.
assertEquals(ops.id(), 7n);

// A call may print so much.
const loud = open({ limits: { host: 1 << 20 } });
assertThrows(() => loud.ops.loud(), { class: "RangeError", code: "ERR_WASM_LIMIT", includes: "has logged" });

const exits = open({ limits: { host: 1 << 20 } });
assertThrows(() => exits.ops.exits(), { class: "RangeError", code: "ERR_WASM_LIMIT", includes: "has logged" });

// One environment does not register all the apps that there may be.
let registered = 0;
const greedy = open();
while (registered < 2000 && greedy.ops.register(BigInt(1000 + registered), 0, 10) === 0) registered++;
assertEquals(registered, 1000);
assertEquals(greedy.ops.register(7n, 0, 10), 0);
assertEquals(open().ops.register(123_456n, 0, 10), 0);

// Each call of a stateless guest finds what its start has left.
const stateless = open({ stateless: true });
assertEquals([stateless.ops.register(7n, 0, 10), stateless.ops.id(), stateless.ops.add()], [0, 0n, -1]);

// What a script passes goes before what the world has.
let printed = 0;
const own = open({ imports: { trek: { print: (_, length) => printed += length } } });
own.ops.print(0, 5);
assertEquals([printed, own.ops.register(9n, 0, 10)], [5, 0]);
console.log("ok");
