// Build the plugin with `cargo build --release -p hello`, then:
//   plugbay run --allow-plugin plugins/hello/example.js

const file = { linux: "libhello.so", darwin: "libhello.dylib", windows: "hello.dll" }[Deno.build.os];
/** @type {Deno.Plugin<import("./hello.d.ts").Ops>} */
const plugin = Deno.openPlugin(Deno.args[0] ?? new URL(`../../target/release/${file}`, import.meta.url));
const { greet, testSync, testAsync } = plugin.ops;

// A typed op: its arguments are those of its Rust function.
console.log(greet("world"));

// A zero-copy op: it reads the script's bytes where they are, and here writes the first buffer too.
const bytes = new TextEncoder().encode("native code");
const answer = testSync(bytes, new TextEncoder().encode(", loud"));
console.log("answer:", new TextDecoder().decode(answer));
console.log("buffer:", new TextDecoder().decode(bytes));

// An async op: a Promise of bytes.
console.log("bytes passed:", new TextDecoder().decode(await testAsync(bytes)));

plugin.close();
