// Calls the ops of a plugin in its library, in its module and in the component that is made of the module, which must
// answer the same. Prints each call of the component's with its answer, for tests/wasmtime/ and tests/fixtures/jco/ to
// call the same.

import { assert, assertEquals } from "./assert.js";
import { guest, library, temp } from "./fixtures.js";
import { kebab, tell } from "./told_values.js";

const scalar = (kind) => ({ kind });
const [bool, s8, u8, s16, u16, s32, u32, s64, u64, f32, f64, string] = [
  "bool",
  "s8",
  "u8",
  "s16",
  "u16",
  "s32",
  "u32",
  "s64",
  "u64",
  "f32",
  "f64",
  "string",
].map(scalar);
const list = (element) => ({ kind: "list", element });
const option = (some) => ({ kind: "option", some });
const bytes = list(u8);
// What is not WIT's: how an argument is passed to the op and to the function.
const json = { kind: "string", isJSON: true };
const optionalJSON = { ...option(json), isJSON: true };
const buffers = { ...list(bytes), isRest: true };
const written = (element) => ({ ...list(element), isWritten: true });
const nothing = null;
const OP_ERROR = { kind: "record", fields: [["class", string], ["code", option(string)], ["message", string]] };

const encode = (text) => new TextEncoder().encode(text);
const point = { x: -1, y: 0.25, label: "héré" };
const text = "a text with ünïcode, \u0000 and 🦀".repeat(40);

