// flags: --allow-plugin
// Deno.metrics() and plugin.metrics() count every call exactly.

import { assert, assertEquals, assertRejects, assertThrows } from "./assert.js";
import { bytes, openKit } from "./fixtures.js";

const COUNTERS = [
  "opsDispatched",
  "opsDispatchedSync",
  "opsDispatchedAsync",
  "opsDispatchedAsyncUnref",
  "opsCompleted",
  "opsCompletedSync",
  "opsCompletedAsync",
  "opsCompletedAsyncUnref",
  "bytesSentControl",
  "bytesSentData",
  "bytesReceived",
];
const COUNTERS_OF_OP = [
  "calls",
  "completed",
  "errors",
  "inFlight",
  "bytesSentControl",
  "bytesSentData",
  "bytesReceived",
];
const LATENCY_KEYS = ["count", "min", "mean", "p50", "p90", "p99", "p999", "max"];

const kit = openKit();
const { ops } = kit;
const ids = Deno.core.ops();

/** The counters that `work` moves, by how much; those that stay are left out. */
async function counted(work) {
  const before = Deno.metrics();
  await work();
  const after = Deno.metrics();
  const moved = COUNTERS.map((name) => [name, after[name] - before[name]]);
  return Object.fromEntries(moved.filter(([, by]) => by !== 0));
}

/** The row of an op, without its latency and names. */
function row(name, metrics = Deno.metrics()) {
  const { id, name: itsName, plugin, latency, ...counts } = metrics.ops.find((op) => op.id === ids[name]);
  assertEquals([itsName, plugin], [name, "kit"]);
  assertEquals(counts.calls, counts.completed + counts.inFlight);
  // Of calls that V8 makes directly some are timed, the first among them.
  if (name === "echo") {
    assert(
      Math.sign(latency.count) === Math.sign(counts.completed) && latency.count <= counts.completed,
      latency.count,
    );
  } else assertEquals(latency.count, counts.completed);
  return counts;
}

const zeroBytes = { bytesSentControl: 0, bytesSentData: 0, bytesReceived: 0 };
const zero = { calls: 0, completed: 0, errors: 0, inFlight: 0, ...zeroBytes };

// The shape: plain objects, whose properties have an order.
const first = Deno.metrics();
assertEquals(Object.keys(first), [...COUNTERS, "ops"]);
for (const name of COUNTERS) assertEquals(first[name], 0, name);
for (const op of first.ops.filter((op) => op.plugin === "kit")) {
  const { latency, name, plugin, ...numbers } = op;
  assertEquals(Object.keys(op), ["name", "plugin", "id", ...COUNTERS_OF_OP, "latency"]);
  assertEquals(Object.keys(latency), LATENCY_KEYS);
  for (const object of [first, op, latency]) assertEquals(Object.getPrototypeOf(object), Object.prototype);
  assertEquals(ids[name], op.id);
  assert(Object.values({ ...numbers, ...latency }).every(Number.isFinite));
  assertEquals(row(name), zero);
}
assertEquals(first.ops.filter((op) => op.plugin === "kit").length, Object.keys(ops).length);

// Looking is not counted: neither at the metrics nor at the table.
assertEquals(await counted(() => [Deno.metrics(), kit.metrics(), Deno.core.ops(), Deno.resources()]), {});

// Sync: the first buffer is control, the others are data.
const oneSync = { opsDispatched: 1, opsDispatchedSync: 1, opsCompleted: 1, opsCompletedSync: 1 };
assertEquals(await counted(() => ops.empty()), oneSync);
const sent = { bytesSentControl: 3, bytesSentData: 6, bytesReceived: 9 };
assertEquals(await counted(() => ops.echo(bytes("abc"), bytes("de"), bytes("fghi"))), { ...oneSync, ...sent });
assertEquals(await counted(() => Deno.core.dispatch(ids.echo, bytes("abc"), bytes("defghi"))), { ...oneSync, ...sent });
const echo = { calls: 2, completed: 2, errors: 0, inFlight: 0 };
assertEquals(row("echo"), { ...zero, ...echo, bytesSentControl: 6, bytesSentData: 12, bytesReceived: 18 });

// JSON: by dispatch, the text of the argument is control, the text of the answer is received. Values are no bytes.
const argument = JSON.stringify({ a: 1, b: 2.5 });
const json = { bytesSentControl: argument.length, bytesReceived: "{\"ok\":3.5}".length - 7 };
assertEquals(await counted(() => Deno.core.dispatch(ids.sum, bytes(argument))), { ...oneSync, ...json });
assertEquals(await counted(() => ops.sum({ a: 1, b: 2.5 })), oneSync);
assertEquals(await counted(() => ops.lengths(null, bytes("abc"))), { ...oneSync, bytesSentData: 3 });

