// Calls an op of the kit for each kind of value that is in the fourth argument, which tests/kinds.rs makes of
// plugin_abi's table. Prints for each its name, an op that takes it and one that gives it.

import { assert, assertEquals } from "./assert.js";
import { assertGives, assertThrowsEverywhere } from "./fast_and_slow_paths.js";
import { openKit } from "./fixtures.js";

const { ops } = openKit();
const kinds = JSON.parse(Deno.args[3]);

// `takes` and `gives` are ops, `right` calls with what they give, `wrong` is no value of the kind.
const echo = (name, values, wrong) => ({
  takes: name,
  gives: name,
  right: values.map((value) => [() => ops[name](value), value]),
  wrong,
});
const elements = (type, view) => {
  const other = view instanceof Int8Array ? new Uint8Array(2) : new Int8Array(2);
  return {
    [`&[${type}]`]: { takes: `v_sum_${type}`, right: [[() => ops[`v_sum_${type}`](view), 3]], wrong: other },
    [`&mut [${type}]`]: {
      takes: `v_double_${type}`,
      right: [[() => {
        const written = view.slice();
        ops[`v_double_${type}`](written);
        return Number(written[1]);
      }, 4]],
      wrong: other,
    },
  };
};
const filled = () => {
  const bytes = new Uint8Array(3);
  ops.t_fill(bytes, 7);
  return bytes;
};
const kept = () => {
  ops.t_keep(new Uint8Array([1, 2]));
  return ops.t_keep(new Uint8Array([3]));
};
const cell = ops.t_cell_open(5);
const point = { x: 1, y: 2, label: "here" };

const cases = {
  void: { gives: "t_nothing", right: [[() => ops.t_nothing(), undefined]] },
  bool: echo("t_bool", [true, false], 1),
  i8: echo("t_i8", [-128, 127], 128),
  u8: echo("t_u8", [0, 255], 256),
  i16: echo("t_i16", [-32768, 32767], 32768),
  u16: echo("t_u16", [0, 65535], -1),
  i32: echo("t_i32", [-2147483648, 2147483647], 2147483648),
  u32: echo("t_u32", [0, 4294967295], 4294967296),
  i64: echo("t_i64", [-5, -(2n ** 63n), 2n ** 63n - 1n], 2n ** 63n),
  u64: echo("t_u64", [5, 2n ** 64n - 1n], -1),
  f32: echo("t_f32", [0.5, -Infinity], "0.5"),
  f64: echo("t_f64", [0.1, -Infinity], "0.1"),
  string: echo("t_string", ["", "text", "Ωé"], 5),
  bytes: { ...echo("t_vec", [new Uint8Array([1, 2, 3])], [1, 2, 3]) },
  bytesMut: { takes: "t_fill", right: [[filled, new Uint8Array([7, 7, 7])]], wrong: [0] },
  buffer: { takes: "t_keep", right: [[kept, 3]], wrong: "buffer" },
  value: echo("t_struct", [point]),
  resource: { takes: "t_cell_add", right: [[() => ops.t_cell_add(cell, 0), 5]], wrong: -1 },
  buffers: {
    takes: "t_lengths",
    right: [[() => ops.t_lengths(2, new Uint8Array(1), new ArrayBuffer(3)), [2, 6]], [() => ops.t_lengths(2), []]],
  },
  ...elements("i8", new Int8Array([1, 2])),
  ...elements("i16", new Int16Array([1, 2])),
  ...elements("u16", new Uint16Array([1, 2])),
  ...elements("i32", new Int32Array([1, 2])),
  ...elements("u32", new Uint32Array([1, 2])),
  ...elements("i64", new BigInt64Array([1n, 2n])),
  ...elements("u64", new BigUint64Array([1n, 2n])),
  ...elements("f32", new Float32Array([1, 2])),
  ...elements("f64", new Float64Array([1, 2])),
};

assertEquals(Object.keys(cases).sort(), kinds.map(({ name }) => name).sort(), "each kind has a case here");
for (const { name, wants, isParameter, isResult } of kinds) {
  const { takes, gives, right, wrong } = cases[name];
  assertEquals([takes !== undefined, gives !== undefined], [isParameter, isResult], name);
  assert(right.length > 0, name);
  for (const [call, given] of right) assertGives(call, given);
  assertEquals(wrong !== undefined, wants !== "", `${name} has a value that is not of it`);
  if (wants !== "") {
    assertThrowsEverywhere(() => ops[takes](wrong, 0), {
      class: "TypeError",
      code: "ERR_OP_ARGUMENT",
      includes: ["argument 0 (", `: wants ${wants}, got `],
    });
  }
  console.log([name, takes ?? "", gives ?? ""].join("\t"));
}
