// flags: --allow-read --allow-write
// WASI preview 1: what options.wasi grants, and nothing more.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { bytes, guest, temp, text } from "./fixtures.js";

// ---- Commands ----

const granted = {
  args: ["command", "gr\u00fc\u00df"],
  env: { KEY: "value" },
  stdin: bytes("from stdin"),
  stdout: "piped",
  stderr: "piped",
};
const command = Deno.openPlugin(guest("wasi_command"), { wasi: granted });
assertEquals([command.kind, Object.keys(command.ops)], ["wasm", []]);
for (let i = 0; i < 3; i++) {
  const { code, stdout, stderr } = command.run();
  assertEquals([code, text(stdout), text(stderr)], [3, "command\0gr\u00fc\u00df\0KEY=value\0", "from stdin"]);
}
command.close();
// Nothing granted, nothing there: not the program's own arguments, environment or streams.
const poor = Deno.openPlugin(guest("wasi_command"));
assertEquals(poor.run(), { code: 3, stdout: undefined, stderr: undefined });
poor.close();

// ---- Reactors ----

const EPERM = 63, EROFS = 69, ENOENT = 44, EBADF = 8, NOTCAPABLE = 76, EFAULT = 21, SUCCESS = 0;
const READ = 1n << 1n, WRITE = 1n << 6n, CREATE = 1;
Deno.mkdirSync(`${temp}/shown/inner`, { recursive: true });
Deno.mkdirSync(`${temp}/writable`);
Deno.writeTextFileSync(`${temp}/secret`, "secret");
Deno.writeTextFileSync(`${temp}/shown/file`, "shown");
Deno.symlinkSync(`${temp}/secret`, `${temp}/shown/absolute`);
Deno.symlinkSync("../secret", `${temp}/shown/relative`);
Deno.symlinkSync("..", `${temp}/shown/up`);
Deno.symlinkSync("file", `${temp}/shown/within`);

const preopens = { "/shown": `${temp}/shown`, "/writable": { path: `${temp}/writable`, write: true } };
const reactor = Deno.openPlugin(guest("wasi_reactor"), { wasi: { preopens } });
const { ops } = reactor;
assertEquals(ops.initialized(), 1);
const put = (path) => {
  const encoded = bytes(path);
  new Uint8Array(reactor.exports.memory.buffer).set(encoded, 1024);
  return encoded.length;
};
const open = (folder, path, flags = 0, rights = READ) => ops.open(folder, put(path), flags, rights);
const content = () => text(new Uint8Array(reactor.exports.memory.buffer, 4096, ops.read()));

for (const path of ["file", "within", "./inner/../file"]) {
  assertEquals([path, open(3, path)], [path, SUCCESS]);
  assertEquals(content(), "shown");
  assertEquals(ops.close(), SUCCESS);
}
for (
  const path of [
    "../secret",
    "inner/../../secret",
    "absolute",
    "relative",
    "up/secret",
    "up",
    `${temp}/secret`,
    "/etc/passwd",
    "/proc/self/environ",
    "//etc/passwd",
    "..",
  ]
) {
  assertEquals([path, open(3, path)], [path, EPERM]);
}
assertEquals(open(3, "missing"), ENOENT);
for (const folder of [0, 1, 2, 5, 99, -1]) {
  assert([EBADF, NOTCAPABLE, 54].includes(open(folder, "file")), `descriptor ${folder}`);
}
// Read only.
assertEquals(open(3, "new", CREATE, READ | WRITE), EROFS);
assert([EROFS, NOTCAPABLE].includes(open(3, "file", 0, WRITE)));
// Writable.
assertEquals(open(4, "new", CREATE, READ | WRITE), SUCCESS);
assertEquals(ops.write(put("written")), SUCCESS);
assertEquals(ops.close(), SUCCESS);
assertEquals(Deno.readTextFileSync(`${temp}/writable/new`), "written");
assertEquals(open(4, "../secret", 0, READ | WRITE), EPERM);
assertEquals(Deno.readTextFileSync(`${temp}/secret`), "secret");

