// flags: --allow-plugin
// Ops that take and give JSON.

import { assert, assertEquals, assertRejects, assertThrows } from "./assert.js";
import { bytes, isWasm, openKit, text } from "./fixtures.js";

const kit = openKit();
const { ops } = kit;

// Every JSON value comes back as it went.
const values = [
  null,
  true,
  false,
  0,
  -1.5,
  1e300,
  Number.MAX_SAFE_INTEGER,
  "",
  "gr\u00fc\u00df \u5c0f \ud83d\ude00 \u0000 \" \\",
  [],
  [1, [2, [3]]],
  {},
  { a: 1, "b c": { d: [null] }, "": "empty key" },
  "x".repeat(100_000),
];
for (const value of values) assertEquals(ops.json_echo(value), value);
for (const value of values) assertEquals(await ops.async_json_echo(value), value);
assertEquals(ops.json_echo(), null, "no argument is null");
assertEquals(ops.json_echo(undefined), null);
assertEquals(ops.json_echo({ date: new Date(0), gone: undefined }), { date: "1970-01-01T00:00:00.000Z" });

// Rust types.
assertEquals(ops.sum({ a: 1, b: 2.5 }), 3.5);
assertEquals(ops.sum({ a: 1, b: 2, more: "is ignored" }), 3);

// Buffers come after the argument.
assertEquals(ops.lengths(null, new Uint8Array(3), new Float64Array(2), new ArrayBuffer(5)), [3, 16, 5]);
assertEquals(ops.lengths({ any: "thing" }), []);
assertEquals(await ops.async_lengths(null, new Uint8Array(3)), [3]);

// An async function is a promise, also when it is ready at once.
assert(ops.async_json_echo(1) instanceof Promise);

// Arguments that do not fit, and those that are no JSON.
const unfit = { class: "TypeError", code: "ERR_OP_ARGUMENT" };
assertThrows(() => ops.sum({ a: "one", b: 2 }), { ...unfit, includes: "expected f64" });
assertThrows(() => ops.sum({ a: 1 }), { ...unfit, includes: "b" });
assertThrows(() => ops.sum([1, 2, 3]), unfit);
assertThrows(() => ops.sum("text"), unfit);
assertThrows(() => ops.sum(), unfit);
assertThrows(() => ops.json_echo(() => 1), unfit);
assertEquals(ops.json_echo(1n), 1, "a BigInt is an integer");
assertEquals(ops.json_echo(2n ** 60n), 2n ** 60n, "beyond the safe integers too");
assertEquals(ops.json_echo([NaN, Infinity]), [null, null]);
const circle = {};
circle.circle = circle;
assertThrows(() => ops.json_echo(circle), unfit);
assertThrows(() => ops.lengths(null, "text"), { class: "TypeError", code: "ERR_OP_BUFFER" });

// Errors of every class that a plugin may name.
const classes = [
  "Error",
  "TypeError",
  "RangeError",
  "SyntaxError",
  "ReferenceError",
  "URIError",
  "NotFound",
  "PermissionDenied",
  "AlreadyExists",
  "InvalidData",
  "TimedOut",
  "BadResource",
  "Busy",
];
for (const name of classes) {
  const error = { class: name, code: `ERR_${name}`, message: `a ${name} for you` };
  const wanted = { class: name, name, code: error.code, includes: error.message };
  const thrown = assertThrows(() => ops.error_of(error), wanted);
  assert(thrown.stack.includes("json_ops.js"), "the stack says where the op was called");
  await assertRejects(() => ops.async_error_of(error), wanted);
}
assertThrows(() => ops.error_of({ class: "RangeError", message: "no code" }), { class: "RangeError", code: undefined });
const own = { class: "KitError", code: "ERR_OWN", message: "a class of the plugin's own" };
assertThrows(() => ops.error_of(own), { class: "Error", name: "KitError", code: "ERR_OWN" });
const strange = { class: "__proto__", message: "no trick" };
assertThrows(() => ops.error_of(strange), { class: "Error", includes: "no trick" });

// A plugin's own words stay as they are, whatever its codes begin with. What has class and code of an error of the
// runtime's says which op it comes from, once, whatever its words begin with.
const words = { class: "RangeError", code: "ERR_OP_LEVEL", message: "op level is 12" };
const likeOwn = { class: "TypeError", code: "ERR_OP_ARGUMENT", message: "op level is 12" };
for (const name of ["error_of", "async_error_of"]) {
  const messageOf = async (error) => {
    try {
      await ops[name](error);
    } catch (thrown) {
      return thrown.message;
    }
  };
  assertEquals(await messageOf(words), "op level is 12");
  assertEquals(await messageOf(likeOwn), `op "${name}" of plugin ${kit.name}: op level is 12`);
}

// Errors of Rust.
const io = { code: "ERR_OP_IO" };
// A guest has no files.
if (!isWasm) {
  assertThrows(() => ops.io_error(), {
    ...io,
    class: "NotFound",
    includes: "op \"io_error\" of plugin kit: No such file",
  });
}
const chain = { includes: "outer: inner: " };
assertThrows(() => ops.nested_context("op_error"), { ...chain, class: "RangeError", code: "ERR_LEVEL" });
assertThrows(() => ops.nested_context("io"), {
  ...io,
  class: "PermissionDenied",
  includes: "op \"nested_context\" of plugin kit: outer: inner: ",
});
assertThrows(() => ops.nested_context("plain"), { class: "Error", includes: "outer: inner: the cause" });
assertThrows(() => ops.answer_no_json(), { class: "Error", code: "ERR_OP_RESULT" });

// By id it is JSON text, as deno_json_op had it.
const ids = Deno.core.ops();
const dispatch = (name, argument, ...buffers) =>
  Deno.core.dispatch(ids[name], bytes(JSON.stringify(argument)), ...buffers);
const parse = (answer) => JSON.parse(text(answer));
assertEquals(parse(dispatch("sum", { a: 1, b: 2 })), { ok: 3 });
assertEquals(parse(dispatch("lengths", null, new Uint8Array(7))), { ok: [7] });
assertEquals(parse(await dispatch("async_json_echo", ["x"])), { ok: ["x"] });
const failed = parse(dispatch("error_of", { class: "NotFound", code: "ERR_GONE", message: "gone" }));
assertEquals(failed, { err: "gone", class: "NotFound", code: "ERR_GONE" });
const failedLater = parse(await dispatch("async_error_of", { class: "NotFound", code: "ERR_GONE", message: "gone" }));
assertEquals(failedLater, failed);
assertEquals(parse(Deno.core.dispatch(ids.sum, bytes("{no json"))).code, "ERR_OP_ARGUMENT");
assertEquals(parse(Deno.core.dispatch(ids.sum)).class, "TypeError");

kit.close();

// A future that borrows from its argument keeps it, whatever the script does to the text it passed.
{
  const kit = openKit();
  const argument = bytes("\"unchanged\"");
  const promise = Deno.core.dispatch(Deno.core.ops().text_later, argument);
  argument.fill(0xff);
  assertEquals(JSON.parse(text(await promise)), { ok: "unchanged" });
  // What has no JSON text is null.
  assertEquals(kit.ops.json_echo({ toJSON: () => undefined }), null);
  kit.close();
}
