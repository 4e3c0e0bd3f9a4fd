// flags: --allow-read
// Values of types that chance makes pass through a component, which calls an import with what it is called with: as
// parameters and results of exports and of imports, in each encoding of strings. What comes out is what went in.

import { assert, assertEquals } from "./assert.js";
import { folder, guest } from "./fixtures.js";
import { randomFrom } from "./random.js";
import { valuesFrom } from "./wit_values.js";

const ROUNDS = 5;
const IFACE = "test:generated/shapes";
const functions = JSON.parse(Deno.readTextFileSync(`${folder}/guests/generated.json`));

const make = valuesFrom(randomFrom(0x0C0FFEE));
let called, given;
const imports = {};
for (const { name, result } of functions) {
  imports[name] = (...args) => {
    called = args;
    if (result?.kind !== "result") return given;
    if (given.tag === "ok") return given.val;
    throw Object.assign(new Error("an error of the script's"), { payload: given.val });
  };
}

for (const suffix of ["", "_utf16", "_latin1"]) {
  const plugin = Deno.openPlugin(guest(`generated${suffix}`), { imports: { [IFACE]: imports } });
  const ops = plugin.ops[IFACE];
  for (const { name, params, result } of functions) {
    for (let i = 0; i < ROUNDS; i++) {
      const args = params.map(make), what = `${name}${suffix}`;
      given = result === null ? undefined : make(result);
      let answer, thrown;
      try {
        answer = ops[name](...args);
      } catch (error) {
        thrown = error;
      }
      if (result?.kind === "result" && given.tag === "err") {
        assertEquals(thrown?.code, "ERR_COMPONENT_RESULT", `${what}: ${thrown?.stack}`);
        assertEquals(thrown.payload, given.val, what);
      } else {
        assert(thrown === undefined, `${what}: ${thrown?.stack}`);
        assertEquals(answer, result?.kind === "result" ? given.val : given, what);
      }
      assertEquals(called, args, what);
    }
  }
  assertEquals(plugin.instance.starts, 1);
  plugin.close();
}
