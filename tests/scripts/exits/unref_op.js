// flags: --allow-plugin
// exit: 0
// stdout: done
// milliseconds: 30000
// Ops that do not keep the program alive are under way, one of them on a thread that sleeps, and the plugin is open.

const suffix = { windows: "dll", darwin: "dylib" }[Deno.build.os] ?? "so";
const kit = Deno.openPlugin(`${Deno.args[0]}/${suffix === "dll" ? "" : "lib"}kit.${suffix}`);
kit.ops.async_never();
kit.ops.async_unref_sleep(new TextEncoder().encode("120000"));
kit.ops.keep(new Uint8Array(100));
kit.ops.counter_new();
console.log("done");
