// flags: --allow-read --allow-write --allow-plugin
// milliseconds: 400000
// The deadline of calls that go on later is one for all that they do: polls, waiting, and what the host makes of their
// results. When it is over nothing of them goes on, nor when the plugin is closed.

import { assert, assertEquals, assertRejects, assertThrows } from "./assert.js";
import { after, guest, temp } from "./fixtures.js";
import { DROP, KIND, Liar, OUTCOME } from "./guest_liar.js";

const DEADLINE = 200;
// On a machine that does other things too.
const SLACK = 5000;
const TIME = { class: "TimedOut", code: "ERR_WASM_DEADLINE", includes: [`${DEADLINE} ms`, "options.limits.deadline"] };
const INSTANCE = { class: "WebAssembly.RuntimeError", code: "ERR_WASM_INSTANCE" };

function wait(milliseconds) {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

async function inTime(run) {
  const start = performance.now();
  await run();
  const elapsed = performance.now() - start;
  assert(elapsed >= DEADLINE - 20 && elapsed < DEADLINE + SLACK, `took ${elapsed} ms`);
}

// ---- Futures ----

let number = 0;
/** A plugin with the async ops "op" and "other"; `poll` is what polling one does. */
function open(poll, limits = { deadline: DEADLINE }, encoding = 0) {
  const liar = new Liar(`${temp}/future${number++}.wasm`);
  liar.lies.poll = (_, task, at) => poll(liar, task, at);
  liar.entry = () => {
    for (const name of ["op", "other"]) liar.host.register_op(liar.op({ name, encoding }));
    return 0;
  };
  liar.answer = (at) => liar.outcome(at, OUTCOME.ASYNC, 0, liar.set(liar.struct(12), 12, 0, DROP));
  return liar.open({ limits });
}
const isReady = (liar, at) => (liar.outcome(at, OUTCOME.NULL), 1);

for (
  const [name, poll, mostPolls] of [
    ["wakes itself for ever", (liar, task) => (liar.host.wake(task), 0), Infinity],
    ["is never woken", () => 0, 2],
    // The last of its polls has what the others left.
    ["spends the time in its polls", (liar, task) => (wait(DEADLINE * 0.4), liar.host.wake(task), 0), 3],
  ]
) {
  let polls = 0, isOver = false;
  const plugin = open((...given) => {
    assert(!isOver, `a future that ${name} goes on after its deadline`);
    polls++;
    return poll(...given);
  });
  await inTime(() =>
    assertRejects(() => plugin.ops.op(), { ...TIME, includes: [...TIME.includes, "op \"op\"", plugin.name] })
  );
  assert(polls <= mostPolls, `a future that ${name} was polled ${polls} times`);
  isOver = true;
  await after(50);
  assertEquals([plugin.instance.isRunning, plugin.instance.calls, plugin.metrics().ops[0].inFlight], [false, 0, 0]);
  plugin.close();
}

// Others that run on the same instance end with it; the next call has a new one.
{
  let isQuick = false;
  const plugin = open((liar, _, at) => isQuick ? isReady(liar, at) : 0);
  const first = assertRejects(() => plugin.ops.op(), TIME);
  await after(50);
  const second = assertRejects(() => plugin.ops.other(), INSTANCE);
  await Promise.all([first, second]);
  isQuick = true;
  assertEquals([await plugin.ops.op(), plugin.instance.starts], [undefined, 2]);
  plugin.close();
}

// Without a deadline it goes on. With one that is far away, the program does not wait for it.
for (const deadline of [Infinity, 600_000]) {
  let polls = 0;
  const plugin = open((liar, task, at) => ++polls === 100 ? isReady(liar, at) : (liar.host.wake(task), 0), {
    deadline,
  });
  assertEquals([await plugin.ops.op(), polls], [undefined, 100]);
  const ended = assertRejects(() => plugin.ops.op(), INSTANCE);
  polls = 1000;
  plugin.close();
  await ended;
}

// ---- Guests that wait for imports ----

for (const isClosed of [false, true]) {
  let calls = 0;
  const step = new WebAssembly.Suspending(async () => {
    calls++;
    await after(20);
    if (calls === 2) throw new Error("nobody listens");
  });
  const plugin = Deno.openPlugin(guest("waits_in_line"), {
    imports: { env: { wait: step } },
    limits: { deadline: isClosed ? 600_000 : DEADLINE },
  });
  await plugin.ops.wait();
  await assertRejects(() => plugin.ops.wait(), { includes: "nobody listens" });
  if (isClosed) {
    const ended = assertRejects(() => plugin.ops.waits(), { ...INSTANCE, includes: "its close" });
    await after(50);
    plugin.close();
    await ended;
  } else {
    await inTime(() =>
      assertRejects(() => plugin.ops.waits(), {
        ...TIME,
        includes: [...TIME.includes, "op \"waits\"", "waits_in_line"],
      })
    );
  }
  const before = calls;
  assert(before > 2 && before < 100, `${before} calls`);
  await after(200);
  assertEquals(calls, before, "the ended call goes on");
  if (isClosed) continue;
  await plugin.ops.wait();
  assertEquals(calls, before + 1);
  plugin.close();
}
assertThrows(() => WebAssembly.Suspending(() => {}), { class: "TypeError" });
assertThrows(() => new WebAssembly.Suspending(1), { class: "TypeError" });
assert(
  new WebAssembly.Suspending(() => {}) instanceof WebAssembly.Suspending
    && WebAssembly.Suspending.prototype.constructor === WebAssembly.Suspending,
);

// ---- A start, with all that the host does for it ----

{
  const liar = new Liar(`${temp}/late.wasm`);
  liar.entry = () => {
    liar.host.register_op(liar.op({ name: "op" }));
    wait(2 * DEADLINE);
    return 0;
  };
  const before = [Deno.resources(), Deno.core.ops()];
  assertThrows(() => liar.open({ limits: { deadline: DEADLINE } }), {
    ...TIME,
    includes: [...TIME.includes, "late", "start"],
  });
  assertEquals([Deno.resources(), Deno.core.ops()], before);
}

// ---- What the host makes of results ----

{
  const liar = new Liar(`${temp}/large.wasm`);
  let words = 500_000, message = 0;
  liar.entry = () => {
    liar.host.register_op(liar.typed("op", { result: KIND.value }));
    return 0;
  };
  // An array of empty arrays.
  liar.answer = (at) => {
    const memory = new Uint32Array(liar.memory.buffer, message, 2 * (words + 2));
    for (let i = 4; i < memory.length; i += 2) memory[i] = 8;
    memory.set([0, 0, 8, words]);
    liar.outcome(at, OUTCOME.SYNC, message, memory.byteLength, 0);
  };
  const plugin = liar.open({ limits: { deadline: DEADLINE } });
  message = liar.struct(8 * 7_100_000);
  for (const count of [10, 7_000_000]) {
    words = count;
    if (count === 10) assertEquals(plugin.ops.op().length, 10);
    else assertThrows(() => plugin.ops.op(), { ...TIME, includes: "op \"op\"" });
  }
  plugin.close();
}
