// flags: --allow-plugin --allow-read --allow-write
// A file that is written over while its plugin is open: the plugin goes on as it was, and opened again it is the new
// one.

import { assertEquals, assertThrows } from "./assert.js";
import { bytes, library, temp, text } from "./fixtures.js";

const path = `${temp}/plugin.so`;
const [kitBytes, helloBytes] = ["kit", "hello"].map((name) => Deno.readFileSync(library(name)));

// Into the same file, as `cp` does it.
Deno.writeFileSync(path, kitBytes);
const kit = Deno.openPlugin(path);
Deno.writeFileSync(path, new Uint8Array());
// Ops whose code nobody has touched before, and so is read from where the library is mapped.
assertEquals(text(kit.ops.echo(bytes("after"))), "after");
assertEquals(kit.ops.sum({ a: 1, b: 2 }), 3);
assertEquals(kit.ops.big(bytes("100000")).length, 100_000);
assertThrows(() => Deno.openPlugin(path), { class: "InvalidData", code: "ERR_PLUGIN_NOT_A_LIBRARY" });
Deno.writeFileSync(path, helloBytes);
const hello = Deno.openPlugin(path);
assertEquals(hello.ops.greet("you"), "Hello, you!");
assertEquals(text(kit.ops.echo(bytes("still"))), "still");
Deno.writeFileSync(path, new Uint8Array(helloBytes.length));
assertEquals(hello.ops.greet("me"), "Hello, me!");
const answer = kit.ops.big(bytes("50000"));
kit.close();
assertEquals(answer[49_999], 49_999 % 251);
hello.close();

// Equal bytes are one library, wherever they are: this one counts in a static what was dropped.
const copies = ["one", "two"].map((name) => {
  const copy = `${temp}/${name}.so`;
  Deno.writeFileSync(copy, kitBytes);
  const plugin = Deno.openPlugin(copy);
  Deno.removeSync(copy);
  return plugin;
});
const before = copies[1].ops.drops();
copies[0].ops.counter_new();
copies[0].close();
assertEquals(copies[1].ops.drops(), before + 1, "the static of the first is not that of the second");
copies[1].close();
