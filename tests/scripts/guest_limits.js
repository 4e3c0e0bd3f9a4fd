// flags: --allow-read --allow-write --allow-plugin
// not poisoned: it measures deadlines, which the prelude is too slow for
// milliseconds: 400000
// Guests that want more time, stack or memory than they may have: each call ends with an error that names the plugin,
// the op and the guest's function; the process and other plugins go on, and the next call has a new instance.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { guest, temp } from "./fixtures.js";
import * as modules from "./guest_limits_modules.js";

const DEADLINE = 150;
// Beyond its deadline, on a machine that does other things too.
const SLACK = 3000;

function wait(milliseconds) {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

let number = 0;
function open(name, limits = {}, imports = { env: { wait: () => wait(20) } }) {
  const path = `${temp}/${name}${number++}.wasm`;
  Deno.writeFileSync(path, modules[name]);
  return Deno.openPlugin(path, { imports, limits: { deadline: DEADLINE, ...limits } });
}

const TIME = { class: "TimedOut", code: "ERR_WASM_DEADLINE" };
const STACK = { class: "RangeError", code: "ERR_WASM_STACK" };
const TRAP = { class: "WebAssembly.RuntimeError", code: "ERR_WASM_TRAP" };

/** It throws as wanted, and a deadline neither before nor long after it. */
function ends(run, wanted, deadline = DEADLINE) {
  const start = performance.now();
  const error = assertThrows(run, wanted);
  const elapsed = performance.now() - start;
  assert(elapsed < deadline + SLACK, `took ${elapsed} ms: ${error}`);
  if (wanted.code === TIME.code) assert(elapsed >= deadline - 10, `ended after ${elapsed} ms: ${error}`);
  return error;
}

const bystander = open("STORMS");
let count = 0;
const othersGoOn = () => assertEquals(bystander.ops.count(), ++count);

const plugin = open("STORMS");
const { ops } = plugin;

/** `call` ends as wanted, in a function of that name; then the others go on and the next call has a new instance. */
function storm(op, call, wanted, guestFunction = op) {
  // What an instance knows is gone with it.
  assertEquals([ops.count(), ops.count()], [1, 2]);
  const { starts } = plugin.instance;
  ends(call, { ...wanted, includes: [plugin.name, `op "${op}"`, guestFunction] });
  assertEquals(plugin.instance.isRunning, false);
  assert(plugin.instance.lastEnd.includes(op), plugin.instance.lastEnd);
  othersGoOn();
  assertEquals(ops.count(), 1);
  assertEquals(plugin.instance.starts, starts + 1);
  ends(call, { ...wanted, includes: [plugin.name, `op "${op}"`] });
}

// ---- Loops ----

for (const op of ["simpleLoop", "memoryLoop", "nestedLoops", "tailCall", "indirectLoop"]) {
  storm(op, () => ops[op](), TIME);
}
storm("tableLoop", () => ops.tableLoop(1), TIME);
storm("tableLoop", () => ops.tableLoop(0), TIME);
storm("tableLoop", () => ops.tableLoop(-1), TIME);
storm("conditionLoop", () => ops.conditionLoop(0), TIME);
storm("tailEven", () => ops.tailEven(0), TIME, "tail");
storm("fibonacci", () => ops.fibonacci(60), TIME);
// The guest cannot catch its end.
storm("catching", () => ops.catching(), TIME, "simpleLoop");

// Optimised code, too.
for (let i = 0; i < 20_000; i++) ops.conditionLoop(1);
storm("conditionLoop", () => ops.conditionLoop(0), TIME);

// By dispatch, where the parameters are bytes.
const dispatch = (op, ...bytes) =>
  Deno.core.dispatch(plugin.metrics().ops.find(({ name }) => name === op).id, ...bytes);
storm("simpleLoop", () => dispatch("simpleLoop"), TIME);
storm("conditionLoop", () => dispatch("conditionLoop", new Uint8Array(4)), TIME);
storm("recursion", () => dispatch("recursion", new Uint8Array(4)), STACK);

const bare = open("BARE");
ends(() => bare.ops.bareLoop(), { ...TIME, includes: [bare.name, "op \"bareLoop\"", "bareLoop"] });
bare.close();

// ---- Recursions ----

storm("recursion", () => ops.recursion(0), STACK);
storm("mutualRecursion", () => ops.mutualRecursion(0), STACK, "mutual");
storm("indirectRecursion", () => ops.indirectRecursion(), STACK);

// ---- Calls within one another, where a plugin has a limit of its own ----

const DEEP = { ...STACK, includes: ["100 calls within one another", "options.limits.stack"] };
let back = () => {};
const deep = open("STORMS", { stack: 100 }, { env: { wait: () => back() } });
assertEquals(deep.ops.count(), 1);
for (
  const [op, guestFunction] of [["recursion", "recursion"], ["mutualRecursion", "mutual"], [
    "indirectRecursion",
    "indirectRecursion",
  ]]
) {
  const { id } = deep.metrics().ops.find(({ name }) => name === op);
  for (
    const call of [
      () => deep.ops[op](0),
      () => Deno.core.dispatch(id, new Uint8Array(op === "indirectRecursion" ? 0 : 4)),
    ]
  ) {
    ends(call, { ...DEEP, includes: [...DEEP.includes, deep.name, `op "${op}"`, guestFunction] });
    assertEquals(deep.instance.isRunning, false);
    assertEquals(deep.ops.count(), 1);
  }
}
// As deep as it may, and one deeper, whatever was called before.
const shallow = open("STORMS", { stack: 7 });
for (let i = 0; i < 3; i++) {
  assertEquals(shallow.ops.fibonacci(7), 13);
  ends(() => shallow.ops.fibonacci(8), { ...STACK, includes: "7 calls" });
}
assertEquals(shallow.instance.starts, 3);
// A call that takes its caller's place is no deeper.
ends(() => shallow.ops.tailCall(), TIME);
// What a guest catches, and what a script throws through it, leaves nothing behind.
ends(() => shallow.ops.catching(), TIME);
back = () => {
  throw new Error("the script's own");
};
for (let i = 0; i < 300; i++) assertThrows(() => deep.ops.waitOnly(), { includes: "the script's own" });
// A call within a call is as deep as its caller, and gives back what it took.
back = () => {
  for (let i = 0; i < 300; i++) assertEquals(deep.ops.fibonacci(10), 55);
};
assertEquals(deep.ops.waitOnly(), undefined);
let rounds = 0;
back = () => {
  rounds++;
  deep.ops.waitOnly();
};
ends(() => deep.ops.waitOnly(), DEEP);
assertEquals(rounds, 100);
ends(() => open("START_RECURSION", { stack: 5 }), { ...STACK, includes: ["START_RECURSION", "5 calls", "start"] });
for (const stack of [-1, 1.5, "many"]) {
  assertThrows(() => open("STORMS", { stack }), {
    class: "RangeError",
    code: "ERR_PLUGIN_OPTIONS",
    includes: "limits.stack",
  });
}
const endlessly = open("STORMS", { stack: Infinity });
ends(() => endlessly.ops.recursion(0), { ...STACK, includes: "ran out of stack" });
for (const each of [deep, shallow, endlessly]) each.close();
// Functions that the script calls itself, from a table or passed to it, leave nothing behind either.
const callbacks = Deno.openPlugin(guest("callbacks"), {
  limits: { stack: 3 },
  imports: {
    env: {
      each: (call) => {
        for (let i = 0; i < 20; i++) call();
      },
    },
  },
});
for (let i = 0; i < 20; i++) callbacks.exports.table.get(0)();
callbacks.ops.pass();
const tooDeep = { ...STACK, includes: ["callbacks", "3 calls"] };
assertThrows(() => callbacks.ops.recursion(), tooDeep);
// Whatever the script makes of stacks.
const { stackTraceLimit } = Error;
Error.stackTraceLimit = 0;
assertThrows(() => callbacks.ops.recursion(), tooDeep);
Error.stackTraceLimit = stackTraceLimit;
callbacks.close();

// ---- Memory and tables ----

storm("memoryBomb", () => ops.memoryBomb(), { ...TRAP }, "memoryBomb");
assertThrows(() => ops.memoryBomb(), { ...TRAP, includes: ["4096 pages", "options.limits.memory"] });
for (const op of ["growStorm", "growByMost", "fillAll", "copyAll", "tableStorm", "tableFill"]) {
  storm(op, () => ops[op](), TIME);
}
storm("tableBomb", () => ops.tableBomb(), TRAP);

const small = open("STORMS", { memory: 64, table: 100 });
assertThrows(() => small.ops.memoryBomb(), { ...TRAP, includes: [small.name, "64 pages", "options.limits.memory"] });
assertThrows(() => small.ops.tableBomb(), { ...TRAP, includes: [small.name, "tableBomb"] });
ends(() => small.ops.growStorm(), TIME);
assertEquals(small.ops.count(), 1);
assertEquals(small.exports.memory.buffer.byteLength, 65536);
small.close();
othersGoOn();

// Tables of one plugin together, and none of them beyond the limit.
assertThrows(() => open("LARGE_TABLE", { table: 89_999 }), {
  class: "RangeError",
  code: "ERR_WASM_LIMIT",
  includes: ["LARGE_TABLE", "options.limits.table"],
});
assertThrows(() => open("LARGE_TABLE", { table: 0 }), { class: "RangeError", code: "ERR_WASM_LIMIT" });

// ---- What lies in imports counts ----

storm("waiting", () => ops.waiting(), TIME);
const late = open("STORMS", {}, { env: { wait: () => wait(2 * DEADLINE) } });
ends(() => late.ops.waitingOnce(), { ...TIME, includes: [late.name, "op \"waitingOnce\""] }, 2 * DEADLINE);
assertEquals(late.ops.count(), 1);
// Whether or not a call that is over its time may return: the next one is not to blame.
try {
  late.ops.waitOnly();
} catch (error) {
  assertEquals(error.code, TIME.code);
}
for (let i = 0; i < 3; i++) {
  late.ops.count();
  assertEquals(late.ops.conditionLoop(1), undefined);
}
late.close();

// Many short calls are not one long call.
const patient = open("STORMS");
const until = performance.now() + 3 * DEADLINE;
while (performance.now() < until) patient.ops.fibonacci(10);
assertEquals(patient.instance.starts, 1);
patient.close();

// ---- A start that does not end ----

for (
  const [name, wanted, guestFunction] of [
    ["START_LOOP", TIME, "startLoop"],
    ["START_TAIL", TIME, "startTail"],
    ["START_WAIT", TIME, "startWait"],
    ["START_RECURSION", STACK, "startRecursion"],
    ["START_BOMB", TRAP, "startBomb"],
  ]
) {
  const before = [Deno.resources(), Deno.core.ops()];
  ends(() => open(name), { ...wanted, includes: [name, "start", guestFunction] });
  assertEquals([Deno.resources(), Deno.core.ops()], before);
  othersGoOn();
}

// ---- A guest that calls another one ----

const inner = open("STORMS");
let nested = () => inner.ops.simpleLoop();
const outer = open("STORMS", { deadline: 5000 }, { env: { wait: () => nested() } });
assertEquals(outer.ops.count(), 1);
// It is the inner one's end, and its name that is told.
ends(() => outer.ops.waitOnly(), { ...TIME, includes: [inner.name, "op \"simpleLoop\"", `${DEADLINE} ms`] });
assertEquals(inner.ops.count(), 1);
// The script may catch it, and the outer call goes on.
nested = () => ends(() => inner.ops.simpleLoop(), TIME);
assertEquals(outer.ops.waitOnly(), undefined);
// The same plugin within itself: it is the outermost call whose deadline holds.
nested = () => outer.ops.simpleLoop();
const shorter = open("STORMS", {}, { env: { wait: () => shorter.ops.simpleLoop() } });
ends(() => shorter.ops.waitOnly(), { ...TIME, includes: shorter.name });
assertEquals(shorter.ops.count(), 1);
// Round and round, until the stack is full.
const round = open("STORMS", {}, { env: { wait: () => round.ops.waitOnly() } });
ends(() => round.ops.waitOnly(), { ...STACK, includes: round.name });
assertEquals(round.ops.count(), 1);
for (const each of [inner, outer, shorter, round]) each.close();

// ---- Objects of the engine's heap ----

let gc;
try {
  gc = open("GC_BOMB", { deadline: 20_000 });
} catch (error) {
  // It may be refused, too.
  assert(["ERR_WASM_COMPILE", "ERR_WASM_LIMIT"].includes(error.code), error.stack);
}
if (gc !== undefined) {
  const error = assertThrows(() => gc.ops.gcBomb(), { includes: gc.name });
  assert(["ERR_WASM_DEADLINE", "ERR_WASM_MEMORY", "ERR_WASM_TRAP"].includes(error.code), error.stack);
  gc.close();
}

othersGoOn();
plugin.close();
bystander.close();
assertEquals(Deno.core.ops(), { ops: 0 });
assert(!Object.values(Deno.resources()).includes("plugin"));
