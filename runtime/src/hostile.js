// Calls every function of the host's with arguments of every kind: none, one, two by two, and many.

const { host, native } = globalThis;
const detached = new Uint8Array(16);
detached.buffer.transfer();
const resizable = new ArrayBuffer(64, { maxByteLength: 4096 });
const memory = new WebAssembly.Memory({ initial: 1, maximum: 4 });
const shared = new WebAssembly.Memory({ initial: 1, maximum: 4, shared: true });
const throws = () => {
  throw new Error("from a getter");
};
const odd = [
  undefined,
  null,
  true,
  false,
  0,
  1,
  2,
  -0,
  -1,
  0.5,
  3,
  7,
  8,
  255,
  256,
  65536,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  -(2 ** 53),
  0x414141414140,
  1e300,
  NaN,
  Infinity,
  -Infinity,
  0n,
  1n,
  -1n,
  2n ** 64n,
  2n ** 200n,
  "",
  "a",
  "\ud800",
  "gr\u00fc\u00df",
  "x".repeat(70_000),
  Symbol("s"),
  Symbol.iterator,
  {},
  [],
  [1, , 3],
  () => {},
  class {},
  new Date(),
  /a/,
  new Map(),
  new Proxy({}, {}),
  new Proxy(() => {}, { get: throws }),
  Promise.resolve(1),
  new Error("e"),
  {
    toString: throws,
    valueOf: throws,
    get deadline() {
      throws();
    },
  },
  { [Symbol.toPrimitive]: () => 1 },
  Object.create(null),
  { name: "n", kind: "i32" },
  { deadline: 1, stack: 1, memory: 1, table: 1, module: 100 },
  { args: [], env: [], stdin: "null", input: null, stdout: "piped", stderr: "piped", preopens: [], longestSleep: 1 },
  new ArrayBuffer(0),
  new ArrayBuffer(8),
  new ArrayBuffer(64),
  resizable,
  new SharedArrayBuffer(16),
  new Uint8Array(0),
  new Uint8Array(8),
  new Uint8Array(100),
  new Uint8Array(resizable, 8),
  new Uint8Array(resizable, 8, 8),
  new Uint8Array(new SharedArrayBuffer(16)),
  new DataView(new ArrayBuffer(8)),
  new Float64Array(4),
  new BigInt64Array(2),
  detached,
  detached.buffer,
  memory,
  memory.buffer,
  new Uint8Array(memory.buffer),
  shared,
  shared.buffer,
  new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]),
  new WebAssembly.Table({ initial: 1, element: "anyfunc" }),
  globalThis,
  host,
  Deno,
];
// They take long, each by right.
const left = new Set(["openPool", "writeCache"]);

let calls = 0;
const results = [];
function attempt(fn, ...args) {
  calls++;
  try {
    const result = fn(...args);
    // Promises of what cannot be opened.
    if (result instanceof Promise) result.catch(() => {});
    if (results.length < 1000) results.push(result);
  } catch {
    // It is refused.
  }
}

let seed = 1;
const random = (below) => {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return (seed >>> 8) % below;
};
const pick = () => random(8) === 0 && results.length > 0 ? results[random(results.length)] : odd[random(odd.length)];

const functions = Object.entries(host).filter(([name, value]) => typeof value === "function" && !left.has(name));
if (functions.length < 50) throw new Error("where are they?");
// While the op is open.
attempt(host.openPool, new Uint8Array(8), 1);
attempt(host.openPool, {}, -1);
const { callTyped, reject, raise, takeOverflow, useInput } = host;
const fitting = [true, 1, 1, 1, 1, 1, 1, 1, 1n, 1.5, 1.5, "text", 1, 0, new Uint8Array(8), new Uint8Array(8)];
for (let i = 0; i < 3000; i++) {
  const args = [...fitting];
  for (let j = random(4); j > 0; j--) args[random(args.length)] = pick();
  attempt(useInput, i % 7 === 0 ? pick() : new ArrayBuffer(8 * (1 + random(4))));
  attempt(callTyped, 0, ...args);
}
for (const fn of [reject, raise, takeOverflow]) for (let i = 0; i < 5; i++) attempt(fn, 0, "why");
// Numbers near and far from where contexts lie.
for (let i = 0; i < 2000; i++) attempt(native, 0x7000_0000_0000 + random(2 ** 24) * 8, ...fitting);

// Some of these close it.
for (const [, fn] of [...functions, ["native", native]]) {
  attempt(fn);
  for (const value of odd) {
    attempt(fn, value);
    for (const index of [0, 1, "a"]) attempt(fn, index, value), attempt(fn, value, index);
  }
  for (let i = 0; i < 300; i++) attempt(fn, ...Array.from({ length: random(7) }, pick));
}

// The host still does what it should.
const module = new Uint8Array([
  0,
  97,
  115,
  109,
  1,
  0,
  0,
  0,
  1,
  4,
  1,
  0x60,
  0,
  0,
  3,
  2,
  1,
  0,
  7,
  5,
  1,
  1,
  0x66,
  0,
  0,
  10,
  4,
  1,
  2,
  0,
  11,
]);
const plugin = Deno.openPlugin(module);
plugin.ops.f();
plugin.close();
if (calls < 50_000) throw new Error(`${calls} calls are few`);
