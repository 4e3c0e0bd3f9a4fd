// Build the plugin with `cargo build --release -p sqlite`, then:
//   plugbay run --allow-plugin plugins/sqlite/example.js

const file = { linux: "libsqlite.so", darwin: "libsqlite.dylib", windows: "sqlite.dll" }[Deno.build.os];
/** @type {Deno.Plugin<import("./sqlite.d.ts").Ops>} */
const plugin = Deno.openPlugin(Deno.args[0] ?? new URL(`../../target/release/${file}`, import.meta.url));
const { open, execute, executeMany, query, readBlob, close } = plugin.ops;

const db = await open(":memory:");
await execute({
  db,
  sql: `CREATE TABLE sale (id INTEGER PRIMARY KEY, city TEXT NOT NULL, amount REAL NOT NULL);
        CREATE TABLE picture (name TEXT PRIMARY KEY, bytes BLOB);`,
});

// Many rows in one transaction.
const cities = ["Ghent", "Lyon", "Porto", "Turku"];
const rows = Array.from({ length: 10_000 }, (_, index) => [cities[index % 4], (index * 37 % 1000) / 10]);
const start = performance.now();
const { changes } = await executeMany({ db, sql: "INSERT INTO sale (city, amount) VALUES (?, ?)", rows });
console.log(`${changes} rows in ${(performance.now() - start).toFixed(0)} ms`);

// Rows come back as objects.
const sales = /** @type {{ city: string, sales: number, total: number }[]} */ (await query({
  db,
  sql: "SELECT city, count(*) AS sales, round(sum(amount), 2) AS total FROM sale WHERE amount > :least GROUP BY city",
  params: { least: 50 },
}));
for (const { city, sales: count, total } of sales) console.log(`${city.padEnd(6)} ${count} sales, ${total} in total`);

// Bytes go in as a buffer, and come back into one.
const bytes = Uint8Array.of(0x89, 0x50, 0x4e, 0x47);
await execute({ db, sql: "INSERT INTO picture VALUES (?, ?)", params: ["dot.png", { $buffer: 0 }] }, bytes);
const picture = { db, sql: "SELECT bytes FROM picture WHERE name = ?", params: ["dot.png"] };
const copy = new Uint8Array(await readBlob(picture, new Uint8Array(0)) ?? 0);
await readBlob(picture, copy);
console.log("picture:", copy);

await close(db);
plugin.close();
