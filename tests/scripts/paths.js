// flags: --allow-plugin --allow-read --allow-write
// How a plugin is named: paths and URLs.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { bytes, library, temp, text } from "./fixtures.js";

function opens(path) {
  const kit = Deno.openPlugin(path);
  assertEquals(text(kit.ops.echo(bytes("kit"))), "kit");
  assertEquals(kit.name, "kit");
  kit.close();
}

// A relative path is taken from the working directory.
const absolute = library("kit");
const up = Deno.cwd().split("/").filter((part) => part !== "").map(() => "..").join("/");
opens(absolute);
opens(`${up}${absolute}`);
opens(`./${up}${absolute}`);

// A URL is exact; relative to the script it is made with the script's own.
opens(new URL(`file://${absolute}`));
opens(new URL(absolute, import.meta.url));
assert(import.meta.url.startsWith("file:///"));
assert(import.meta.url.endsWith("/paths.js"));

// Names that need care.
for (const name of ["with space", "per%20cent", "gr\u00fc\u00df", "100%", "a#b?c"]) {
  const folder = `${temp}/${name}`;
  Deno.mkdirSync(folder);
  Deno.writeFileSync(`${folder}/${name}.so`, Deno.readFileSync(absolute));
  opens(`${folder}/${name}.so`);
  const encoded = encodeURIComponent(name);
  opens(new URL(`file://${temp}/${encoded}/${encoded}.so`));
  Deno.removeSync(folder, { recursive: true });
}

// The file may be replaced or removed while the plugin is open.
const copy = `${temp}/copy.so`;
Deno.writeFileSync(copy, Deno.readFileSync(absolute));
const plugin = Deno.openPlugin(copy);
Deno.removeSync(copy);
assertEquals(text(plugin.ops.echo(bytes("gone"))), "gone");
plugin.close();

// URLs of other kinds.
assertThrows(() => Deno.openPlugin(new URL("https://example.com/libkit.so")), { class: "TypeError" });
