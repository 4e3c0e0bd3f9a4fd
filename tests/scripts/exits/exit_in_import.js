// flags:
// exit: 3
// stdout: before
// What a guest imports ends the program while the guest runs.

import { math } from "../wasm_module.js";

const log = () => {
  console.log("before");
  Deno.exit(3);
};
const plugin = Deno.openPlugin(math, { imports: { env: { log } } });
plugin.ops.say(1);
console.log("not reached");
