// Checks the plugin against known answers:
//   plugbay run --allow-plugin --allow-read --allow-write test.js <the built library>
// Throws at the first wrong one, and ends with "ok".

/** @param {unknown} actual @param {unknown} expected @param {string} what */
function equal(actual, expected, what) {
  const [a, b] = [actual, expected].map((value) => JSON.stringify(value) ?? String(value));
  if (a !== b) throw new Error(`${what}: wants ${b}, got ${a}`);
}

/** @typedef {new (...args: any[]) => Error & { code?: string }} ErrorClass */

/**
 * @param {Promise<unknown>} promise
 * @param {ErrorClass} Class
 * @param {string} code
 * @param {string} part
 * @param {string} what
 */
async function fails(promise, Class, code, part, what) {
  try {
    await promise;
  } catch (error) {
    if (!(error instanceof Class)) throw new Error(`${what}: wants a ${Class.name}, got ${error}`);
    equal(error.code, code, `${what}: the code of "${error.message}"`);
    equal(error.message.includes(part), true, `${what}: "${part}" in "${error.message}"`);
    return;
  }
  throw new Error(`${what}: did not fail`);
}

const encode = (/** @type {string} */ text) => new TextEncoder().encode(text);
const decode = (/** @type {Uint8Array} */ bytes) => new TextDecoder().decode(bytes);

/** @type {Deno.Plugin<import("./sqlite.d.ts").Ops>} */
const plugin = Deno.openPlugin(Deno.args[0]);
const { open, execute, executeMany, transaction, query, readBlob, close } = plugin.ops;

equal(plugin.name, "sqlite", "the plugin's name");
equal(
  Object.keys(plugin.ops).sort(),
  ["close", "execute", "executeMany", "open", "query", "readBlob", "transaction"],
  "the plugin's ops",
);

// A round trip.
const opening = open(":memory:");
equal(opening instanceof Promise, true, "open gives a Promise");
const db = await opening;
equal(Deno.resources()[db], "sqlite", "the resource's name");
equal(
  await execute({ db, sql: "CREATE TABLE fruit (id INTEGER PRIMARY KEY, name TEXT UNIQUE, price REAL)" }),
  { changes: 0, lastInsertRowid: 0 },
  "create a table",
);
equal(
  await execute({ db, sql: "INSERT INTO fruit (name, price) VALUES (?, ?)", params: ["apple", 0.5] }),
  { changes: 1, lastInsertRowid: 1 },
  "insert a row",
);
equal(
  await execute({ db, sql: "INSERT INTO fruit (name, price) VALUES ('fig', 1), ('date', 2)" }),
  { changes: 2, lastInsertRowid: 3 },
  "insert two rows",
);
equal(
  await query({ db, sql: "SELECT price, name FROM fruit WHERE price >= :least ORDER BY id", params: { least: 1 } }),
  [{ price: 1, name: "fig" }, { price: 2, name: "date" }],
  "rows, with the columns in their order",
);
equal(await query({ db, sql: "SELECT * FROM fruit WHERE 0", params: null }), [], "no rows");
equal(
  await execute({ db, sql: "UPDATE fruit SET price = price * 2; DELETE FROM fruit WHERE name = 'date'" }),
  { changes: 4, lastInsertRowid: 3 },
  "several statements at once",
);

// Values.
const values = [null, true, 7, -0.25, "Zoë \u{1F600}\u0000\"", { $int: "-9223372036854775808" }, { $blob: "AP8=" }];
equal(
  await query({ db, sql: "SELECT ? a, ? b, ? c, ? d, ? e, ? f, ? g", params: values }),
  [{ a: null, b: 1, c: 7, d: -0.25, e: values[4], f: values[5], g: values[6] }],
  "values of every type",
);
equal(
  await query({ db, sql: "SELECT 9007199254740991 a, 9007199254740992 b, -9007199254740993 c" }),
  [{ a: 9007199254740991, b: { $int: "9007199254740992" }, c: { $int: "-9007199254740993" } }],
  "integers that are safe, and those that are not",
);
const [{ large, small }] = await query({ db, sql: "SELECT 9e999 large, -9e999 small" });
equal(large === Infinity && small === -Infinity, true, "infinities");
const highest = { $int: "9223372036854775807" };
await execute({ db, sql: "INSERT INTO fruit (id, name) VALUES (?, 'last')", params: [highest] });
equal(
  (await execute({ db, sql: "DELETE FROM fruit WHERE name = 'last'" })).lastInsertRowid,
  highest,
  "a row id that is not safe",
);

