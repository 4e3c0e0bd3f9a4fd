// flags: --allow-read --allow-write --allow-plugin
// not poisoned: one of its guests has 300 ms for thousands of ops, which the prelude is too slow for
// milliseconds: 400000
// Guests of the plugbay world that lie: about addresses, lengths, kinds, functions and what is whose. Each lie is an
// error with a code that names the plugin, in bounded time; nothing stays of the call, and other plugins go on.

import { assert, assertEquals, assertRejects, assertThrows } from "./assert.js";
import { after, bytes, temp, text } from "./fixtures.js";
import { DROP, EMPTY, FAST, KIND, Liar, OUTCOME, RECURSE, RELEASE, SPIN, WORD, WRONG } from "./guest_liar.js";

const ABI = { class: "Error", code: "ERR_PLUGIN_ABI_MISMATCH" };
const GUEST = { class: "WebAssembly.RuntimeError", code: "ERR_WASM_GUEST" };
const MEMORY = { class: "RangeError", code: "ERR_WASM_MEMORY" };
const TRAP = { class: "WebAssembly.RuntimeError", code: "ERR_WASM_TRAP" };
const TIME = { class: "TimedOut", code: "ERR_WASM_DEADLINE" };
const STACK = { class: "RangeError", code: "ERR_WASM_STACK" };
const RESULT = { class: "Error", code: "ERR_OP_RESULT" };
// How many calls it takes that some of them are fast.
const CALLS = 50;
// No lie takes longer, however large its numbers are.
const MOST = 2000;

const failures = [];
let number = 0;

// ---- One that tells the truth all the time ----

const honest = new Liar(`${temp}/honest.wasm`);
honest.entry = () => {
  honest.host.register_op(honest.op({ name: "double" }));
  return 0;
};
honest.answer = (outcome, args, count) => {
  const [at, length] = [honest.get(args), honest.get(args + 4)];
  const given = text(new Uint8Array(honest.memory.buffer, at, length).slice());
  honest.outcome(outcome, OUTCOME.SYNC, ...honest.slice(given.repeat(2)), honest.vtable());
};
const other = honest.open();
const resources = Deno.resources();
function othersGoOn() {
  // What it took for the calls before is free.
  honest.top = 2 * 65536;
  assertEquals(text(other.ops.double(bytes("ab"))), "abab");
}

/** A liar that `set` makes; `use` gets it when it is open. Nothing stays of it but `calls`. */
function lie(name, set, use = () => {}, options = { limits: { deadline: 300 } }) {
  const start = performance.now();
  let plugin, instance;
  try {
    const liar = new Liar(`${temp}/liar${number++}.wasm`);
    liar.name = `liar${number - 1}`;
    set(liar);
    const open = () => plugin = liar.open(options);
    use(open, liar);
    instance = plugin?.instance;
    plugin?.close();
    plugin = undefined;
    if (instance !== undefined) assertEquals(instance.calls, 0, "calls that are not done");
    othersGoOn();
    assertEquals(Deno.resources(), resources, "something stays open");
    const elapsed = performance.now() - start;
    assert(elapsed < MOST, `took ${elapsed} ms`);
  } catch (error) {
    failures.push(`${name}: ${error.stack}`);
    try {
      plugin?.close();
    } catch {
      // It is the first failure that counts.
    }
  }
}
/** It does not open. */
const refused = (name, set, wanted) =>
  lie(
    name,
    set,
    (open, liar) => assertThrows(open, { ...wanted, includes: [liar.name, wanted.includes ?? []].flat() }),
  );
/** It registers these ops. */
const registering = (set, ...ops) => (liar) => {
  liar.entry = () => {
    for (const op of ops) liar.host.register_op(op(liar));
    return 0;
  };
  set(liar);
};
/** Calls of its op "op" fail, fast ones and slow ones. */
const failing = (name, set, definition, wanted, args = [], options = undefined) =>
  lie(name, registering(set, definition), (open, liar) => {
    const { ops } = open();
    // The first that fails; those before it were of another kind.
    assertThrows(() => {
      for (let i = 0; i < CALLS; i++) ops.op(...args);
    }, { ...wanted, includes: [liar.name, wanted.includes ?? []].flat() });
  }, options);
const plain = (liar) => liar.op({ name: "op" });
const typed = (signature) => (liar) => liar.typed("op", signature);

// ---- The descriptor ----

