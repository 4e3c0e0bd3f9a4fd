// Times `Deno.core.dispatch` with 64 bytes of the op that Deno.args[1] names, as ops.js does; Deno.args[2] is the key.
// Each op has a process of its own: V8 inlines the one function that a script dispatches, and none of several.

import { bench } from "./time.js";

const [path, name, key] = Deno.args;
Deno.openPlugin(path);
const { dispatch } = Deno.core;
const id = Deno.core.ops()[name];
const bytes = new Uint8Array(64).fill(7);

await bench(key, (n) => {
  for (let i = 0; i < n; i++) dispatch(id, bytes);
});
