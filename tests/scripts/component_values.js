// flags: --allow-read
// Values of each type of the component model: what JavaScript passes for them and gets, and what is refused. The
// component calls an import with what it is called with, and gives what that gives.

import { assertEquals, assertThrows } from "./assert.js";
import { guest } from "./fixtures.js";

const IFACE = "test:values/values@1.2.3";
const REFUSED = { class: "TypeError", code: "ERR_OP_ARGUMENT" };
let called, answer;
const TYPES = "Bool U8 S8 U16 S16 U32 S32 U64 S64 F32 F64 Char String "
  + "Bytes S8s U16s S16s U32s S32s U64s S64s F32s F64s Bools Chars Strings Lists "
  + "Point Pair Shape Color Perms Option Nested Inner Wide";
const imports = {};
for (const type of TYPES.split(" ")) imports[`echo${type}`] = (...args) => (called = args)[0];
for (const name of ["divide", "check", "choose", "many", "nothing"]) imports[name] = (...args) => answer(...args);
const plugin = Deno.openPlugin(guest("values"), { imports: { [IFACE]: imports } });
const { ops } = plugin;

// By its whole name, and by its own alone where no other has that.
const values = ops[IFACE];
assertEquals([values === ops.values, typeof values.echoBool, Object.keys(ops)], [true, "function", [IFACE, "values"]]);
assertEquals([plugin.kind, plugin.name], ["wasm", "values"]);

// Whether a value comes out as another that it should be, if one is given, and went to the import so.
function passes(name, value, expected = value) {
  assertEquals(values[name](value), expected, name);
  assertEquals(called, [expected], name);
}
function refuses(name, wants, ...refused) {
  called = undefined;
  for (const value of refused) {
    assertThrows(() => values[name](value), { ...REFUSED, includes: ["plugin values", "argument 1 (x) wants", wants] });
  }
  assertEquals(called, undefined, name);
}

passes("echoBool", true);
passes("echoBool", false);
refuses("echoBool", "a boolean, got the number 1", 1);
refuses("echoBool", "a boolean", "", null, undefined, {});

const edges = {
  U8: [0, 255],
  S8: [-128, 127],
  U16: [0, 65535],
  S16: [-32768, 32767],
  U32: [0, 2 ** 32 - 1],
  S32: [-(2 ** 31), 2 ** 31 - 1],
};
for (const [type, [low, high]] of Object.entries(edges)) {
  for (const value of [low, high, 1, 100]) passes(`echo${type}`, value);
  refuses(`echo${type}`, `${low} to ${high}`, low - 1, high + 1, 0.5, NaN, Infinity, 1n, "1", null, undefined, true);
}
for (const value of [0n, 1n, 2n ** 63n, 2n ** 64n - 1n]) passes("echoU64", value);
for (const value of [0n, -1n, -(2n ** 63n), 2n ** 63n - 1n]) passes("echoS64", value);
// A number that is exactly an integer will do.
passes("echoU64", 5, 5n);
passes("echoS64", -(2 ** 53 - 1), -(2n ** 53n - 1n));
refuses("echoU64", "a u64", -1n, 2n ** 64n, -1, 2 ** 53, 1.5, "1", undefined);
refuses("echoS64", "an s64", 2n ** 63n, -(2n ** 63n) - 1n, 2 ** 53, NaN, null);

for (const value of [0, -0, 1.5, NaN, Infinity, -Infinity, 2 ** -149, 3.4028234663852886e38]) {
  passes("echoF32", value);
  passes("echoF64", value);
}
passes("echoF32", 0.1, Math.fround(0.1));
passes("echoF32", 1e300, Infinity);
passes("echoF64", 5e-324);
for (const name of ["echoF32", "echoF64"]) refuses(name, "a number", "1", 1n, null, undefined, {});

for (const value of ["a", "\0", "é", "\uD7FF", "\uE000", "\uFFFF", "😀", "\u{10FFFF}"]) passes("echoChar", value);
refuses("echoChar", "a char, a string of one character", "", "ab", "\uD800", "\uDFFF", "😀a", "\uD800a", 97, undefined);

for (
  const value of ["", "a", "é", "漢", "😀", "\0", "a".repeat(24), "é".repeat(25), "x".repeat(1e6), "😀".repeat(1e5)]
) {
  passes("echoString", value);
}
passes("echoString", "a\uD800b\uDC00", "a\uFFFDb\uFFFD");
refuses("echoString", "a string", 1, null, undefined, {}, ["a"], Object("a"));