for (const at of [-1, 0x7FFFFFFF, -0x80000000, 4 * 65536 - 4, 4 * 65536]) {
  refused(`descriptor at ${at}`, (liar) => liar.lies.abi = at, GUEST);
}
refused("descriptor at 0", (liar) => liar.lies.abi = 0, { ...ABI, includes: "descriptor" });
for (const magic of ["PLUGBAX\0", "plugbay\0", "", "\u{1f980}\u{1f980}"]) {
  refused(`magic ${magic}`, (liar) => liar.bytes(liar.lies.abi = liar.struct(248), magic), {
    ...ABI,
    includes: "descriptor",
  });
}
for (const version of [0, 2, 99, WORD]) {
  refused(`ABI ${version}`, (liar) => {
    liar.bytes(liar.lies.abi = liar.struct(248), "PLUGBAY\0");
    liar.set(liar.lies.abi + 12, version);
  }, { ...ABI, includes: `ABI ${version}` });
}
for (const answer of [1, -1, 0x7FFFFFFF]) {
  refused(`init answers ${answer}`, (liar) => liar.entry = () => answer, { class: "Error", code: "ERR_PLUGIN_INIT" });
}
refused("init traps", (liar) =>
  liar.entry = () => {
    liar.traps = 1;
    return 0;
  }, { ...TRAP, includes: "start" });

// ---- Definitions of ops ----

const registers = (name, definition, wanted) => refused(name, registering(() => {}, definition), wanted);
for (const at of [WORD, 0x80000000, 4 * 65536]) registers(`definition at ${at}`, () => at, GUEST);
for (const at of [0, 4 * 65536 - 4]) registers(`definition at ${at}`, () => at, ABI);
registers("definition of 1 byte", (liar) => liar.op({ size: 1 }), { ...ABI, includes: "1 bytes" });
registers("name beyond memory", (liar) => liar.op({ at: 4 * 65536 - 4, length: 100 }), GUEST);
registers("name of 4 GiB", (liar) => liar.op({ length: WORD }), GUEST);
registers("name of 4 GiB at the end", (liar) => liar.op({ at: WORD, length: WORD }), GUEST);
registers("no name", (liar) => liar.op({ name: "" }), { class: "TypeError", code: "ERR_OP_NAME" });
registers("encoding 99", (liar) => liar.op({ encoding: 99 }), { ...ABI, includes: "encoding 99" });
registers("typed without a signature", (liar) => liar.op({ encoding: 2 }), ABI);
for (const at of [WORD, 4 * 65536, 4 * 65536 - 4]) {
  registers(`signature at ${at}`, (liar) => liar.op({ signature: at }), GUEST);
}
for (
  const [name, signature, wanted] of [
    ["2^31 parameters", { count: 0x80000000 }, { ...ABI, includes: "2147483648 parameters" }],
    ["256 parameters", { count: 256 }, ABI],
    ["255 parameters of garbage", { count: 255, at: 0 }, ABI],
    ["parameters beyond memory", { count: 3, at: WORD }, GUEST],
    ["parameters of 2 GiB", { parameters: [KIND.i32, KIND.i32], parameterSize: 0x80000000 }, GUEST],
    ["parameters of 0 bytes", { parameters: [KIND.i32], parameterSize: 0 }, ABI],
    ["signature of 3 bytes", { size: 3 }, ABI],
    ["kind 99", { parameters: [99] }, { ...ABI, includes: "kind 99" }],
    ["kind 2^31-1", { parameters: [0x7FFFFFFF] }, ABI],
    ["parameter that is void", { parameters: [KIND.void] }, ABI],
    ["result of kind 99", { result: 99 }, { ...ABI, includes: "kind 99" }],
    ["result that is lent", { result: KIND.bytesMut }, ABI],
    ["result of all buffers", { result: KIND.buffers }, ABI],
    ["all buffers twice", { parameters: [KIND.buffers, KIND.buffers] }, ABI],
  ]
) registers(name, typed(signature), wanted);
refused("the same op twice", registering(() => {}, plain, plain), { class: "AlreadyExists", code: "ERR_OP_DUPLICATE" });

lie(
  "names that are odd",
  registering(
    () => {},
    ...["__proto__", "constructor", "a\0b", "x".repeat(10_000), Uint8Array.of(0xFF, 0xC0, 0x80)].map((name) => (liar) =>
      liar.op({ name })
    ),
  ),
  (open) => {
    const { ops } = open();
    assertEquals(Object.keys(ops).length, 5);
    assert(Object.hasOwn(ops, "__proto__") && Object.getPrototypeOf(ops) === Object.prototype);
  },
);
lie("many ops", (liar) => {
  liar.entry = () => {
    for (let i = 0; i < 3000; i++) liar.host.register_op(liar.op({ name: `op${i}` }));
    return 0;
  };
}, (open) => assertEquals(Object.keys(open().ops).length, 3000));

