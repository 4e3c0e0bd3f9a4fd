// flags: --allow-write --allow-plugin={folder}
// A WebAssembly module needs leave to read its file; leave to open libraries elsewhere does not do.

import { assert, assertThrows } from "./assert.js";
import { temp } from "./fixtures.js";
import { answer } from "./wasm_module.js";

Deno.writeFileSync(`${temp}/answer.wasm`, answer);
const error = assertThrows(() => Deno.openPlugin(`${temp}/answer.wasm`), { class: "NotCapable" });
assert(error.code === "ERR_PLUGIN_PERMISSION", error.code);