// [op, types of its arguments, arguments, type of its result]; of one instance, one after the other. A `usize` is a u32
// in a module.
const CASES = {
  hello: [
    ["greet", [string], ["wörld"], string],
    ["greet", [string], [""], string],
    ["testSync", [buffers], [[encode("abc"), encode(""), encode("déf")]], bytes],
    ["testAsync", [buffers], [[encode("abc"), encode("de")]], bytes],
    ["testAsync", [buffers], [[]], bytes],
  ],
  hash: [
    ["blake3", [buffers], [[encode("abc")]], bytes],
    ["sha256", [buffers], [[encode("a"), encode("bc")]], bytes],
    ["sha512", [buffers], [[new Uint8Array(100_000)]], bytes],
    ["hex", [json, buffers], ["sha256", [encode("abc")]], string],
    ["hex", [json, buffers], ["md5", [encode("abc")]], string],
    ["create", [json], ["blake3"], u32, { isResource: true }],
    ["update", [u32, buffers], [0, [encode("ab"), encode("c")]], f64, { takesResource: true }],
    ["digest", [u32], [0], string, { takesResource: true }],
    ["digest", [u32], [4_000_000], string],
  ],
  markdown: [
    ["render", [json], ["# Title\n\n*text*"], string],
    ["render", [json], [{ text: "~~gone~~ é", strikethrough: true }], string],
    ["renderBytes", [buffers], [[encode("- a\n- b")]], bytes],
  ],
  kit: [
    ...[true, false].map((value) => ["t_bool", [bool], [value], bool]),
    ...[-128, 127].map((value) => ["t_i8", [s8], [value], s8]),
    ...[0, 255].map((value) => ["t_u8", [u8], [value], u8]),
    ...[-32768, 32767].map((value) => ["t_i16", [s16], [value], s16]),
    ...[0, 65535].map((value) => ["t_u16", [u16], [value], u16]),
    ...[-2147483648, 2147483647].map((value) => ["t_i32", [s32], [value], s32]),
    ...[0, 4294967295].map((value) => ["t_u32", [u32], [value], u32]),
    ...[-5n, -(2n ** 63n), 2n ** 63n - 1n].map((value) => ["t_i64", [s64], [value], s64]),
    ...[5n, 2n ** 64n - 1n].map((value) => ["t_u64", [u64], [value], u64]),
    ...[0.5, -Infinity, NaN].map((value) => ["t_f32", [f32], [value], f32]),
    ...[0.1, -0, Infinity].map((value) => ["t_f64", [f64], [value], f64]),
    ["t_nothing", [], [], nothing],
    ["t_many", [s32, f64, u32, f64, s32, f64, s32, s32, f64, u8, bool], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, true], f64],
    ...["", text].map((value) => ["t_string", [string], [value], string]),
    ["t_join", [string, string], ["ä", text], string],
    ["t_static", [], [], string],
    ["t_sum", [bytes], [new Uint8Array([1, 2, 3])], u32],
    ["t_sum", [bytes], [new Uint8Array()], u32],
    ["t_fill", [written(u8), u8], [new Uint8Array(5), 7], nothing],
    ["t_copy", [bytes, written(u8)], [new Uint8Array([1, 2, 3]), new Uint8Array(5)], u32],
    ["t_vec", [bytes], [new Uint8Array([9, 8])], bytes],
    ["t_make", [u32], [70_000], bytes],
    ["t_make", [u32], [0], bytes],
    ["t_zero_copy", [bytes], [new Uint8Array([1, 2, 3])], bytes],
    ["t_lengths", [f64, buffers], [2, [new Uint8Array(1), new Uint8Array(3)]], json],
    ...[true, false].map((value) => ["t_maybe_text", [bool], [value], option(string)]),
    ...[true, false].map((value) => ["t_maybe_bytes", [bool], [value], option(bytes)]),
    ["v_sum_f64", [list(f64)], [new Float64Array([0.5, 2])], f64],
    ["v_sum_i64", [list(s64)], [new BigInt64Array([-1n, 5n])], f64],
    ["v_double_i16", [written(s16)], [new Int16Array([-3, 500])], u32],
    ["v_double_u64", [written(u64)], [new BigUint64Array([2n ** 60n])], u32],
    ["v_copy_slice", [list(f32), written(f32)], [new Float32Array([1.5, 2]), new Float32Array(1)], u32],
    ...[undefined, 5].map((value) => ["t_option", [optionalJSON], [value], json]),
    ["t_list", [json], [[1, 0.5, -2e300]], json],
    ["t_tuple", [json], [[1, "ö\n\"", true]], json],
    ...[point, { x: 1, y: 2 }, { x: 1.5, y: 2 }].map((value) => ["t_struct", [json], [value], json]),
    ["t_map", [json], [{ b: 1, a: -2 }], json],
    ...["nothing", { circle: 2.5 }, { line: { from: point, to: point } }].map((
      value,
    ) => ["t_enum", [json], [value], json]),
    ["t_json", [json], [{ deep: [[[null, { a: 1 }]], "text"] }], json],
    ["t_large", [u32], [300], json],
    ["t_large", [u32], [300], json],
    ["t_two_values", [json, f64, json], [[point, point], 2, ["a", "b"]], json],
    ["json_echo", [optionalJSON, buffers], [{ a: [1, "x"] }, []], json],
    ["lengths", [optionalJSON, buffers], [undefined, [new Uint8Array(4)]], json],
    ["async_json_echo", [optionalJSON, buffers], ["later", []], json],
    ["t_count", [u32], [2], u32],
    ["t_count", [u32], [3], u32],
    ["t_missing_state", [], [], nothing],
    ["t_cell_open", [f64], [1.5], u32, { isResource: true }],
    ["t_cell_add", [u32, f64], [0, 2], f64, { takesResource: true }],
    ["t_cell_add", [u32, f64], [4_000_000, 2], f64],
    ["t_ambient", [], [], bool],
    ["counter_new", [optionalJSON, buffers], [undefined, []], json, { isResource: true }],
    ["counter_close", [optionalJSON, buffers], [0, []], json, { takesResource: true }],
    ["counter_close", [optionalJSON, buffers], [0, []], json, { takesResource: true }],
    ["drops", [optionalJSON, buffers], [undefined, []], json],
    ...[0, 3].map((value) => ["t_fail", [u32], [value], u32]),
    ["nested_context", [optionalJSON, buffers], ["op_error", []], json],
    ["error_of", [optionalJSON, buffers], [{ class: "", message: "no class" }, []], json],
    ["async_error_of", [optionalJSON, buffers], [{ class: "NotFound", code: "ERR_X", message: "ü" }, []], json],
    ["refuse", [buffers], [[]], bytes],
    ["not_found", [buffers], [[]], bytes],
    ["warn", [string], ["into the log"], nothing],
    ["t_async", [s32, string], [5, "ä"], string],
    ["t_async_value", [json], [point], json],
    ["t_async_fill", [bytes, u8], [new Uint8Array(3), 9], nothing],
    ["t_async_fail", [], [], nothing],
    ["v_mean_later", [list(f64)], [new Float64Array([1, 2])], f64],
    ["async_ready", [buffers], [[encode("a"), encode("b")]], bytes],
    ["t_blocking", [u64, bytes], [0n, new Uint8Array([1, 2])], bytes],
  ],
};

const [name, version] = Deno.args.slice(3);
const INTERFACE = `plugbay:${name}/ops@${version}`, path = `${temp}/${name}.wasm`;
const plugins = [Deno.openPlugin(library(name)), Deno.openPlugin(guest(name))];
const component = Deno.openPlugin(path);
const functions = component.ops[INTERFACE];
const camel = (kebab) => kebab.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
// A name with digits is one word in JavaScript: `i32_x` and `i32X`.
const wordsOf = (op) => kebab(op).replaceAll("_", "-");

