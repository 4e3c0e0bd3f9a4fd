// flags: --allow-plugin
// Code of the script that runs while an answer is delivered closes the plugin that gives it, whose op has put a buffer
// of its own in the place of the script's.

import { assertEquals, assertRejects } from "./assert.js";
import { bytes, openKit, text } from "./fixtures.js";

let kit = openKit();
const closeNow = () => {
  kit[Symbol.dispose]();
  return undefined;
};

Object.defineProperty(Uint8Array.prototype, "then", { get: closeNow, configurable: true });
let answer;
const promise = kit.ops.exchange(bytes("mine"));
delete Uint8Array.prototype.then;
answer = await promise;
assertEquals(text(answer), "mine");

kit = openKit();
Object.defineProperty(Error.prototype, "code", { set: closeNow, get: closeNow, configurable: true });
const failing = kit.ops.exchange_and_panic(bytes("mine"));
delete Error.prototype.code;
await assertRejects(() => failing, { code: "ERR_PLUGIN_PANIC" });
