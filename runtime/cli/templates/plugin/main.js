// Opens the plugin that `{{ build }}` made and calls each of its ops:
//   {{ run }}
// After `{{ build }} --release`:
//   {{ run }} release

const profile = Deno.args[0] ?? "debug";
const fileName = {% if wasm %}"{{ library }}.wasm"{% else %}{ darwin: "lib{{ library }}.dylib", windows: "{{ library }}.dll" }[Deno.build.os] ?? "lib{{ library }}.so"{% endif %};

// An editor that knows TypeScript checks the calls below by these types; see README.md.
/** @type {Deno.Plugin<import("./{{ library }}.d.ts").Ops>} */
const plugin = Deno.openPlugin(new URL(`{{ directory }}/${profile}/${fileName}`, import.meta.url));
const { ops } = plugin;
console.log(`opened ${plugin.name} ${plugin.version}: ${Object.keys(ops).join(", ")}`);

// Bytes: the op changes the bytes of this buffer.
const bytes = new TextEncoder().encode("Hello, world!");
ops.rot13(bytes);
console.log("rot13:", new TextDecoder().decode(bytes));

// Values: an object in, an object out.
console.log("summarize:", ops.summarize({ values: [2, 1, 6] }));

// An error of the plugin's is a JavaScript error with a class and a code.
try {
  ops.summarize({ values: [] });
} catch (/** @type {any} */ error) {
  console.log(`summarize: ${error.name} ${error.code}: ${error.message}`);
}

// A Promise: the op of a native plugin works on another thread meanwhile.
console.log("countPrimes:", await ops.countPrimes(100_000));

// A resource: a value of the plugin's under a number.
const counter = ops.counterOpen(41);
console.log("counter:", ops.counterNext(counter), ops.counterNext(counter));
Deno.close(counter);

plugin.close();
