// Calls the component of the guest in C, whose file is the first argument.

import { assertEquals } from "./assert.js";

const { ops } = Deno.openPlugin(Deno.args[0]);
const exported = ops["plugbay:c-guest/ops@1.2.3"];
const bytes = (...texts) => texts.map((text) => new TextEncoder().encode(text));
const text = (bytes) => new TextDecoder().decode(bytes);
const failure = (call) => {
  try {
    return { given: call() };
  } catch ({ code, payload }) {
    return { code, payload };
  }
};

assertEquals(exported.add(5, -2), 3);
assertEquals(exported.sum(new Uint8Array([1, 2])), 3);
assertEquals(exported.fill(7, 3), new Uint8Array([7, 7, 7]));
// Of ops without a signature buffers are all there is, JSON text among them.
assertEquals(text(exported.twice(bytes("1"))), "[1,1]");
assertEquals(text(exported.later(bytes("a"))), "later");
const refused = { class: "RangeError", code: "ERR_C", message: "C says no" };
assertEquals(failure(() => exported.fail([])), { code: "ERR_COMPONENT_RESULT", payload: refused });
const counter = exported.openCounter();
assertEquals([exported.next(counter), exported.next(counter)], [1, 2]);
assertEquals([exported.closeCounter(counter), exported.closeCounter(counter)], [true, false]);
assertEquals(failure(() => exported.next(counter)).payload.code, "ERR_BAD_RESOURCE");
