// Opens the component that `{{ build }}` made and uses all that it has:
//   {{ run }}
// After `{{ build }} --release`:
//   {{ run }} release

const profile = Deno.args[0] ?? "debug";

// An editor that knows TypeScript checks what follows by these types; see README.md.
/** @type {import("./{{ library }}.d.ts").Imports} */
const imports = {
  // What the component imports: functions of this script.
  "example:{{ wit_name }}/host@0.1.0": { log: (message) => console.log("log:", message) },
};

/** @type {Deno.Plugin<import("./{{ library }}.d.ts").Ops>} */
const plugin = Deno.openPlugin(new URL(`{{ directory }}/${profile}/{{ library }}.wasm`, import.meta.url), { imports });
const { rot13, numbers } = plugin.ops;
console.log(`opened ${plugin.name}: ${Object.keys(plugin.ops).join(", ")}`);

// Text in, text out.
console.log("rot13:", rot13("Hello, world!"));

// A record is an object.
console.log("summarize:", numbers.summarize(Float64Array.of(2, 1, 6)));

// A result that is an error is thrown, with the component's own value as its payload.
try {
  numbers.summarize(new Float64Array());
} catch (/** @type {any} */ error) {
  console.log(`summarize: ${error.code}: ${error.payload}`);
}

// A resource is a class; what the component has of it goes at the end of the block.
{
  using counter = new numbers.Counter(2 ** 32 - 1);
  console.log("counter:", counter.next(), counter.next());
}

plugin.close();
