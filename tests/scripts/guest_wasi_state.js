// flags: --allow-plugin --allow-read
// WASI has the memory of the instance that runs, from its start function on and whatever becomes of its state.

import { assertEquals } from "./assert.js";
import { guest } from "./fixtures.js";

const { ops } = Deno.openPlugin(guest("wasi_grows"));
assertEquals([ops.at_start(), ops.clock()], [0, 0]);

// An instance whose memory has grown is not used again: the next one has the state of the start.
const stateless = Deno.openPlugin(guest("wasi_grows"), { stateless: true });
for (let i = 0; i < 3; i++) assertEquals([stateless.ops.at_start(), stateless.ops.grow(), stateless.ops.clock()], [0, 0, 0]);
assertEquals(stateless.instance.starts, 4);

const pooled = Deno.openPlugin(guest("wasi_grows"), { stateless: true, pool: 2 });
for (let i = 0; i < 3; i++) assertEquals([pooled.ops.grow(), pooled.ops.clock()], [0, 0]);
console.log("ok");
