// Opens the modules of tests/bad_wasm.rs, which runs this with the folder of the modules, cases.json and good.wasm; and
// what is made of bytes here: truncated, flipped, and with claims of more than there is.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { temp } from "./fixtures.js";
import { leb } from "./leb.js";

const CLASSES = {
  ERR_WASM_COMPILE: "WebAssembly.CompileError",
  ERR_WASM_COMPONENT: "WebAssembly.CompileError",
  ERR_WASM_LIMIT: "RangeError",
  ERR_WASM_LINK: "WebAssembly.LinkError",
  ERR_WASM_TRAP: "WebAssembly.RuntimeError",
  ERR_WASM_DEADLINE: "TimedOut",
  ERR_WASM_STACK: "RangeError",
  ERR_WASM_MEMORY: "RangeError",
};
const limits = { deadline: 200 };
const given = {
  noop: () => {},
  number: 5,
  big: 5n,
  memory: new WebAssembly.Memory({ initial: 1, maximum: 2 }),
  table: new WebAssembly.Table({ element: "anyfunc", initial: 1, maximum: 2 }),
  global: new WebAssembly.Global({ value: "i32" }, 1),
  object: {},
};
const imports = { given };

const failures = [];
/** Goes on after a failure, so that one run tells of all. */
function test(name, run) {
  try {
    run();
  } catch (error) {
    failures.push(`${name}: ${error?.stack ?? error}`);
  }
}

const resources = Deno.resources(), ops = Deno.core.ops();
function assertNothingIsOpen() {
  assertEquals(Deno.resources(), resources, "something stays open");
  assertEquals(Deno.core.ops(), ops, "an op stays");
}

const wanted = (plugin, { code, includes }) => ({ class: CLASSES[code], code, includes: [plugin, includes] });

// ---- The cases of tests/wast ----

const cases = JSON.parse(new TextDecoder().decode(Deno.readFileSync(`${temp}/cases.json`)));
const value = ({ type, value }) => type === "i64" ? BigInt(value) : Number(value);
let open;
for (const { place, plugin, opens, error, call, returns } of cases) {
  test(place, () => {
    const path = `${temp}/modules/${plugin}.wasm`;
    if (opens) {
      open?.close();
      open = undefined;
      open = Deno.openPlugin(path, { imports, limits });
    } else if (call === undefined) {
      const before = [Deno.resources(), Deno.core.ops()];
      assertThrows(() => Deno.openPlugin(path, { imports, limits }).close(), wanted(plugin, error));
      assertEquals([Deno.resources(), Deno.core.ops()], before, "something stays open");
    } else if (error !== undefined) {
      assertThrows(() => open.ops[call.op](...call.args.map(value)), wanted(open.name, error));
    } else {
      const answer = open.ops[call.op](...call.args.map(value));
      assertEquals(returns.length === 0 ? [] : [answer].flat(), returns.map(value));
    }
  });
}
open?.close();
test("the cases", assertNothingIsOpen);

// ---- Bytes that are made here ----

let number = 0;
/** Opens bytes as a plugin of a name of its own; `use` gets it. */
function withModule(bytes, use = () => {}, options = { imports, limits }) {
  const name = `made_${number++}`;
  const path = `${temp}/modules/${name}.wasm`;
  Deno.writeFileSync(path, Uint8Array.from(bytes));
  let plugin;
  try {
    plugin = Deno.openPlugin(path, options);
  } catch (error) {
    error.plugin = name;
    throw error;
  } finally {
    Deno.removeSync?.(path);
  }
  try {
    return use(plugin);
  } finally {
    plugin.close();
  }
}
const refused = (bytes, code, includes = "", options = undefined) => {
  const error = assertThrows(() => withModule(bytes, undefined, options), { class: CLASSES[code], code, includes });
  assert(error.message.includes(error.plugin), `${error.message} does not name ${error.plugin}`);
};

/** What comes of changed bytes: they open, and their ops end, or they are refused with a code and the plugin's name. */
function anythingButACrash(bytes) {
  let error;
  try {
    withModule(bytes, (plugin) => {
      for (const name in plugin.ops) {
        try {
          plugin.ops[name](1, 2n, 3);
        } catch (thrown) {
          error = thrown;
        }
        // Arguments of another type than the parameters.
        if (error instanceof TypeError) error = undefined;
        if (error !== undefined) assert(CLASSES[error.code] !== undefined, `op ${name}: ${error.stack}`);
        error = undefined;
      }
    }, { imports, limits: { deadline: 50 } });
  } catch (thrown) {
    if (thrown?.name === "AssertionError") throw thrown;
    const { code, plugin, message } = thrown;
    assert(
      CLASSES[code] !== undefined && thrown.constructor.name === CLASSES[code].replace("WebAssembly.", ""),
      thrown.stack,
    );
    assert(message.includes(plugin), `${message} does not name ${plugin}`);
  }
}

