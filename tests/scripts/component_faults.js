// flags: --allow-read
// Components that say of their values what cannot be: their instance ends with an error that says what it was, and the
// next call has a new one.

import { assertEquals, assertThrows } from "./assert.js";
import { guest } from "./fixtures.js";

const PAGE = 65536;
const taken = [];
let text = "text";
const take = (value) => void taken.push(value);
const imports = {
  "test:faults/host": {
    takeText: take,
    takeNumbers: take,
    takeStrings: take,
    takeChar: take,
    takeColor: take,
    takeShape: take,
    takeMany: (...all) => void taken.push(all.length),
    givePair: () => [1n, 2n],
    giveText: () => text,
  },
};
const plugin = Deno.openPlugin(guest("faults"), { imports, limits: { deadline: 1000 } });
const ops = plugin.ops.guest;
let starts = 1;

// The call ends the instance.
function ends(call, ...includes) {
  const wanted = ["of plugin faults trapped", "the component breaks its contract", ...includes];
  assertThrows(call, { class: "WebAssembly.RuntimeError", code: "ERR_WASM_TRAP", includes: wanted });
  assertEquals([plugin.instance.isRunning, plugin.instance.starts], [false, starts], String(call));
  assertEquals(taken, [], String(call));
  ops.answer(0);
  assertEquals(plugin.instance.starts, ++starts);
}
function write(at, ...bytes) {
  for (const byte of bytes) ops.poke(at++, byte);
}

// ---- Text ----

write(2000, 0x61, 0xC3, 0xA9);
assertEquals([ops.text(2000, 3), ops.text(2000, 0), ops.text(PAGE, 0)], ["aé", "", ""]);
const invalid = {
  "a lone byte": [0x80],
  "a cut sequence": [0xC3],
  "an overlong sequence": [0xC0, 0x80],
  "a surrogate": [0xED, 0xA0, 0x80],
  "more than there is": [0xF4, 0x90, 0x80, 0x80],
};
for (const bytes of Object.values(invalid)) {
  for (const length of [bytes.length, 100]) {
    write(2000, ...bytes);
    ends(() => ops.text(2000, length), `its text of ${length} bytes at 2000 is not UTF-8`);
    write(2000, ...bytes);
    ends(() => ops.passText(2000, length), "is not UTF-8");
  }
}
for (const [at, length] of [[PAGE, 1], [PAGE - 1, 2], [0, PAGE + 1], [0, 2 ** 32 - 1], [2 ** 32 - 1, 2 ** 32 - 1]]) {
  const where = `points at ${length} bytes at ${at}, and its memory has ${PAGE}`;
  ends(() => ops.text(at, length), where);
  ends(() => ops.bytes(at, length), where);
  ends(() => ops.passText(at, length), where);
}

// ---- Lists ----

assertEquals([ops.numbers(8, 0), ops.bytes(7, 1).length], [new BigUint64Array(), 1]);
ends(() => ops.numbers(12, 0), "its address 12 is no multiple of 8");
ends(() => ops.numbers(12, 1), "its address 12 is no multiple of 8");
ends(() => ops.passNumbers(4, 1), "no multiple of 8");
ends(() => ops.strings(2, 1), "no multiple of 4");
// As many as make the length of a small one, if one counts only to 2^32.
for (const count of [PAGE / 8, 2 ** 29, 2 ** 29 + 1, 2 ** 32 - 1]) {
  ends(() => ops.numbers(8, count), `points at ${count * 8} bytes`);
  ends(() => ops.passNumbers(8, count), `points at ${count * 8} bytes`);
  ends(() => ops.strings(8, count), `points at ${count * 8} bytes`);
}
// One that is in a list.
write(3000, 0xFF, 0xFF, 0, 0, 2, 0, 0, 0);
ends(() => ops.strings(3000, 1), "points at 2 bytes at 65535");
write(3000, 0xFF, 0xFF, 0, 0, 2, 0, 0, 0);
ends(() => ops.lists(3000, 1), "points at 2 bytes at 65535");
write(3000, 0xFF, 0xFF, 0, 0, 2, 0, 0, 0);
ends(() => ops.passStrings(3000, 1), "points at 2 bytes at 65535");

// ---- Numbers that stand for something ----

