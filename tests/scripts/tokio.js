// flags: --allow-plugin --allow-read --allow-write
// Async ops that use tokio: with plugin_api's feature `tokio` there is a runtime, without it the error says so.

import { assertEquals, assertRejects, assertThrows } from "./assert.js";
import { openExample, openLibrary, temp } from "./fixtures.js";

for (let round = 0; round < 3; round++) {
  const plugin = openLibrary("http_plugin"), { ops } = plugin;
  assertEquals(await ops.nap(1), 1);
  // Side by side.
  assertEquals(await Promise.all([ops.nap(20), ops.nap(10), ops.nap(0)]), [20, 10, 0]);
  Deno.writeTextFileSync(`${temp}/file`, "12345");
  assertEquals(await ops.length_of_file(`${temp}/file`), 5);
  await assertRejects(() => ops.length_of_file(`${temp}/none`), { class: "NotFound", code: "ERR_OP_IO" });
  // Nobody listens on port 1.
  await assertRejects(() => ops.answer_of(1), { class: "ConnectionRefused", code: "ERR_OP_IO" });
  assertEquals(await ops.thread_of_task(), "plugin-tokio");
  assertThrows(() => ops.sleep_at_once(), {
    code: "ERR_PLUGIN_PANIC",
    includes: ["there is no reactor running", "is there in async ops"],
  });
  // What answers requests is no function of the script's.
  assertEquals(ops.http, undefined);
  const ids = Deno.core.ops();
  assertThrows(() => Deno.core.dispatch(ids.http), {
    class: "TypeError",
    code: "ERR_HTTP_HANDLER",
    includes: "http_plugin",
  });
  // What is under way ends with its plugin's runtime, not before.
  const napping = ops.nap(10);
  plugin.close();
  assertEquals(await napping, 10);
}

const without = openExample("no_reactor");
await assertRejects(() => without.ops.nap(), {
  code: "ERR_PLUGIN_PANIC",
  includes: "turn on the feature `tokio` of plugin_api",
});
