// Times ops of a guest beside the same work in a bare WebAssembly instance, both in this process: prints a line of JSON for each,
// {"key", "ours", "bare"}, in nanoseconds. Arguments: the bench plugin as a guest, the bare module, the markdown guest.

const REPETITIONS = 11, REPETITION_MS = 60, WARM_UP_MS = 200;

function time(run) {
  let n = 1, elapsed = 0;
  const began = performance.now();
  while (performance.now() - began < WARM_UP_MS || elapsed < 1) {
    const start = performance.now();
    run(n);
    elapsed = performance.now() - start;
    if (elapsed < REPETITION_MS / 4) n *= 2;
  }
  n = Math.ceil(n * REPETITION_MS / elapsed);
  const times = [];
  for (let i = 0; i < REPETITIONS; i++) {
    const start = performance.now();
    run(n);
    times.push((performance.now() - start) * 1e6 / n);
  }
  times.sort((a, b) => a - b);
  return times[times.length >> 1];
}

function bench(key, ours, bare) {
  console.log(JSON.stringify({ key, ours: time(ours), bare: bare === undefined ? null : time(bare) }));
}

const [pluginPath, barePath, markdownPath] = Deno.args;
const bareBytes = Deno.readFileSync(barePath);
const host = (value) => value + 1;
const bareModule = new WebAssembly.Module(bareBytes);
const bare = new WebAssembly.Instance(bareModule, { env: { host } }).exports;
const memory = new Uint8Array(bare.memory.buffer);
const plugin = Deno.openPlugin(pluginPath);
const plain = Deno.openPlugin(barePath, { imports: { env: { host } } });
const { add, byteSum, fill, value } = plugin.ops;

bench("add(i32, i32)", (n) => {
  for (let i = 0, total = 0; i < n; i++) total = add(total, 1);
}, (n) => {
  for (let i = 0, total = 0; i < n; i++) total = bare.add(total, 1);
});
bench("add(i32, i32) of a plain module", (n) => {
  const { add } = plain.ops;
  for (let i = 0, total = 0; i < n; i++) total = add(total, 1);
}, (n) => {
  for (let i = 0, total = 0; i < n; i++) total = bare.add(total, 1);
});
const bytes = new Uint8Array(64).fill(7);
bench("64 bytes in, copied", (n) => {
  for (let i = 0, total = 0; i < n; i++) total += byteSum(bytes);
}, (n) => {
  for (let i = 0, total = 0; i < n; i++) {
    memory.set(bytes, 1024);
    total += bare.sum(1024, 64);
  }
});
memory.fill(7);
// Last of those that use this plugin: its memory stays where it is from then on.
bench("1 KiB of fresh bytes out", (n) => {
  for (let i = 0, total = 0; i < n; i++) total += fill(1024)[5];
}, (n) => {
  for (let i = 0, total = 0; i < n; i++) total += new Uint8Array(memory.buffer, 1024, 1024)[5];
});
const object = { a: 1, b: "hello", c: [1, 2, 3] };
bench("object in and out", (n) => {
  for (let i = 0, total = 0; i < n; i++) total += value(object).sum;
});
const large = plugin.buffer(65536).fill(7);
bench("64 KiB in guest memory (plugin.buffer)", (n) => {
  for (let i = 0, total = 0; i < n; i++) total += byteSum(large);
}, (n) => {
  for (let i = 0, total = 0; i < n; i++) total += bare.sum(0, 65536);
});
bench("host, guest, host", (n) => {
  const { call_host } = plain.ops;
  for (let i = 0, total = 0; i < n; i++) total = call_host(total);
}, (n) => {
  for (let i = 0, total = 0; i < n; i++) total = bare.call_host(total);
});
const stateless = Deno.openPlugin(barePath, { imports: { env: { host } }, stateless: true });
bench("a call on a fresh state (64 KiB)", (n) => {
  const { add } = stateless.ops;
  for (let i = 0, total = 0; i < n; i++) total = add(total, 1);
}, (n) => {
  for (let i = 0, total = 0; i < n; i++) total = new WebAssembly.Instance(bareModule, { env: { host } }).exports.add(total, 1);
});
const openAndCall = (module) => {
  const plugin = Deno.openPlugin(module);
  plugin.ops.render("# Title");
  plugin.close();
};
// A custom section of its own makes each another module.
const markdown = Deno.readFileSync(markdownPath);
const fresh = new Uint8Array(markdown.length + 8);
fresh.set(markdown);
fresh.set([0, 6, 1, 0x78], markdown.length);
let version = 0;
bench("open, one call, close (markdown, 390 KB), beside a module that is not known yet", (n) => {
  for (let i = 0; i < n; i++) openAndCall(markdownPath);
}, (n) => {
  for (let i = 0; i < n; i++) {
    new DataView(fresh.buffer).setUint32(markdown.length + 4, version++);
    openAndCall(fresh);
  }
});
