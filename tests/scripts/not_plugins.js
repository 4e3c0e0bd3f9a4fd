// flags: --allow-read --allow-write
// needs: guests
// not poisoned: it reads the names of classes in messages, which the prelude hides
// What is taken for a plugin and is none: the error says what it is, and never that native code should be granted for
// it.

import { assert, assertEquals, assertRejects, assertThrows } from "./assert.js";
import { bytes, folder, guest, temp } from "./fixtures.js";

const FILES = {
  "gzip.wasm": [Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0), "compressed by gzip"],
  "zstd.wasm": [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0), "compressed by zstd"],
  "page.wasm": [bytes("\n<!DOCTYPE html><html><title>404"), "an HTML page"],
  "pointer.wasm": [bytes("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a"), "a pointer of Git LFS"],
  "text.wasm": [bytes("(module)"), "the text of a WebAssembly module"],
  "empty.wasm": [bytes(""), "an empty file"],
  "script.so": [bytes("export const a = 1;"), "text that begins with"],
};
for (const [name, [content, includes]] of Object.entries(FILES)) {
  const path = `${temp}/${name}`;
  Deno.writeFileSync(path, content);
  for (const source of [path, name, `./${name}`]) {
    const error = assertThrows(() => Deno.openPlugin(source), {
      class: "InvalidData",
      code: "ERR_PLUGIN_NOT_A_LIBRARY",
      includes,
    });
    assert(!error.message.includes("--allow"), error.message);
  }
  // As bytes, and from a stream.
  const wanted = {
    class: "WebAssembly.CompileError",
    code: "ERR_WASM_COMPILE",
    includes: includes.replace("an empty file", "empty"),
  };
  assertThrows(() => Deno.openPlugin(content), wanted);
  await assertRejects(() => Deno.openPluginStreaming([content]), wanted);
}

// Relative paths are told with the folder that they were taken from.
assertThrows(() => Deno.openPlugin("missing.wasm"), {
  class: "NotFound",
  code: "ERR_PLUGIN_NOT_FOUND",
  includes: `"missing.wasm" in "${temp}"`,
});
assertThrows(() => Deno.openPlugin("."), { class: "IsADirectory", includes: `"." in "${temp}"` });
const absolute = assertThrows(() => Deno.openPlugin(`${folder}/missing.wasm`), {
  class: "NotFound",
  includes: `"${folder}/missing.wasm"`,
});
assert(!absolute.message.includes(" in \""), absolute.message);

// What is no path and no bytes.
const code = Deno.readFileSync(guest("loops"));
const REFUSED = { class: "TypeError", code: "ERR_PLUGIN_OPTIONS" };
for (
  const [source, got] of [
    [undefined, "got undefined"],
    [null, "got null"],
    [5, "got the number 5"],
    ["", "got an empty path"],
    [{}, "got an object"],
    [["a"], "got an array"],
    [new Map(), "got an instance of Map"],
    [new WebAssembly.Module(code), "got a WebAssembly.Module: pass the bytes"],
    [Promise.resolve(code), "got a Promise: await it"],
    [new ReadableStream(), "got an instance of ReadableStream: use await Deno.openPluginStreaming()"],
    [new URL("data:application/wasm,a"), "takes file: URLs, got data:"],
    ["https://example.com/a.wasm", "Deno.openPluginStreaming()"],
    [new Proxy({}, {}), "got a Proxy"],
  ]
) {
  assertThrows(() => Deno.openPlugin(source), { ...REFUSED, includes: got });
}
assertThrows(() => Deno.openPlugin(), { ...REFUSED, includes: "got undefined" });
assertEquals(Object.values(Deno.resources()).includes("plugin"), false);

// Of files of the system's own nothing is told that file functions would not tell.
if (Deno.build.os === "linux") {
  for (const path of ["/proc/self/status", "/sys/kernel/notes"]) {
    assertThrows(() => Deno.openPlugin(path), { class: "NotCapable", code: "ERR_PLUGIN_PERMISSION" });
  }
}