// ---- Functions ----

for (const index of [0, EMPTY, 16, WORD]) {
  failing(`op at function ${index}`, () => {}, (liar) => liar.op({ name: "op", call: index }), GUEST);
  failing(`typed op at function ${index}`, () => {}, (liar) => liar.typed("op", { result: KIND.i32 }, index), GUEST);
  if (index !== 0) {
    failing(
      `fast op at function ${index}`,
      () => {},
      typed({ parameters: [KIND.i32], result: KIND.i32, fast: index }),
      GUEST,
      [1],
    );
  }
}
failing("op of another signature", () => {}, (liar) => liar.op({ name: "op", call: WRONG }), GUEST);
failing("typed op of another signature", () => {}, (liar) => liar.typed("op", { result: KIND.i32 }, WRONG), GUEST);
failing(
  "fast op of another signature",
  (liar) => liar.answer = (at) => liar.outcome(at, OUTCOME.NUMBER),
  typed({ parameters: [KIND.i32], result: KIND.i32, fast: WRONG }),
  GUEST,
  [1],
);
failing("op that does not end", () => {}, (liar) => liar.op({ name: "op", call: SPIN }), TIME);
failing(
  "fast op that does not end",
  (liar) => liar.answer = (at) => liar.outcome(at, OUTCOME.NUMBER),
  typed({ parameters: [KIND.i32], result: KIND.i32, fast: SPIN }),
  TIME,
  [1],
);
failing("op that recurses", () => {}, (liar) => liar.op({ name: "op", call: RECURSE }), STACK);

// ---- Memory for the host ----

const buffer = new Uint8Array(10);
const TEXTS = { parameters: [KIND.bytes, KIND.string], result: KIND.i32 };
for (const [at, wanted] of [[0, MEMORY], [4 * 65536 - 1, GUEST], [4 * 65536, GUEST], [-1, GUEST], [-16, GUEST]]) {
  const set = (liar) => liar.lies.alloc = () => at;
  failing(`alloc gives ${at}, an op`, set, plain, wanted, [buffer]);
  failing(`alloc gives ${at}, a typed op`, set, typed(TEXTS), wanted, [buffer, "x"]);
  failing(`alloc gives ${at}, a fast op`, set, typed({ ...TEXTS, fast: FAST }), wanted, [buffer, "x"]);
  lie(`alloc gives ${at}, plugin.buffer`, set, (open, liar) => {
    const plugin = open();
    assertThrows(() => plugin.buffer(100), { ...wanted, includes: liar.name });
  });
}
lie(
  "alloc gives the same odd address always",
  registering((liar) => {
    liar.lies.alloc = () => 65537;
    liar.answer = (at) => liar.outcome(at, OUTCOME.SYNC, 0, 70_000, 0);
  }, plain),
  (open) => {
    const { ops } = open();
    for (let i = 0; i < CALLS; i++) {
      try {
        assertEquals(ops.op(new Uint8Array(100).fill(255), buffer).length, 70_000);
      } catch (error) {
        assert(typeof error.code === "string", error.stack);
      }
    }
  },
);
lie(
  "what the host frees",
  registering((liar) => liar.answer = (at) => liar.outcome(at, OUTCOME.NULL), plain),
  (open, liar) => {
    const { ops } = open();
    ops.op(buffer);
    const given = liar.freed.map(([at]) => at);
    assertEquals(new Set(given).size, given.length, "the host frees nothing twice");
  },
);
for (
  const [name, make, wanted] of [
    ["beyond memory", (liar) => (length, at) => liar.set(at, WORD, length, 0), GUEST],
    ["that is short", (liar) => (length, at) => liar.set(at, 65536, length - 1, 0), MEMORY],
    ["with a vtable beyond memory", (liar) => (length, at) => liar.set(at, 65536, length, 4 * 65536), GUEST],
    ["with a vtable of nothing", (liar) => (length, at) => liar.set(at, 65536, length, 16), GUEST],
    ["that is not made", () => () => {}, MEMORY],
  ]
) failing(`a new buffer ${name}`, (liar) => liar.lies.new_buffer = make(liar), plain, wanted, [buffer]);
for (const at of [0, -1, -0x80000000, 4 * 65536 - 8]) {
  lie(
    `circumstances at ${at}`,
    registering((liar) => {
      liar.lies.new_call = () => at;
      liar.answer = (outcome) => liar.outcome(outcome, OUTCOME.NULL);
    }, plain),
    (open) => assertEquals(open().ops.op(), undefined),
  );
}

