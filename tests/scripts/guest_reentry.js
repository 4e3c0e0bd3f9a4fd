// flags: --allow-plugin --allow-read
// What a guest imports is the script's, and may do anything: call the guest, close it, open it once more.

import { assertEquals, assertThrows } from "./assert.js";
import { after, guest } from "./fixtures.js";

const CLOSED = { code: "ERR_PLUGIN_CLOSED" },
  INSTANCE = { class: "WebAssembly.RuntimeError", code: "ERR_WASM_INSTANCE" };
const TRAP = { class: "WebAssembly.RuntimeError", code: "ERR_WASM_TRAP" };
const open = (call, options) => Deno.openPlugin(guest("reenters"), { imports: { env: { call } }, ...options });
const resources = () => Object.keys(Deno.resources());
const before = resources();

// Closed while it starts.
const newest = () => Number(resources().at(-1));
for (const options of [{}, { pool: 2 }, { stateless: true }]) {
  assertThrows(() => open(() => Deno.close(newest()), options), CLOSED);
  assertEquals(resources(), before);
}

// Closed when its next instance starts, by what it imports and by whoever is asked for that.
for (const options of [{}, { pool: 2 }]) {
  let doClose = false;
  const plugin = open((when) => doClose && when === 0 && plugin.close(), options);
  assertThrows(() => plugin.ops.trap(), TRAP);
  if (options.pool === undefined) {
    doClose = true;
    assertThrows(() => plugin.ops.count(), CLOSED);
    assertEquals(plugin.instance.isRunning, false);
  } else {
    plugin.close();
  }
}
let onAsked = () => {};
const env = {
  get call() {
    return onAsked(), () => {};
  },
};
const asked = Deno.openPlugin(guest("reenters"), { imports: { env } });
for (const [why, expected] of [["count", INSTANCE], ["close", CLOSED]]) {
  assertThrows(() => asked.ops.trap(), TRAP);
  let inner;
  onAsked = () => {
    try {
      why === "close" ? asked.close() : asked.ops.count();
    } catch (error) {
      inner = error.code;
    }
  };
  if (why === "close") {
    assertThrows(() => asked.ops.count(), expected);
    assertEquals(asked.instance.isRunning, false);
  } else {
    assertEquals([asked.ops.count(), inner], [1, expected.code]);
    assertEquals(asked.instance.starts, 2);
  }
}

// Closed while its pool is made.
let asks = 0;
const pool = {
  get call() {
    if (++asks === 3) Deno.close(newest());
    return () => {};
  },
};
try {
  Deno.openPlugin(guest("reenters"), { pool: 4, imports: { env: pool } });
} catch (error) {
  assertEquals(error.code, "ERR_PLUGIN_CLOSED");
}

// Ended by an op that what it imports has called, while it starts.
let plugin;
let doTrap = false;
plugin = open((when) => {
  if (when !== 0 || !doTrap) return;
  doTrap = false;
  try {
    plugin.ops.trap();
  } catch {
    // It is told by what comes of the start.
  }
});
assertThrows(() => plugin.ops.trap(), TRAP);
doTrap = true;
assertThrows(() => plugin.ops.count(), INSTANCE);
assertEquals([plugin.ops.count(), plugin.ops.count()], [1, 2]);

// Its lines are counted for each call alone.
const printing = open(() => {}, { limits: { host: 300_000 } });
for (let i = 0; i < 5; i++) {
  printing.ops.say(1000);
  printing.ops.tell(1000);
}
assertThrows(() => printing.ops.say(2000), { class: "RangeError", code: "ERR_WASM_LIMIT" });

// Commands.
let onRun = () => {};
const command = Deno.openPlugin(guest("reenters_command"), { imports: { env: { call: () => onRun() } } });
assertEquals(command.run().code, 9);
onRun = () => command.run();
assertThrows(() => command.run(), { class: "TypeError", code: "ERR_WASM_COMMAND" });
onRun = () => {
  try {
    command.ops.trap();
  } catch {
    // It is told by what comes of the run.
  }
};
assertThrows(() => command.run(), INSTANCE);
onRun = () => command.close();
assertThrows(() => command.run(), CLOSED);
assertThrows(() => command.run(), CLOSED);
assertEquals(command.exports, undefined);

// What an instance has opened is not closed because another one cannot be made.
const taken = { f() {} };
const opens = Deno.openPlugin(guest("opens_at_start"), { plugins: 1, pool: 1, imports: { env: taken } });
delete taken.f;
assertThrows(() => opens.ops.trap(), TRAP);
assertEquals(opens.ops.again(), 0);
await after(1);
assertEquals([opens.ops.again(), opens.instance.prepared], [0, 0]);
opens.close();

// An export called "undefined" is no memory.
const odd = Deno.openPlugin(guest("exports_undefined"), { pool: 1 });
odd.ops.undefined();
odd.close();

// Ids that were taken meanwhile.
const crossing = {
  imports: {
    get env() {
      return Deno.plugins.open("x", guest("reactor")), { call() {} };
    },
  },
};
assertThrows(() => Deno.plugins.open("x", guest("reenters"), crossing), {
  class: "AlreadyExists",
  code: "ERR_PLUGIN_ID",
});
assertEquals(Deno.plugins.list().map(({ id, name }) => [id, name]), [["x", "reactor"]]);
const replacing = {
  imports: {
    get env() {
      return Deno.plugins.replace("x", guest("loops")), { call() {} };
    },
  },
};
assertThrows(() => Deno.plugins.replace("x", guest("reenters"), replacing), {
  class: "AlreadyExists",
  code: "ERR_PLUGIN_ID",
});
assertEquals(Deno.plugins.list().map(({ id, name }) => [id, name]), [["x", "loops"]]);
Deno.plugins.close("x");

for (const open of [plugin, printing]) open.close();
assertEquals(resources(), before);
console.log("ok");