// Bytes.
const bytes = Uint8Array.from({ length: 1000 }, (_, index) => index % 256);
await execute({ db, sql: "CREATE TABLE picture (name TEXT, bytes BLOB)" });
await execute(
  { db, sql: "INSERT INTO picture VALUES ('part', ?), (?, ?)", params: [{ $buffer: 1 }, "whole", { $buffer: 0 }] },
  bytes,
  bytes.subarray(10, 13),
);
equal(
  await query({ db, sql: "SELECT name, length(bytes) size, bytes FROM picture WHERE name = 'part'" }),
  [{ name: "part", size: 3, bytes: { $blob: "CgsM" } }],
  "a blob in a row",
);
const whole = { db, sql: "SELECT bytes FROM picture WHERE name = ?", params: ["whole"] };
equal(await readBlob(whole, new Uint8Array(0)), 1000, "the size of a blob");
const copy = new Uint8Array(1000);
equal(await readBlob(whole, copy), 1000, "a blob's size when it is read");
equal(copy.every((byte, index) => byte === bytes[index]), true, "a blob's bytes");
const begin = new Uint8Array(4);
equal(await readBlob(whole, begin), 1000, "the size of a blob that does not fit");
equal(Array.from(begin), [0, 1, 2, 3], "the beginning of a blob that does not fit");
const long = new Uint8Array(5).fill(9);
const echo = { db, sql: "SELECT ?", params: [{ $buffer: 1 }] };
equal(await readBlob(echo, long, encode("abc")), 3, "a blob from a buffer");
equal(Array.from(long), [97, 98, 99, 9, 9], "a blob that is shorter than its buffer");
const text = new Uint8Array(2);
equal(await readBlob({ db, sql: "SELECT 'é'" }, text), 2, "the size of a text in bytes");
equal(decode(text), "é", "the bytes of a text");
equal(await readBlob({ db, sql: "SELECT NULL" }, text), null, "NULL is no blob");
equal(await readBlob({ db, sql: "SELECT 1 WHERE 0" }, text), null, "no row, no blob");
await fails(readBlob({ db, sql: "SELECT 1" }, text), TypeError, "ERR_SQLITE_BLOB", "Integer", "a number is no blob");
await fails(readBlob({ db, sql: "SELECT x''" }), TypeError, "ERR_SQLITE_BLOB", "buffer", "no buffer to read into");

// Many rows in one transaction.
await execute({ db, sql: "CREATE TABLE number (n INTEGER PRIMARY KEY, square INTEGER)" });
const rows = Array.from({ length: 10_000 }, (_, n) => [n, n * n]);
equal(
  await executeMany({ db, sql: "INSERT INTO number VALUES (?, ?)", rows }),
  { changes: 10_000, lastInsertRowid: 9_999 },
  "ten thousand rows in",
);
equal(await query({ db, sql: "SELECT * FROM number" }), rows.map(([n, square]) => ({ n, square })), "and out");
equal(
  await executeMany({
    db,
    sql: "UPDATE number SET square = $square WHERE n = $n",
    rows: [{ n: 1, square: 0 }, { n: 2, square: 0 }, { n: -1, square: 0 }],
  }),
  { changes: 2, lastInsertRowid: 9_999 },
  "rows by name",
);
equal((await executeMany({ db, sql: "DELETE FROM number", rows: [] })).changes, 0, "no rows, nothing done");
await fails(
  executeMany({ db, sql: "INSERT INTO number (n) VALUES (?)", rows: [[20_000], [20_001], [5]] }),
  Error,
  "ERR_SQLITE_CONSTRAINT",
  "rows[2]: UNIQUE constraint failed: number.n",
  "a row that fails",
);
equal(await query({ db, sql: "SELECT count(*) c FROM number" }), [{ c: 10_000 }], "and nothing of the others stays");