const good = Deno.readFileSync(`${temp}/good.wasm`);
test("the good module", () => {
  withModule(good, ({ ops, exports }) => {
    assertEquals(ops["odd \u{1f980}"](3, 4n), 7n);
    assertEquals([0, 1, 2, 99].map((number) => ops.classify(number)), [10, 20, 30, 30]);
    assertEquals([ops.call(0), ops.vector(), ops.catch(), ops.copy()], [7n, 3, 9, undefined]);
    assertThrows(() => ops.copy(), { code: "ERR_WASM_TRAP" });
    assert(exports.memory instanceof WebAssembly.Memory && exports.table instanceof WebAssembly.Table);
  });
});
// The first four bytes say that it is a module at all.
for (let length = 4; length < good.length; length++) {
  test(`the first ${length} bytes`, () => anythingButACrash(good.subarray(0, length)));
}
test("truncated modules", assertNothingIsOpen);

// xorshift32 with a fixed seed.
let seed = 0x2545F491;
function random(below) {
  seed ^= seed << 13;
  seed ^= seed >>> 17;
  seed ^= seed << 5;
  return (seed >>> 0) % below;
}
for (let i = 0; i < 200; i++) {
  const flipped = good.slice();
  const flips = 1 + random(3);
  const where = [];
  for (let j = 0; j < flips; j++) {
    const at = 4 + random(good.length - 4), bit = random(8);
    flipped[at] ^= 1 << bit;
    where.push(`${at}.${bit}`);
  }
  test(`flipped bits ${where.join(", ")}`, () => anythingButACrash(flipped));
}
test("flipped modules", assertNothingIsOpen);

// ---- Claims of more than there is ----

const text = (string) => {
  const bytes = [...new TextEncoder().encode(string)];
  return [...leb(bytes.length), ...bytes];
};
const vector = (...items) => leb(items.length).concat(items.flat());
const section = (id, ...bytes) => [id].concat(leb(bytes.flat().length), bytes.flat());
const HEADER = [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0];
const module = (...sections) => [...HEADER, ...sections.flat()];
const ALL = 0xFFFFFFFF;
const I32 = 0x7F, FUNCREF = 0x70, END = 0x0B;
const NOTHING = section(1, vector([0x60, 0, 0]));
const FUNCTION = section(3, vector([0]));
const code = (...bodies) => section(10, vector(...bodies.map((body) => [...leb(body.length), ...body])));
const memory = (least) => section(5, vector([0, ...leb(least)]));

test("claims", () => {
  for (const id of [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13]) refused(module(section(id, leb(ALL))), "ERR_WASM_COMPILE");
  for (const id of [0, 1, 5, 10, 11]) refused(module([id, ...leb(ALL)]), "ERR_WASM_COMPILE");
  // Of functions and of locals.
  refused(module(NOTHING, section(3, leb(ALL), 0), code([0, END])), "ERR_WASM_COMPILE");
  refused(module(NOTHING, FUNCTION, code([1, ...leb(2 ** 31), I32, END])), "ERR_WASM_COMPILE");
  refused(module(NOTHING, FUNCTION, code([2, ...leb(ALL), I32, ...leb(ALL), I32, END])), "ERR_WASM_COMPILE");
  refused(module(NOTHING, FUNCTION, code([1, ...leb(50_001), I32, END])), "ERR_WASM_COMPILE");
  // Of memory and of table elements, whatever the most is.
  for (const pages of [4097, 32768, 65536]) refused(module(memory(pages)), "ERR_WASM_LIMIT", "limits.memory");
  refused(module(memory(2)), "ERR_WASM_LIMIT", "limits.memory", { limits: { memory: 1 } });
  refused(module(section(5, vector([1, ...leb(65536), ...leb(65536)]))), "ERR_WASM_LIMIT", "limits.memory");
  for (const elements of [100_001, 10_000_000, ALL]) {
    refused(module(section(4, vector([FUNCREF, 0, ...leb(elements)]))), "ERR_WASM_LIMIT", "limits.table");
  }
  refused(module(section(4, vector([FUNCREF, 0, 11]))), "ERR_WASM_LIMIT", "limits.table", { limits: { table: 10 } });
  refused(module(), "ERR_WASM_LIMIT", "limits.module", { limits: { module: 7 } });
  // A memory that may grow to more is held to the limit.
  withModule(
    module(section(5, vector([1, ...leb(1), ...leb(65536)])), section(7, vector([...text("memory"), 2, 0]))),
    ({ exports }) => {
      assertEquals(exports.memory.buffer.byteLength, 65536);
      assertThrows(() => exports.memory.grow(4096), { class: "RangeError" });
      assertEquals(exports.memory.grow(4095), 1);
    },
  );
});
test("claims", assertNothingIsOpen);

