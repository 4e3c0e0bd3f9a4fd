// flags: --allow-read --allow-write
// The system's own files go by Deno's rules: a guest has of them what a script could open itself.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { bytes, guest, temp } from "./fixtures.js";

const EACCES = 2, ELOOP = 32, EPERM = 63, SUCCESS = 0;
const READ = 1n << 1n, WRITE = 1n << 6n;
const open = (preopens) => Deno.openPlugin(guest("wasi_paths"), { wasi: { preopens } });

Deno.writeTextFileSync(`${temp}/file`, "ours");
const trees = Deno.build.os === "linux" ? ["/proc", "/proc/self", "/proc/self/fd", "/sys/kernel", "/dev"] : ["/dev"];
for (const path of trees) {
  for (const write of [false, true]) {
    const error = assertThrows(() => open({ "/": { path, write } }), {
      class: "NotCapable",
      code: "ERR_PLUGIN_PERMISSION",
    });
    assert(error.message.includes("--allow-all"), error.message);
  }
}
const plugin = open({ "/": { path: "/", write: true } });
const { ops, exports } = plugin;
const put = (path) => {
  const encoded = bytes(path);
  new Uint8Array(exports.memory.buffer).set(encoded, 1024);
  return encoded.length;
};
const openFile = (path, rights = READ) => ops.path_open(3, 1, 1024, put(path), 0, rights, rights, 0, 512);
assertEquals(openFile(`${temp}/file`.slice(1)), SUCCESS);
assertEquals([openFile("dev/null", READ | WRITE), openFile("dev/urandom")], [SUCCESS, SUCCESS]);
const special = Deno.build.os === "linux"
  ? [
    "proc/self/environ",
    "proc/1/environ",
    "proc/self/mem",
    "proc/self/maps",
    "proc/../proc/./self/cmdline",
    "proc",
    "sys/kernel/notes",
    "dev/full",
    "dev/.",
  ]
  : ["dev/fd", "dev"];
for (const path of special) {
  assertEquals([path, openFile(path), openFile(path, WRITE)], [path, EACCES, EACCES]);
  assertThrows(() => Deno.readFileSync(`/${path}`), { class: "NotCapable" });
}
for (const path of ["dev/stdin", "proc/self/root/etc", "proc/self/fd/0"]) {
  assert([EACCES, ELOOP, EPERM].includes(openFile(path)), path);
}
plugin.close();