// Transactions.
const move = (/** @type {string} */ from, /** @type {string} */ to) => [
  { sql: "UPDATE account SET amount = amount - 10 WHERE name = ?", params: [from] },
  { sql: "UPDATE account SET amount = amount + 10 WHERE name = :to", params: { to } },
];
await execute({
  db,
  sql: `CREATE TABLE account (name TEXT, amount INTEGER CHECK (amount >= 0));
        INSERT INTO account VALUES ('a', 15), ('b', 0)`,
});
const accounts = () => query({ db, sql: "SELECT amount FROM account ORDER BY name" });
equal((await transaction({ db, statements: move("a", "b") })).map(({ changes }) => changes), [1, 1], "a transaction");
equal(await accounts(), [{ amount: 5 }, { amount: 10 }], "what the transaction did");
await fails(
  transaction({ db, statements: move("b", "a").concat(move("b", "a")) }),
  Error,
  "ERR_SQLITE_CONSTRAINT",
  "statements[2]: CHECK constraint failed",
  "a transaction that fails",
);
equal(await accounts(), [{ amount: 5 }, { amount: 10 }], "nothing of the transaction that failed");
await fails(
  transaction({ db, statements: [{ sql: "COMMIT" }, { sql: "SELECT 1" }] }),
  Error,
  "ERR_SQLITE_TRANSACTION",
  "statements[0]: the statement ended the transaction",
  "a transaction that ends itself",
);

// What is refused.
/** @type {[string, any, ErrorClass, string, string][]} */
const refused = [
  ["SELEC 1", [], Error, "ERR_SQLITE_ERROR", "near \"SELEC\": syntax error, in \"SELEC 1\""],
  ["SELECT * FROM nuts", [], Error, "ERR_SQLITE_ERROR", "no such table: nuts"],
  ["INSERT INTO fruit (name) VALUES ('fig')", [], Error, "ERR_SQLITE_CONSTRAINT", "UNIQUE constraint failed"],
  ["SELECT ?, ?", [1], TypeError, "ERR_SQLITE_PARAMS", "wants 2 parameters, got 1"],
  ["SELECT :a", { b: 1 }, TypeError, "ERR_SQLITE_PARAMS", "no value for parameter :a"],
  ["SELECT ?", [{ $buffer: 0 }], TypeError, "ERR_SQLITE_PARAMS", "no buffer 0"],
  ["", [], TypeError, "ERR_SQLITE_SQL", "got none"],
  ["SELECT ?", [{ x: 1 }], TypeError, "ERR_OP_ARGUMENT", "unknown variant `x`"],
  ["SELECT ?", [[1]], TypeError, "ERR_OP_ARGUMENT", "expected null, a boolean, a number"],
  ["SELECT ?", 1, TypeError, "ERR_OP_ARGUMENT", "expected parameters as an array"],
];
for (const [sql, params, Class, code, part] of refused) {
  await fails(query({ db, sql, params }), Class, code, part, `query ${sql}`);
  await fails(execute({ db, sql, params }), Class, code, part, `execute ${sql}`);
}
const { BadResource, InvalidData } = Deno.errors;
const sql = "SELECT 1";
await fails(query({ db, sql: "SELECT 1; SELECT 2" }), TypeError, "ERR_SQLITE_SQL", "got several", "two queries");
// @ts-expect-error
await fails(query({ db, sql, parms: [] }), TypeError, "ERR_OP_ARGUMENT", "unknown field `parms`", "a misspelt field");
// @ts-expect-error
await fails(query({ sql }), TypeError, "ERR_OP_ARGUMENT", "missing field `db`", "no database");
// @ts-expect-error
await fails(query(sql), TypeError, "ERR_OP_ARGUMENT", "", "a string for the argument");
await fails(query({ db: plugin.rid, sql }), BadResource, "ERR_BAD_RESOURCE", "", "an id that is no database's");
const broken = "SELECT CAST(x'ff41' AS TEXT) t";
await fails(query({ db, sql: broken }), InvalidData, "ERR_SQLITE_TEXT", "\"t\"", "text that is not UTF-8");