const ECHO = { parameters: [KIND.string], result: KIND.string, fast: FAST };
const nothing = (liar) => liar.answer = (at) => liar.outcome(at, OUTCOME.NULL);
for (const at of [0, -1, -16, 65537, 4 * 65536 - 8, 4 * 65536 - 72]) {
  failing(
    `exchange at ${at}`,
    (liar) => {
      nothing(liar);
      liar.lies.new_exchange = () => at;
    },
    typed(ECHO),
    GUEST,
    ["x"],
  );
}
for (
  const [field, values] of [[4, [0, -1, 12345, 4 * 65536 - 8]], [12, [-1, 4 * 65536 - 8]], [20, [-1, 4 * 65536 - 8]]]
) {
  for (const value of values) {
    failing(
      `exchange with ${value} at ${field}`,
      (liar) => {
        nothing(liar);
        liar.fast = () => 1000;
        liar.lies.new_exchange = (...sizes) => {
          const at = liar.exchange(...sizes);
          liar.set(at + field, value);
          return at;
        };
      },
      typed({ ...ECHO, result: field === 20 ? KIND.bytes : KIND.string }),
      GUEST,
      ["x"],
    );
  }
}
const withStatus = (status, ...overflow) => (liar) => {
  let exchange;
  nothing(liar);
  liar.lies.new_exchange = (...sizes) => exchange = liar.exchange(...sizes);
  liar.fast = () => {
    liar.set(exchange + 36, status);
    liar.set(exchange + 56, ...overflow);
    return 5;
  };
};
failing("fast op fails without a word", withStatus(1), typed(ECHO), { ...ABI, includes: "op" }, ["x"]);
failing("fast result of 4 GiB", withStatus(3, 0, WORD, 0), typed(ECHO), GUEST, ["x"]);
failing("fast result whose vtable is beyond memory", withStatus(3, 0, 1, 4 * 65536), typed(ECHO), GUEST, ["x"]);
for (const status of [2, 77, WORD]) {
  // It was not called; the other path has an answer.
  lie(`fast status ${status}`, registering(withStatus(status), typed(ECHO)), (open) => {
    const { ops } = open();
    for (let i = 0; i < CALLS; i++) assertEquals(ops.op("x"), null);
  });
}
for (const length of [0xFFFFFFFE, 0x80000000, 0x7FFFFFFF, 300_000]) {
  for (const result of [KIND.string, KIND.bytes, KIND.value]) {
    failing(
      `fast result of kind ${result}, ${length} bytes`,
      (liar) => {
        liar.answer = (at) =>
          result === KIND.value
            ? liar.outcome(at, OUTCOME.SYNC, liar.struct(16), 16, 0)
            : liar.outcome(at, OUTCOME.NULL);
        liar.fast = () => length | 0;
      },
      typed({ parameters: [KIND.i32], result, fast: FAST }),
      GUEST,
      [1],
    );
  }
}

// ---- Outcomes ----

