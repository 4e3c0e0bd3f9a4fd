// flags: --allow-read
// Components that are cut off, damaged, or of a kind that is not here: an error that says so, and nothing else is
// harmed.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { guest } from "./fixtures.js";

const imports = { mode: () => 0, "test:modules/host@1.0.0": { notify() {} } };
const before = Object.keys(Deno.resources());
const good = Deno.openPlugin(guest("component_modules"), { imports });
const CODES = ["ERR_WASM_COMPILE", "ERR_WASM_COMPONENT", "ERR_WASM_LINK", "ERR_WASM_LIMIT"];

// How it fails, if it does.
function tryOut(bytes, name) {
  try {
    Deno.openPlugin(bytes, { name, imports }).close();
    return undefined;
  } catch (error) {
    assert(CODES.includes(error.code) && error.message.includes(name), `${name}: ${error.stack}`);
    return error.code;
  }
}

const component = Deno.readFileSync(guest("component_modules")), module = Deno.readFileSync(guest("resources"));
assertEquals(tryOut(component, "whole"), undefined);
for (let end = 0; end < component.length; end += 64) {
  const code = tryOut(component.subarray(0, end), `cut at ${end}`);
  // What is cut between two sections is a component that does less.
  if (code !== undefined) assert(["ERR_WASM_COMPILE", "ERR_WASM_LINK"].includes(code), `${end}: ${code}`);
}
for (let end = 0; end < module.length; end += 64) {
  assert(tryOut(module.subarray(0, end), `cut at ${end}`) !== undefined, `${end}`);
}
// Each byte of what says which world it is for.
const text = new TextDecoder("latin1").decode(module), at = text.indexOf("component-type");
assert(at !== -1);
let refused = 0;
for (let i = at + 14; i < module.length; i += 5) {
  const changed = module.slice();
  changed[i] ^= 0x55;
  if (tryOut(changed, `changed at ${i}`) !== undefined) refused++;
}
assert(refused > 100, `only ${refused} were refused`);
// A section that says nothing.
const emptied = Uint8Array.from([...module.subarray(0, at + 14), ...new Uint8Array(module.length - at - 14)]);
assertThrows(() => Deno.openPlugin(emptied, { name: "emptied", imports }), {
  class: "WebAssembly.CompileError",
  code: "ERR_WASM_COMPILE",
  includes: "cannot open plugin emptied",
});

// A version of WASI that is not here is named.
assertThrows(() => Deno.openPlugin(guest("wasi_later")), {
  class: "WebAssembly.CompileError",
  code: "ERR_WASM_COMPONENT",
  includes: ["cannot open plugin wasi_later", "wasi:clocks/later-clock@0.3.0"],
});

assertEquals(good.ops.echoText("still there"), "still there");
assertEquals(good.instance.starts, 1);
good.close();
assertEquals(Object.keys(Deno.resources()), before);
