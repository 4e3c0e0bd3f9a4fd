// Times one op after the other and prints a line of JSON for each: {"key", "ns"}, the median of several repetitions.
// Deno.args[0] is the bench plugin.

const REPETITIONS = 11, REPETITION_MS = 100, WARM_UP_MS = 300;

async function bench(key, run) {
  let n = 1, elapsed = 0;
  const began = performance.now();
  while (performance.now() - began < WARM_UP_MS || elapsed < 1) {
    const start = performance.now();
    await run(n);
    elapsed = performance.now() - start;
    if (elapsed < REPETITION_MS / 4) n *= 2;
  }
  n = Math.ceil(n * REPETITION_MS / elapsed);
  const times = [];
  for (let i = 0; i < REPETITIONS; i++) {
    const start = performance.now();
    await run(n);
    times.push((performance.now() - start) * 1e6 / n);
  }
  times.sort((a, b) => a - b);
  console.log(JSON.stringify({ key, ns: times[times.length >> 1] }));
}

const plugin = Deno.openPlugin(Deno.args[0]);
const { nop, sum, ready, json, jsonValue } = plugin.ops;
const { dispatch } = Deno.core;
const ids = Deno.core.ops();
const bytes = new Uint8Array(64).fill(7);
const object = { a: 1, b: "hello", c: [1, 2, 3] };

await bench("nop", (n) => {
  for (let i = 0; i < n; i++) nop();
});
await bench("dispatch64", (n) => {
  for (let i = 0; i < n; i++) dispatch(ids.sum, bytes);
});
await bench("ops64", (n) => {
  for (let i = 0; i < n; i++) sum(bytes);
});
await bench("json", (n) => {
  for (let i = 0; i < n; i++) if (json(object).sum !== 7) throw new Error("wrong answer");
});
await bench("jsonValue", (n) => {
  for (let i = 0; i < n; i++) if (jsonValue(object).sum !== 7) throw new Error("wrong answer");
});
await bench("async", async (n) => {
  for (let i = 0; i < n; i++) await ready(bytes);
});
