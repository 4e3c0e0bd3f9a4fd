// flags: --allow-read
// What V8 leaves to whoever embeds it: each is answered, with an error if need be, and none ends the process.

import { assert, assertEquals, assertRejects } from "./assert.js";

const module = new Uint8Array([0, 0x61, 0x73, 0x6D, 1, 0, 0, 0]);

for (const source of [1, module, Promise.resolve(module), new ReadableStream()]) {
  const wanted = { class: "TypeError", includes: "is not of type Response" };
  await assertRejects(() => WebAssembly.compileStreaming(source), wanted);
  await assertRejects(() => WebAssembly.instantiateStreaming(source), wanted);
}
await assertRejects(() => WebAssembly.compileStreaming(Promise.reject(new RangeError("mine"))), {
  class: "RangeError",
});

const response = (type) => new Response(module, { headers: { "content-type": type } });
assert(await WebAssembly.compileStreaming(response("application/wasm")) instanceof WebAssembly.Module);
const { instance } = await WebAssembly.instantiateStreaming(Promise.resolve(response("application/wasm")));
assert(instance instanceof WebAssembly.Instance);
await assertRejects(() => WebAssembly.compileStreaming(response("text/html")), { class: "TypeError" });

// Modules that are asked for in other ways than by `import`.
const run = (source) => (0, eval)(source);
const here = JSON.stringify(import.meta.resolve("./assert.js"));
assertEquals(typeof (await run(`import(${here})`)).assert, "function");
assertEquals(typeof (await new Function(`return import(${here})`)()).assert, "function");
assertEquals(typeof (await run(`import.defer(${here})`)).assert, "function");
await assertRejects(() => run(`import.source(${here})`), { class: "ReferenceError" });
await assertRejects(() => run(`import(${here}, { with: { type: "other" } })`), { class: "TypeError" });
await assertRejects(() => run("import(Symbol())"), { class: "TypeError" });

// What waits, what is told later, and other worlds.
const word = new Int32Array(new SharedArrayBuffer(4));
const timer = setTimeout(() => {}, 1000);
assertEquals(await Atomics.waitAsync(word, 0, 0, 10).value, "timed-out");
clearTimeout(timer);
assertEquals(Atomics.wait(word, 0, 0, 1), "timed-out");
new FinalizationRegistry(() => {}).register({}, 1);
if (typeof ShadowRealm !== "undefined") assertEquals(new ShadowRealm().evaluate("1 + 1"), 2);
assert(structuredClone(new WebAssembly.Module(module)) instanceof WebAssembly.Module);
