// flags: --allow-plugin
// exit: 1
// stderr: error: Uncaught
// stderr: NotFound
// stderr: missing.so
// stderr: plugin_error.js:8

Deno.openPlugin(`${Deno.args[0]}/missing.so`);
