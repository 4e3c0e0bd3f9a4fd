// What `cargo xtask demo` runs: three plugins at work on this repository. Arguments: the folder of the repository, the
// folder to write to, the folder with the plugins, and the plugin hash as a WebAssembly module, if it could be built.
//
//   README.html       README.md, rendered by the plugin markdown
//   orders.csv        some ten thousand orders, made here
//   orders.sqlite     the same, loaded by the plugin sqlite
//   answers.json      three questions about them, and the answers
//   blake3sums.txt    every file of the repository, hashed by the plugin hash; `b3sum --check` reads it

import { describeOrders, makeOrders, parseOrders } from "./orders.js";
import { bytes, duration, milliseconds, money, table } from "./report.js";

const [repository, output, pluginFolder, guestFile] = Deno.args;
if (pluginFolder === undefined) {
  console.error("usage: main.js REPOSITORY OUTPUT PLUGIN_FOLDER");
  Deno.exit(2);
}

const ORDERS = 10_000;
const LARGE_FILE = "third_party/v8/librusty_v8_simdutf_release_x86_64-unknown-linux-gnu.a.gz";
/** @type {(keyof import("./orders.js").Order)[]} */
const COLUMNS = ["id", "date", "customer", "city", "product", "quantity", "cents"];
const SKIPPED = new Set([".git", "demo-output", "node_modules", "target"]);

/** @template Ops @param {string} name @returns {Deno.Plugin<Ops>} */
function open(name) {
  const file = { darwin: `lib${name}.dylib`, windows: `${name}.dll` }[Deno.build.os] ?? `lib${name}.so`;
  return Deno.openPlugin(`${pluginFolder}/${file}`);
}

/**
 * Runs a step and prints a line about it: what it answers with `said`, and how long it took.
 *
 * @template {{ said: string }} Result
 * @param {string} name
 * @param {() => Result | Promise<Result>} work
 */
async function step(name, work) {
  const start = performance.now();
  const { said, ...result } = await work();
  console.log(`${name.padEnd(9)} ${said} (${milliseconds(performance.now() - start)})`);
  return result;
}

/** @param {boolean} holds @param {string} message */
function check(holds, message) {
  if (!holds) throw new Error(message);
}

await Deno.mkdir(output, { recursive: true });
const { hash, markdown, sqlite } = await step("open", () => {
  /** @type {Deno.Plugin<import("../hash/hash.d.ts").Ops>} */
  const hash = open("hash");
  /** @type {Deno.Plugin<import("../markdown/markdown.d.ts").Ops>} */
  const markdown = open("markdown");
  /** @type {Deno.Plugin<import("../sqlite/sqlite.d.ts").Ops>} */
  const sqlite = open("sqlite");
  const plugins = { hash, markdown, sqlite };
  const names = Object.values(plugins).map(({ name, version }) => `${name} ${version}`);
  return { said: names.join(", "), ...plugins };
});