// The script goes on while a query runs, and ops of one database run in the order of their calls.
/** @type {string[]} */
const events = [];
const counting = query({
  db,
  sql: "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 3000000) SELECT max(n) m FROM c",
}).then(([{ m }]) => events.push(`counted to ${m}`));
const ticking = new Promise((resolve) => setTimeout(resolve, 1)).then(() => events.push("ticked"));
await Promise.all([counting, ticking]);
equal(events, ["ticked", "counted to 3000000"], "a timer while a query runs");

await execute({ db, sql: "CREATE TABLE log (step INTEGER)" });
const steps = Array.from({ length: 200 }, (_, step) => step);
const writes = steps.map((step) => execute({ db, sql: "INSERT INTO log VALUES (?)", params: [step] }));
const seen = query({ db, sql: "SELECT step FROM log ORDER BY rowid" });
equal((await seen).map(({ step }) => step), steps, "two hundred inserts and a query, all at once");
const ids = (await Promise.all(writes)).map(({ lastInsertRowid }) => lastInsertRowid);
equal(ids, steps.map((step) => step + 1), "the row ids of the inserts");

// Close: what was asked for before is done, what comes after is refused.
const other = await open(":memory:");
const last = query({ db: other, sql: "SELECT 1 AS one" });
const closing = close(other);
await fails(query({ db: other, sql }), BadResource, "ERR_BAD_RESOURCE", "", "a query after close");
equal(await last, [{ one: 1 }], "a query before close");
equal(await closing, null, "close");
equal(other in Deno.resources(), false, "close closes the resource");
await fails(close(other), BadResource, "ERR_BAD_RESOURCE", "", "close twice");
const third = await open({ path: ":memory:" });
const before = query({ db: third, sql: "SELECT 3 AS three" });
Deno.close(third);
equal(await before, [{ three: 3 }], "a query before Deno.close");
equal(third in Deno.resources(), false, "Deno.close closes a database");
await fails(query({ db: third, sql }), BadResource, "ERR_BAD_RESOURCE", "", "a query after Deno.close");

// Files.
const folder = await Deno.makeTempDir();
try {
  const path = `${folder}/täst.db`;
  await fails(open({ path, create: false }), Error, "ERR_SQLITE_CANTOPEN", "täst.db", "a file that is not there");
  const writer = await open(path);
  await execute({ db: writer, sql: "PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (42)" });
  const reader = await open({ path, readOnly: true, busyTimeout: 100 });
  equal(await query({ db: reader, sql: "SELECT x FROM t" }), [{ x: 42 }], "another handle of the same file");
  const deletion = "DELETE FROM t";
  await fails(execute({ db: reader, sql: deletion }), Error, "ERR_SQLITE_READONLY", "readonly", "a read-only database");
  await close(reader);
  await close(writer);
  const again = await open(path);
  equal(await query({ db: again, sql: "SELECT x FROM t" }), [{ x: 42 }], "the file keeps what was written");
  await execute({ db: again, sql: "BEGIN EXCLUSIVE" });
  const waiting = open({ path, busyTimeout: 10 }).then((db) => execute({ db, sql: deletion }));
  await fails(waiting, Error, "ERR_SQLITE_BUSY", "locked", "a locked file");
  await close(again);
  await Deno.writeTextFile(`${folder}/text.db`, "This is a text and no database. ".repeat(20));
  await fails(open(`${folder}/text.db`), Error, "ERR_SQLITE_NOTADB", "text.db", "a file that is no database");
  // @ts-expect-error
  await fails(open({ file: path }), TypeError, "ERR_OP_ARGUMENT", "unknown field `file`", "an unknown option");
} finally {
  await Deno.remove(folder, { recursive: true });
}

// Closing the plugin closes its databases.
plugin.close();
equal(db in Deno.resources(), false, "a database goes with its plugin");

console.log("ok");
