// flags: --allow-read
// Leave to read a library is no leave to run it.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { folder, library } from "./fixtures.js";

const DENIED = { class: "NotCapable", code: "ERR_PLUGIN_PERMISSION" };

const error = assertThrows(() => Deno.openPlugin(library("kit")), DENIED);
assert(error.message.includes("--allow-plugin"), error.message);
assertThrows(() => Deno.openPlugin(`${folder}/missing.so`), { code: "ERR_PLUGIN_NOT_FOUND" });
assertEquals(Deno.core.ops(), { ops: 0 });