// Async: dispatched at once, completed when it is done.
const oneAsync = { opsDispatched: 1, opsDispatchedAsync: 1, opsCompleted: 1, opsCompletedAsync: 1 };
const asyncBytes = { bytesSentControl: 2, bytesSentData: 3, bytesReceived: 5 };
assertEquals(await counted(() => ops.async_ready(bytes("ab"), bytes("cde"))), { ...oneAsync, ...asyncBytes });
let sleep;
const begun = { opsDispatched: 1, opsDispatchedAsync: 1, bytesSentControl: 2 };
assertEquals(await counted(() => void (sleep = ops.async_sleep(bytes("50")))), begun);
assertEquals(row("async_sleep"), { ...zero, calls: 1, inFlight: 1, bytesSentControl: 2 });
assertEquals(await counted(() => sleep), { opsCompleted: 1, opsCompletedAsync: 1, bytesReceived: 2 });
assertEquals(row("async_sleep"), { ...zero, calls: 1, completed: 1, bytesSentControl: 2, bytesReceived: 2 });
const { latency } = Deno.metrics().ops.find((op) => op.id === ids.async_sleep);
assert(latency.min >= 45e6 && latency.max < 5e9, `50 ms took ${latency.max} ns`);

// Async that does not keep the program alive.
const begunUnref = { opsDispatched: 1, opsDispatchedAsyncUnref: 1 };
assertEquals(await counted(() => void ops.async_never()), begunUnref);
assertEquals(row("async_never"), { ...zero, calls: 1, inFlight: 1 });
const oneUnref = { ...begunUnref, opsCompleted: 1, opsCompletedAsyncUnref: 1, bytesSentControl: 1, bytesReceived: 1 };
const unref = () => Promise.all([ops.async_unref_sleep(bytes("5")), new Promise((done) => setTimeout(done, 300))]);
assertEquals(await counted(unref), oneUnref);

// A call that fails is a call that is done; it receives nothing.
const failure = { class: "NotFound", message: "m" };
const throws = (fn) => counted(() => assertThrows(fn, {}));
const rejects = (fn) => counted(() => assertRejects(fn, {}));
assertEquals(await throws(() => ops.error_of(failure)), oneSync);
assertEquals(await rejects(() => ops.async_error_of(failure)), oneAsync);
assertEquals(await throws(() => ops.not_found()), oneSync);
assertEquals(await throws(() => ops.refuse()), oneSync);
for (const name of ["error_of", "async_error_of", "not_found", "refuse"]) {
  assertEquals(row(name), { ...zero, calls: 1, completed: 1, errors: 1 }, name);
}

// A call that is refused for its arguments never reaches the op.
assertEquals(await throws(() => ops.echo("text")), {});
assertEquals(row("echo").errors, 0);

// Many calls: exact, and the quantiles are in order.
const many = { opsDispatched: 10_000, opsDispatchedSync: 10_000, opsCompleted: 10_000, opsCompletedSync: 10_000 };
const loop = () => {
  for (let i = 0; i < 10_000; i++) ops.empty();
};
assertEquals(await counted(loop), many);
const times = Deno.metrics().ops.find((op) => op.id === ids.empty).latency;
// V8 calls the op directly: some of the calls are timed.
assert(times.count > 1 && times.count < 10_001, times.count);
assert(times.min > 0 && times.mean >= times.min && times.mean <= times.max);
const quantiles = [times.min, times.p50, times.p90, times.p99, times.p999, times.max];
assertEquals(quantiles, quantiles.toSorted((a, b) => a - b));

// A plugin's own metrics are its own; those of a closed plugin stay in the sums.
const second = openKit();
second.ops.echo(bytes("xyz"));
assertEquals(second.metrics().opsDispatched, 1);
assertEquals(second.metrics().bytesSentControl, 3);
assertEquals(second.metrics().ops.length, Object.keys(second.ops).length);
assertEquals(row("echo", kit.metrics()), row("echo"));
assertEquals(kit.metrics().opsDispatched + 1, Deno.metrics().opsDispatched);
assertEquals(await counted(() => second.close()), {});
assertEquals(Deno.metrics().ops.filter((op) => op.name === "echo").length, 1);
