// flags: --allow-plugin --allow-read --allow-write --allow-env --allow-net
// Who has been granted everything can pass on everything.

import { assert, assertEquals } from "./assert.js";
import { bytes, guest, text } from "./fixtures.js";

if (Deno.build.os === "linux") {
  const plugin = Deno.openPlugin(guest("wasi_paths"), { wasi: { preopens: { "/": "/proc/self" } } });
  const { ops, exports } = plugin;
  const memory = new Uint8Array(exports.memory.buffer);
  memory.set(bytes("environ"), 1024);
  assertEquals(ops.path_open(3, 1, 1024, 7, 0, 1n << 1n, 0n, 0, 512), 0);
  new Uint32Array(exports.memory.buffer).set([8192, 50_000], 4);
  assertEquals(ops.fd_read(new Uint32Array(exports.memory.buffer)[128], 16, 1, 24), 0);
  assert(text(memory.slice(8192)).includes("PLUGBAY_CACHE="));
  plugin.close();
}
