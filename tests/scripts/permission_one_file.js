// flags: --allow-plugin={folder}/libkit.so
// Leave for one library is leave for that one. The harness puts the folder of the fixtures in the place of {folder}.

import { assertEquals, assertThrows } from "./assert.js";
import { bytes, example, folder, library, text } from "./fixtures.js";

const DENIED = { class: "NotCapable", code: "ERR_PLUGIN_PERMISSION" };

const kit = Deno.openPlugin(library("kit"));
assertEquals(text(kit.ops.echo(bytes("granted"))), "granted");
assertThrows(() => Deno.openPlugin(example("constructor_good")), DENIED);
assertThrows(() => Deno.openPlugin(`${folder}/missing.so`), DENIED);

// Another way to write the same path.
const same = Deno.openPlugin(library("kit").replace(folder, `${folder}/examples/..`));
assertEquals(same.name, "kit");
same.close();
kit.close();
