// Calls the guests of tests/components/shapes.rs with values by chance, and with memory in which chance has changed
// something, and prints each call with its answer as a line of JSON, for tests/wasmtime/ to call the same in wasmtime.
// How values are told is said there, in values.rs.

import { temp } from "./fixtures.js";
import { randomFrom } from "./random.js";
import { tell } from "./told_values.js";
import { valuesFrom } from "./wit_values.js";

const SHAPES = "test:shapes/shapes", HOST = "test:shapes/host";
const VALUES = 3, CHANGES = 4;
const { seed, components } = JSON.parse(new TextDecoder().decode(Deno.readFileSync(`${temp}/components.json`)));
const { below, pick, random } = randomFrom(seed);
const make = valuesFrom({ below, pick, random });

const bytes = (given) => ({ gives: Array.from(given) });
const lines = [];

for (const { path, types, hasImages } of components) {
  let taken;
  const host = {};
  for (let i = 0; i < types.length; i++) host[`take${i}`] = (value) => void (taken = { value });
  const plugin = Deno.openPlugin(path, { imports: { [HOST]: host }, stateless: true });
  const ops = plugin.ops[SHAPES];

  // What a call gives, or nothing where it traps; `answerOf` tells what it gives or takes.
  const call = (name, args, told, answerOf) => {
    taken = undefined;
    let given, answer = "traps";
    try {
      given = ops[name](...args);
      answer = answerOf(given);
    } catch (error) {
      // More than the host may hold for values.
      if (error.code === "ERR_WASM_LIMIT") return undefined;
      if (error.code !== "ERR_WASM_TRAP") throw error;
      // The canonical ABI has texts of UTF-16 aligned, and wasmtime does not look.
      if (!hasImages && error.message.includes("is no multiple of 2")) return undefined;
    }
    if (hasImages || answerOf !== bytes) lines.push(JSON.stringify({ component: path, name, args: told, answer }));
    return given;
  };

  for (let i = 0; i < types.length; i++) {
    const type = types[i], list = { kind: "list", element: type };
    const change = (image) => {
      const changed = Uint8Array.from(image);
      for (let count = 1 + below(3); count > 0; count--) {
        // Mostly where the values are.
        const at = below(random() < 0.5 ? Math.min(changed.length, 128) : changed.length);
        changed[at] = pick([0, 1, 2, 3, 0x7F, 0x80, 0xFF, below(256), changed[at] ^ 1, changed[at] + 1]);
      }
      return changed;
    };
    const read = (name, image, answerOf) => {
      if (image === undefined) return;
      const images = [image];
      while (images.length <= CHANGES) images.push(change(image));
      for (const each of images) call(name, [each], [Array.from(each)], answerOf);
    };
    for (let n = 0; n < VALUES; n++) {
      const value = make(type), values = Array.from({ length: pick([0, 1, 2, 3]) }, () => make(type));
      const stored = call(`store${i}`, [values], [tell(list, values)], bytes);
      read(`load${i}`, stored, (given) => ({ gives: tell(list, given) }));
      read(
        `call${i}`,
        call(`flat${i}`, [value], [tell(type, value)], bytes),
        () => ({ takes: tell(type, taken.value) }),
      );
    }
  }
  plugin.close();
}
console.log(`[${lines.join(",\n")}]`);
