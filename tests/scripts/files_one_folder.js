// flags: --allow-read={temp} --allow-write={temp}/out
// Leave for a folder. The harness puts the script's own folder in the place of {temp}.

import { assertEquals, assertThrows } from "./assert.js";
import { folder, temp } from "./fixtures.js";

const DENIED = { class: "NotCapable" };

assertThrows(() => Deno.writeTextFileSync(`${temp}/file.txt`, "x"), DENIED);
Deno.mkdirSync(`${temp}/out`);
Deno.writeTextFileSync(`${temp}/out/file.txt`, "written");
assertEquals(Deno.readTextFileSync(`${temp}/out/file.txt`), "written");
assertEquals([...Deno.readDirSync(temp)].map((entry) => entry.name), ["out"]);
assertThrows(() => Deno.readDirSync(folder), DENIED);
assertThrows(() => Deno.writeTextFileSync(`${temp}/out/../file.txt`, "x"), DENIED);
assertThrows(() => Deno.readTextFileSync(`${temp}/../anything`), DENIED);
