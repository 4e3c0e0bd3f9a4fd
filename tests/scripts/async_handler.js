// flags: --allow-plugin
// Deno.core.setAsyncHandler: answers of async ops as they came in 2020.

import { assert, assertEquals } from "./assert.js";
import { bytes, openKit, text } from "./fixtures.js";

const kit = openKit();
const ids = Deno.core.ops();

/** Sets a handler; answers a function that waits for as many answers. */
function collect(id) {
  const answers = [];
  let wake = () => {};
  Deno.core.setAsyncHandler(id, (answer) => {
    answers.push(answer);
    wake();
  });
  return async (count) => {
    while (answers.length < count) await new Promise((resolve) => (wake = resolve));
    return answers;
  };
}

const ready = collect(ids.async_ready);
assertEquals(Deno.core.dispatch(ids.async_ready, bytes("one")), undefined, "the handler gets the answer");
assertEquals(Deno.core.dispatch(ids.async_ready, bytes("two")), undefined);
const [one, two] = await ready(2);
assert(one instanceof Uint8Array);
assertEquals([text(one), text(two)], ["one", "two"], "in order");

// Each op has its own handler, and is called when it is done.
const slept = collect(ids.async_sleep);
Deno.core.dispatch(ids.async_sleep, bytes("1000"));
Deno.core.dispatch(ids.async_sleep, bytes("10"));
assertEquals((await slept(2)).map(text), ["10", "1000"]);
assertEquals((await ready(2)).length, 2);

// A later handler takes the place of the former.
const later = collect(ids.async_ready);
Deno.core.dispatch(ids.async_ready, bytes("three"));
assertEquals((await later(1)).map(text), ["three"]);
assertEquals((await ready(2)).length, 2);

// The short path always gives a promise; a sync op has no use for a handler.
assertEquals(text(await kit.ops.async_ready(bytes("promise"))), "promise");
assertEquals((await later(1)).length, 1);
Deno.core.setAsyncHandler(ids.echo, () => {
  throw new Error("a sync op calls no handler");
});
assertEquals(text(Deno.core.dispatch(ids.echo, bytes("sync"))), "sync");

// A json op's answer is JSON text.
const json = collect(ids.async_json_echo);
assertEquals(Deno.core.dispatch(ids.async_json_echo, bytes("{\"a\":[1]}")), undefined);
assertEquals(JSON.parse(text((await json(1))[0])), { ok: { a: [1] } });
const errors = collect(ids.async_error_of);
Deno.core.dispatch(ids.async_error_of, bytes("{\"class\":\"NotFound\",\"code\":\"E\",\"message\":\"m\"}"));
assertEquals(JSON.parse(text((await errors(1))[0])), { err: "m", class: "NotFound", code: "E" });

// A handler that is set after the call has the answer too; the promise that was there is kept besides.
for (const [id, argument, answer] of [[ids.async_sleep, "1", "1"], [ids.t_async, "[1, \"a\"]", undefined]]) {
  Deno.core.setAsyncHandler(id, () => {
    throw new Error("it was there at the call, and another is there for the answer");
  });
  Deno.core.dispatch(id, bytes(argument));
  const [bytesOfAnswer] = await collect(id)(1);
  if (answer !== undefined) assertEquals(text(bytesOfAnswer), answer);
}
const again = openKit(), idsAgain = Deno.core.ops();
for (const [id, argument] of [[idsAgain.async_sleep, "1"], [idsAgain.t_async, "[1, \"a\"]"]]) {
  const promise = Deno.core.dispatch(id, bytes(argument));
  const [handled] = await collect(id)(1);
  assertEquals(text(await promise), text(handled));
}
again.close();

// A handler may dispatch.
await new Promise((resolve) => {
  let rounds = 0;
  Deno.core.setAsyncHandler(ids.async_ready, (answer) => {
    if (++rounds === 10) return resolve();
    assertEquals(text(answer), String(rounds - 1));
    Deno.core.dispatch(ids.async_ready, bytes(String(rounds)));
  });
  Deno.core.dispatch(ids.async_ready, bytes("0"));
});

kit.close();
