// flags:
// What a module says of itself may be long; to read it takes no longer than a call may.

import { assertRejects, assertThrows } from "./assert.js";
import { leb } from "./leb.js";

// A segment of so many null references.
const COUNT = 2_000_000, NULL = [0xD0, 0x70, 0x0B];
const length = COUNT * NULL.length, count = leb(COUNT);
const start = [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0, 9, ...leb(length + count.length + 3), 1, 5, 0x70, ...count];
const module = new Uint8Array(start.length + length);
module.set(start);
for (let i = 0; i < length; i++) module[start.length + i] = NULL[i % 3];

const late = { class: "TimedOut", code: "ERR_WASM_DEADLINE", includes: "to read plugin module" };
assertThrows(() => Deno.openPlugin(module, { limits: { deadline: 1 } }), late);
await assertRejects(() => Deno.openPluginStreaming([module], { limits: { deadline: 1 } }), late);
Deno.openPlugin(module, { limits: { deadline: 0 } }).close();
