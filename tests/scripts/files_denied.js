// flags:
// Without permissions there are no files and no environment.

import { assert, assertRejects, assertThrows } from "./assert.js";
import { temp } from "./fixtures.js";

const DENIED = { class: "NotCapable" };
const path = `${temp}/file.txt`;

assertThrows(() => Deno.readFileSync(path), { ...DENIED, includes: "--allow-read" });
assertThrows(() => Deno.readTextFileSync(path), DENIED);
await assertRejects(() => Deno.readFile(path), DENIED);
await assertRejects(() => Deno.readTextFile(path), DENIED);
assertThrows(() => Deno.statSync(path), DENIED);
assertThrows(() => [...Deno.readDirSync(temp)], DENIED);
assertThrows(() => Deno.writeFileSync(path, new Uint8Array(1)), { ...DENIED, includes: "--allow-write" });
assertThrows(() => Deno.writeTextFileSync(path, "x"), DENIED);
await assertRejects(() => Deno.writeFile(path, new Uint8Array(1)), DENIED);
await assertRejects(() => Deno.writeTextFile(path, "x"), DENIED);
assertThrows(() => Deno.mkdirSync(`${temp}/folder`), DENIED);
assertThrows(() => Deno.removeSync(temp), DENIED);
assertThrows(() => Deno.env.get("PATH"), { ...DENIED, includes: "--allow-env" });

// What needs none.
assert(Deno.args.length >= 2);
assert(["linux", "darwin", "windows"].includes(Deno.build.os));