// Lists of numbers are typed arrays; arrays will do.
const arrays = {
  Bytes: [Uint8Array, [0, 255]],
  S8s: [Int8Array, [-128, 127]],
  U16s: [Uint16Array, [0, 65535]],
  S16s: [Int16Array, [-32768, 32767]],
  U32s: [Uint32Array, [0, 2 ** 32 - 1]],
  S32s: [Int32Array, [-(2 ** 31), 2 ** 31 - 1]],
  U64s: [BigUint64Array, [0n, 2n ** 64n - 1n]],
  S64s: [BigInt64Array, [-(2n ** 63n), 2n ** 63n - 1n]],
  F32s: [Float32Array, [-0, 1.5, NaN]],
  F64s: [Float64Array, [-0, 0.1, NaN]],
};
for (const [type, [Class, items]] of Object.entries(arrays)) {
  const array = Class.from(items), name = `echo${type}`;
  passes(name, array);
  passes(name, items, array);
  passes(name, new Class());
  passes(name, [], new Class());
  // A part of a larger one.
  passes(name, Class.from([...items, ...items]).subarray(1, 3), Class.from([...items, ...items]).slice(1, 3));
  refuses(name, "an array", undefined, null, {}, "ab", 1, new ArrayBuffer(2), new Set());
}
passes("echoBytes", new Uint8Array(1 << 20).fill(7));
passes("echoU32s", new Uint8Array([1, 2]), new Uint32Array([1, 2]));
passes("echoBytes", new Uint8ClampedArray([1, 2]), new Uint8Array([1, 2]));
refuses("echoBytes", "a u8", [1, 256], [-1], [1.5], new Uint16Array([256]), [undefined]);
refuses("echoU64s", "a u64", [1.5], [-1n], new Float64Array([0.5]));
passes("echoBools", [true, false]);
passes("echoChars", ["a", "😀"]);
passes("echoStrings", ["", "é", "a".repeat(100)]);
passes("echoStrings", []);
passes("echoLists", [[], ["a"], ["b", "c"]]);
refuses("echoStrings", "a string", [1], ["a", null]);
refuses("echoLists", "an array", ["a"], [undefined]);
// A list is as long as it was when it was asked.
const grows = ["a"];
Object.defineProperty(grows, 0, { get: () => (grows.push("b"), "a"), configurable: true });
assertEquals(values.echoStrings(grows), ["a"]);

passes("echoPoint", { x: -1, theName: "n", note: "m" });
passes("echoPoint", { x: 1, theName: "n" }, { x: 1, theName: "n", note: undefined });
passes("echoPoint", { x: 1, theName: "", note: null, other: 5 }, { x: 1, theName: "", note: undefined });
class Point {
  get x() {
    return 3;
  }
  theName = "of a class";
}
passes("echoPoint", new Point(), { x: 3, theName: "of a class", note: undefined });
refuses("echoPoint", "an object", undefined, null, 1, "point");
refuses("echoPoint", "an s32", {}, [], { x: "1", theName: "" });
refuses("echoPoint", "a string", { x: 1 }, { x: 1, "the-name": "" });

passes("echoPair", [1, "one"]);
refuses("echoPair", "an array of 2", [1], [1, "one", 2], {}, undefined, { 0: 1, 1: "one", length: 2 });
refuses("echoPair", "a u8", ["one", 1]);

passes("echoShape", { tag: "empty" });
passes("echoShape", { tag: "empty", val: "of no use" }, { tag: "empty" });
passes("echoShape", { tag: "circle", val: -0 });
passes("echoShape", { tag: "named", val: "é".repeat(50) });
passes("echoShape", { tag: "at-point", val: { x: 1, theName: "n", note: undefined } });
refuses(
  "echoShape",
  "one of [\"empty\",\"circle\",\"named\",\"at-point\"]",
  {},
  { tag: "square" },
  { tag: "toString" },
  {
    tag: 0,
  },
  { tag: "atPoint" },
  { tag: "__proto__" },
);
refuses("echoShape", "an object", "empty", undefined);
refuses("echoShape", "a number", { tag: "circle" });

for (const value of ["red", "dark-green", "blue"]) passes("echoColor", value);
refuses("echoColor", "one of [\"red\",\"dark-green\",\"blue\"]", "darkGreen", "Red", 0, undefined, {}, "constructor");

