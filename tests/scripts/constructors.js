// flags: --allow-plugin --allow-read --allow-write
// No code of a file runs before it is known to be a plugin for this host. The fixtures have constructors, which the
// dynamic linker runs and which write the file that PLUGBAY_CONSTRUCTOR_PROOF names: the harness sets it to
// `constructor_proof` in the script's own folder.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { example, openExample, temp, text } from "./fixtures.js";

const proof = `${temp}/constructor_proof`;

function proofIsThere() {
  try {
    return Deno.statSync(proof).isFile;
  } catch (error) {
    assert(error instanceof Deno.errors.NotFound, error.message);
    return false;
  }
}

const refused = [
  "constructor_no_abi",
  "constructor_newer_abi",
  "bad_magic",
  "bad_descriptor_size",
  "descriptor_cut_off",
  "larger_host_table",
  "unknown_entry_kind",
  "no_init",
];
for (const name of refused) {
  assertThrows(() => Deno.openPlugin(example(name)), { class: "InvalidData" });
  assert(!proofIsThere(), `the constructor of ${name} has run`);
}

// The same constructor in a plugin that is loaded.
const good = openExample("constructor_good");
assert(proofIsThere(), "the constructor of a good plugin runs");
assertEquals(Deno.readTextFileSync(proof), "the constructor has run\n");
assertEquals(text(good.ops.ok()), "constructor_good");
good.close();
