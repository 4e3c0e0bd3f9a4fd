// flags: --allow-plugin --allow-read --allow-write
// A library that is built anew while the old one is open: opened again by its path, it is the new one.

import { assert, assertEquals } from "./assert.js";
import { bytes, library, temp, text } from "./fixtures.js";

const path = `${temp}/plugin.so`;
const replaceWith = (name) => {
  Deno.copyFileSync(library(name), `${path}.new`);
  Deno.renameSync(`${path}.new`, path);
};

replaceWith("hello");
const hello = Deno.openPlugin(path);
assertEquals(hello.ops.greet("you"), "Hello, you!");
replaceWith("kit");
const kit = Deno.openPlugin(path);
assertEquals(text(kit.ops.echo(bytes("new"))), "new");
assert(!Object.hasOwn(kit.ops, "greet"));
assertEquals(hello.ops.greet("you"), "Hello, you!");
// And the same file again is the same library: its statics are shared.
replaceWith("hello");
const third = Deno.openPlugin(path);
assertEquals(third.ops.greet("me"), "Hello, me!");
for (const plugin of [hello, kit, third]) plugin.close();