await step("markdown", async () => {
  const text = await Deno.readTextFile(`${repository}/README.md`);
  const html = markdown.ops.render(text);
  const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>plugbay</title>
<style>
body { max-width: 48em; margin: 2em auto; padding: 0 1em; font: 16px/1.5 sans-serif; }
code { font-family: monospace; }
pre { padding: 0.5em; overflow: auto; background: #f4f4f4; }
table { border-collapse: collapse; }
td, th { padding: 0.2em 0.6em; border: 1px solid #ccc; }
</style>
</head>
<body>
${html}</body>
</html>
`;
  await Deno.writeTextFile(`${output}/README.html`, page);
  return { said: `README.md, ${bytes(text)}, is ${bytes(html)} of HTML` };
});

const { orders } = await step("csv", async () => {
  const made = makeOrders(ORDERS);
  await Deno.writeTextFile(`${output}/orders.csv`, describeOrders(made));
  const text = await Deno.readTextFile(`${output}/orders.csv`);
  const orders = parseOrders(text);
  check(JSON.stringify(orders) === JSON.stringify(made), "the CSV was not read as it was written");
  return { orders, said: `${orders.length} orders written and read, ${bytes(text)}` };
});

const databaseFile = `${output}/orders.sqlite`;
const { db } = await step("load", async () => {
  try {
    await Deno.remove(databaseFile);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const db = await sqlite.ops.open(databaseFile);
  await sqlite.ops.execute({
    db,
    sql: `CREATE TABLE orders (
      id INTEGER PRIMARY KEY,
      date TEXT NOT NULL,
      customer TEXT NOT NULL,
      city TEXT NOT NULL,
      product TEXT NOT NULL,
      quantity INTEGER NOT NULL,
      cents INTEGER NOT NULL
    ) STRICT`,
  });
  const { changes } = await sqlite.ops.executeMany({
    db,
    sql: `INSERT INTO orders (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")})`,
    rows: orders.map((order) => COLUMNS.map((column) => order[column])),
  });
  check(changes === orders.length, `${changes} rows were inserted in place of ${orders.length}`);
  return { db, said: `${changes} rows in an SQLite table` };
});

/** @typedef {Record<string, string | number> & { cents: number }} Row */

/** @type {{ question: string, sql: string, params?: import("../sqlite/sqlite.d.ts").Params }[]} */
const QUESTIONS = [
  {
    question: "Which products brought in most in 2024?",
    sql: `SELECT product, sum(quantity) AS sold, sum(quantity * cents) AS cents
      FROM orders WHERE date BETWEEN :from AND :to GROUP BY product ORDER BY cents DESC LIMIT 5`,
    params: { from: "2024-01-01", to: "2024-12-31" },
  },
  {
    question: "Who spent most in each city?",
    sql: `WITH spent AS (SELECT city, customer, sum(quantity * cents) AS cents FROM orders GROUP BY city, customer)
      SELECT city, customer, cents FROM (
        SELECT *, row_number() OVER (PARTITION BY city ORDER BY cents DESC, customer) AS place FROM spent
      ) WHERE place = 1 ORDER BY cents DESC LIMIT :count`,
    params: { count: 5 },
  },
  {
    question: "How did the quarters go?",
    sql: `SELECT substr(date, 1, 4) || ' Q' || ((CAST(substr(date, 6, 2) AS INTEGER) + 2) / 3) AS quarter,
        count(*) AS orders, count(DISTINCT customer) AS customers, sum(quantity * cents) AS cents
      FROM orders GROUP BY quarter ORDER BY quarter`,
  },
];
const { answers } = await step("query", async () => {
  // All three are under way at once; the plugin takes them one after the other.
  const answers = await Promise.all(
    QUESTIONS.map(async ({ question, sql, params }) => {
      const rows = await sqlite.ops.query({ db, sql, params });
      return { question, rows: /** @type {Row[]} */ (rows) };
    }),
  );
  const total = orders.reduce((sum, { quantity, cents }) => sum + quantity * cents, 0);
  const quarters = answers[2].rows.reduce((sum, { cents }) => sum + cents, 0);
  check(quarters === total, `the quarters add up to ${quarters} cents, the orders to ${total}`);
  await Deno.writeTextFile(`${output}/answers.json`, `${JSON.stringify(answers, null, 2)}\n`);
  return { answers, said: `${answers.length} questions answered, ${money(total)} in all` };
});
await sqlite.ops.close(db);

/**
 * Paths below `folder`, with slashes, in order.
 *
 * @param {string} folder
 * @returns {AsyncGenerator<string>}
 */
async function* walk(folder, prefix = "") {
  const entries = [];
  for await (const entry of Deno.readDir(folder)) entries.push(entry);
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, isDirectory, isFile } of entries) {
    if (SKIPPED.has(name)) continue;
    if (isDirectory) yield* walk(`${folder}/${name}`, `${prefix}${name}/`);
    if (isFile) yield prefix + name;
  }
}

const toHex = (/** @type {Uint8Array} */ digest) =>
  Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");