const answering = (...outcome) => (liar) => liar.answer = (at) => liar.outcome(at, ...outcome);
for (const kind of [8, 77, WORD]) {
  failing(`outcome of kind ${kind}`, answering(kind), plain, { ...ABI, includes: `kind ${kind}` });
  failing(`typed outcome of kind ${kind}`, answering(kind), typed({ result: KIND.i32 }), {
    ...ABI,
    includes: `kind ${kind}`,
  });
}
failing("no outcome", () => {}, plain, { class: "NotFound", code: "ERR_OP_NOT_FOUND" });
for (
  const [name, kind, ...wrong] of [
    ["bool", KIND.bool, OUTCOME.SYNC, OUTCOME.INTEGER, OUTCOME.NULL, OUTCOME.NOT_FOUND],
    ["i32", KIND.i32, OUTCOME.SYNC, OUTCOME.INTEGER, OUTCOME.NULL, OUTCOME.NOT_FOUND],
    ["i64", KIND.i64, OUTCOME.SYNC, OUTCOME.NUMBER, OUTCOME.NULL, OUTCOME.NOT_FOUND],
    ["string", KIND.string, OUTCOME.NUMBER, OUTCOME.INTEGER, OUTCOME.NOT_FOUND],
    ["bytes", KIND.bytes, OUTCOME.NUMBER, OUTCOME.INTEGER, OUTCOME.NOT_FOUND],
    ["value", KIND.value, OUTCOME.NUMBER, OUTCOME.INTEGER, OUTCOME.NULL, OUTCOME.NOT_FOUND],
  ]
) {
  for (const outcome of wrong) {
    failing(`${name} as outcome ${outcome}`, answering(outcome), typed({ result: kind }), {
      ...RESULT,
      includes: name,
    });
  }
}
for (
  const [name, ...words] of [
    ["of 4 GiB", 0, WORD, 0],
    ["beyond memory", WORD, 1, 0],
    ["of 4 GiB beyond memory", WORD, WORD, 0],
    ["at the end", 4 * 65536, 100, 0],
    ["whose vtable is beyond memory", 64, 1, 4 * 65536 - 4],
  ]
) {
  failing(`result ${name}`, answering(OUTCOME.SYNC, ...words), plain, GUEST);
}
for (const [index, wanted] of [[EMPTY, GUEST], [WORD, GUEST], [WRONG, GUEST], [SPIN, TIME], [RECURSE, STACK]]) {
  failing(
    `release at function ${index}`,
    (liar) => {
      liar.answer = (at) => liar.outcome(at, OUTCOME.SYNC, 64, 1, liar.vtable(index));
    },
    plain,
    wanted,
  );
}
const trapIn = (name) => (liar) => {
  liar.answer = (at) => liar.outcome(at, OUTCOME.SYNC, 64, 1, liar.vtable());
  liar.lies[name] = () => {
    liar.traps = 1;
    return 65536;
  };
};
for (const name of ["release", "free", "alloc", "new_buffer", "new_call", "retain", "op"]) {
  failing(`${name} traps`, trapIn(name), plain, TRAP, [buffer]);
}
for (const name of ["new_exchange", "new_context"]) failing(`${name} traps`, trapIn(name), typed(ECHO), TRAP, ["x"]);
lie("the call after a trap", registering(trapIn("release"), plain), (open, liar) => {
  const plugin = open();
  assertThrows(() => plugin.ops.op(), TRAP);
  delete liar.lies.release;
  liar.traps = 0;
  liar.answer = (at) => liar.outcome(at, OUTCOME.SYNC, ...liar.slice("again"), 0);
  assertEquals(text(plugin.ops.op()), "again");
  assertEquals(plugin.instance.starts, 2);
});

// ---- Values in the wire format ----

const repeat = (count, ...words) => Array.from({ length: count }, () => words).flat();
const TAGS = { INT: 1, FLOAT: 2, I64: 4, STRING: 6, BYTES: 7, ARRAY: 8, OBJECT: 9, SHAPED: 10, JSON: 11 };
for (
  const [name, ...words] of [
    ["of no words"],
    ["of a header", 0, 0],
    ["of tag 99", 0, 0, 99, 0],
    ["of tag -1", 0, 0, -1, 0],
    ["of 2^31 elements", 0, 0, TAGS.ARRAY, -0x80000000],
    ["of 2^31-1 elements", 0, 0, TAGS.ARRAY, 0x7FFFFFFF],
    ["of more elements than words", 0, 0, TAGS.ARRAY, 2],
    ["of 2^31-1 properties", 0, 0, TAGS.OBJECT, 0x7FFFFFFF],
    ["of more properties than words", 0, 0, TAGS.OBJECT, 1],
    ["of text of 4 GiB", 0, 0, TAGS.STRING, -1],
    ["of text of 2 GiB", 0, 0, TAGS.STRING, 0x7FFFFFFF],
    ["of text beyond its end", 0, 0, TAGS.STRING, 100],
    ["of bytes of 4 GiB", 0, 0, TAGS.BYTES, -1],
    ["of bytes of 2 GiB", 0, 0, TAGS.BYTES, 0x7FFFFFFF],
    ["of bytes beyond its end", 0, 0, TAGS.BYTES, 100],
    ["of half a double", 0, 0, TAGS.FLOAT, 0],
    ["of half an integer", 0, 0, TAGS.I64, 0],
    ["of a shape that nobody defined", 0, 0, TAGS.SHAPED, 0],
    ["of shape -1", 0, 0, TAGS.SHAPED, -1],
    ["of JSON that is none", 0, 0, TAGS.JSON, 4, 0x7B7B7B7B, 0],
    ["of JSON of 4 GiB", 0, 0, TAGS.JSON, -1],
    ["of arrays in arrays", 0, 0, ...repeat(100_000, TAGS.ARRAY, 1)],
    ["of objects in objects", 0, 0, ...repeat(10_000, TAGS.OBJECT, 1, TAGS.INT, 1)],
    ["of large arrays in large arrays", 0, 0, ...repeat(20_000, TAGS.ARRAY, 20_000)],
    ["of larger arrays in larger arrays", 0, 0, ...repeat(600_000, TAGS.ARRAY, 600_000)],
    ["of large objects in large objects", 0, 0, ...repeat(100_000, TAGS.OBJECT, 50_000)],
    ["of definitions beyond its end", 100, 200],
    ["of definitions before its beginning", -5, 3],
    ["of 2^31-1 definitions", 1, 0x7FFFFFFF],
    ["of a definition of 2^31-1 properties", 1, 3, 0, 0x7FFFFFFF, 0, 0],
    ["of a definition whose key is an object", 1, 5, 0, 1, TAGS.OBJECT, 1, 0, 0, 0, 0],
    ["of a definition whose key is an integer", 1, 4, 0, 1, 5, 0, 0, 0],
  ]
) {
  failing(
    `value ${name}`,
    (liar) => {
      liar.answer = (outcome) => {
        const at = liar.struct(4 * words.length);
        new Int32Array(liar.memory.buffer, at, words.length).set(words);
        liar.outcome(outcome, OUTCOME.SYNC, at, 4 * words.length, 0);
      };
    },
    typed({ result: KIND.value }),
    RESULT,
    [],
    { limits: { deadline: 5000 } },
  );
}

