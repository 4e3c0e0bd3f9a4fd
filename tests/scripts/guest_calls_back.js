// flags: --allow-read={folder}
// needs: guests
// Ops that are called while another op of the guest's runs leave its arguments as they are, also where they take the
// slow path.

import { assertEquals } from "./assert.js";
import { guest } from "./fixtures.js";

const ones = new Uint8Array(64).fill(1), nines = new Uint8Array(64).fill(9);
let calls = 0;
const back = () => {
  for (let i = 0; i < calls; i++) assertEquals(plugin.ops.sum(nines), 576);
};
const plugin = Deno.openPlugin(guest("calls_back"), { imports: { script: { back } } });
// Until the ops are fast enough that most calls are not timed.
for (let i = 0; i < 5000; i++) plugin.ops.sum(nines), plugin.ops.sum_after(ones);
calls = 3;
for (let i = 0; i < 5000; i++) assertEquals(plugin.ops.sum_after(ones), 64);
