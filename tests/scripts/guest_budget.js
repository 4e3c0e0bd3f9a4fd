// flags: --allow-read --allow-write --allow-plugin
// milliseconds: 400000
// What the host holds for a guest is counted before it is made: ops, signatures, resources, log text, answers of
// plugins that it opens. A guest that wants more than options.limits.host ends, whatever it makes of the error; what is
// given back can be had again.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { guest, temp } from "./fixtures.js";
import { DROP, KIND, Liar, OUTCOME } from "./guest_liar.js";

const HOST = 256 * 1024;
const LIMIT = { class: "RangeError", code: "ERR_WASM_LIMIT" };
const WORDS = [`${HOST} bytes`, "options.limits.host"];
// More than fits, by far.
const MANY = 20_000;

const before = [Deno.resources(), Deno.core.ops()];
let number = 0;

/** A plugin whose op "op" does `work`; `entry` is what its init does besides. */
function open(work, entry = () => {}, options = {}) {
  const liar = new Liar(`${temp}/host${number++}.wasm`);
  liar.name = `host${number - 1}`;
  // Behind the descriptor.
  const start = 2 * 65536;
  liar.entry = () => {
    // Every instance begins anew, in the test's memory.
    liar.top = start;
    liar.host.register_op(liar.op({ name: "op" }));
    entry(liar);
    return 0;
  };
  liar.answer = (at) => {
    work(liar);
    liar.outcome(at, OUTCOME.NULL);
  };
  return liar.open({ limits: { host: HOST, deadline: 60_000 }, ...options });
}

/** The guest ends when it has done `work` often, in every instance again; gives how often. */
function endsAfter(name, work) {
  let count = 0;
  const plugin = open((liar) => {
    const again = liar.top;
    for (let i = 0; i < MANY; i++) {
      work(liar, i);
      count++;
      liar.top = again;
    }
  });
  const counts = [];
  for (let i = 0; i < 2; i++) {
    count = 0;
    assertThrows(() => plugin.ops.op(), { ...LIMIT, includes: [...WORDS, plugin.name] });
    assertEquals(plugin.instance.isRunning, false, name);
    assertEquals(
      Object.values(Deno.resources()).length,
      Object.values(before[0]).length + 1,
      `${name}: something stays`,
    );
    assert(count < MANY, `${name}: goes on`);
    counts.push(count);
  }
  plugin.close();
  return counts;
}
const text = (length) => (liar) => [liar.struct(length), length];
const short = text(10), long = text(10_000), tooLong = text(200_000);

// ---- Resources ----

for (const [name, most] of [[short, 600], [long, 15], [tooLong, 0]]) {
  const counts = endsAfter("resources", (liar) => liar.host.resource_add(...name(liar), 0, DROP));
  assertEquals(counts[0], counts[1], "what ended with the instance is given back");
  assert(counts[0] <= most && counts[0] >= most / 2, `${counts[0]} resources`);
}
{
  // What is closed is given back, by the guest and by the script.
  const plugin = open((liar) => {
    const again = liar.top;
    for (let i = 0; i < 2000; i++) {
      assertEquals(liar.host.resource_close(liar.host.resource_add(...short(liar), 0, DROP)), 1);
      liar.top = again;
    }
    for (let i = 0; i < 100; i++) liar.host.resource_add(...short(liar), 0, DROP);
  });
  const ours = () => Object.keys(Deno.resources()).filter((rid) => !(rid in before[0]) && +rid !== plugin.rid);
  for (let i = 0; i < 20; i++) {
    plugin.ops.op();
    assertEquals(ours().length, 100);
    for (const rid of ours()) Deno.close(+rid);
  }
  assertEquals(plugin.instance.starts, 1);
  plugin.close();
}

// ---- Ops ----

