// flags: --allow-plugin
// exit: 0
// stdout: answered
// An op that nobody awaits keeps the program alive until it has answered.

const suffix = { windows: "dll", darwin: "dylib" }[Deno.build.os] ?? "so";
const kit = Deno.openPlugin(`${Deno.args[0]}/${suffix === "dll" ? "" : "lib"}kit.${suffix}`);
kit.ops.async_sleep(new TextEncoder().encode("100")).then(() => console.log("answered"));