passes("echoPerms", { read: true, writeAll: false, exec: true });
passes("echoPerms", {}, { read: false, writeAll: false, exec: false });
passes("echoPerms", { writeAll: 1, other: true }, { read: false, writeAll: true, exec: false });
refuses("echoPerms", "an object", undefined, 3, "read");

passes("echoOption", 0);
passes("echoOption", undefined);
assertEquals([values.echoOption(null), called], [undefined, [undefined]]);
refuses("echoOption", "a u32", -1, "", false);
passes("echoNested", { tag: "none" });
passes("echoNested", { tag: "some", val: undefined });
passes("echoNested", { tag: "some", val: 7 });
refuses("echoNested", "an object", undefined, 7);

// Results that are in something are values.
passes("echoInner", [{ tag: "ok", val: 1 }, { tag: "err", val: "none" }]);
refuses("echoInner", "one of [\"ok\",\"err\"]", [{ tag: "some", val: 1 }]);

const wide = { a: 1n, b: 2n, c: 3n, d: 4n, e: 5n, f: 6n, g: 7n, h: 8n, i: 9n, j: 0.5, k: -0, l: "l", m: "é" };
Object.assign(wide, { n: new Uint8Array([1, 2, 3]), o: true, p: "😀", q: 2n ** 64n - 1n });
passes("echoWide", wide);
passes("echoWide", { ...wide, q: undefined });
refuses("echoWide", "a boolean", { ...wide, o: 1 });

// A result of a function is what it gives, or an error that it throws.
class Refusal extends Error {
  payload = "division by zero";
}
answer = (a, b) => {
  if (b === 0) throw new Refusal();
  return a / b;
};
assertEquals(values.divide(6, 3), 2);
const error = assertThrows(() => values.divide(6, 0), {
  class: "Error",
  code: "ERR_COMPONENT_RESULT",
  includes: "division by zero",
});
assertEquals(error.payload, "division by zero");
answer = () => 5;
assertEquals([values.check(), values.choose(1)], [undefined, undefined]);
answer = () => {
  throw Object.assign(new Error(), { payload: "dark-green" });
};
assertEquals(assertThrows(() => values.choose(1), { code: "ERR_COMPONENT_RESULT" }).payload, "dark-green");
answer = () => {
  throw Object.assign(new Error(), { payload: undefined });
};
const none = assertThrows(() => values.check(), { code: "ERR_COMPONENT_RESULT" });
assertEquals([Object.hasOwn(none, "payload"), none.payload], [true, undefined]);

// More parameters than are passed as core values; which of them does not fit is told.
answer = (...args) => args.slice(0, 13).join() + args[13].join() + args[14].theName;
const many = [1, 2, 3, 4n, -1, -2, -3, -4n, 0.5, -0.5, true, "é", "text", [9, 8], { x: 0, theName: "end" }];
assertEquals(values.many(...many), "1,2,3,4,-1,-2,-3,-4,0.5,-0.5,true,é,text9,8end");
for (let i = 0; i < many.length; i++) {
  const wrong = many.with(i, Symbol());
  assertThrows(() => values.many(...wrong), {
    ...REFUSED,
    includes: `argument ${i + 1} (${"abcdefghijklmno"[i]}) wants`,
  });
}
answer = () => {};
assertEquals([values.nothing(), values.nothing("more", "than it takes")], [undefined, undefined]);

// What the script's own object throws is the script's; the instance goes on.
const thrown = new RangeError("of the getter's");
const throwing = {
  x: 1,
  get theName() {
    throw thrown;
  },
};
assertEquals(assertThrows(() => values.echoPoint(throwing), { class: "RangeError" }), thrown);
assertEquals([plugin.instance.starts, values.echoU8(1)], [1, 1]);

// An import that gives what its type is not.
answer = () => 5;
assertThrows(() => values.many(...many), {
  class: "TypeError",
  code: "ERR_WASM_IMPORT",
  includes: ["plugin values", `import ${IFACE}.many`, "a string, got the number 5"],
});
assertEquals(values.echoU8(1), 1);
assertEquals(plugin.instance.starts, 2);
plugin.close();
assertThrows(() => values.echoU8(1), { code: "ERR_PLUGIN_CLOSED" });

// What is not given is named, all of it.
const missing = assertThrows(() => Deno.openPlugin(guest("values")), {
  class: "WebAssembly.LinkError",
  code: "ERR_WASM_LINK",
  includes: ["options.imports", `${IFACE}.echo-bool: is missing`, `${IFACE}.divide: is missing`],
});
assertEquals(missing.message.split("\n").length, 1 + Object.keys(values).length);
