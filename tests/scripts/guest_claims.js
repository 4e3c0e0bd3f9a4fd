// flags: --allow-read
// milliseconds: 400000
// Modules that are small and want much: of the host, for what they declare, and of time, in code without loops.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { leb } from "./leb.js";

// ---- Modules as bytes ----

const join = (parts) => {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
};
const text = (string) => [...leb(string.length), ...new TextEncoder().encode(string)];
/** A section of entries: `entry(i)` for each number below `count`. */
function section(id, count, entry) {
  const body = join([leb(count), ...Array.from({ length: count }, (_, i) => entry(i))]);
  return join([[id], leb(body.length), body]);
}
const module = (...sections) => join([[0, 0x61, 0x73, 0x6D, 1, 0, 0, 0], ...sections]);
const TYPES = 1, IMPORTS = 2, FUNCTIONS = 3, TABLES = 4, MEMORIES = 5, TAGS = 13, GLOBALS = 6, EXPORTS = 7,
  ELEMENTS = 9, CODE = 10;
const I32 = 0x7F, FUNCREF = 0x70, END = 0x0B;
/** A function's type of so many parameters and no results. */
const taking = (parameters) => [0x60, ...leb(parameters), ...Array(parameters).fill(I32), 0];
const code = (...operators) =>
  section(CODE, 1, () => {
    const body = join([[0], ...operators, [END]]);
    return join([leb(body.length), body]);
  });
const one = (id, ...entry) => section(id, 1, () => entry);
const exportOf = (i) => [...text(`e${i}`), 0, 0];

// ---- What the host would hold ----

const before = [Deno.resources(), Deno.core.ops()];
const HOST = 64 * 1024 * 1024;
for (
  const [what, bytes, limits] of [
    ["exports", module(one(TYPES, ...taking(1000)), one(FUNCTIONS, 0), section(EXPORTS, 20_000, exportOf), code())],
    ["exports", module(one(TYPES, ...taking(0)), one(FUNCTIONS, 0), section(EXPORTS, 900_000, exportOf), code())],
    [
      "imports",
      module(one(TYPES, ...taking(1000)), section(IMPORTS, 100_000, (i) => [...text("m"), ...text(`i${i}`), 0, 0])),
    ],
    ["types", module(section(TYPES, 900_000, () => taking(0))), { host: HOST }],
    ["tags", module(one(TYPES, ...taking(500)), section(TAGS, 90_000, () => [0, 0]))],
    ["globals", module(section(GLOBALS, 900_000, () => [I32, 1, 0x41, 0, END]))],
    ["memories", module(section(MEMORIES, 90_000, () => [0, 0]))],
  ]
) {
  const started = performance.now();
  assertThrows(() => Deno.openPlugin(bytes, { name: "claims", limits }), {
    class: "RangeError",
    code: "ERR_WASM_LIMIT",
    includes: ["claims", `with its ${what} `, "options.limits.host"],
  });
  assert(performance.now() - started < 10_000, `${what} took ${performance.now() - started} ms to refuse`);
}

// What V8 would make of short code: its compilers end the process where they find no room.
const repeated = (count, ...bytes) => new Uint8Array(count * bytes.length).map((_, i) => bytes[i % bytes.length]);
const PASSING = [0x60, ...leb(1000), ...Array(1000).fill(I32), ...leb(1000), ...Array(1000).fill(I32)];
for (
  const [what, bytes] of [
    [
      "values",
      module(one(TYPES, ...PASSING), one(FUNCTIONS, 0), code(repeated(1000, 0x41, 0), repeated(100_000, 0x10, 0))),
    ],
    // 50,000 locals, for each of which V8 would remember where it is in each of 50,000 loops.
    [
      "locals",
      module(
        one(TYPES, ...taking(0)),
        one(FUNCTIONS, 0),
        section(CODE, 1, () => {
          const body = join([[1], leb(50_000), [I32], repeated(50_000, 0x03, 0x40), repeated(50_001, END)]);
          return join([leb(body.length), body]);
        }),
      ),
    ],
  ]
) {
  assertThrows(() => Deno.openPlugin(bytes, { name: "short" }), {
    class: "WebAssembly.CompileError",
    code: "ERR_WASM_COMPILE",
    includes: ["short", `its function 0`, what],
  });
}
assertEquals([Deno.resources(), Deno.core.ops()], before);

