// Times one op after the other and prints a line of JSON for each: {"key", "ns"}, the median of several repetitions.
// Deno.args[0] is the bench plugin.

import { bench } from "./time.js";

const plugin = Deno.openPlugin(Deno.args[0]);
const { add, sum, byteSum, length, fill, value, nop, sum2020, ready, json, jsonValue } = plugin.ops;
const bytes = new Uint8Array(64).fill(7);
const others = Array.from({ length: 4 }, () => new Uint8Array(new ArrayBuffer(64)).fill(7));
const buffer = plugin.buffer(64).fill(7);
const large = new Uint8Array(16 << 20).fill(7);
const object = { a: 1, b: "hello", c: [1, 2, 3] };
const text = "sixteen letters.";

await bench("add", (n) => {
  let total = 0;
  for (let i = 0; i < n; i++) total = add(total, 1);
  if (total !== n) throw new Error("wrong answer");
});
await bench("sum64", (n) => {
  let total = 0;
  for (let i = 0; i < n; i++) total += sum(bytes);
  if (total !== 448 * n) throw new Error("wrong answer");
});
await bench("sum64Other", (n) => {
  let total = 0;
  for (let i = 0; i < n; i++) total += sum(others[i & 3]);
  if (total !== 448 * n) throw new Error("wrong answer");
});
await bench("sum64Buffer", (n) => {
  let total = 0;
  for (let i = 0; i < n; i++) total += byteSum(buffer);
  if (total !== 448 * n) throw new Error("wrong answer");
});
await bench("sum16M", (n) => {
  let total = 0;
  for (let i = 0; i < n; i++) total += sum(large);
  if (total !== 7 * (16 << 20) * n) throw new Error("wrong answer");
});
await bench("str16", (n) => {
  let total = 0;
  for (let i = 0; i < n; i++) total += length(text);
  if (total !== 16 * n) throw new Error("wrong answer");
});
await bench("ret1K", (n) => {
  let total = 0;
  for (let i = 0; i < n; i++) total += fill(1024)[5];
  if (total !== 7 * n) throw new Error("wrong answer");
});
await bench("ret1M", (n) => {
  let total = 0;
  for (let i = 0; i < n; i++) total += fill(1 << 20)[5];
  if (total !== 7 * n) throw new Error("wrong answer");
});
for (const [key, op] of Object.entries({ value, json, jsonValue })) {
  await bench(
    key,
    new Function(
      "op",
      "object",
      `return (n) => {
    let total = 0;
    for (let i = 0; i < n; i++) {
      const { sum, len } = op(object);
      total += sum + len;
    }
    if (total !== 12 * n) throw new Error("wrong answer");
  }`,
    )(op, object),
  );
}
await bench("nop", (n) => {
  for (let i = 0; i < n; i++) nop();
});
await bench("async", async (n) => {
  for (let i = 0; i < n; i++) await ready(bytes);
});
