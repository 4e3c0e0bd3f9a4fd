// Build the plugin with `cargo build --release -p markdown`, then:
//   plugbay run --allow-plugin plugins/markdown/example.js

const file = { linux: "libmarkdown.so", darwin: "libmarkdown.dylib", windows: "markdown.dll" }[Deno.build.os];
/** @type {Deno.Plugin<import("./markdown.d.ts").Ops>} */
const plugin = Deno.openPlugin(Deno.args[0] ?? new URL(`../../target/release/${file}`, import.meta.url));
const { render } = plugin.ops;

console.log(render(`# Fruit

| fruit | price |
|-------|------:|
| apple |  0.30 |
| fig   |  0.55 |

Prices are *per piece*[^1].

[^1]: As of this morning.
`));

console.log(render({
  text: "- [x] buy apples\n- [ ] ~~buy figs~~ buy dates\n",
  strikethrough: true,
  tasklists: true,
}));

plugin.close();
