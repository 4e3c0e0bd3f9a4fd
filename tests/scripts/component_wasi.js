// flags: --allow-read
// WASI 0.2 of components: what is answered at once, what is waited for, and what guests ask for that they have no
// business with.

import { assert, assertEquals, assertRejects, assertThrows } from "./assert.js";
import { after, bytes, guest, text } from "./fixtures.js";

const MILLISECOND = 1_000_000n;

// ---- What is answered at once is answered without a promise ----

const answers = Deno.openPlugin(guest("wasi2_answers"), { wasi: { stdout: "null" } });
for (const length of [0n, 1n, 65536n, 65537n, 200000n]) assertEquals(answers.ops.bytes(length).length, Number(length));
const random = answers.ops.bytes(200000n);
assert(new Set(random).size === 256);
assert(random.subarray(65536, 65600).some((byte) => byte !== 0), "all of it is random");
assert(answers.ops.long() !== answers.ops.long());
assertEquals(answers.ops.seed().map((part) => typeof part), ["bigint", "bigint"]);

// The host makes no more than it may hold for the guest.
const tooMuch = { class: "RangeError", code: "ERR_WASM_LIMIT" };
assertThrows(() => answers.ops.bytes(2n ** 32n), tooMuch);
assertThrows(() => answers.ops.bytes(2n ** 64n - 1n), tooMuch);
assertEquals(answers.ops.bytes(3n).length, 3);

// What was written is not held: 16 MiB in all, where the host may hold 4 MiB.
const small = Deno.openPlugin(guest("wasi2_answers"), { wasi: { stdout: "null" }, limits: { host: 4 << 20 } });
assertEquals(small.ops.write(1, 65536, 256), true);
assertThrows(() => small.ops.bytes(5n << 20n), tooMuch);
// A stream takes no more at once than it has said.
assertThrows(() => small.ops.write(1, 65537, 1), { code: "ERR_WASM_TRAP", includes: "65537" });
// What is read is not written to, whatever the guest says it is.
assertThrows(() => small.ops.write(0, 1, 1), { class: "TypeError", includes: "a method write" });
assertEquals(small.ops.write(1, 1, 1), true);
small.close();

// Each way to exit ends the instance; the next call has a new one.
const { starts } = answers.instance;
const exits = (call, exitCode) => {
  const error = assertThrows(call, { class: "Error", code: "ERR_WASM_EXIT", includes: `exit code ${exitCode}` });
  assertEquals(error.exitCode, exitCode);
};
exits(() => answers.ops.exit(0), 0);
exits(() => answers.ops.exit(1), 1);
exits(() => answers.ops.code(42), 42);
assertEquals([answers.ops.bytes(1n).length, answers.instance.starts], [1, starts + 3]);
answers.close();
assertThrows(() => Deno.openPlugin(guest("wasi2_exits_at_start")), { code: "ERR_WASM_EXIT", includes: "exit code 1" });
const stateless = Deno.openPlugin(guest("wasi2_answers"), { stateless: true, pool: 1 });
for (let i = 0; i < 3; i++) assertEquals(stateless.ops.bytes(7n).length, 7);
stateless.close();

// Nobody is granted sockets.
const offline = Deno.openPlugin(guest("wasi2_answers"));
assertEquals(offline.ops.resolve(), 11);
assertThrows(() => offline.ops.subscribe(), { code: "ERR_WASM_TRAP" });
offline.close();
const ofBefore = Deno.openPlugin(guest("wasi_sockets_2023"), { wasi: { net: true } });
assertEquals(ofBefore.ops.create(), 11);
ofBefore.close();

// What the script passes goes first, an interface at a time.
const own = Deno.openPlugin(guest("wasi2_answers"), {
  imports: { "wasi:random/random": { getRandomU64: () => 7n, getRandomBytes: () => new Uint8Array([1]) } },
});
assertEquals([own.ops.long(), own.ops.bytes(5n), own.ops.seed().length], [7n, new Uint8Array([1]), 2]);
own.close();

// It may block for what is ready at once: where nothing that it imports gives anything else, it never waits.
const prints = (options) => Deno.openPlugin(guest("wasi2_prints"), options).ops.run();
for (const stdin of [undefined, "null", bytes("x")]) {
  assertEquals(prints({ wasi: { stdin, stdout: "null" } }), 0);
}
// What others have to do with may be anything.
const ready = { ready: () => true, block() {} };
class Output {
  subscribe = () => ready;
  write() {}
}
for (
  const options of [
    { wasi: { stdin: "inherit", stdout: "null" } },
    { imports: { "wasi:cli/stdout": { getStdout: () => new Output() } } },
  ]
) {
  const printing = Deno.openPlugin(guest("wasi2_prints"), options), printed = printing.ops.run();
  assert(printed instanceof Promise);
  const done = printed.catch(() => {});
  printing.close();
  await done;
}

// ---- What is waited for ----

const waits = Deno.openPlugin(guest("wasi2_waits"), { limits: { deadline: 5000 } });
const { ops } = waits;
let passed = false;
setTimeout(() => passed = true, 1);
const waited = ops.block(20n * MILLISECOND);
assert(waited instanceof Promise);
assert(await waited >= 20n * MILLISECOND);
assert(passed, "the event loop goes on");
// What is over already is not waited for.
assertEquals(await ops.block(0n), 2n ** 64n - 1n);
assertEquals(await ops.first(5n * MILLISECOND, 2n ** 63n), 10);
assertEquals(await ops.first(2n ** 64n - 1n, 5n * MILLISECOND), 11);
assertEquals(await ops.first(0n, 2n ** 63n), 10);
// Calls take turns.
assertEquals(await Promise.all([ops.first(5n * MILLISECOND, 2n ** 63n), ops.first(2n ** 62n, 0n)]), [10, 11]);
await assertRejects(() => ops.nothing(), { code: "ERR_WASM_TRAP", includes: "polls nothing" });
waits.close();

