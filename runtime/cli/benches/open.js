// Opens a plugin, calls it once and prints how long both took together, in microseconds.

const start = performance.now();
const plugin = Deno.openPlugin(Deno.args[0]);
plugin.ops.add(1, 2);
console.log((performance.now() - start) * 1e3);