// ---- Errors ----

for (
  const [name, report, wanted] of [
    ["beyond memory", () => 4 * 65536, GUEST],
    ["whose class is beyond memory", (liar) => liar.report([WORD, 10]), GUEST],
    ["whose message is of 4 GiB", (liar) => liar.report([0, 0], [0, 0], [0, WORD]), GUEST],
    ["whose class has a vtable beyond memory", (liar) => {
      const at = liar.report(liar.slice("Error"));
      liar.set(at + 12, 0x10000000);
      return at;
    }, GUEST],
  ]
) {
  failing(
    `fail(${name})`,
    (liar) =>
      liar.answer = (at) => {
        liar.host.fail(report(liar));
        liar.outcome(at, OUTCOME.NULL);
      },
    plain,
    wanted,
  );
  refused(`init fails with an error ${name}`, (liar) =>
    liar.entry = () => {
      liar.host.fail(report(liar));
      return 1;
    }, wanted);
}
for (const cls of ["__proto__", "constructor", "toString", "\0", "x".repeat(100_000)]) {
  lie(
    `class ${cls.slice(0, 20)}`,
    registering((liar) =>
      liar.answer = (at) => {
        liar.host.fail(liar.report(liar.slice(cls), liar.slice("CODE"), liar.slice("words")));
        liar.outcome(at, OUTCOME.NULL);
      }, plain),
    (open) => {
      const error = assertThrows(() => open().ops.op(), { class: "Error", code: "CODE" });
      assertEquals(error.message, "words");
    },
  );
}
failing("panic beyond memory", (liar) => liar.answer = () => liar.host.panicked(WORD, 5), plain, GUEST);
failing("log beyond memory", (liar) => liar.answer = () => liar.host.log(1, 65536, WORD), plain, GUEST);
lie(
  "log of an unknown level, wakes of nobody",
  registering((liar) =>
    liar.answer = (at) => {
      liar.host.log(WORD, 65536, 3);
      liar.host.log(0, 65536, 0);
      for (const task of [0, 1, WORD]) liar.host.wake(task);
      liar.outcome(at, OUTCOME.NULL);
    }, plain),
  (open) => assertEquals(open().ops.op(), undefined),
);

// ---- Resources ----

let foreign;
const owner = new Liar(`${temp}/owner.wasm`);
registering((liar) =>
  liar.answer = (at) => {
    foreign = liar.host.resource_add(...liar.slice("foreign"), 42, DROP);
    liar.outcome(at, OUTCOME.NULL);
  }, plain)(owner);
