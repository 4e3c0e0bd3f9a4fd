// flags: --allow-plugin --allow-read
// needs: guests
// The plugins of plugins/, native and as guests: the same answers from both.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { bytes, guest, library, text } from "./fixtures.js";

const both = (name) => [Deno.openPlugin(library(name)), Deno.openPlugin(guest(name))];

/** What `call` makes of either plugin is the same: a value, or an error. */
function same([native, wasm], call) {
  const answer = (plugin) => {
    try {
      const value = call(plugin);
      return value instanceof Uint8Array ? [...value] : value;
    } catch ({ name, code, message }) {
      return { name, code, message };
    }
  };
  assertEquals(answer(wasm), answer(native), String(call));
}

const hashes = both("hash");
assertEquals(hashes.map(({ kind }) => kind), ["native", "wasm"]);
same(hashes, ({ name, version, ops }) => [name, version, Object.keys(ops).sort()]);
for (const length of [0, 1, 63, 64, 65, 1000, 100_000, 3_000_000]) {
  const message = new Uint8Array(length).map((_, i) => i * 7);
  same(hashes, ({ ops }) => ops.blake3(message));
  same(hashes, ({ ops }) => ops.sha256(message, message.subarray(length >> 1)));
  same(hashes, ({ ops }) => ops.sha512(new DataView(message.buffer)));
}
for (const name of ["blake3", "sha256", "sha512", "md5", "", 5, null]) {
  same(hashes, ({ ops }) => ops.hex(name, bytes("abc")));
}
same(hashes, ({ ops }) => {
  const id = ops.create("sha256");
  return [ops.update(id, bytes("ab")), ops.update(id, bytes("c"), bytes("d")), ops.digest(id)];
});
// The numbers of resources differ, so only that it fails.
for (const { ops } of hashes) assertThrows(() => ops.digest(9999), { class: "BadResource", code: "ERR_BAD_RESOURCE" });

// With a limit on calls within one another, which has them take the slow path.
const limited = Deno.openPlugin(guest("hash"), { limits: { stack: 100 } });
for (let i = 0; i < 200; i++) same([hashes[0], limited], ({ ops }) => ops.sha256(bytes("abc")));
limited.close();
assertThrows(() => Deno.openPlugin(guest("hash"), { limits: { stack: 1 } }), {
  class: "RangeError",
  code: "ERR_WASM_STACK",
  includes: ["hash", "1 calls"],
});

const markdowns = both("markdown");
const documents = [
  "# Title",
  "",
  "a *b* **c** `d`\n\n1. x\n2. y",
  "| a | b |\n|---|---|\n| 1 | 2 |",
  "gr\u00fc\u00df \ud83d\ude00",
  "<b>x</b>",
  "a\u0000b",
];
for (const document of documents) {
  same(markdowns, ({ ops }) => ops.render(document));
  same(markdowns, ({ ops }) => ops.render({ text: document, strikethrough: true, tables: false }));
  same(markdowns, ({ ops }) => ops.renderBytes(bytes(document)));
}
same(markdowns, ({ ops }) => ops.render(documents.join("\n\n").repeat(500)));
for (const wrong of [undefined, 5, {}, { text: 1 }, ["x"]]) same(markdowns, ({ ops }) => ops.render(wrong));

// Both are in one table; dispatch reaches the newest.
const ids = Deno.core.ops();
assertEquals(text(Deno.core.dispatch(ids.hex, bytes("[\"sha256\"]"), bytes("abc"))).slice(0, 9), "\"ba7816bf");
assertEquals([...Deno.core.dispatch(ids.sha256, bytes("abc"))], [...hashes[0].ops.sha256(bytes("abc"))]);
assertEquals(text(Deno.core.dispatch(ids.render, bytes("[\"# hi\"]"))), "\"<h1>hi</h1>\\n\"");
const rows = Deno.metrics().ops.filter((op) => op.name === "blake3");
assertEquals(
  rows.map(({ calls, errors, bytesSentData, bytesReceived }) => [calls, errors, bytesSentData, bytesReceived])[0],
  rows.map(({ calls, errors, bytesSentData, bytesReceived }) => [calls, errors, bytesSentData, bytesReceived])[1],
);

// Closed like any other.
for (const plugin of [...hashes, ...markdowns]) {
  const { ops } = plugin;
  plugin.close();
  const [name] = Object.keys(ops);
  assertThrows(() => ops[name]("x"), { class: "BadResource", code: "ERR_PLUGIN_CLOSED" });
  assertThrows(() => plugin.close(), { class: "BadResource", code: "ERR_PLUGIN_CLOSED" });
}
assert(!Object.values(Deno.resources()).includes("plugin"));
