// flags: --allow-plugin --allow-read
// A script that replaces the methods of functions, by which deno_core calls async ops: it is handed none of them, those
// that are made anew with the first script that is not in the snapshot included.

import { assertEquals } from "./assert.js";

const { apply, defineProperty } = Reflect;
const own = import.meta.filename;
const leaked = [];
for (const method of ["call", "apply", "bind"]) {
  const original = Function.prototype[method];
  defineProperty(Function.prototype, method, {
    __proto__: null,
    value(...args) {
      if (typeof this === "function" && apply(String.prototype.startsWith, this.name, ["op_"])) {
        defineProperty(leaked, leaked.length, { __proto__: null, value: `${this.name}.${method}`, configurable: true });
      }
      return apply(original, this, args);
    },
    writable: true,
    configurable: true,
  });
}

async function everything() {
  assertEquals((await Deno.readFile(own)).length, (await Deno.readTextFile(own)).length);
  const file = await Deno.open(own);
  assertEquals(await file.read(new Uint8Array(9)), 9);
  assertEquals((await new Response(file.readable).text()).length > 100, true);
  assertEquals(await (await fetch("data:,text")).text(), "text");
  const packed = new Response("packed").body.pipeThrough(new CompressionStream("gzip"));
  assertEquals(await new Response(packed.pipeThrough(new DecompressionStream("gzip"))).text(), "packed");
  const { port1, port2 } = new MessageChannel();
  const received = new Promise((resolve) => port2.onmessage = ({ data }) => resolve(data));
  port1.postMessage("message");
  assertEquals(await received, "message");
  port1.close();
  await new Promise((resolve) => setTimeout(resolve, 1));
  const plugin = await Deno.openPluginStreaming(
    new Response(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]), { headers: { "content-type": "application/wasm" } }),
  );
  plugin.close();
}

await everything();
await everything();
assertEquals(leaked.join(), "");
