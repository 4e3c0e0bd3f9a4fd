// flags: --allow-all
// needs: guests
// An instance whose start fails is not used, and leaves nothing open.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { folder, guest } from "./fixtures.js";

const wasi = { preopens: { "/": folder } };
const open = (starts, options) =>
  Deno.openPlugin(guest("fails_to_start"), { imports: { script: { starts } }, wasi, ...options });
const refuse = () => {
  throw new Error("not now");
};

// Of the instance that comes after a trap.
let starts = 0;
const plugin = open(() => {
  if (++starts === 2) refuse();
});
assertEquals(plugin.ops.started(), 1);
assertThrows(() => plugin.ops.trap(), { code: "ERR_WASM_TRAP" });
assertThrows(() => plugin.ops.started(), { class: "Error", includes: "not now" });
assertEquals([plugin.ops.started(), starts], [1, 3]);
plugin.close();

// Of the first, and where there is none.
const openFiles = () => [...Deno.readDirSync("/proc/self/fd")].length;
if (Deno.build.os === "linux") {
  const before = openFiles();
  for (let i = 0; i < 20; i++) {
    assertThrows(() => open(refuse), { includes: "not now" });
    assertThrows(() => open(refuse, { pool: 2 }), { includes: "not now" });
    assertThrows(() => open(5), { code: "ERR_WASM_LINK" });
  }
  assert(openFiles() < before + 10, `${before} files were open, and are ${openFiles()}`);
}
