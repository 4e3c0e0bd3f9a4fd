// flags: --allow-plugin --allow-read
// Everything at a full stack: it works or throws a RangeError, and the process goes on. What native code throws far
// below V8's limit would end it.

import { assert, assertEquals } from "./assert.js";
import { bytes, openKit } from "./fixtures.js";

const kit = openKit();
const { ops } = kit;
const echo = kit.metrics().ops.find(({ name }) => name === "echo").id;

// (module (import "m" "f" (func)) (func (export "call") call 0) (func (export "recurse") call 0 call 2))
const module = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 7, 1, 1, 109, 1, 102, 0, 0, 3, 3, 2, 0, 0],
  ...[7, 18, 2, 4, 99, 97, 108, 108, 0, 1, 7, 114, 101, 99, 117, 114, 115, 101, 0, 2],
  ...[10, 13, 2, 4, 0, 16, 0, 11, 6, 0, 16, 0, 16, 2, 11],
]);
let imported = () => {};
const guest = Deno.openPlugin(module, { imports: { m: { f: () => imported() } } });

const works = {
  nothing: () => {},
  stack: () => new Error("here").stack,
  stackOfOwnMaking: () => {
    Error.prepareStackTrace = (_, sites) => sites.map(String);
    try {
      return new Error("here").stack;
    } finally {
      delete Error.prepareStackTrace;
    }
  },
  engineError: () => null.property,
  print: () => Deno.core.print(""),
  metrics: () => Deno.metrics(),
  resources: () => Deno.resources(),
  plugins: () => [...Deno.plugins.list()],
  file: () => Deno.readFileSync("/there is no such file"),
  text: () => new TextDecoder().decode(bytes("text")),
  dispatch: () => Deno.core.dispatch(echo, new Uint8Array(8)),
  bytes: () => ops.echo(new Uint8Array(8)),
  number: () => ops.t_i32(1),
  wrongArgument: () => ops.t_i32("one"),
  buffer: () => ops.t_sum(new Uint8Array(8)),
  object: () => ops.t_struct({ x: 1, y: 2 }),
  notFound: () => ops.not_found(),
  promise: () => ops.async_ready(new Uint8Array(5)),
  guest: () => guest.ops.call(),
  guestRecursion: () => guest.ops.recurse(),
  open: () => Deno.openPlugin(module, { imports: { m: { f: () => {} } } }).close(),
  openBadly: () => Deno.openPlugin(module),
};

const nop = () => {};
for (const [name, work] of Object.entries(works)) {
  const attempt = () => {
    try {
      work();
    } catch (error) {
      // Whoever looks at an error is at a full stack, too.
      String(error.stack);
      throw error;
    }
  };
  // Frames of several sizes, so that each work begins with more and with less room.
  for (let size = 0; size < 24; size++) {
    const locals = Array.from({ length: size }, (_, i) => `a${i}`);
    const recursion = new Function(
      "work",
      `
      let depth = 0, room = Infinity;
      return function recurse(from) {
        ${locals.map((local) => `let ${local} = depth;`).join(" ")}
        if (++depth > from) work();
        recurse(from);
        return [${locals}];
      }`,
    );
    const depthOf = (work, from) => {
      let deepest = 0;
      try {
        recursion(() => (deepest++, work()))(from);
      } catch (error) {
        if (from < 0) assert(error instanceof RangeError, `${name}: ${error}`);
      }
      return deepest;
    };
    const deepest = depthOf(nop, -1);
    for (const last of [2, 40]) depthOf(attempt, deepest - last);
  }
  // By way of a guest and its import.
  imported = () => {
    let depth = 0;
    const descend = () => (++depth > 1000 && attempt(), guest.ops.call());
    imported = descend;
    descend();
  };
  try {
    guest.ops.call();
  } catch { /* It is full. */ }
  imported = nop;
  assertEquals(guest.ops.call(), undefined);
  assertEquals([ops.t_i32(1), ops.t_sum(new Uint8Array([1, 2])), ops.t_struct({ x: 1, y: 2 }).x], [1, 3, 1], name);
}
guest.close();
kit.close();
