// flags: --allow-read
// Classes whose functions have names that mean something in JavaScript, and what of a component stays on its thread.

import { assert, assertEquals, assertRejects } from "./assert.js";
import { guest } from "./fixtures.js";

const plugin = Deno.openPlugin(guest("component_class"));
const { Thing } = plugin.ops;
assertEquals([Thing.prototype_(), Thing.name(), Thing.length()], [42, 42, 42]);
const thing = new Thing();
assert(thing instanceof Thing);
assertEquals([thing.then_(), thing.constructor(), thing.valueOf()], [7, 7, 7]);
// It is no promise.
assertEquals(await Promise.resolve(thing), thing);
assertEquals(plugin.ops.look(plugin.ops.make()), 7);
plugin.close();

// Resources do not cross to other threads, and neither do errors of more bytes than results may have.
const there = Deno.openPlugin(guest("component_class"), { threads: 1, limits: { host: 400_000 } });
const stays = { code: "ERR_PLUGIN_THREADS", includes: ["takes or gives resources", "options.threads"] };
await assertRejects(() => there.ops.make(), { ...stays, includes: [...stays.includes, "\"make\""] });
await assertRejects(() => there.ops.look({}), { ...stays, includes: [...stays.includes, "\"look\""] });
const { code, payload } = await there.ops.fail(3).catch((error) => error);
assertEquals([code, payload.length], ["ERR_COMPONENT_RESULT", 3]);
await assertRejects(() => there.ops.fail(3000), { code: "ERR_WASM_LIMIT", includes: ["\"fail\"", "400000"] });
there.close();
