// Times components: prints lines of JSON as ops.js does, with those of tests/wasmtime/src/bench.rs by the same keys.
// Arguments: RaisFast's plugin, the benchmark's component and an app for Spin.

import { imports } from "./app_imports.js";
import { bench } from "./time.js";

const [raisfastPath, benchPath, spinPath] = Deno.args;
const MEBIBYTE = 1 << 20;

// Of what is imported nothing is called by what is timed.
const nothing = () => undefined;
const HOST = [
  "log getConfig httpGet httpPost getData setData getPost dbQuery dbExecute dbBegin dbCommit dbRollback",
  "vfsRead vfsWrite vfsDelete vfsExists vfsList vfsStat emitEvent",
].join(" ").split(" ");
const raisfast = {
  imports: { "raisfast:plugin-wit/host-api": Object.fromEntries(HOST.map((name) => [name, nothing])) },
};

const { renderMarkdown, onPostUpdating } = Deno.openPlugin(raisfastPath, raisfast).ops.pluginHooks;
await bench("string", (n) => {
  for (let i = 0; i < n; i++) renderMarkdown("# A title");
});
const post = {
  title: "A title",
  content: "Some content that is somewhat longer than the title",
  slug: "a-title",
  categoryId: "42",
  tagIds: ["one", "two"],
  status: "draft",
};
await bench("record", (n) => {
  for (let i = 0; i < n; i++) onPostUpdating(post);
});

const { length, run } = Deno.openPlugin(benchPath, { imports: { get: (key) => key } }).ops;
await bench("import", (n) => {
  for (let i = 0; i < n; i += 1000) run(1000);
});
const bytes = new Uint8Array(MEBIBYTE).fill(7), copy = new Uint8Array(MEBIBYTE);
await bench("list", (n) => {
  for (let i = 0; i < n; i++) if (length(bytes) !== MEBIBYTE) throw new Error("wrong answer");
});
await bench("copy", (n) => {
  for (let i = 0; i < n; i++) copy.set(bytes);
});

const options = { stateless: true, pool: 4 };
const fresh = Deno.openPlugin(raisfastPath, { ...options, ...raisfast }).ops.pluginHooks;
await bench("instance", (n) => {
  for (let i = 0; i < n; i++) fresh.renderMarkdown("# Title");
});
const app = Deno.openPlugin(spinPath, { ...options, imports });
await bench("instanceSpin", async (n) => {
  for (let i = 0; i < n; i++) await (await app.handle("http://app.example/hello")).text();
});
