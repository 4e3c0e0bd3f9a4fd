// flags: --allow-plugin={folder}/examples
// Leave for a folder is leave for what is in it. The harness puts the folder of the fixtures in the place of {folder}.

import { assertEquals, assertThrows } from "./assert.js";
import { example, folder, library, openExample, text } from "./fixtures.js";

const DENIED = { class: "NotCapable", code: "ERR_PLUGIN_PERMISSION" };

const plugin = openExample("constructor_good");
assertEquals(text(plugin.ops.ok()), "constructor_good");
plugin.close();
assertThrows(() => Deno.openPlugin(library("kit")), DENIED);
// No way out of the folder, and no folder that only begins like it.
assertThrows(() => Deno.openPlugin(example("x").replace(/[^/]*$/, "../libkit.so")), DENIED);
assertThrows(() => Deno.openPlugin(`${folder}/examples-of-others/libkit.so`), DENIED);
