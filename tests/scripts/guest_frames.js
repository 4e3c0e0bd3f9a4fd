// flags: --allow-read={folder}
// needs: guests
// A script that formats stack traces itself is not given the frames of guests, and with them their instances.

import { assert, assertEquals } from "./assert.js";
import { guest } from "./fixtures.js";

let frames;
const each = () => {
  frames = undefined;
  new Error("within").stack;
};
const plugin = Deno.openPlugin(guest("callbacks"), { imports: { env: { each } } });
plugin.ops.pass();
assertEquals(frames, undefined);

Error.prepareStackTrace = (_, sites) => {
  frames = sites.map((site) => ({ file: site.getFileName(), this: site.getThis(), function: site.getFunction() }));
  return "mine";
};
plugin.ops.pass();
assert(frames.length > 0);
for (const frame of frames) {
  assert(!(frame.this instanceof WebAssembly.Instance), frame.file);
  assert(!String(frame.file).startsWith("wasm:"), frame.file);
}
assertEquals(new Error("without").stack, "mine");