lie("resources of others", registering(() => {}, plain), (open, liar) => {
  const owning = owner.open();
  owning.ops.op();
  assertEquals(Deno.resources()[foreign], "foreign");
  const plugin = open();
  liar.answer = (at) => {
    for (const rid of [foreign, owning.rid, plugin.rid, other.rid, 0, 1, 2, -1]) {
      assertEquals([liar.host.resource_get(rid), liar.host.resource_close(rid)], [0, 0], String(rid));
    }
    liar.outcome(at, OUTCOME.NULL);
  };
  plugin.ops.op();
  assertEquals(Deno.resources()[foreign], "foreign");
  owning.close();
});
failing(
  "resource whose name is beyond memory",
  (liar) =>
    liar.answer = (at) => {
      assertEquals(liar.host.resource_add(WORD, 5, 0, 0), -1);
      liar.outcome(at, OUTCOME.NULL);
    },
  plain,
  GUEST,
);
for (const [drop, wanted] of [[EMPTY, GUEST], [WORD, GUEST], [WRONG, GUEST], [SPIN, TIME]]) {
  lie(`resource whose drop is function ${drop}`, registering(() => {}, plain), (open, liar) => {
    let rid;
    liar.answer = (at) => {
      rid = liar.host.resource_add(...liar.slice("lie"), 0, drop);
      liar.outcome(at, OUTCOME.NULL);
    };
    const plugin = open();
    plugin.ops.op();
    assertThrows(() => Deno.close(rid), { ...wanted, includes: liar.name });
    assert(!(rid in Deno.resources()));
    // The guest closes it itself, twice.
    liar.answer = (at) => {
      rid = liar.host.resource_add(...liar.slice("lie"), 0, drop);
      liar.host.resource_close(rid);
      liar.host.resource_close(rid);
      liar.outcome(at, OUTCOME.NULL);
    };
    assertThrows(() => plugin.ops.op(), { ...wanted, includes: liar.name });
    assert(!(rid in Deno.resources()));
  });
  lie(`plugin closed with drops at function ${drop}`, registering(() => {}, plain), (open, liar) => {
    liar.answer = (at) => {
      for (const index of [0, drop, 0, drop]) liar.host.resource_add(...liar.slice("lie"), 0, index);
      liar.outcome(at, OUTCOME.NULL);
    };
    const plugin = open();
    plugin.ops.op();
    try {
      plugin.close();
    } catch (error) {
      assertEquals(error.code, wanted.code);
    }
    assertThrows(() => plugin.ops.op(), { code: "ERR_PLUGIN_CLOSED" });
    assertEquals(plugin.instance.isRunning, false);
    plugin[Symbol.dispose]();
    // What `lie` closes.
    liar.entry = () => 0;
    open();
  });
}

// ---- Calls within calls ----

const within = (answers) =>
  registering(
    (liar) => {
      let depth = 0;
      liar.answer = (at) => {
        const answer = answers[depth++] ?? (() => {});
        answer(liar, at);
        liar.outcome(at, OUTCOME.NULL);
      };
    },
    plain,
    (liar) => liar.op({ name: "inner" }),
  );
const INSTANCE = { code: "ERR_WASM_INSTANCE" };
let current;
const endsWithin = (liar) => assertThrows(() => current.ops.inner(buffer), TRAP);
const trap = (liar) => liar.traps = 1;
for (
  const [name, outer] of [
    ["goes on", () => {}],
    ["calls again", () => assertEquals(current.ops.inner(new Uint8Array(100)), undefined)],
    ["fails", (liar) => liar.host.fail(liar.report(liar.slice("Error"), liar.slice("CODE"), liar.slice("words")))],
    ["registers", (liar) => liar.host.register_op(liar.op({ name: "late" }))],
    ["logs", (liar) => liar.host.log(4, 65536, 3)],
    ["adds a resource", (liar) => liar.host.resource_add(...liar.slice("late"), 0, DROP)],
  ]
) {
  const answers = [(liar) => (endsWithin(liar), outer(liar)), trap];
  lie(`a call that ${name} when its instance has ended`, within(answers), (open, liar) => {
    current = open();
    const error = assertThrows(() => current.ops.op(buffer), { includes: liar.name });
    assertEquals(error.code, INSTANCE.code, error.stack);
    // The next one has nothing of that.
    liar.answer = (at) => liar.outcome(at, OUTCOME.SYNC, ...liar.slice("fine"), 0);
    assertEquals(text(current.ops.op(buffer)), "fine");
  });
}
lie("a plugin that is closed by its own op", within([() => current.close()]), (open, liar) => {
  current = open();
  const error = assertThrows(() => current.ops.op(buffer), {});
  assert(["ERR_PLUGIN_CLOSED", "ERR_WASM_INSTANCE"].includes(error.code), error.stack);
  liar.entry = () => 0;
  open();
});

// ---- Futures ----

async function later(name, set, wanted, inspect = () => {}, definition = plain) {
  let plugin;
  try {
    const liar = new Liar(`${temp}/later${number++}.wasm`);
    liar.name = `later${number - 1}`;
    registering(set, definition)(liar);
    plugin = liar.open({ limits: { deadline: 300 } });
    const promise = (async () => await plugin.ops.op(buffer))();
    const ended = wanted === undefined ? promise : assertRejects(() => promise, { ...wanted, includes: liar.name });
    const tooLate = after(MOST).then(() => assert(false, `not done after ${MOST} ms`));
    await Promise.race([ended, tooLate]);
    inspect(liar);
    assertEquals([plugin.instance.calls, plugin.metrics().ops[0].inFlight], [0, 0], "calls that are not done");
    plugin.close();
    othersGoOn();
    assertEquals(Deno.resources(), resources, "something stays open");
  } catch (error) {
    failures.push(`${name}: ${error.stack}`);
  }
}
// A sync op that has an async function's outcome gives neither a Promise nor a number.
for (const fast of [0, FAST]) {
  failing(
    `future of a sync op with fast function ${fast}`,
    (liar) => {
      liar.answer = (at) => liar.outcome(at, OUTCOME.ASYNC, 0, liar.set(liar.struct(12), 12, 0, DROP));
    },
    typed({ parameters: [KIND.i32], result: KIND.i32, fast }),
    RESULT,
    [1],
  );
}