/** What a call gives or throws, as the component has it. */
async function outcomeOf(call, valueOf) {
  try {
    return { tag: "ok", val: valueOf(await call()) };
  } catch (error) {
    if (error.code === "ERR_COMPONENT_RESULT") return { tag: "err", val: error.payload };
    return { tag: "err", val: { class: error.name, code: error.code, message: error.message } };
  }
}

const isInteger = ({ kind }) => kind === "s64" || kind === "u64";
const lines = [];
// By the numbers that resources have in each.
let resources = [0, 0, 0];
for (const [op, types, given, result, { isResource, takesResource } = {}] of CASES[name]) {
  const called = (index) => given.map((arg, i) => takesResource && i === 0 ? resources[index] : arg);
  const writes = types.findIndex((type) => type.isWritten);
  const outcomes = [];
  for (const [index, plugin] of plugins.entries()) {
    const args = called(index).map((arg, i) => types[i].isWritten ? arg.slice() : arg);
    outcomes.push(
      await outcomeOf(() => plugin.ops[op](...args.flatMap((arg, i) => types[i].isRest ? arg : [arg])), (value) => {
        const own = result === nothing ? undefined : isInteger(result) ? BigInt(value) : value ?? undefined;
        if (writes === -1) return own;
        return result === nothing ? args[writes] : [own, args[writes]];
      }),
    );
  }

  const args = called(2).map((arg, i) => types[i].isJSON && arg !== undefined ? JSON.stringify(arg) : arg);
  const outcome = await outcomeOf(() => functions[camel(wordsOf(op))](...args), (value) => value);
  const type = {
    kind: "result",
    ok: writes === -1 ? result : result === nothing ? types[writes] : { kind: "tuple", items: [result, types[writes]] },
    err: OP_ERROR,
  };
  lines.push(JSON.stringify({
    component: path,
    interface: INTERFACE,
    keeps: true,
    name: wordsOf(op),
    types,
    args: args.map((arg, i) => tell(types[i], arg)),
    result: type,
    answer: { gives: tell(type, outcome) },
  }));

  if (outcome.tag === "ok" && result?.isJSON) outcome.val = JSON.parse(outcome.val) ?? undefined;
  const all = [...outcomes, outcome];
  if (isResource) {
    assert(all.every(({ tag }) => tag === "ok"), op);
    resources = all.map(({ val }) => val);
    continue;
  }
  for (const of of outcomes) {
    assertEquals(outcome.tag, of.tag, `${op}: ${outcome.val?.message ?? of.val?.message}`);
    if (of.tag === "ok") {
      assertEquals(outcome.val, of.val, op);
      continue;
    }
    assertEquals(outcome.val.class, of.val.class, op);
    assertEquals(outcome.val.code, of.val.code, op);
    const own = takesResource ? resources[outcomes.indexOf(of)] : undefined;
    const expected = takesResource
      ? of.val.message.replace(`resource ${own}`, `resource ${resources[2]}`)
      : of.val.message;
    assert(expected.endsWith(outcome.val.message), `${op}: ${outcome.val.message} is not in ${expected}`);
  }
}

if (name === "kit") {
  const traps = (op, types, args) => {
    lines.push(JSON.stringify({
      component: path,
      interface: INTERFACE,
      name: wordsOf(op),
      types,
      args: args.map((arg, i) => tell(types[i], arg)),
      answer: "traps",
    }));
    return outcomeOf(() => functions[camel(wordsOf(op))](...args));
  };
  const panicked = await traps("t_panic", [json], ["\"here\""]);
  assertEquals(panicked.val.code, "ERR_WASM_TRAP");
  // The next call has a new instance.
  assertEquals(functions.tCount(1), 1);
  const never = await outcomeOf(() => functions.asyncNever([]));
  assertEquals(never.val.code, "ERR_OP_NEVER_DONE");
  const wrong = await outcomeOf(() => functions.tStruct("{ no JSON"));
  assertEquals([wrong.val.class, wrong.val.code], ["TypeError", "ERR_OP_ARGUMENT"]);
  // What a call needs is freed after it: all of them together need more memory than there may be.
  const small = Deno.openPlugin(path, { limits: { memory: 64 } }).ops[INTERFACE];
  for (let i = 0; i < 10_000; i++) {
    small.tString(text);
    small.tStruct(JSON.stringify({ x: 1, y: 2, label: text }));
    small.tLengths(1, [new Uint8Array(1000)]);
    small.tCopy(new Uint8Array(1000), new Uint8Array(1000));
    small.tMaybeBytes(true);
    const refused = await outcomeOf(() => small.tFail(1));
    assertEquals(refused.val.code, "ERR_KIT");
  }
}
console.log(`[${lines.join(",\n")}]`);