for (
  const register of [
    (liar, i) => liar.host.register_op(liar.op({ name: `op${i}` })),
    (liar, i) => liar.host.register_op(liar.typed(`op${i}`, { parameters: Array(100).fill(KIND.i32) })),
    (liar, i) => liar.host.register_op(liar.op({ name: `${i}`.padEnd(20_000, "x") })),
  ]
) {
  let count = 0;
  const refused = () =>
    open(() => {}, (liar) => {
      const again = liar.top;
      for (let i = 0; i < MANY; i++, count++) {
        register(liar, i);
        liar.top = again;
      }
    });
  assertThrows(refused, { ...LIMIT, includes: [...WORDS, `host${number}`] });
  assert(count < HOST / 1024, `${count} ops`);
  assertEquals([Deno.resources(), Deno.core.ops()], before);
}
{
  // Those that a new instance registers again cost nothing.
  let isDone = false;
  const plugin = open((liar) => liar.traps = isDone ? 0 : 1, (liar) => {
    for (let i = 0; i < 50; i++) liar.host.register_op(liar.typed(`typed${i}`, { parameters: [KIND.i32] }));
  });
  for (let i = 0; i < 50; i++) assertThrows(() => plugin.ops.op(), { code: "ERR_WASM_TRAP" });
  isDone = true;
  assertEquals([plugin.ops.op(), plugin.instance.starts], [undefined, 51]);
  plugin.close();
}

// ---- Text ----

endsAfter("log lines", (liar) => liar.host.log(4, ...short(liar)));
endsAfter("long log lines", (liar) => liar.host.log(4, ...long(liar)));
{
  // Of many calls.
  const plugin = open((liar) => liar.host.log(4, ...tooLong(liar)));
  for (let i = 0; i < 10; i++) plugin.ops.op();
  plugin.close();
}
for (
  const [what, tell] of [
    ["error", (liar, slice) => liar.host.fail(liar.report(liar.slice("Error"), liar.slice("MINE"), slice))],
    ["panic", (liar, slice) => (liar.host.panicked(...slice), liar.traps = 1)],
  ]
) {
  const plugin = open((liar) => tell(liar, liar.slice("a".repeat(3_000_000))));
  const error = assertThrows(() => plugin.ops.op(), { includes: ["aaaa", "bytes more"] });
  assert(error.message.length < 100_000, `an ${what} of ${error.message.length} characters`);
  plugin.close();
}

// ---- Guests that catch the error ----

{
  const plugin = open((liar) => {
    let failures = 0;
    for (let i = 0; i < MANY && failures < 10; i++) {
      try {
        liar.host.resource_add(...short(liar), 0, DROP);
      } catch {
        failures++;
      }
    }
    assertEquals(failures, 10);
  });
  assertThrows(() => plugin.ops.op(), { ...LIMIT, includes: WORDS });
  assertEquals(plugin.instance.isRunning, false);
  plugin.close();
}

// ---- Plugins that a guest opens are paid for by it ----

{
  const module = Deno.readFileSync(guest("loops"));
  const opener = Deno.openPlugin(guest("opens"), { plugins: 1000, limits: { host: HOST } });
  const put = (at, bytes) => new Uint8Array(opener.exports.memory.buffer).set(bytes, at);
  put(0, new TextEncoder().encode("a"));
  put(1024, module);
  const openAll = () => {
    const opened = [];
    for (let number; opened.length < 300 && (number = opener.ops.open(0, 1, 1024, module.length)) > 0;) {
      opened.push(number);
    }
    return opened;
  };
  const opened = openAll();
  assert(opened.length > 0 && opened.length < 300, `${opened.length} plugins`);
  const length = opener.ops.read(4096, 1000);
  const why = new TextDecoder().decode(new Uint8Array(opener.exports.memory.buffer, 4096, length));
  assert(why.includes("options.limits.host"), why);
  // What they took is given back when they are closed.
  for (const number of opened) opener.ops.close(number);
  assertEquals(openAll().length, opened.length);
  opener.close();
}

for (const host of [-1, 1.5, "many", 2 ** 33]) {
  assertThrows(() => open(() => {}, () => {}, { limits: { host } }), {
    class: "RangeError",
    code: "ERR_PLUGIN_OPTIONS",
    includes: "limits.host",
  });
}
assertThrows(() => open(() => {}, () => {}, { limits: { host: 0 } }), { ...LIMIT, includes: "options.limits.host" });
assertEquals([Deno.resources(), Deno.core.ops()], before);
