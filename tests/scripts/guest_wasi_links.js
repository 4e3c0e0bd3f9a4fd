// flags: --allow-read={folder},{temp}/ours --allow-write={temp}/ours
// What a guest leaves in its folder leads who reads it later nowhere else, and it is left no way to get there itself.

import { assertEquals } from "./assert.js";
import { bytes, guest, temp } from "./fixtures.js";

const EPERM = 63, SUCCESS = 0, EBADF = 8, ENOTSOCK = 57;
Deno.mkdirSync(`${temp}/ours/deep/deeper`, { recursive: true });
Deno.writeTextFileSync(`${temp}/ours/file`, "ours");
const plugin = Deno.openPlugin(guest("wasi_paths"), {
  wasi: { preopens: { "/": { path: `${temp}/ours`, write: true } } },
});
const { ops, exports } = plugin;
const put = (path, at) => {
  const encoded = bytes(path);
  new Uint8Array(exports.memory.buffer).set(encoded, at);
  return encoded.length;
};
const symlink = (target, path) => ops.path_symlink(1024, put(target, 1024), 3, 2048, put(path, 2048));
const rename = (from, to) => ops.path_rename(3, 1024, put(from, 1024), 3, 2048, put(to, 2048));
const link = (from, to) => ops.path_link(3, 0, 1024, put(from, 1024), 3, 2048, put(to, 2048));

for (
  const target of ["..", "../secret", "/etc/passwd", "../../../../../../../../etc/passwd", "deep/../..", "deep/.."]
) {
  assertEquals([target, symlink(target, "link")], [target, EPERM]);
}
assertEquals(symlink("../../file", "deep/deeper/link"), SUCCESS);
assertEquals(Deno.readTextFileSync(`${temp}/ours/deep/deeper/link`), "ours");
assertEquals([rename("deep/deeper/link", "link"), link("deep/deeper/link", "link")], [EPERM, EPERM]);
assertEquals([rename("deep/deeper", "deeper"), rename("deep/deeper", "deep/renamed")], [EPERM, SUCCESS]);
assertEquals([...Deno.readDirSync(`${temp}/ours`)].map(({ name }) => name).sort(), ["deep", "file"]);
for (const path of ["deep", "deep/renamed", "file"]) {
  assertEquals(ops.path_filestat_get(3, 0, 1024, put(path, 1024), 256), SUCCESS);
}

assertEquals([ops.sock_shutdown(3, 0), ops.sock_shutdown(99, 0)], [ENOTSOCK, EBADF]);
plugin.close();
