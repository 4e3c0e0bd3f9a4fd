// flags: --allow-read
// A module that is opened as a stream goes through several jobs of the host's: what they give each other is not to be
// had from Promise.prototype.then, which V8 asks of a promise that another is resolved with, nor the bytes by a `then`
// of their own.

import { assertEquals } from "./assert.js";
import { math } from "./wasm_module.js";

const { getPrototypeOf, getOwnPropertyDescriptor } = Object;
const descriptor = getOwnPropertyDescriptor(Promise.prototype, "then");
const asked = [];
Object.defineProperty(Promise.prototype, "then", {
  get() {
    asked.push(getPrototypeOf(this) === Promise.prototype ? "a promise" : typeof this);
    return descriptor.value;
  },
  configurable: true,
});

let given;
Object.defineProperty(Uint8Array.prototype, "then", {
  get() {
    // The script's own are asked by `for await`.
    if (this !== given) asked.push("bytes");
  },
  configurable: true,
});

async function open(bytes, options) {
  given = bytes;
  try {
    return (await Deno.openPluginStreaming([bytes], options)).ops.add(1, 2);
  } catch (error) {
    return error.code;
  }
}

const imports = { env: { log() {} } };
const opened = await open(math, { imports, name: "streamed" });
const again = await open(math, { imports, name: "again" });
const refused = await open(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1), { name: "cut" });
const noModule = await open(Uint8Array.of(1, 2, 3, 4), { name: "none" });
Object.defineProperty(Promise.prototype, "then", descriptor);
delete Uint8Array.prototype.then;

assertEquals([opened, again, refused, noModule], [3, 3, "ERR_WASM_COMPILE", "ERR_WASM_COMPILE"]);
assertEquals(asked, []);