assertEquals([ops.letter(0x10FFFF), ops.letter(0xD7FF), ops.letter(0)], ["\u{10FFFF}", "\uD7FF", "\0"]);
for (const code of [0xD800, 0xDFFF, 0x110000, 2 ** 31, 2 ** 32 - 1]) {
  ends(() => ops.letter(code), `its char ${code} is none`);
  ends(() => ops.passChar(code), `its char ${code} is none`);
}
write(4000, 0, 0xD8, 0, 0);
ends(() => ops.letters(4000, 1), "its char 55296 is none");
assertEquals([ops.aColor(0), ops.aColor(2)], ["red", "blue"]);
for (const number of [3, 255, 2 ** 31, 2 ** 32 - 1]) {
  ends(() => ops.aColor(number), "which does not have it");
  ends(() => ops.passColor(number), "which does not have it");
  ends(() => ops.passShape(number), "which does not have it");
}
write(4000, 3);
ends(() => ops.colors(4000, 1), "names case 3");
assertEquals([ops.aShape(0), ops.aShape(1)], [{ tag: "empty" }, { tag: "circle", val: 7 * 2 ** -1074 }]);
for (const number of [3, 255]) ends(() => ops.aShape(number), `names case ${number} of a type`);
assertEquals([ops.maybe(0), ops.maybe(1)], [undefined, 7]);
ends(() => ops.maybe(2), "names case 2 of a type");
// What is more than 1 is true, and of small numbers the low bits count.
assertEquals([ops.boolean(0), ops.boolean(2), ops.boolean(2 ** 31)], [false, true, true]);
assertEquals([ops.small(256), ops.small(511)], [0, 255]);

// ---- Addresses of results and parameters ----

assertEquals([ops.pairAt(4096), ops.pairAt(PAGE - 16)], [[0n, 0n], [0n, 0n]]);
for (const at of [4, 9, 4097]) ends(() => ops.pairAt(at), `its address ${at} is no multiple of 8`);
for (const at of [PAGE - 8, PAGE, 2 ** 32 - 8]) ends(() => ops.pairAt(at), `points at 16 bytes at ${at}`);
ops.passMany(0);
assertEquals(taken.splice(0), [17]);
ends(() => ops.passMany(4), "no multiple of 8");
ends(() => ops.passMany(PAGE - 128), "points at 136 bytes");
ops.takePair(8);
assertEquals([ops.takeText(8), ops.text(1024, 4)], [4, "text"]);
for (const at of [4, 9]) ends(() => ops.takePair(at), "no multiple of 8");
ends(() => ops.takePair(PAGE - 8), "points at 16 bytes");
ends(() => ops.takeText(2), "no multiple of 4");
ends(() => ops.takeText(PAGE - 4), "points at 8 bytes");

// ---- What the host has it do ----

const TRAP = { class: "WebAssembly.RuntimeError", code: "ERR_WASM_TRAP", includes: "unreachable" };
const CONTRACT = { class: "WebAssembly.RuntimeError", code: "ERR_WASM_TRAP" };
const LATE = { class: "TimedOut", code: "ERR_WASM_DEADLINE", includes: ["of plugin faults", "1000 ms"] };
const answers = {
  1: { ...CONTRACT, includes: "its address 1025 is no multiple of 8" },
  2: { ...CONTRACT, includes: "points at 16 bytes at 65528" },
  3: TRAP,
  4: { ...CONTRACT, includes: "where it may only allocate" },
  5: LATE,
};
assertEquals([ops.take([1n, 2n]), ops.takeString("é")], [2, 2]);
for (const [how, wanted] of Object.entries(answers)) {
  ops.answer(Number(how));
  assertThrows(() => ops.take([1n, 2n]), wanted);
  assertEquals(plugin.instance.starts, starts++, how);
  assertEquals(ops.take([1n]), 1);
  // For what an import gives.
  if (how === "1") continue;
  ops.answer(Number(how));
  text = "x".repeat(16);
  assertThrows(() => ops.takeText(8), wanted);
  assertEquals(plugin.instance.starts, starts++, how);
  assertEquals(ops.takeText(8), 16);
}
assertThrows(() => ops.take({ length: 2 ** 31 }), { code: "ERR_OP_ARGUMENT" });
assertThrows(() => ops.takeString("x".repeat(PAGE)), { ...CONTRACT, includes: `points at ${PAGE} bytes at 1024` });
assertThrows(() => ops.take(new BigUint64Array(PAGE)), { ...CONTRACT, includes: "points at 524288 bytes" });
assertThrows(() => ops.take(Array(2 ** 32 - 1)), { code: "ERR_OP_ARGUMENT", includes: "room" });
starts += 2;

// Its post-return comes after the value was read, with what the function gave, and calls nothing.
assertEquals([ops.posted(0), ops.posted(1), ops.posts(), ops.text(2048, 1)], ["a", "b", 32, "\0"]);
for (const how of [3, 4, 5]) {
  ops.answer(how);
  assertThrows(() => ops.posted(0), answers[how]);
  assertEquals(plugin.instance.starts, starts++);
  assertEquals(ops.posted(3), "d");
}
assertEquals(taken, []);
plugin.close();
