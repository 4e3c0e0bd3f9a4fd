// flags: --allow-plugin --allow-read --allow-write
// Files that are no plugins for this host. Each is made here, and refused by its bytes alone.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { bytes, folder, library, openKit, temp, text } from "./fixtures.js";

const kit = openKit();
const table = JSON.stringify(Deno.core.ops());
const resources = JSON.stringify(Deno.resources());
let number = 0;

/** Refuses a path as wanted, with a message that names it, and nothing has changed. */
function refusedPath(path, wanted) {
  const error = assertThrows(() => Deno.openPlugin(path), wanted);
  const name = String(path).split("/").at(-1).replace(/\.so$/, "");
  assert(error.message.includes(name), error.message);
  assert(error.message.length < 1000, error.message);
  assertEquals(JSON.stringify(Deno.core.ops()), table);
  assertEquals(JSON.stringify(Deno.resources()), resources);
  assertEquals(text(kit.ops.echo(bytes("still here"))), "still here");
}

/** Refuses a file of these bytes. */
function refusedBytes(content, wanted) {
  const path = `${temp}/bad-${++number}.so`;
  Deno.writeFileSync(path, content);
  refusedPath(path, wanted);
  Deno.removeSync(path);
}

const NOT_A_LIBRARY = { class: "InvalidData", code: "ERR_PLUGIN_NOT_A_LIBRARY" };
const WRONG_TARGET = { class: "InvalidData", code: "ERR_PLUGIN_WRONG_TARGET" };

// No file, or no file of that kind.
const NOT_FOUND = { class: "NotFound", code: "ERR_PLUGIN_NOT_FOUND" };
refusedPath(`${temp}/missing.so`, NOT_FOUND);
refusedPath(`${temp}/missing/missing.so`, NOT_FOUND);
refusedPath(new URL(`file://${temp}/missing.so`), NOT_FOUND);
const IS_DIRECTORY = { class: "IsADirectory", code: "ERR_PLUGIN_IS_DIRECTORY" };
refusedPath(folder, IS_DIRECTORY);
Deno.mkdirSync(`${temp}/folder.so`);
refusedPath(`${temp}/folder.so`, IS_DIRECTORY);

// No library.
refusedBytes(bytes(""), NOT_A_LIBRARY);
refusedBytes(bytes("\n"), NOT_A_LIBRARY);
refusedBytes(bytes("export const answer = 42;\n".repeat(1000)), NOT_A_LIBRARY);
refusedBytes(bytes("#!/bin/sh\nexit 0\n"), NOT_A_LIBRARY);
refusedBytes(new Uint8Array(100_000), NOT_A_LIBRARY);
refusedBytes(new Uint8Array(100_000).fill(0xFF), NOT_A_LIBRARY);
refusedBytes(Uint8Array.from({ length: 5000 }, (_, i) => (i * 197) % 256), NOT_A_LIBRARY);

// A library that ends early, wherever that is.
const good = Deno.readFileSync(library("kit"));
const lengths = [1, 3, 4, 5, 16, 20, 52, 63, 64, 65, 100, 120, 1000, 4096, 65_536];
for (const length of [...lengths, good.length >> 1, good.length - 4096, good.length - 64, good.length - 1]) {
  refusedBytes(good.subarray(0, length), NOT_A_LIBRARY);
}

// A library whose middle is gone: its headers point at nothing that makes sense.
const hollow = good.slice();
hollow.fill(0, 64, hollow.length - 64);
assertThrows(() => openBytes(hollow), { class: "InvalidData" });

// The ELF header: class at 4, data encoding at 5, OS at 7, type at 16, machine at 18.
const ELF = Deno.build.os === "linux";
const patched = (...changes) => {
  const copy = good.slice();
  for (const [offset, byte] of changes) copy[offset] = byte;
  return copy;
};
if (ELF) {
  const other = Deno.build.arch === "x86_64" ? 183 : 62;
  refusedBytes(patched([18, other]), { ...WRONG_TARGET, includes: other === 183 ? "arch64" : "86_64" });
  refusedBytes(patched([18, 243]), WRONG_TARGET);
  refusedBytes(patched([18, 0xEE], [19, 0xEE]), WRONG_TARGET);
  // A whole header of a library for 32-bit x86, and this one's with the mark of one.
  const i386 = new Uint8Array(52);
  i386.set([0x7F, 0x45, 0x4C, 0x46, 1, 1, 1]);
  const view = new DataView(i386.buffer);
  const fields = [[16, 3], [18, 3], [40, 52], [42, 32], [46, 40]];
  for (const [offset, value] of fields) view.setUint16(offset, value, true);
  view.setUint32(20, 1, true);
  refusedBytes(i386, WRONG_TARGET);
  assertThrows(() => openBytes(patched([4, 1])), { class: "InvalidData" });
  assertThrows(() => openBytes(patched([5, 2])), { class: "InvalidData" });

  // Libraries of other systems: headers of Mach-O for x86-64, without load commands, and of Windows.
  const macho = new Uint32Array([0xFEEDFACF, 0x01000007, 3, 6, 0, 0, 0, 0]);
  refusedBytes(new Uint8Array(macho.buffer), WRONG_TARGET);
  const windows = new Uint8Array(512);
  windows.set(bytes("MZ"));
  windows.set([0x80], 0x3C);
  windows.set([...bytes("PE\0\0"), 0x64, 0x86], 0x80);
  assertThrows(() => openBytes(windows), { class: "InvalidData" });
}

// WebAssembly is known by its bytes, not by its name; a broken module says so.
const wasm = new Uint8Array([0, 0x61, 0x73, 0x6D, 1, 0, 0, 0, 0xFF]);
refusedBytes(wasm, { class: "WebAssembly.CompileError", code: "ERR_WASM_COMPILE" });

// After all that a whole copy of the library is a plugin.
const copy = `${temp}/copy.so`;
Deno.writeFileSync(copy, good);
const plugin = Deno.openPlugin(copy);
assertEquals(text(plugin.ops.echo(bytes("copy"))), "copy");
plugin.close();
kit.close();

function openBytes(content) {
  const path = `${temp}/bad-${++number}.so`;
  Deno.writeFileSync(path, content);
  return Deno.openPlugin(path);
}
