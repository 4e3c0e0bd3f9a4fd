// Calls a component of a guest of WASI's, whose module is in the first argument.

import { assertEquals } from "./assert.js";

const [component] = Deno.args;
const { ops } = Deno.openPlugin(component, { wasi: { env: { NAME: "value" } } });
const exported = ops[Object.keys(ops).find((name) => name.startsWith("plugbay:wasi-plugin/ops@"))];

assertEquals(await exported.variable("NAME"), "value");
assertEquals(await exported.variable("OTHER"), undefined);
try {
  await exported.read("/none");
  throw new Error("it was read");
} catch (error) {
  assertEquals(error.code, "ERR_COMPONENT_RESULT", String(error.message));
  assertEquals(error.payload.code, "ERR_OP_IO");
}
