// flags: --allow-plugin
// Libraries that are refused, or that fail while they are opened. Each leaves the process and the other plugins alone.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { bytes, example, openKit, text } from "./fixtures.js";

const kit = openKit();
const table = JSON.stringify(Deno.core.ops());
const resources = JSON.stringify(Deno.resources());
const dispatched = () => kit.metrics().opsDispatched;

const INVALID = { class: "InvalidData" };
const ABI_MISMATCH = { ...INVALID, code: "ERR_PLUGIN_ABI_MISMATCH" };
const wanted = {
  // Refused by what the file says, before any of its code runs.
  no_init: { ...INVALID, code: "ERR_PLUGIN_NO_INIT", includes: "deno_plugin_init" },
  constructor_no_abi: { ...INVALID, code: "ERR_PLUGIN_NO_ABI", includes: "built for another plugin API" },
  constructor_newer_abi: { ...ABI_MISMATCH, includes: "plugin ABI" },
  bad_magic: ABI_MISMATCH,
  bad_descriptor_size: ABI_MISMATCH,
  descriptor_cut_off: ABI_MISMATCH,
  larger_host_table: ABI_MISMATCH,
  unknown_entry_kind: { ...ABI_MISMATCH, includes: "77" },
  // Refused by the dynamic linker.
  undefined_symbol: {
    class: "Error",
    code: "ERR_PLUGIN_LOAD",
    includes: "plugbay_fixture_symbol_that_nobody_defines",
  },
  // Loaded; their init fails.
  init_fails: { class: "TimedOut", code: "ERR_LICENSE", includes: "the license has run out" },
  init_is_data: { class: "InvalidData", code: "ERR_PLUGIN_NO_INIT" },
  init_returns_nonzero: { class: "Error", code: "ERR_PLUGIN_INIT" },
  init_panics: { class: "Error", code: "ERR_PLUGIN_PANIC", includes: "the init gives up" },
  duplicate_ops: { class: "AlreadyExists", code: "ERR_OP_DUPLICATE", includes: "twice" },
  empty_op_name: { class: "TypeError", code: "ERR_OP_NAME" },
  non_utf8_op_name: { class: "TypeError", code: "ERR_OP_NAME" },
};

// Twice: what the first attempt leaves behind would show at the second.
for (const round of [1, 2]) {
  for (const [name, error] of Object.entries(wanted)) {
    const before = dispatched();
    const thrown = assertThrows(() => Deno.openPlugin(example(name)), error);
    assert(thrown.message.includes(name), `the message names the plugin: ${thrown.message}`);
    assert(thrown.stack.includes("bad_plugins.js"), thrown.stack);
    assertEquals(JSON.stringify(Deno.core.ops()), table, `${name} leaves no op, round ${round}`);
    assertEquals(JSON.stringify(Deno.resources()), resources, `${name} leaves no resource, round ${round}`);
    assertEquals(text(kit.ops.echo(bytes(name))), name);
    assertEquals(dispatched(), before + 1);
  }
}

// Ids are not used again, also those of ops that came and went with an init that failed.
const newest = Math.max(...Object.values(Deno.core.ops()));
const again = openKit();
assert(Deno.core.ops().echo > newest);
again.close();
kit.close();