// A function that others get brings its type's group, however many there are of both.
{
  const GROUP = 10_000, COUNT = 5000;
  const group = join([[1, 0x4E], leb(GROUP), ...Array.from({ length: GROUP }, () => taking(0))]);
  const grouped = Deno.openPlugin(
    module(
      join([[TYPES], leb(group.length), group]),
      section(FUNCTIONS, COUNT, leb),
      section(EXPORTS, COUNT, (i) => [...text(`e${i}`), 0, ...leb(i)]),
      section(CODE, COUNT, () => [2, 0, END]),
    ),
    { name: "grouped", limits: { host: HOST } },
  );
  const { exports } = grouped;
  exports.e0();
  assertThrows(() => {
    for (let i = 0; i < COUNT; i++) exports[`e${i}`];
  }, {
    class: "RangeError",
    code: "ERR_WASM_LIMIT",
    includes: ["grouped", "types of functions", "options.limits.host"],
  });
  // The call after it has an instance that is new.
  grouped.ops.e4999();
  grouped.close();
}

// It is the plugin's own limit.
const few = module(one(TYPES, ...taking(1)), one(FUNCTIONS, 0), section(EXPORTS, 50, exportOf), code());
Deno.openPlugin(few).close();
assertThrows(() => Deno.openPlugin(few, { limits: { host: 10_000 } }), {
  code: "ERR_WASM_LIMIT",
  includes: "may hold 10000",
});
// Functions of one type have it all.
const plugin = Deno.openPlugin(module(
  section(TYPES, 2, (i) => taking(i)),
  section(FUNCTIONS, 2, (i) => [i]),
  section(EXPORTS, 4, (i) => [...text(`e${i}`), 0, i % 2]),
  section(CODE, 2, () => [2, 0, END]),
));
assertEquals(["e0", "e1", "e2", "e3"].map((name) => plugin.ops[name].length), [0, 1, 0, 1]);
plugin.close();

// ---- Code without loops ----

const DEADLINE = 150;
const constant = (number) => {
  const bytes = leb(number);
  // The bit before the last is the sign.
  return [
    0x41,
    ...(bytes[bytes.length - 1] & 0x40 ? [...bytes.slice(0, -1), bytes[bytes.length - 1] | 0x80, 0] : bytes),
  ];
};
const PAGES = 1024, BYTES = PAGES * 65536 - 1, ELEMENTS_OF_TABLE = 90_000;
const repeat = (count, ...operators) => Array(count).fill(join(operators));
function wait() {
  const end = performance.now() + 20;
  while (performance.now() < end);
}
/** Its op `f` runs the operators, which may name memory 0, table 0, table 1 with the import at 0, and the import 0. */
const straight = (operators) =>
  Deno.openPlugin(
    module(
      one(TYPES, ...taking(0)),
      one(IMPORTS, ...text("env"), ...text("wait"), 0, 0),
      one(FUNCTIONS, 0),
      section(TABLES, 2, (i) => [FUNCREF, 0, ...leb([ELEMENTS_OF_TABLE, 1][i])]),
      one(MEMORIES, 0, ...leb(PAGES)),
      one(EXPORTS, ...text("f"), 0, 1),
      one(ELEMENTS, 2, 1, ...constant(0), END, 0, 1, 0),
      code(...operators),
    ),
    { imports: { env: { wait } }, limits: { deadline: DEADLINE, table: 400_000 } },
  );
for (
  const [what, operators] of [
    ["memory.fill", repeat(2000, constant(0), constant(1), constant(BYTES), [0xFC, 11, 0])],
    ["memory.copy", repeat(2000, constant(1), constant(0), constant(BYTES), [0xFC, 10, 0, 0])],
    ["table.fill", repeat(20_000, constant(0), [0xD0, FUNCREF], constant(ELEMENTS_OF_TABLE), [0xFC, 17, 0])],
    ["table.copy", repeat(20_000, constant(1), constant(0), constant(ELEMENTS_OF_TABLE - 1), [0xFC, 14, 0, 0])],
    ["call", repeat(1000, [0x10, 0])],
    ["call_indirect", repeat(1000, constant(0), [0x11, 0, 1])],
    ["call_ref", repeat(1000, [0xD2, 0], [0x14, 0])],
  ]
) {
  const guest = straight(operators);
  const started = performance.now();
  assertThrows(() => guest.ops.f(), { class: "TimedOut", code: "ERR_WASM_DEADLINE" });
  const elapsed = performance.now() - started;
  assert(elapsed >= DEADLINE - 10 && elapsed < DEADLINE + 4000, `${what} took ${elapsed} ms`);
  assertEquals(guest.instance.isRunning, false);
  guest.close();
}
