// flags:
// Without --allow-plugin no library is opened, and nobody learns which files there are.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { folder, library } from "./fixtures.js";

const DENIED = { class: "NotCapable", code: "ERR_PLUGIN_PERMISSION" };

const error = assertThrows(() => Deno.openPlugin(library("kit")), DENIED);
assert(error.message.includes("--allow-plugin"), error.message);
assert(error.message.includes("kit"), error.message);
assertThrows(() => Deno.openPlugin(new URL(`file://${library("kit")}`)), DENIED);
assertThrows(() => Deno.openPlugin(library("missing")), DENIED);
assertThrows(() => Deno.openPlugin(folder), DENIED);
// What its name calls a WebAssembly module is never to be granted native code.
for (const name of ["missing.wasm", `${folder}/missing.wasm`]) {
  const { message } = assertThrows(() => Deno.openPlugin(name), { ...DENIED, includes: `--allow-read=${name}` });
  assert(!message.includes("--allow-plugin"), message);
}
assertEquals(Deno.core.ops(), { ops: 0 });
