// Opens a guest that has an op `render`, calls it, and prints the nanoseconds that both took. Further calls follow, as
// many as are asked for, so that V8 has something to optimise.

const [path, calls] = Deno.args;
const start = performance.now();
const { ops } = Deno.openPlugin(path);
ops.render("# Title");
const elapsed = performance.now() - start;
for (let i = 0; i < calls; i++) {
  ops.render("# Title\n\nSome *text* with a [link](https://example.com), and `code`.\n\n- one\n- two\n");
}
console.log(JSON.stringify({ key: "first", ns: elapsed * 1e6 }));
