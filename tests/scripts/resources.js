// flags: --allow-plugin
// Resources that a plugin makes.

import { assert, assertEquals, assertRejects, assertThrows } from "./assert.js";
import { after, openKit } from "./fixtures.js";

const BAD_RESOURCE = { class: "BadResource", code: "ERR_BAD_RESOURCE" };

const kit = openKit();
const { ops } = kit;
const dropped = ops.drops();
const before = Deno.resources();

// In the table under its name, with a state of its own.
const one = ops.counter_new();
const two = ops.counter_new();
assert(Number.isInteger(one) && one !== two);
assertEquals(Deno.resources(), { ...before, [one]: "counter", [two]: "counter" });
assertEquals([ops.counter_next(one), ops.counter_next(one), ops.counter_next(two)], [1, 2, 1]);
assertEquals(await ops.counter_next_later(one), 3, "from a future too");

// Taken for what it is not.
assertThrows(() => ops.counter_wrong_type(one), { ...BAD_RESOURCE, includes: "String" });
assertThrows(() => ops.counter_next(1_000_000), { ...BAD_RESOURCE, includes: "1000000" });
assertThrows(() => ops.counter_next(kit.rid), BAD_RESOURCE);
assertThrows(() => ops.counter_next("one"), { class: "TypeError", code: "ERR_OP_ARGUMENT" });
assertThrows(() => ops.counter_next(-1), { class: "TypeError", code: "ERR_OP_ARGUMENT" });
assertEquals(ops.drops(), dropped);

// Closed by the script, and by the plugin: dropped at once.
Deno.close(one);
assertEquals(ops.drops(), dropped + 1);
assertThrows(() => ops.counter_next(one), BAD_RESOURCE);
assertThrows(() => Deno.close(one), BAD_RESOURCE);
assertThrows(() => ops.counter_close(one), BAD_RESOURCE);
assertEquals(ops.counter_close(two), null);
assertEquals(ops.drops(), dropped + 2);
assertThrows(() => Deno.close(two), BAD_RESOURCE);
assertEquals(Deno.resources(), before);

// A number is not used again.
const three = ops.counter_new();
assert(three !== one && three !== two);

// Closed while an op works with it: the op keeps it until it is done.
const later = ops.counter_next_later(three);
await after(20);
Deno.close(three);
assertEquals(ops.drops(), dropped + 2);
assertEquals(await later, 1);
assertEquals(ops.drops(), dropped + 3);
await assertRejects(() => ops.counter_next_later(three), BAD_RESOURCE);

// Another plugin's resource is none of this one's business.
const other = openKit();
const foreign = other.ops.counter_new();
assertThrows(() => ops.counter_next(foreign), BAD_RESOURCE);
assertThrows(() => ops.counter_close(foreign), BAD_RESOURCE);
assertEquals(other.ops.counter_next(foreign), 1);

// A plugin that is closed takes its resources along.
const fourth = other.ops.counter_new();
other.close();
assertEquals(ops.drops(), dropped + 5);
assertEquals(Deno.resources(), before);
assertThrows(() => Deno.close(foreign), BAD_RESOURCE);
assertThrows(() => Deno.close(fourth), BAD_RESOURCE);

// Many.
const all = Array.from({ length: 1000 }, () => ops.counter_new());
assertEquals(new Set(all).size, 1000);
all.forEach((id) => Deno.close(id));
assertEquals(ops.drops(), dropped + 1005);
kit.close();
