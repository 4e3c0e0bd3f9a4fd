// flags: --allow-plugin
// exit: 0
// stdout: done
// An op that does not keep the program alive is under way, and the plugin is open.

const suffix = { windows: "dll", darwin: "dylib" }[Deno.build.os] ?? "so";
const kit = Deno.openPlugin(`${Deno.args[0]}/${suffix === "dll" ? "" : "lib"}kit.${suffix}`);
kit.ops.async_never();
kit.ops.async_unref_sleep(new TextEncoder().encode("3000"));
kit.ops.keep(new Uint8Array(100));
kit.ops.counter_new();
console.log("done");
