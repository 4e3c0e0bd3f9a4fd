// flags: --allow-plugin
// Sync ops that take and give bytes, by name and by id.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { bytes, isWasm, openKit, text } from "./fixtures.js";

const kit = openKit();

// What a plugin says of itself.
assertEquals(kit.name, "kit");
assertEquals(kit.kind, isWasm ? "wasm" : "native");
assert(/^\d+\.\d+\.\d+/.test(kit.version), kit.version);
assert(Number.isInteger(kit.rid));
assertEquals(+kit, kit.rid);
assertEquals(Deno.resources()[kit.rid], "plugin");

// By name: buffers in, a buffer out.
const answer = kit.ops.echo(bytes("ab"), bytes("c"), bytes("def"));
assert(answer instanceof Uint8Array);
assertEquals(text(answer), "abcdef");
assertEquals(kit.ops.echo(bytes("ab").buffer), bytes("ab"));
assertEquals(kit.ops.echo(), undefined, "no bytes are undefined");
assertEquals(kit.ops.empty(bytes("x")), undefined);

// By id.
const ids = Deno.core.ops();
assertEquals(ids.ops, 0);
for (const name of ["echo", "empty", "fill", "count", "sum", "async_ready"]) {
  assert(Number.isInteger(ids[name]) && ids[name] > 0, `id of ${name} is ${ids[name]}`);
  assertEquals(typeof kit.ops[name], "function");
}
assertEquals(new Set(Object.values(ids)).size, Object.keys(ids).length, "every op has an id of its own");
assertEquals(text(Deno.core.dispatch(ids.echo, bytes("ab"), bytes("cd"))), "abcd");
assertEquals(Deno.core.dispatch(ids.empty), undefined);
assertEquals(Deno.core.decode(Deno.core.encode("gr\u00fc\u00df")), "gr\u00fc\u00df");

// The answer is the script's own memory.
answer[0] = 0x7a;
assertEquals(text(answer), "zbcdef");
assertEquals(answer.buffer.byteLength, 6);
assertEquals(text(kit.ops.echo(bytes("again"))), "again");
assertEquals(text(kit.ops.echo(answer)), "zbcdef", "an answer is an argument like any other");

// The op works on the script's memory: a view shows it its part, and no more.
const whole = new Uint8Array(8);
kit.ops.fill(whole.subarray(2, 5));
assertEquals(whole, new Uint8Array([0, 0, 0xAB, 0xAB, 0xAB, 0, 0, 0]));
Deno.core.dispatch(ids.fill, whole);
assert(whole.every((byte) => byte === 0xAB));

// Answers of all sizes, many of them: each is freed once, whenever its turn comes.
for (const length of [1, 63, 64, 65, 4096, 65536, 1_000_003]) {
  const big = kit.ops.big(bytes(String(length)));
  assertEquals(big.length, length);
  assertEquals(big[length - 1], (length - 1) % 251);
}
let total = 0;
for (let i = 0; i < 1000; i++) total += kit.ops.big(bytes("2000")).length;
assertEquals(total, 2_000_000);

// An op is a closure with a state of its own.
assertEquals(text(kit.ops.count()), "1");
assertEquals(text(Deno.core.dispatch(ids.count)), "2");
assertEquals(text(kit.ops.count(bytes("ignored"))), "3");

if (!isWasm) {
  // A plugin may hold on to a buffer: both sides see what the other writes.
  let shared = bytes("hello");
  assertEquals(kit.ops.keep(shared), undefined);
  shared[0] = 0x6a;
  assertEquals(text(kit.ops.kept()), "jello");
  kit.ops.poke(bytes("J"));
  assertEquals(text(shared), "Jello");
  shared = undefined;
  for (let i = 0; i < 200; i++) new Uint8Array(1_000_000).fill(i);
  assertEquals(text(kit.ops.kept()), "Jello", "what is kept outlives the script's view");
  assertEquals(text(kit.ops.forget()), "Jello");
  assertEquals(kit.ops.kept(), undefined);
}

// Ops that say no.
const notFound = { class: "NotFound", code: "ERR_OP_NOT_FOUND", includes: "not_found" };
assertThrows(() => kit.ops.not_found(bytes("x")), notFound);
assertThrows(() => Deno.core.dispatch(ids.not_found), notFound);
const refused = { class: "RangeError", code: "ERR_KIT_REFUSED", includes: "the kit refuses" };
assertThrows(() => kit.ops.refuse(), refused);
assertThrows(() => Deno.core.dispatch(ids.refuse), refused);
assertEquals(text(kit.ops.echo(bytes("still here"))), "still here");

// An op needs no `this`.
const { echo } = kit.ops;
assertEquals(text(echo(bytes("loose"))), "loose");

kit.close();
