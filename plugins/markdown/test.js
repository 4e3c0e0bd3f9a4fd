// Checks the plugin against known answers: plugbay run --allow-plugin test.js <the built library>
// Throws at the first wrong one, and ends with "ok".

/** @param {unknown} actual @param {unknown} expected @param {string} what */
function equal(actual, expected, what) {
  const [a, b] = [actual, expected].map((value) => JSON.stringify(value) ?? String(value));
  if (a !== b) throw new Error(`${what}: wants ${b}, got ${a}`);
}

/** @param {string} text @param {string} part @param {string} what */
function contains(text, part, what) {
  if (!text.includes(part)) throw new Error(`${what}: wants ${JSON.stringify(part)} in ${JSON.stringify(text)}`);
}

/** @typedef {new (...args: any[]) => Error & { code?: string }} ErrorClass */

/**
 * @param {() => unknown} call
 * @param {ErrorClass} Class
 * @param {string} code
 * @param {string} part
 * @param {string} what
 */
function fails(call, Class, code, part, what) {
  try {
    call();
  } catch (error) {
    if (!(error instanceof Class)) throw new Error(`${what}: wants a ${Class.name}, got ${error}`);
    equal(error.code, code, `${what}: the code of "${error.message}"`);
    return contains(error.message, part, `${what}: the message`);
  }
  throw new Error(`${what}: did not throw`);
}

const encode = (/** @type {string} */ text) => new TextEncoder().encode(text);
const decode = (/** @type {Uint8Array} */ bytes) => new TextDecoder().decode(bytes);

/** @type {Deno.Plugin<import("./markdown.d.ts").Ops>} */
const plugin = Deno.openPlugin(Deno.args[0]);
const { render, renderBytes } = plugin.ops;

equal(plugin.name, "markdown", "the plugin's name");
equal(Object.keys(plugin.ops).sort(), ["render", "renderBytes"], "the plugin's ops");

// Examples of the CommonMark specification, by their numbers in version 0.31.2.
/** @type {[number, string, string][]} */
const examples = [
  [1, "\tfoo\tbaz\t\tbim\n", "<pre><code>foo\tbaz\t\tbim\n</code></pre>\n"],
  [62, "# foo\n", "<h1>foo</h1>\n"],
  [350, "*foo bar*\n", "<p><em>foo bar</em></p>\n"],
  [482, "[link](/uri \"title\")\n", "<p><a href=\"/uri\" title=\"title\">link</a></p>\n"],
  [633, "foo  \nbaz\n", "<p>foo<br />\nbaz</p>\n"],
];
for (const [number, text, html] of examples) {
  equal(render(text), html, `example ${number}`);
  equal(render({ text }), html, `example ${number} as an object`);
  equal(decode(renderBytes(encode(text))), html, `example ${number} as bytes`);
}

// Tables and footnotes are on until turned off.
const table = "| a | b |\n| - | -: |\n| 1 | 2 |\n";
const tableHtml = "<table><thead><tr><th>a</th><th style=\"text-align: right\">b</th></tr></thead><tbody>\n"
  + "<tr><td>1</td><td style=\"text-align: right\">2</td></tr>\n</tbody></table>\n";
equal(render(table), tableHtml, "a table");
equal(decode(renderBytes(encode(table))), tableHtml, "a table as bytes");
equal(render({ text: table, tables: false }).includes("<table>"), false, "a table with tables off");

const footnote = "Text[^1].\n\n[^1]: Note.\n";
contains(render(footnote), "<sup class=\"footnote-reference\"><a href=\"#1\">1</a></sup>", "a footnote's reference");
contains(render(footnote), "<div class=\"footnote-definition\" id=\"1\">", "a footnote's definition");
equal(render({ text: footnote, footnotes: false }).includes("footnote"), false, "a footnote with footnotes off");

// Strikethrough and tasklists are off until turned on.
equal(render("~~old~~"), "<p>~~old~~</p>\n", "strikethrough off");
equal(render({ text: "~~old~~", strikethrough: true }), "<p><del>old</del></p>\n", "strikethrough on");
equal(render("- [x] done"), "<ul>\n<li>[x] done</li>\n</ul>\n", "tasklists off");
const task = render({ text: "- [x] done", tasklists: true });
contains(task, "<input disabled=\"\" type=\"checkbox\" checked=\"\"/>", "tasklists on");

// Text is text, however it looks.
equal(render("Zoë \u{1F600} <&>"), "<p>Zoë \u{1F600} &lt;&amp;&gt;</p>\n", "beyond ASCII, and escapes");
equal(decode(renderBytes(encode("Zoë \u{1F600}"))), "<p>Zoë \u{1F600}</p>\n", "beyond ASCII as bytes");
equal(render("<b>raw</b>"), "<p><b>raw</b></p>\n", "raw HTML is passed through");
equal(render(""), "", "an empty text");
equal(renderBytes(new Uint8Array(0)), undefined, "an empty text as bytes");
equal(decode(renderBytes(encode("..*x*..").subarray(2, 5))), "<p><em>x</em></p>\n", "a view into a larger buffer");
const long = "A line of *text*.\n\n".repeat(50_000);
equal(render(long).length, "<p>A line of <em>text</em>.</p>\n".length * 50_000, "a long text");

// What is refused.
const type = "expected a text, or an object with a text and options";
// @ts-expect-error
fails(() => render(), TypeError, "ERR_OP_ARGUMENT", type, "no argument");
// @ts-expect-error
fails(() => render(1), TypeError, "ERR_OP_ARGUMENT", type, "a number");
// @ts-expect-error
fails(() => render(["x"]), TypeError, "ERR_OP_ARGUMENT", type, "an array");
// @ts-expect-error
fails(() => render({ tables: true }), TypeError, "ERR_OP_ARGUMENT", "missing field `text`", "no text");
// @ts-expect-error
fails(() => render({ text: "x", table: 1 }), TypeError, "ERR_OP_ARGUMENT", "unknown field `table`", "no such option");
// @ts-expect-error
fails(() => render({ text: "x", tables: 1 }), TypeError, "ERR_OP_ARGUMENT", "expected a boolean", "a number as flag");
const broken = Uint8Array.of(0x6f, 0x6b, 0x20, 0xff, 0xfe);
fails(() => renderBytes(broken), TypeError, "ERR_MARKDOWN_UTF8", "index 3", "bytes that are not UTF-8");
fails(() => renderBytes(), TypeError, "ERR_MARKDOWN_BUFFERS", "got 0", "no buffer");
fails(() => renderBytes(encode("a"), encode("b")), TypeError, "ERR_MARKDOWN_BUFFERS", "got 2", "two buffers");
// @ts-expect-error
fails(() => renderBytes("text"), TypeError, "ERR_OP_BUFFER", "", "a string for bytes");
equal(render("*still here*"), "<p><em>still here</em></p>\n", "after all these errors");

plugin.close();
console.log("ok");