test("bombs of data segments", () => {
  // Many that write all of the memory, and empty ones beyond what an engine takes.
  const start = [0, 0x41, 0, END];
  const large = [...start, ...leb(65536), ...new Uint8Array(65536)];
  withModule(module(memory(1), section(11, vector(...Array(50).fill(large)))));
  const bomb = leb(200_000).concat(Array(200_000).fill([...start, 0]).flat());
  refused(module(memory(1), section(11, bomb)), "ERR_WASM_COMPILE", "", { limits: { deadline: 10_000 } });
  const far = [0, 0x41, 0x7F, END, 1, 65];
  refused(module(memory(1), section(11, vector(...Array(1000).fill(far)))), "ERR_WASM_TRAP", "out of bounds");
  // Data that says it is longer than the file.
  refused(module(memory(1), section(11, [1, ...start, ...leb(2 ** 31), 65])), "ERR_WASM_COMPILE");
});
test("bombs of types", () => {
  // Each block's type has a thousand parameters; nothing is in them.
  const type = [0x60, ...leb(1000), ...Array(1000).fill(I32), 0];
  withModule(module(section(1, vector(...Array(500).fill(type)))));
  refused(module(section(1, vector([0x60, ...leb(1001), ...Array(1001).fill(I32), 0]))), "ERR_WASM_COMPILE");
  // Blocks in blocks.
  const depth = 20_000;
  const body = [0, ...Array(depth).fill([2, 0x40]).flat(), ...Array(depth).fill(END), END];
  // V8 compiles it in the call, which may take longer than the others have.
  const options = { limits: { deadline: 10_000 } };
  withModule(
    module(NOTHING, FUNCTION, section(7, vector([...text("f"), 0, 0])), code(body)),
    ({ ops }) => ops.f(),
    options,
  );
});
test("components", () => {
  const header = [0, 0x61, 0x73, 0x6D, 0x0D, 0, 1, 0], unknown = [0, 0x61, 0x73, 0x6D, 0x0E, 0, 1, 0];
  const empty = Deno.openPlugin(new Uint8Array(header));
  assertEquals(Object.keys(empty.ops), []);
  empty.close();
  refused([...header, ...good], "ERR_WASM_COMPILE", "component");
  refused(unknown, "ERR_WASM_COMPONENT", "component");
  refused([...unknown, ...good], "ERR_WASM_COMPONENT", "component");
});
test("starts", () => {
  const starting = (body) => module(NOTHING, FUNCTION, section(8, [0]), code([0, ...body, END]));
  refused(starting([0x00]), "ERR_WASM_TRAP", ["start", "unreachable"]);
  refused(starting([0x10, 0]), "ERR_WASM_STACK");
  const before = performance.now();
  refused(starting([0x03, 0x40, 0x0C, 0, END]), "ERR_WASM_DEADLINE", "200 ms");
  const elapsed = performance.now() - before;
  assert(elapsed >= 190 && elapsed < 2000, `a deadline of 200 ms was held after ${elapsed}`);
});
test("bombs and starts", assertNothingIsOpen);

// ---- Imports that throw ----

