// flags: --allow-read
// Components of two components, one of which calls the other: strings pass from each encoding to each, and resources by
// handles.

import { assertEquals, assertThrows } from "./assert.js";
import { guest } from "./fixtures.js";

const ENCODINGS = ["utf8", "utf16", "latin1"];
const PARTS = ["", "a", "é", "ÿ", "Ā", "€", "漢", "😀", "text of some length", "\0", "é".repeat(40), "😀".repeat(40)];
for (const caller of ENCODINGS) {
  for (const callee of ENCODINGS) {
    const plugin = Deno.openPlugin(guest(`linked_${caller}_${callee}`)), { ops } = plugin;
    for (const first of PARTS) {
      for (const second of PARTS) {
        const text = first + second;
        assertEquals(ops.echo(text), text, `${caller} to ${callee}`);
      }
    }
    const long = "aé€😀".repeat(20000);
    assertEquals(ops.echo(long) === long, true);
    assertEquals([ops.try(7), ops.try(8), plugin.instance.starts], [14, 16, 1]);
    assertThrows(() => ops.dropTwice(), { code: "ERR_WASM_TRAP", includes: "does not have" });
    assertEquals(ops.try(9), 18);
    plugin.close();
  }
}
