// flags: --allow-plugin --allow-env --v8-flags=--allow-natives-syntax
// Typed ops whose signatures do not hold together are refused; what does not keep to its signature is an error.

import { assertEquals, assertThrows } from "./assert.js";
import { assertThrowsEverywhere } from "./fast_and_slow_paths.js";
import { example, openExample } from "./fixtures.js";

const refused = {
  none: "without its signature",
  short: "with a signature of 16 bytes",
  "short parameters": "parameters of 8 bytes",
  "many parameters": "parameters, at most 255",
  "unknown parameter": "with a value of kind 77, which is unknown",
  "void parameter": "has no value",
  "buffers before others": "is not the last",
  "unknown result": "with a value of kind 4294967295, which is unknown",
  "lent result": "its result is of kind bytesMut",
  "no code": "with a signature without code",
};
const before = JSON.stringify([Deno.core.ops(), Deno.resources()]);
for (const [fault, includes] of Object.entries(refused)) {
  Deno.env.set("PLUGBAY_BAD_SIGNATURE", fault);
  assertThrows(() => openExample("bad_signature"), {
    class: "Error",
    code: "ERR_PLUGIN_ABI_MISMATCH",
    includes: ["op \"op\"", includes],
  });
  assertEquals(JSON.stringify([Deno.core.ops(), Deno.resources()]), before, fault);
}

// The slow path answers with a number in place of text, the fast one fails and says nothing.
Deno.env.delete("PLUGBAY_BAD_SIGNATURE");
const { ops } = Deno.openPlugin(example("bad_signature"));
assertThrows(() => ops.op(1), {
  class: "Error",
  code: "ERR_OP_RESULT",
  includes: "another kind than its signature says, which is string",
});
assertThrowsEverywhere(() => ops.op(1), { class: "Error", includes: "op \"op\" of plugin" });