const future = (liar, drop = DROP) => (at) =>
  liar.outcome(at, OUTCOME.ASYNC, 0, liar.set(liar.struct(12), 12, 0, drop));
const polled = (poll, drop) => (liar) => {
  liar.answer = future(liar, drop);
  liar.lies.poll = (_, task, at) => poll(liar, at, task);
};
for (const kind of [OUTCOME.NOT_FOUND, OUTCOME.ASYNC, 77, WORD]) {
  await later(
    `future that ends with ${kind}`,
    polled((liar, at) => {
      liar.outcome(at, kind, 0, 0);
      return 1;
    }),
    ABI,
  );
}
await later("future that traps", polled((liar) => liar.traps = 1), TRAP);
await later("future with a vtable beyond memory", answering(OUTCOME.ASYNC, 0, 4 * 65536), GUEST);
const done = (liar, at) => {
  liar.outcome(at, OUTCOME.NULL);
  return 1;
};
for (const [drop, wanted] of [[0, GUEST], [EMPTY, GUEST], [WORD, GUEST], [WRONG, GUEST], [SPIN, TIME]]) {
  await later(`future whose drop is function ${drop}`, polled(done, drop), wanted);
}
await later(
  "future of a result beyond memory",
  polled((liar, at) => {
    liar.outcome(at, OUTCOME.SYNC, WORD, WORD, 0);
    return 1;
  }),
  GUEST,
);
// However it ends, it is dropped once.
for (
  const [name, encoding, outcome, wanted] of [
    ["JSON that is cut short", 1, (liar) => [OUTCOME.SYNC, ...liar.slice("{"), 0], { ...RESULT, includes: "no JSON" }],
    ["JSON", 1, (liar) => [OUTCOME.SYNC, ...liar.slice("{}"), 0], undefined],
    ["bytes", 0, (liar) => [OUTCOME.SYNC, ...liar.slice("{"), 0], undefined],
    ["bytes beyond memory", 0, () => [OUTCOME.SYNC, WORD, 1, 0], GUEST],
    ["an outcome that there is not", 1, () => [77], ABI],
  ]
) {
  let drops = 0;
  const definition = (liar) => liar.op({ name: "op", encoding });
  await later(
    `future that ends with ${name}`,
    (liar) => {
      liar.lies.release = (data) => void (data === 7777 && drops++);
      liar.answer = (at) => liar.outcome(at, OUTCOME.ASYNC, 7777, liar.set(liar.struct(12), 12, 0, RELEASE));
      liar.lies.poll = (_, __, at) => {
        liar.outcome(at, ...outcome(liar));
        return 1;
      };
    },
    wanted,
    () => assertEquals(drops, 1),
    definition,
  );
}
failing(
  "JSON that is cut short",
  (liar) => liar.answer = (at) => liar.outcome(at, OUTCOME.SYNC, ...liar.slice("{"), 0),
  (liar) => liar.op({ name: "op", encoding: 1 }),
  { ...RESULT, includes: "no JSON" },
);
let polls = 0;
await later(
  "future that wakes itself often",
  polled((liar, at, task) => {
    liar.host.wake(task);
    liar.host.wake(task);
    return ++polls === 1000 ? done(liar, at) : 0;
  }),
  undefined,
  () => assertEquals(polls, 1000),
);

// Timers go on while a future wakes itself for ever. It comes last: otherwise this never ends.
if (failures.length === 0) {
  const liar = new Liar(`${temp}/restless.wasm`);
  registering(polled((liar, _, task) => (liar.host.wake(task), 0)), plain)(liar);
  const plugin = liar.open();
  let isDone = false;
  const rejected = assertRejects(() => plugin.ops.op(), { code: "ERR_WASM_INSTANCE" }).finally(() => isDone = true);
  await after(50);
  assert(!isDone);
  plugin.close();
  await rejected;
}

if (failures.length > 0) throw new Error(`${failures.length} failures\n\n${failures.join("\n\n")}`);
other.close();
assertEquals(Deno.core.ops(), { ops: 0 });
