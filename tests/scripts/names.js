// flags: --allow-plugin
// Names and ids: one name in two plugins, one file opened twice, ops that are registered late.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { bytes, openExample, openKit, text } from "./fixtures.js";

const tableBefore = Deno.core.ops();
assertEquals(tableBefore, { ops: 0 });

// One name in two plugins: each reaches its own, the table has the newest that is open.
{
  const older = openExample("constructor_good");
  const idOfOlder = Deno.core.ops().ok;
  const newer = openExample("op_panics");
  assertEquals(text(older.ops.ok()), "constructor_good");
  assertEquals(text(newer.ops.ok()), "op_panics");
  assertEquals(text(Deno.core.dispatch(Deno.core.ops().ok)), "op_panics");
  assertEquals(text(Deno.core.dispatch(idOfOlder)), "constructor_good", "the older one's id is still its own");
  newer.close();
  assertEquals(Deno.core.ops().ok, idOfOlder, "the name falls back to the older one");
  older.close();
  assert(!Object.hasOwn(Deno.core.ops(), "ok"));
}
{
  const older = openExample("op_panics");
  const newer = openExample("constructor_good");
  older.close();
  assertEquals(text(Deno.core.dispatch(Deno.core.ops().ok)), "constructor_good");
  newer.close();
  assertEquals(Deno.core.ops(), tableBefore);
}

// One file opened twice: two plugins that share nothing but the library.
{
  const one = openKit();
  const idsOfOne = Deno.core.ops();
  const two = openKit();
  const idsOfTwo = Deno.core.ops();
  assert(one.rid !== two.rid);
  assertEquals(Object.keys(one.ops), Object.keys(two.ops));
  assert(idsOfOne.count !== idsOfTwo.count);
  assertEquals([one.ops.count(), one.ops.count(), two.ops.count()].map(text), ["1", "2", "1"], "init ran twice");
  assertEquals(text(Deno.core.dispatch(idsOfOne.count)), "3");
  assertEquals(text(Deno.core.dispatch(idsOfTwo.count)), "2");
  assertEquals([one.metrics().opsDispatched, two.metrics().opsDispatched], [3, 2]);
  one.close();
  assertThrows(() => one.ops.count(), { class: "BadResource", code: "ERR_PLUGIN_CLOSED" });
  assertEquals(text(two.ops.count()), "3");
  two.close();
}

// Ids are never used again.
{
  const seen = new Set();
  for (let i = 0; i < 20; i++) {
    const kit = openKit();
    const { ops: _, ...ids } = Deno.core.ops();
    for (const id of Object.values(ids)) {
      assert(!seen.has(id), `id ${id} is used again`);
      seen.add(id);
    }
    kit.close();
  }
}

// An op registers others while it is dispatched, under any name.
{
  const late = openExample("late_register");
  const names = ["late", "with spaces/and: signs", "gr\u00f6\u00dfer \u5c0f", "constructor", "__proto__", "then", "0"];
  for (const name of names) {
    const id = Number(text(late.ops.register(bytes(name))));
    assert(id > 0);
    assertEquals(Object.getOwnPropertyDescriptor(Deno.core.ops(), name)?.value, id);
    assert(Object.keys(late.ops).includes(name), `plugin.ops has ${name}`);
    assertEquals(text(late.ops[name]()), name);
    assertEquals(text(Deno.core.dispatch(id)), name);
  }
  assertEquals(late.metrics().ops.length, names.length + 1);

  // A name that it has already: that call fails, and all that was there stays.
  const duplicate = { class: "AlreadyExists", code: "ERR_OP_DUPLICATE", includes: "late" };
  assertThrows(() => late.ops.register(bytes("late")), duplicate);
  assertThrows(() => Deno.core.dispatch(Deno.core.ops().register, bytes("register")), duplicate);
  assertThrows(() => late.ops.register(bytes("")), { class: "TypeError", code: "ERR_OP_NAME" });
  assertEquals(text(late.ops.late()), "late");
  assert(Number(text(late.ops.register(bytes("later still")))) > 0);

  // What was registered late goes with the plugin.
  const kept = late.ops.late;
  late.close();
  assertThrows(() => kept(), { class: "BadResource", code: "ERR_PLUGIN_CLOSED" });
  assertEquals(Deno.core.ops(), tableBefore);
}
