// flags: --allow-plugin
// A script that changes the prototypes of the language before the first typed op is made: it gets no hold of what the
// functions of typed ops are made from, and they do what they should.

import { assertEquals } from "./assert.js";
import { openKit } from "./fixtures.js";

const kit = openKit();
const { ops } = kit;
const doubles = new Float64Array(2), map = new Map([["a", new Set([1])]]);
let caught = "";
let undo = () => {};
const define = (object, key, descriptor) => {
  const before = Object.getOwnPropertyDescriptor(object, key);
  const undoLater = undo;
  undo = () => {
    if (before === undefined) delete object[key];
    else Object.defineProperty(object, key, before);
    undoLater();
  };
  Object.defineProperty(object, key, { __proto__: null, configurable: true, ...descriptor });
};

// Everything that a maker of functions might set or ask for.
for (
  const key of [
    "finish",
    "remembered",
    "native",
    "left",
    "context",
    "kind",
    "bigRange",
    "wants",
    "test",
    "accepts",
    "result",
    "reason",
    "path",
    "isEverywhere",
    "isLent",
    "isWritten",
    "typedArray",
    "at",
    "words",
    "source",
  ]
) {
  define(Object.prototype, key, {
    get: () => undefined,
    set() {
      caught += `${key} `;
    },
  });
}
for (let index = 0; index < 20; index++) {
  define(Array.prototype, index, {
    get: () => undefined,
    set() {
      caught += `${index} `;
    },
  });
}
const species = {
  [Symbol.species]: class {
    constructor() {
      caught += "species ";
    }
  },
};
define(Array.prototype, "constructor", { get: () => species });
define(Uint8Array.prototype, "constructor", { get: () => species });
const typedArray = Object.getPrototypeOf(Uint8Array.prototype);
for (const key of ["length", "byteLength", "byteOffset", "buffer"]) {
  define(typedArray, key, {
    get() {
      caught += `${key} `;
      return 2 ** 40;
    },
  });
}
const iterated = ["push", "map", "filter", "join", "slice", "concat", "fill", Symbol.iterator];
for (let i = 0; i < 8; i++) {
  const key = iterated[i];
  define(Array.prototype, key, {
    value: () => {
      throw new Error(`asked for ${String(key)}`);
    },
  });
}
define(Function.prototype, "call", {
  value: () => {
    throw new Error("asked for call");
  },
});
define(Function.prototype, "apply", {
  value: () => {
    throw new Error("asked for apply");
  },
});
define(JSON, "parse", {
  value: () => {
    throw new Error("asked for JSON.parse");
  },
});

const view = new Uint8Array(8);
const got = {};
for (let i = 0; i < 3000; i++) {
  got.scalar = ops.t_i32(i);
  got.big = ops.t_u64(2n ** 60n);
  got.text = ops.t_string("gr\u00fc\u00df");
  ops.t_fill(view, 3);
  got.sum = ops.t_sum(view);
  got.made = ops.t_make(6);
  got.list = ops.t_list([1, 2.5]);
  got.point = ops.t_struct({ x: 1, y: 2, label: "l" });
  got.map = ops.t_map({ a: 1 });
  got.copied = ops.t_copy(view, got.made);
  got.sum64 = ops.v_sum_f64(doubles);
  got.doubles = ops.v_f64s(doubles);
  got.mapped = ops.v_any(map);
  got.wide = ops.v_u128(2n ** 100n);
  got.json = ops.v_json_op(doubles);
  try {
    ops.v_any({ list: [() => 1] });
  } catch ({ message }) {
    got.refused = message;
  }
}
got.promise = ops.t_async_value({ x: 1, y: 2 });
undo();

assertEquals(caught, "");
const { made, promise, ...rest } = got;
assertEquals(rest, {
  scalar: 2999,
  big: 2n ** 60n,
  text: "gr\u00fc\u00df",
  sum: 24,
  list: [1, 2.5],
  point: { x: 1, y: 2, label: "l" },
  map: { a: 1 },
  copied: 6,
  sum64: 0,
  doubles: [0, 0],
  mapped: { a: [1] },
  wide: 2n ** 100n,
  json: [0, 0],
  refused: `op "v_any" of plugin ${kit.name}: argument 0 (value).list[0]: a function cannot cross; pass data`,
});
assertEquals([...made], [3, 3, 3, 3, 3, 3]);
assertEquals(await promise, { x: 2, y: 2, label: null });

// What is left in the exchange when the stack is full is not taken for the result of the next call.
const long = "A".repeat(70_000);
const callers = Array.from(
  { length: 40 },
  (_, n) => new Function("fn", "argument", `return fn(argument${", 0".repeat(n)})`),
);
const { t_string, t_fail, t_i32, t_str_length } = ops;
for (let i = 0; i < 30_000; i++) t_string("a"), t_fail(0), t_i32(1), t_str_length("a");
let level, extra, fn, argument;
function recurse() {
  let depth;
  try {
    depth = recurse() + 1;
  } catch {
    depth = 0;
  }
  if (depth === level) {
    try {
      callers[extra](fn, argument);
    } catch {
      // The stack was full, or the op failed.
    }
  }
  return depth;
}
Error.stackTraceLimit = 0;
for ([fn, argument] of [[t_string, long], [t_fail, 5]]) {
  for (level = 0; level < 12; level++) {
    for (extra = 0; extra < 40; extra++) {
      recurse();
      assertEquals([t_i32(7), t_str_length("abc"), t_string("x"), t_fail(0)], [7, 3, "x", 0]);
    }
  }
}
