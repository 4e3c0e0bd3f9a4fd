// flags: --allow-plugin --allow-read
// A script that puts setters, getters and methods of its own into the prototypes of the language, and looks for the
// host's functions and records in what these are handed while plugins are opened, called and closed: it finds none.

import { assertEquals } from "./assert.js";
import { openKit } from "./fixtures.js";

const [folder] = Deno.args;
// (module (import "e" "f" (func $f (param i32))) (memory (export "mem") 1)
//   (func (export "f") (param i32) (result i32) (call $f (local.get 0)) (local.get 0)) (func (export "g")))
const importing = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 13, 3, 96, 1, 127, 0, 96, 1, 127, 1, 127, 96, 0, 0, 2, 7, 1],
  ...[1, 101, 1, 102, 0, 0, 3, 3, 2, 1, 2, 5, 3, 1, 0, 1, 7, 15, 3, 3, 109, 101, 109, 2, 0, 1],
  ...[102, 0, 1, 1, 103, 0, 2, 10, 13, 2, 8, 0, 32, 0, 16, 0, 32, 0, 11, 2, 0, 11],
]);
// (module (func (export "f")))
const plain = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10],
  ...[4, 1, 2, 0, 11],
]);

const { apply, defineProperty, deleteProperty, getOwnPropertyDescriptor, ownKeys } = Reflect;
const MARKS = [
  "host",
  "guest",
  "world",
  "process",
  "compiled",
  "callTyped",
  "remembered",
  "native",
  "module",
  "imports",
  "instance",
  "poll",
];
const seen = [];
let seenCount = 0;
// What only the runtime has, by the names of its properties.
function look(value, through) {
  if (
    (typeof value !== "object" && typeof value !== "function") || value === null || value === globalThis
    || value === Deno
  ) return;
  for (let i = 0; i < MARKS.length; i++) {
    if (getOwnPropertyDescriptor(value, MARKS[i]) !== undefined) {
      defineProperty(seen, seenCount++, {
        __proto__: null,
        value: `${through}: ${MARKS[i]}`,
        configurable: true,
        enumerable: true,
        writable: true,
      });
    }
  }
}

const undone = [];
function replace(holder, key, descriptor) {
  const before = getOwnPropertyDescriptor(holder, key);
  undone[undone.length] = () =>
    before === undefined ? deleteProperty(holder, key) : defineProperty(holder, key, before);
  defineProperty(holder, key, { __proto__: null, configurable: true, ...descriptor });
}

function pollute() {
  const names = [
    "host",
    "guest",
    "then",
    "area",
    "scratch",
    "reader",
    "linked",
    "exports",
    "process",
    "written",
    "bind",
    "toJSON",
    "name",
    "wasi",
    "imports",
    "limits",
  ];
  for (const name of names) accessor(Object.prototype, name);
  for (
    const holder of [
      Array,
      Promise,
      String,
      Map,
      WeakMap,
      Set,
      Function,
      RegExp,
      Uint8Array,
      DataView,
      WebAssembly.Instance,
      WebAssembly.Memory,
      WebAssembly.Global,
    ]
  ) {
    for (const key of ownKeys(holder.prototype)) method(holder.prototype, key);
  }
  for (const key of ["resolve", "race", "all"]) method(Promise, key);
  for (let index = 0; index < 12; index++) accessor(Array.prototype, index);
}

function accessor(holder, key) {
  if (getOwnPropertyDescriptor(holder, key) !== undefined) return;
  replace(holder, key, {
    get() {
      look(this, `a getter of ${key}`);
      return undefined;
    },
    set(value) {
      look(this, `a setter of ${key}`);
      look(value, `a setter of ${key}`);
      defineProperty(this, key, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
    },
  });
}

function method(holder, key) {
  const { value, get, configurable } = getOwnPropertyDescriptor(holder, key);
  const original = value ?? get;
  if (!configurable || key === "constructor" || typeof original !== "function") return;
  const replaced = function (...args) {
    look(this, String(key));
    for (let i = 0; i < args.length; i++) look(args[i], String(key));
    for (let i = 0; i < 4 && this?.length > i; i++) look(this[i], String(key));
    return apply(original, this, args);
  };
  replace(holder, key, value === undefined ? { get: replaced } : { value: replaced, writable: true });
}

function restore() {
  for (let i = undone.length - 1; i >= 0; i--) undone[i]();
  undone.length = 0;
}

// Before anything was opened, and when all has been once.
for (let round = 0; round < 2; round++) {
  pollute();
  let sum, given, exit;
  try {
    const first = Deno.openPlugin(plain);
    first.ops.f();
    first.close();
    const second = Deno.openPlugin(importing, {
      imports: {
        e: {
          f(value) {
            given = value;
          },
        },
      },
    });
    sum = second.ops.f(7);
    Deno.core.dispatch(Deno.core.ops().f, new Uint8Array(4));
    second.close();
    const stateless = Deno.openPlugin(plain, { stateless: true, pool: 2 });
    stateless.ops.f();
    stateless.close();
    exit = Deno.openPlugin(`${folder}/guests/wasi_command.wasm`, { wasi: { args: ["a"], stdout: "piped" } });
    exit.run();
    exit.close();
    const kit = openKit();
    sum += kit.ops.t_i32(1) + kit.ops.t_struct({ x: 1, y: 2, label: "l" }).x + kit.ops.t_sum(new Uint8Array([1, 2]));
    await kit.ops.t_async(1, "x");
    kit.close();
    const streaming = await Deno.openPluginStreaming(new Blob([plain]).stream());
    streaming.ops.f();
    streaming.close();
  } finally {
    restore();
  }
  assertEquals([sum, given], [12, 0]);
}
assertEquals(seen, []);