const IMPORT = section(2, vector([...text("given"), ...text("noop"), 0, 0]));
// The export calls the import.
const calling = module(NOTHING, IMPORT, FUNCTION, section(7, vector([...text("call"), 0, 1])), code([0, 0x10, 0, END]));
const startCalling = module(NOTHING, IMPORT, FUNCTION, section(8, [1]), code([0, 0x10, 0, END]));
test("imports that throw", () => {
  for (
    const thrown of [
      new RangeError("mine"),
      new WebAssembly.RuntimeError("mine"),
      "a text",
      5,
      null,
      undefined,
      Symbol("s"),
      Object.freeze(new Error("mine")),
    ]
  ) {
    const options = {
      limits,
      imports: {
        given: {
          noop: () => {
            throw thrown;
          },
        },
      },
    };
    let caught = "nothing";
    withModule(calling, (plugin) => {
      try {
        plugin.ops.call();
      } catch (error) {
        caught = error;
      }
    }, options);
    // What is no trap of the guest's is the script's own, as it is.
    if (!(thrown instanceof WebAssembly.RuntimeError)) {
      assert(Object.is(caught, thrown), `${String(thrown)} became ${String(caught)}`);
    } else assert(caught.message.includes("mine"));
    caught = "nothing";
    try {
      withModule(startCalling, () => {}, options);
    } catch (error) {
      caught = error;
    }
    assert(caught !== "nothing", "a start whose import throws opens nothing");
  }
});
test("imports that are odd", () => {
  const options = (noop) => ({ limits, imports: { given: { noop } } });
  withModule(
    calling,
    (plugin) => assertEquals(plugin.ops.call(), undefined),
    options(() => ({
      valueOf() {
        throw new Error("never asked");
      },
    })),
  );
  withModule(calling, (plugin) => assertEquals(plugin.ops.call(), undefined), options(new Proxy(() => 5, {})));
  withModule(calling, (plugin) => assertThrows(() => plugin.ops.call(), { class: "TypeError" }), options(class {}));
  const getter = new Error("a getter that throws");
  const throwing = {
    get noop() {
      throw getter;
    },
  };
  assertThrows(() => withModule(calling, () => {}, { imports: { given: throwing } }), {
    class: "Error",
    includes: getter.message,
  });
  for (const imports of [5, "text"]) {
    assertThrows(() => withModule(calling, undefined, { imports }), {
      class: "TypeError",
      code: "ERR_PLUGIN_OPTIONS",
      includes: "options.imports",
    });
  }
  for (const imports of [null, [], { given: null }, { given: undefined }, Object.create(null)]) {
    refused(calling, "ERR_WASM_LINK", "given.noop", { imports: imports ?? undefined });
  }
});
test("imports that throw", assertNothingIsOpen);

// ---- Names of exports ----

const exporting = (...names) =>
  module(NOTHING, FUNCTION, section(7, vector(...names.map((name) => [...text(name), 0, 0]))), code([0, END]));
test("names of exports", () => {
  const names = [
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "then",
    "x".repeat(10_000),
    "\0",
    "a\0b",
    " ",
    "\u{1f980}",
    "\u2028",
    "'\"`${}",
    "0",
    "-1",
  ];
  withModule(exporting(...names), ({ ops }) => {
    assertEquals(Object.keys(ops).sort(), names.toSorted());
    for (const name of names) {
      assert(Object.hasOwn(ops, name), name);
      assertEquals(ops[name](), undefined);
      assertEquals(Deno.core.dispatch(Deno.core.ops()[name]), undefined);
    }
    assert(Object.getPrototypeOf(ops) === Object.prototype);
  });
  // An op has a name.
  withModule(exporting("", "a"), ({ ops }) => assertEquals(Object.keys(ops), ["a"]));
  for (const name of ["plugbay:start", "plugbay:interrupt", "plugbay:memory"]) {
    refused(exporting(name), "ERR_WASM_COMPILE", name);
  }
  // Those of memories, too.
  const memories = module(
    memory(1),
    section(7, vector(...["", "__proto__", "constructor"].map((name) => [...text(name), 2, 0]))),
  );
  withModule(memories, ({ exports }) => {
    assertEquals(Object.keys(exports).sort(), ["", "__proto__", "constructor"]);
    assert(Object.getPrototypeOf(exports) === Object.prototype);
  });
  // And of what is imported.
  for (const name of ["", "__proto__", "constructor", "x".repeat(10_000), "a\0b"]) {
    const importing = module(NOTHING, section(2, vector([...text(name), ...text(name), 0, 0])));
    refused(importing, "ERR_WASM_LINK", name, {});
    const own = (value) => Object.defineProperty({}, name, { value, enumerable: true });
    withModule(importing, () => {}, { imports: own(own(() => {})) });
  }
});
test("names", assertNothingIsOpen);

if (failures.length > 0) throw new Error(`${failures.length} failures\n\n${failures.join("\n\n")}`);
console.log("all bad modules are refused");
