// Build the plugin with `cargo build --release -p hash`, then:
//   plugbay run --allow-plugin --allow-read plugins/hash/example.js

const file = { linux: "libhash.so", darwin: "libhash.dylib", windows: "hash.dll" }[Deno.build.os];
/** @type {Deno.Plugin<import("./hash.d.ts").Ops>} */
const plugin = Deno.openPlugin(Deno.args[0] ?? new URL(`../../target/release/${file}`, import.meta.url));
const { blake3, create, digest, hex, update } = plugin.ops;
/** @type {import("./hash.d.ts").Algorithm[]} */
const algorithms = ["blake3", "sha256", "sha512"];

// The file that you read, three ways.
const bytes = Deno.readFileSync(new URL(import.meta.url));
for (const algorithm of algorithms) {
  console.log(algorithm.padEnd(8), hex(algorithm, bytes));
}

// Raw bytes, for those who compare or store them.
console.log("blake3 begins with", blake3(bytes).subarray(0, 4));

// A message that comes in pieces.
const id = create("sha256");
for (let at = 0; at < bytes.length; at += 256) update(id, bytes.subarray(at, at + 256));
console.log("in pieces of 256:", digest(id) === hex("sha256", bytes) ? "the same" : "different");

// How fast: 64 MiB, read where they are.
const large = new Uint8Array(64 << 20);
for (const algorithm of algorithms) {
  const start = performance.now();
  plugin.ops[algorithm](large);
  const seconds = (performance.now() - start) / 1000;
  console.log(algorithm.padEnd(8), `${(large.length / seconds / 1e9).toFixed(2)} GB/s`);
}

plugin.close();
