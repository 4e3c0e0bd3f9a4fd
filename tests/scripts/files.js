// flags: --allow-read --allow-write --allow-env
// Files, folders and the environment.

import { assert, assertEquals, assertRejects, assertThrows } from "./assert.js";
import { bytes, temp, text } from "./fixtures.js";

const path = `${temp}/file.txt`;
const content = "first line\ngr\u00fc\u00df \u5c0f\n";

// Written and read, each way.
Deno.writeTextFileSync(path, content);
assertEquals(Deno.readTextFileSync(path), content);
assertEquals(Deno.readFileSync(path), bytes(content));
assertEquals(await Deno.readTextFile(path), content);
assertEquals(text(await Deno.readFile(path)), content);
await Deno.writeTextFile(path, "second\n");
assertEquals(Deno.readTextFileSync(path), "second\n");
await Deno.writeFile(path, new Uint8Array([0, 255, 10]));
assertEquals([...(await Deno.readFile(path))], [0, 255, 10]);
Deno.writeFileSync(path, new Uint8Array(1_000_000).fill(7));
assertEquals(Deno.readFileSync(path).length, 1_000_000);
assertEquals(await Deno.readFile(new URL(`file://${path}`)), Deno.readFileSync(path));

// Folders.
Deno.mkdirSync(`${temp}/a/b`, { recursive: true });
await Deno.mkdir(`${temp}/a/c`);
Deno.writeTextFileSync(`${temp}/a/d.txt`, "d");
const entries = [];
for await (const entry of Deno.readDir(`${temp}/a`)) entries.push([entry.name, entry.isDirectory, entry.isFile]);
assertEquals(entries.sort(), [["b", true, false], ["c", true, false], ["d.txt", false, true]]);
assertEquals([...Deno.readDirSync(`${temp}/a`)].length, 3);

const stat = await Deno.stat(`${temp}/a/d.txt`);
assertEquals([stat.isFile, stat.isDirectory, stat.size], [true, false, 1]);
assert(Deno.statSync(`${temp}/a`).isDirectory);

await Deno.remove(`${temp}/a/d.txt`);
Deno.removeSync(`${temp}/a`, { recursive: true });
const NOT_FOUND = { class: "NotFound" };
assertThrows(() => Deno.statSync(`${temp}/a`), NOT_FOUND);

// What is not there, or is something else.
assertThrows(() => Deno.readTextFileSync(`${temp}/missing`), { ...NOT_FOUND, includes: "missing" });
await assertRejects(() => Deno.readFile(`${temp}/missing`), NOT_FOUND);
await assertRejects(() => Deno.writeTextFile(`${temp}/missing/file`, "x"), NOT_FOUND);
assertThrows(() => Deno.readTextFileSync(temp), {});
Deno.mkdirSync(`${temp}/there`);
assertThrows(() => Deno.mkdirSync(`${temp}/there`), { class: "AlreadyExists" });

// The working directory and the environment.
assert(Deno.statSync(Deno.cwd()).isDirectory);
assert(Deno.env.get("PATH").length > 0);
assertEquals(Deno.env.get("PLUGBAY_A_VARIABLE_THAT_NOBODY_SETS"), undefined);