// Pollables of the script's are waited for with those of the host's.
function clockOf(give) {
  return { "wasi:clocks/monotonic-clock": { now: () => 0n, subscribeDuration: give, subscribeInstant: give } };
}
let isOver = false;
class Event {
  ready = () => isOver;
  async block() {
    await after(2);
    isOver = true;
  }
}
const mixed = Deno.openPlugin(guest("wasi2_waits"), { imports: clockOf(() => new Event()) });
assertEquals(await mixed.ops.block(1n), 0n);
assertEquals(await mixed.ops.block(1n), 2n ** 64n - 1n);
isOver = false;
assertEquals(await mixed.ops.first(1n, 1n), 10);
mixed.close();
const broken = Deno.openPlugin(guest("wasi2_waits"), {
  imports: clockOf(() => ({ ready: () => false, block: () => Promise.reject(new RangeError("broken")) })),
});
await assertRejects(() => broken.ops.first(1n, 1n), { class: "RangeError", includes: "broken" });
broken.close();
const none = Deno.openPlugin(guest("wasi2_waits"), { imports: clockOf(() => ({})) });
await assertRejects(() => none.ops.first(1n, 1n), { code: "ERR_OP_ARGUMENT", includes: "a method ready" });
none.close();

// The deadline holds, and a call that has ended, or whose plugin is closed, keeps no timer: or this would not end.
const late = Deno.openPlugin(guest("wasi2_waits"), { limits: { deadline: 50 } });
await assertRejects(() => late.ops.block(2n ** 63n), { class: "TimedOut", code: "ERR_WASM_DEADLINE" });
assert(await late.ops.block(MILLISECOND) >= MILLISECOND);
late.close();
const closed = Deno.openPlugin(guest("wasi2_waits"), { limits: { deadline: 0 } });
const given = closed.ops.block(2n ** 63n);
await after(1);
closed.close();
await assertRejects(() => given, { code: "ERR_WASM_INSTANCE" });

// ---- Commands ----

// What waits for nothing is run at once, each time in an instance of its own.
const command = (stdin) => Deno.openPlugin(guest("wasi2_streams"), { wasi: { stdin, stdout: "piped" } });
const filter = command(bytes("abHELLO rest"));
for (let i = 0; i < 2; i++) {
  const { code, stdout, stderr } = filter.run();
  assertEquals([code, text(stdout), stderr], [0, "HELLO\0\0 rest", undefined]);
}
assertEquals(filter.instance.isRunning, false);
assertEquals(filter.metrics().ops.find((op) => op.name === "wasi:cli/run@0.2.0#run").calls, 2);
filter.close();
const large = "x".repeat(300_000);
assertEquals(text(command(bytes(`ab${large}`)).run().stdout), `xxxxx\0\0${large.slice(5)}`);
assertEquals(command("null").run(), { code: 1, stdout: new Uint8Array(0), stderr: undefined });
// A guest of October 2023 forwards whole streams.
const forward = (length) =>
  Deno.openPlugin(guest("wasi_october_forward"), { wasi: { stdin: bytes("x".repeat(length)), stdout: "piped" } }).run();
for (const length of [0, 300_000]) {
  const { code, stdout } = forward(length);
  assertEquals([code, text(stdout)], [length === 0 ? 1 : 0, "x".repeat(length)]);
}
// It is an op, too.
const failing = command("null");
assertThrows(() => failing.ops.run.run(), { class: "Error", code: "ERR_COMPONENT_RESULT" });
failing.close();
// What it imports does not run it.
const again = Deno.openPlugin(guest("wasi2_streams"), {
  imports: { "wasi:cli/stdin": { getStdin: () => again.run() } },
});
assertThrows(() => again.run(), { class: "TypeError", code: "ERR_WASM_COMMAND", includes: "runs already" });
const other = Deno.openPlugin(guest("wasi2_answers"));
assertThrows(() => other.run(), { class: "TypeError", code: "ERR_WASM_COMMAND", includes: "is no WASI command" });
other.close();

// ---- What WASI 0.2 does not have ----

// A guest that says of its functions what is not so ends, and the next instance is as good as the first.
const lies = Deno.openPlugin(guest("wasi2_lies"));
for (const name of ["read", "skip", "now", "after", "bytes", "long", "poll"]) {
  await assertRejects(() => lies.ops[name](), { class: "TypeError" });
  await lies.ops.fine();
}
await assertRejects(() => lies.ops.code(), { code: "ERR_WASM_EXIT" });
lies.close();
assertThrows(() => Deno.openPlugin(guest("wasi2_unknown")), {
  class: "WebAssembly.LinkError",
  code: "ERR_WASM_LINK",
  includes: [
    "wasi:io/poll@0.2.0.[constructor]pollable: is missing",
    "wasi:io/poll@0.2.0.[static]pollable.delay-of: is missing",
    "wasi:io/poll@0.2.0.[method]pollable.constructor: is missing",
    "wasi:io/poll@0.2.0.[method]pollable.value-of: is missing",
    "wasi:io/poll@0.2.0.has-own-property: is missing",
    "wasi:cli/exit@0.1.0.exit: is missing",
    "wasi:cli/stdout@0.2.0-rc-2023-12-05.get-stdout: is missing",
    "wasi:cli/constructor@0.2.0.name: is missing",
  ],
});
