// flags: --allow-plugin --allow-read
// needs: guests
// not poisoned: it reads the names of classes in messages, which the prelude hides
// What options may say: one schema for all ways to open a plugin.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { folder, guest, library, temp } from "./fixtures.js";

const REFUSED = { class: "TypeError", code: "ERR_PLUGIN_OPTIONS" };
const RANGE = { class: "RangeError", code: "ERR_PLUGIN_OPTIONS" };
const file = guest("kit"), wasi = guest("wasi_reactor");

// ---- Keys that there are not, with the one that was meant ----

for (
  const [options, meant] of [
    [{ limit: { deadline: 1 } }, "options.limits"],
    [{ Limits: {} }, "options.limits"],
    [{ stateles: true }, "options.stateless"],
    [{ deadline: 500 }, "options.limits.deadline"],
    [{ preopens: {} }, "options.wasi.preopens"],
    [{ limits: { dedline: 5 } }, "options.limits.deadline"],
    [{ wasi: { preopen: {} } }, "options.wasi.preopens"],
    [{ wasi: { preopens: { "/": { path: folder, wrote: true } } } }, "options.wasi.preopens[\"/\"].write"],
  ]
) {
  assertThrows(() => Deno.openPlugin(file, options), { ...REFUSED, includes: `did you mean ${meant}?` });
}
assertThrows(() => Deno.openPlugin(file, { colour: "red" }), {
  ...REFUSED,
  includes: ["options has no colour; there are imports,", "threads and wasi"],
});
assertThrows(() => Deno.openPlugin(file, { ["x".repeat(1e6)]: 1 }), { ...REFUSED, includes: "xxx..." });
assertThrows(() => Deno.openPlugin(file, { "a\nb": 1 }), { ...REFUSED, includes: "a\\nb" });
assertThrows(() => Deno.openPlugin(file, JSON.parse("{\"__proto__\": 1}")), { ...REFUSED, includes: "__proto__" });

// ---- Values that do not fit ----

class Options {
  limits = {};
}
for (
  const [options, got] of [
    [5, "options must be a plain object, got the number 5"],
    ["text", "got the string"],
    [null, "got null"],
    [[], "got an array"],
    [() => {}, "got a function"],
    [new Map([["limits", {}]]), "got an instance of Map"],
    [new Options(), "got an instance of Options"],
    [{ limits: 5 }, "options.limits must be a plain object, got the number 5"],
    [{ limits: null }, "got null"],
    [{ limits: [] }, "got an array"],
    [{ stateless: "yes" }, "options.stateless must be true or false"],
    [{ wasi: true }, "options.wasi must be a plain object"],
    [{ wasi: { args: "text" } }, "options.wasi.args must be an array of strings, got the string \"text\""],
    [{ wasi: { args: ["a", 5] } }, "options.wasi.args[1] must be a string, got the number 5"],
    [{ wasi: { args: [, "a"] } }, "options.wasi.args[0] must be a string, got undefined"],
    [{ wasi: { env: new Map([["A", "b"]]) } }, "options.wasi.env must be a plain object, got an instance of Map"],
    [{ wasi: { env: { A: 5 } } }, "options.wasi.env[\"A\"] must be a string"],
    [{ wasi: { stdin: "piped" } }, "a Uint8Array, \"null\" or \"inherit\", got the string"],
    [{ wasi: { stdout: 5 } }, "null, inherit and piped"],
    [{ wasi: { stdout: {} } }, "options.wasi.stdout has no path"],
    [{ wasi: { stderr: { path: 5 } } }, "options.wasi.stderr.path must be a path or a file: URL"],
    [{ wasi: { preopens: [folder] } }, "got an array"],
    [{ wasi: { preopens: { "/": 5 } } }, "got the number 5"],
    [{ wasi: { preopens: { "/": {} } } }, "has no path"],
    [{ wasi: { preopens: { "/": new URL("https://example.com") } } }, "a path or a file: URL"],
    [{ wasi: { preopens: { "/": { path: folder, write: 1 } } } }, "write must be true or false"],
    [{ imports: 5 }, "options.imports must be an object"],
    [{ integrity: 5 }, "options.integrity must be a string"],
    [{ name: "kit" }, "options.name is for modules that have no file"],
  ]
) {
  assertThrows(() => Deno.openPlugin(file, options), { ...REFUSED, includes: got });
}
for (
  const options of [{ pool: -1 }, { pool: "1" }, { threads: 0 }, { plugins: NaN }, { limits: { deadline: -1 } }, {
    limits: { memory: Infinity },
  }, { limits: { host: 1.5 } }]
) {
  assertThrows(() => Deno.openPlugin(file, options), { ...RANGE, includes: "must be a whole number from" });
}

// The other ways to open.
const bytes = Deno.readFileSync(file);
assertThrows(() => Deno.openPlugin(bytes, { limit: {} }), REFUSED);
assertThrows(() => Deno.plugins.open("id", file, { limit: {} }), REFUSED);
assertThrows(() => Deno.plugins.open("id", file, 5), REFUSED);
assertEquals(Deno.plugins.list(), []);
const rejected = await Deno.openPluginStreaming([bytes], { limit: {} }).catch((error) => error);
assertEquals([rejected.code, rejected.constructor], ["ERR_PLUGIN_OPTIONS", TypeError]);

// ---- What is taken ----

// Nothing is read twice, and nothing of Object.prototype's.
let reads = 0;
Object.prototype.threads = 5;
Object.prototype.wasi = 5;
Object.prototype.path = 5;
const options = {
  get limits() {
    reads++;
    return Object.assign(Object.create(null), { deadline: Infinity, stack: 0, memory: undefined });
  },
  pool: undefined,
  wasi: {
    args: ["a"],
    env: { A: "b", __proto__: null },
    preopens: { "/a": new URL(`file://${temp}`), "/b": { path: new URL(`file://${temp}`), write: false } },
  },
};
const opened = Deno.openPlugin(wasi, options);
assertEquals([opened.kind, reads], ["wasm", 1]);
opened.close();
for (const name of ["threads", "wasi", "path"]) delete Object.prototype[name];
for (const source of [new URL(`file://${file}`), `file://${file}`, new URL(`file://${file}`).href]) {
  Deno.openPlugin(source).close();
}
const named = Deno.openPlugin(bytes, { name: "plugin" });
assertEquals(Deno.plugins.open("id", named).kind, "wasm");
named.close();

// ---- Native plugins ----

for (
  const options of [{ limits: { deadline: 5 } }, { wasi: {} }, { imports: {} }, { stateless: true }, { pool: 1 }, {
    plugins: 1,
  }]
) {
  const [name] = Object.keys(options);
  assertThrows(() => Deno.openPlugin(library("kit"), options), {
    ...REFUSED,
    includes: ["it is native", `options.${name} is for WebAssembly plugins`],
  });
}
assertThrows(() => Deno.openPlugin(library("kit"), { threads: 2 }), {
  ...REFUSED,
  includes: "it is native, and options.threads is for WebAssembly plugins",
});
Deno.openPlugin(library("kit"), {}).close();
Deno.openPlugin(library("kit"), { limits: undefined }).close();
assert(!Object.values(Deno.resources()).includes("plugin"), "nothing stays of what was refused");