const sums = new Map();
await step("hash", async () => {
  let size = 0;
  let spent = 0;
  for await (const path of walk(repository)) {
    const content = await Deno.readFile(`${repository}/${path}`);
    const start = performance.now();
    const digest = hash.ops.blake3(content);
    spent += performance.now() - start;
    size += content.length;
    sums.set(path, toHex(digest));
  }
  const lines = Array.from(sums, ([path, sum]) => `${sum}  ${path}\n`);
  await Deno.writeTextFile(`${output}/blake3sums.txt`, lines.join(""));
  return { said: `${sums.size} files, ${bytes(size)}, of it ${milliseconds(spent)} in the plugin` };
});

await step("chunks", async () => {
  using file = await Deno.open(`${repository}/${LARGE_FILE}`);
  const chunk = new Uint8Array(1 << 20);
  const id = hash.ops.create("blake3");
  check(Deno.resources()[id] === "hash", "a hash under way is not among the resources");
  let size = 0;
  let count = 0;
  for (let read; (read = await file.read(chunk)) !== null; count++) {
    size = hash.ops.update(id, chunk.subarray(0, read));
  }
  const sum = hash.ops.digest(id);
  const whole = sums.get(LARGE_FILE);
  check(sum === whole, `in chunks ${LARGE_FILE} has the digest ${sum}, as a whole ${whole}`);
  return { said: `${bytes(size)} in ${count} pieces have the same digest, ${sum.slice(0, 16)}...` };
});

/** @type {Deno.Plugin<any>[]} */
const plugins = [hash, markdown, sqlite];

// The same plugin from the same source, as machine code and in a sandbox.
if (guestFile !== undefined) {
  await step("wasm", async () => {
    /** @type {Deno.Plugin<import("../hash/hash.d.ts").Ops>} */
    const guest = Deno.openPlugin(guestFile);
    plugins.push(guest);
    /** @param {Deno.Plugin<import("../hash/hash.d.ts").Ops>} plugin @param {Uint8Array<ArrayBuffer>} content */
    const timed = (plugin, content) => {
      const start = performance.now();
      const digest = toHex(plugin.ops.sha256(content));
      return { digest, time: performance.now() - start };
    };
    const spent = { native: 0, wasm: 0 };
    let size = 0;
    for (const path of sums.keys()) {
      if (path === LARGE_FILE) continue;
      const content = await Deno.readFile(`${repository}/${path}`);
      const [native, wasm] = [timed(hash, content), timed(guest, content)];
      check(native.digest === wasm.digest, `${path} has the digest ${native.digest}, by the guest ${wasm.digest}`);
      spent.native += native.time;
      spent.wasm += wasm.time;
      size += content.length;
    }
    return {
      said: `the same SHA-256 of ${bytes(size)} by both: native ${milliseconds(spent.native)}, wasm ${
        milliseconds(spent.wasm)
      }`,
    };
  });
}

for (const { question, rows } of answers) {
  console.log(`\n${question}`);
  const shown = rows.map(({ cents, ...row }) => ({ ...row, revenue: money(cents) }));
  console.log(table(Object.keys(shown[0]), shown.map(Object.values)));
}

console.log("\nOps");
const called = plugins.flatMap((plugin) => {
  const name = plugin.kind === "wasm" ? `${plugin.name} (wasm)` : plugin.name;
  return plugin.metrics().ops.filter(({ calls }) => calls > 0).map((op) => ({ ...op, name: `${name}.${op.name}` }));
});
called.sort((a, b) => (a.name < b.name ? -1 : 1));
console.log(table(
  ["op", "calls", "errors", "bytes in", "bytes out", "p50", "p99"],
  called.map((op) => [
    op.name,
    op.calls,
    op.errors,
    op.bytesSentControl + op.bytesSentData,
    op.bytesReceived,
    duration(op.latency.p50),
    duration(op.latency.p99),
  ]),
));
const { opsDispatched, opsCompleted } = Deno.metrics();
console.log(`\n${opsDispatched} ops dispatched, ${opsCompleted} completed; results in ${output}`);
check(opsDispatched === opsCompleted, "an op was not completed");
const shown = called.reduce((sum, { calls }) => sum + calls, 0);
check(shown === opsDispatched, `the table has ${shown} calls in place of ${opsDispatched}`);

for (const plugin of plugins) plugin.close();