// Clocks, random numbers, pointers beyond memory.
const now = BigInt(Date.now()) * 1_000_000n;
const difference = ops.clock(0) - now;
assert(difference > -5_000_000_000n && difference < 5_000_000_000n);
assert(ops.clock(1) <= ops.clock(1));
assert(ops.random() !== ops.random());
assertEquals(ops.bad_pointers() & EFAULT, EFAULT);
assertEquals(ops.sleep(1_000_000n), SUCCESS);

// A reactor that ends itself is begun anew.
assertThrows(() => ops.exit(7), {
  class: "Error",
  code: "ERR_WASM_EXIT",
  includes: ["op \"exit\" of plugin wasi_reactor", "exit code 7"],
});
assertEquals(ops.initialized(), 1);
assertEquals(reactor.instance.starts, 2);
assertEquals(open(3, "file"), SUCCESS);
assertThrows(() => reactor.run(), { class: "TypeError", code: "ERR_WASM_COMMAND" });
reactor.close();

// The deadline holds while a guest waits: the wait is not told as one that has succeeded, and nothing comes after it.
const waiter = Deno.openPlugin(guest("wasi_waits"), { limits: { deadline: 300 } });
for (const name of ["sleep", "random", "sleep"]) {
  const start = performance.now();
  assertThrows(() => waiter.ops[name](), {
    class: "TimedOut",
    code: "ERR_WASM_DEADLINE",
    includes: ["300 ms", "options.limits.deadline"],
  });
  assert(performance.now() - start < 5000, name);
  assertEquals([waiter.instance.isRunning, waiter.ops.back()], [false, 0]);
}
// The streams that it has not been given end at once.
assertEquals([waiter.ops.read(), waiter.ops.poll(), waiter.ops.write(1)], [0, 1, 1 << 20]);
waiter.close();

// One that catches what ends it has nothing more of the system.
const catches = Deno.openPlugin(guest("wasi_catches"));
assertEquals(catches.ops.random(), 0);
catches.ops.exit();
assertThrows(() => catches.ops.random(), { code: "ERR_WASM_EXIT", includes: "exit code 7" });
assertEquals(catches.ops.random(), 0);
catches.close();

// ---- Functions of the script's ----

// They go before ours, one by one.
const written = [];
const wasi_snapshot_preview1 = {
  fd_write(fd, buffers, count, result) {
    written.push([fd, count]);
    new DataView(mixed.exports.memory.buffer).setUint32(result, 42, true);
    return 0;
  },
  // None that it asks for.
  fd_sync: 5,
};
const mixed = Deno.openPlugin(guest("wasi_waits"), {
  imports: { wasi_snapshot_preview1 },
  wasi: { stdin: bytes("input"), stdout: "inherit" },
});
assertEquals([mixed.ops.write(1), mixed.ops.read(), mixed.ops.read()], [42, 5, 0]);
assertEquals(written, [[1, 1]]);
mixed.close();
assertThrows(() => Deno.openPlugin(guest("wasi_waits"), { imports: { wasi_snapshot_preview1: { fd_read: 5 } } }), {
  code: "ERR_WASM_LINK",
  includes: "wasi_snapshot_preview1.fd_read",
});
// What a script has put into Object.prototype is none of its functions.
Object.prototype.fd_read = () => 1;
const unchanged = Deno.openPlugin(guest("wasi_waits"), {
  imports: { wasi_snapshot_preview1: {} },
  wasi: { stdin: bytes("input") },
});
delete Object.prototype.fd_read;
assertEquals(unchanged.ops.read(), 5);
unchanged.close();

// What cannot be granted: what is not there, and what has no meaning.
const opening = (wasi) => () => Deno.openPlugin(guest("wasi_reactor"), { wasi });
for (
  const wasi of [{ preopens: { "/x": `${temp}/missing` } }, { stdin: "file" }, { stdout: 5 }, { network: true }, {
    args: ["a\0b"],
  }]
) {
  assertThrows(opening(wasi), { code: "ERR_PLUGIN_OPTIONS" });
}
assert(!Object.values(Deno.resources()).includes("plugin"));
