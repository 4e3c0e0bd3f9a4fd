// Times ops of guests, and the same work in a bare WebAssembly instance, both in this process: prints lines of JSON as
// ops.js does, with keys that begin with "bare." for the latter. Arguments: the bench plugin as a guest, the bare
// module, the markdown guest.

import { bench } from "./time.js";

const [pluginPath, barePath, markdownPath] = Deno.args;
const host = (value) => value + 1;
const imports = { env: { host } };
const bareModule = new WebAssembly.Module(Deno.readFileSync(barePath));
const bare = new WebAssembly.Instance(bareModule, imports).exports;
const memory = new Uint8Array(bare.memory.buffer);
const plugin = Deno.openPlugin(pluginPath);
const plain = Deno.openPlugin(barePath, { imports });
const { add, byteSum, fill, value } = plugin.ops;

await bench("add", (n) => {
  for (let i = 0, total = 0; i < n; i++) total = add(total, 1);
});
await bench("addPlain", (n) => {
  const { add } = plain.ops;
  for (let i = 0, total = 0; i < n; i++) total = add(total, 1);
});
await bench("bare.add", (n) => {
  for (let i = 0, total = 0; i < n; i++) total = bare.add(total, 1);
});
for (const [key, length] of [["sum64", 64], ["sum64K", 65536]]) {
  const bytes = new Uint8Array(length).fill(7);
  await bench(key, (n) => {
    let total = 0;
    for (let i = 0; i < n; i++) total += byteSum(bytes);
    if (total !== 7 * length * n) throw new Error("wrong answer");
  });
  await bench(`bare.${key}`, (n) => {
    let total = 0;
    for (let i = 0; i < n; i++) {
      memory.set(bytes, 1024);
      total += bare.sum(1024, length);
    }
    if (total !== 7 * length * n) throw new Error("wrong answer");
  });
}
await bench("ret1K", (n) => {
  for (let i = 0, total = 0; i < n; i++) total += fill(1024)[5];
});
await bench("bare.ret1K", (n) => {
  for (let i = 0, total = 0; i < n; i++) {
    const at = bare.fill(1024);
    total += memory.slice(at, at + 1024)[5];
  }
});
const object = { a: 1, b: "hello", c: [1, 2, 3] };
await bench("value", (n) => {
  for (let i = 0, total = 0; i < n; i++) total += value(object).sum;
});
// Last of those that use this plugin: its memory stays where it is from then on.
const large = plugin.buffer(65536).fill(7);
await bench("sum64KBuffer", (n) => {
  for (let i = 0, total = 0; i < n; i++) total += byteSum(large);
});
await bench("bare.sum64KBuffer", (n) => {
  for (let i = 0, total = 0; i < n; i++) total += bare.sum(0, 65536);
});
await bench("callHost", (n) => {
  const { call_host } = plain.ops;
  for (let i = 0, total = 0; i < n; i++) total = call_host(total);
});
await bench("bare.callHost", (n) => {
  for (let i = 0, total = 0; i < n; i++) total = bare.call_host(total);
});
const stateless = (path, options) => Deno.openPlugin(path, { stateless: true, pool: 4, ...options }).ops.add;
await bench(
  "stateless",
  ((add) => (n) => {
    for (let i = 0, total = 0; i < n; i++) total = add(total, 1);
  })(stateless(barePath, { imports })),
);
await bench("bare.stateless", (n) => {
  for (let i = 0, total = 0; i < n; i++) total = new WebAssembly.Instance(bareModule, imports).exports.add(total, 1);
});
await bench(
  "statelessRust",
  ((add) => (n) => {
    for (let i = 0, total = 0; i < n; i++) total = add(total, 1);
  })(stateless(pluginPath)),
);
const rustModule = new WebAssembly.Module(Deno.readFileSync(pluginPath));
const nothing = Object.fromEntries(WebAssembly.Module.imports(rustModule).map(({ name }) => [name, () => 0]));
await bench("bare.statelessRust", (n) => {
  for (let i = 0; i < n; i++) new WebAssembly.Instance(rustModule, { plugbay: nothing }).exports.plugbay_alloc(8);
});
const openAndCall = (module, options, call) => {
  const plugin = Deno.openPlugin(module, options);
  call(plugin.ops);
  plugin.close();
};
await bench("open", (n) => {
  for (let i = 0; i < n; i++) openAndCall(barePath, { imports }, (ops) => ops.add(1, 2));
});
await bench("openMarkdown", (n) => {
  for (let i = 0; i < n; i++) openAndCall(markdownPath, {}, (ops) => ops.render("# Title"));
});
// A custom section of its own makes each another module.
const markdown = Deno.readFileSync(markdownPath);
const fresh = new Uint8Array(markdown.length + 8);
fresh.set(markdown);
fresh.set([0, 6, 1, 0x78], markdown.length);
let version = 0;
await bench("openUnknown", (n) => {
  for (let i = 0; i < n; i++) {
    new DataView(fresh.buffer).setUint32(markdown.length + 4, version++);
    openAndCall(fresh, {}, (ops) => ops.render("# Title"));
  }
});
