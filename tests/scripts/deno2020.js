// flags: --allow-plugin
// Plugins of Deno 1.1 to 1.8, called as scripts of their time called them.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { example, library } from "./fixtures.js";

const textDecoder = new TextDecoder();
const encode = (text) => new TextEncoder().encode(text);
const decode = (bytes) => textDecoder.decode(bytes);
const { core } = Deno;

const resourcesPre = JSON.stringify(Deno.resources(), null, 2);

/** Calls an async op through a handler, and waits for the first answer. */
function viaHandler(id, ...views) {
  return new Promise((resolve) => {
    core.setAsyncHandler(id, resolve);
    const response = core.dispatch(id, ...views);
    assert(response == null, "an op with a handler answers nothing at once");
  });
}

const test = new Uint8Array([116, 101, 115, 116]);
const more = [new Uint8Array([49, 50, 51]), new Uint8Array([99, 98, 97])];

// The plugins of each version have a sync op and an async one.
const versions = {
  deno_1_1: { file: example("deno_1_1"), asyncAnswer: "test" },
  deno_1_4: { file: example("deno_1_4"), asyncAnswer: "test123cba" },
  deno_1_8: { file: example("deno_1_8"), asyncAnswer: "test" },
  edition2024: { file: library("deno2020_edition2024"), asyncAnswer: "test123cba" },
};
for (const [version, { file, asyncAnswer }] of Object.entries(versions)) {
  const rid = Deno.openPlugin(file);
  assert(rid > 0, "a Plugin compares as its rid");
  const { testSync, testAsync } = core.ops();
  if (!(testSync > 0)) throw "bad op id for testSync";
  if (!(testAsync > 0)) throw "bad op id for testAsync";

  const response = core.dispatch(testSync, test, ...more);
  assertEquals(decode(response), "test", version);
  assertEquals(decode(await viaHandler(testAsync, test, ...more)), asyncAnswer, version);

  const start = Deno.metrics();
  core.dispatch(testSync, test);
  const end = Deno.metrics();
  assertEquals(end.opsDispatched - start.opsDispatched, 1);
  assertEquals(end.opsCompleted - start.opsCompleted, 1);

  Deno.close(rid);
  assertEquals(JSON.stringify(Deno.resources(), null, 2), resourcesPre, version);
  assertThrows(() => core.dispatch(testSync, test), { class: "BadResource", code: "ERR_PLUGIN_CLOSED" });
}

// 1.1: the first buffer is the control, the others are the script's memory.
{
  const rid = Deno.openPlugin(example("deno_1_1"));
  const memory = encode("shout");
  assertEquals(core.dispatch(core.ops().upper, encode("ascii"), memory), undefined);
  assertEquals(decode(memory), "SHOUT");
  Deno.close(rid);
}

// 1.4: no answer.
{
  const rid = Deno.openPlugin(example("deno_1_4"));
  const { hello, helloAgain, first } = core.ops();
  assertEquals([core.dispatch(hello), core.dispatch(helloAgain)], [undefined, undefined]);
  assertEquals(decode(core.dispatch(first, ...more)), "123");
  Deno.close(rid);
}

// 1.6: commands in JSON, with promise ids kept by the script.
{
  const rid = Deno.openPlugin(example("deno_1_6"));
  const { store_command, store_load_async, store_watch } = core.ops();
  const command = (args, ...zeroCopy) => {
    const response = core.dispatch(store_command, core.encode(JSON.stringify(args)), ...zeroCopy);
    return JSON.parse(core.decode(response));
  };
  assertEquals(command({ command: "set", key: "k", value: [1, { a: null }] }, ...more), { ok: null });
  assertEquals(command({ command: "get", key: "k" }), { ok: { bytes: 6, value: [1, { a: null }] } });
  assertEquals(command({ command: "get", key: "j" }), { err: "nothing under j" });
  assert(command({ command: "get" }).err.startsWith("no key in "));

  const promises = new Map();
  core.setAsyncHandler(store_load_async, (bytes) => {
    const { ok } = JSON.parse(decode(bytes));
    promises.get(ok)();
    promises.delete(ok);
  });
  const load = (promiseId) =>
    new Promise((resolve) => {
      promises.set(promiseId, resolve);
      core.dispatch(store_load_async, encode(JSON.stringify({ promiseId })));
    });
  await Promise.all([load(1), load(2), load(3)]);
  assertEquals(promises.size, 0);
  core.dispatch(store_watch);
  Deno.close(rid);
}

// 1.8: boxed and wrapped ops, closures with a state, ops that register ops.
{
  const rid = Deno.openPlugin(example("deno_1_8"));
  const { testWrapped, testCounted, testPointer, testRegister } = core.ops();
  assertEquals(decode(await viaHandler(testWrapped, test, ...more)), "test and 2 more");
  assertEquals([decode(core.dispatch(testCounted)), decode(core.dispatch(testCounted))], ["t1st", "t2st"]);
  assertEquals(decode(core.dispatch(testPointer)), "test");
  const late = Number(decode(core.dispatch(testRegister)));
  assertEquals(core.ops().testLate, late);
  assertEquals(decode(core.dispatch(late)), "test");
  Deno.close(rid);
}

// 1.8: nothing of a future runs within dispatch, and its answer goes to the handler that is there when it comes.
{
  const plugin = Deno.openPlugin(example("deno_1_8"));
  const { testLazy, testPolled, testSync } = core.ops();
  const polled = () => Number(decode(core.dispatch(testPolled)));
  const next = () => new Promise((resolve) => core.setAsyncHandler(testLazy, resolve));

  const promise = core.dispatch(testLazy);
  assertEquals(polled(), 0, "the future was polled within dispatch");
  assertEquals(decode(await next()), "lazy", "a handler that is set after the call");
  assertEquals(decode(await promise), "lazy", "the promise, which was there before");
  assertEquals(polled(), 1);

  const first = next();
  assertEquals(core.dispatch(testLazy), undefined);
  assertEquals(polled(), 1);
  const second = next();
  assertEquals(decode(await second), "lazy", "the latest handler");
  assertEquals(await Promise.race([first, Promise.resolve("nothing")]), "nothing", "the former handler");

  const last = next();
  core.dispatch(testLazy);
  plugin.close();
  assertEquals(decode(await last), "lazy", "a plugin that was closed meanwhile");
  assertThrows(() => core.dispatch(testSync), { code: "ERR_PLUGIN_CLOSED" });
}

// 1.0: one function takes the answers of all ops.
{
  const plugin = Deno.openPlugin(example("deno_1_8"));
  const { testLazy, testSync } = core.ops();
  assertThrows(() => core.recv(5), { class: "TypeError", code: "ERR_ASYNC_HANDLER" });
  assertEquals(decode(await core.send(testLazy)), "lazy", "nobody receives yet");
  const received = new Promise((resolve) => core.recv((id, bytes) => resolve([id, decode(bytes)])));
  assertEquals(core.send(testLazy), undefined);
  assertEquals(await received, [testLazy, "lazy"]);
  assertEquals(decode(core.send(testSync, test)), "test");
  assertEquals(decode(core.dispatchByName("testSync", test)), "test");
  assertThrows(() => core.dispatchByName("nobody"), { class: "NotFound", code: "ERR_OP_UNKNOWN" });
  core.recv(() => {
    throw new Error("an op with a handler of its own calls no other");
  });
  const own = new Promise((resolve) => core.setAsyncHandler(testLazy, resolve));
  core.send(testLazy);
  assertEquals(decode(await own), "lazy");
  plugin.close();
}

// deno_json_op: `{ ok }` or `{ err }`, at once or later.
for (const [file, name] of [[example("deno_json_op_0_1"), "test"], [library("deno2020_edition2024"), "testJson"]]) {
  const rid = Deno.openPlugin(file);
  const answer = JSON.parse(decode(core.dispatch(core.ops()[name], encode("\"world\""))));
  assertEquals(answer.ok.hello, "world");
  Deno.close(rid);
}
{
  const plugin = Deno.openPlugin(example("deno_json_op_0_1"));
  const ids = core.ops();
  const call = (name, value, ...zeroCopy) =>
    JSON.parse(decode(core.dispatch(ids[name], encode(JSON.stringify(value)), ...zeroCopy)));
  assertEquals(call("test", { a: 1 }, ...more), { ok: { hello: { a: 1 }, buffers: 2 } });
  assertEquals(call("window_new", { title: "first" }), { ok: 1 });
  assertEquals(call("window_title", { id: 1 }), { ok: "first" });
  assertEquals(call("window_title", { id: 5 }).err, "Could not find window with id: 5");
  assertEquals(call("window_new", {}).err, "title wants text");
  const later = JSON.parse(decode(await viaHandler(ids.test_async, encode("1"), ...more)));
  assertEquals(later, { ok: { hello: 1, bytes: [3, 3], number: 42 } });
  const failed = JSON.parse(decode(await viaHandler(ids.window_wait, encode("3"))));
  assertEquals(failed.err, "Nobody closes window 3");
  // The same ops by the shorter path.
  assertEquals(plugin.ops.window_title({ id: 1 }), "first");
  assertThrows(() => plugin.ops.window_fail(null), { class: "BadResource", includes: "Bad resource ID" });
  assertEquals((await plugin.ops.test_async("x")).hello, "x");
  plugin.close();
}

// Deno's own ops of 1.4 to 1.8: a state, JSON and resources that are closed.
{
  const plugin = Deno.openPlugin(example("deno_core_state"));
  assertEquals(core.jsonOpSync("op_add", { by: 2 }, ...more), { total: 2, buffers: 2 });
  assertEquals(plugin.ops.op_add({ by: 3 }), { total: 5, buffers: 0 });
  assertEquals(decode(core.dispatchByName("op_total", ...more)), "5 and 2 buffers");
  assertEquals(await core.jsonOpAsync("op_later", "x", ...more), ["x", 5, 6]);
  assertEquals(core.jsonOpSync("op_parse", "https://example.com/a/b.js?c"), "/a/b.js");
  assertThrows(() => core.jsonOpSync("op_parse", "nowhere"), {
    class: "Error",
    includes: "relative URL without a base",
  });
  assertThrows(() => core.jsonOpSync("op_errno"), { class: "NotFound", code: "ERR_OP_IO" });
  const rid = core.jsonOpSync("op_open"), other = core.jsonOpSync("op_open");
  assertEquals(Deno.resources()[rid], "door");
  assertEquals([core.jsonOpSync("op_use", rid), core.jsonOpSync("op_use", rid), core.jsonOpSync("op_use", other)], [
    1,
    2,
    1,
  ]);
  assertEquals(core.jsonOpSync("op_close", rid), [true, 1]);
  assertEquals(core.jsonOpSync("op_close", rid), [false, 1]);
  Deno.close(other);
  assertEquals(core.jsonOpSync("op_close", other), [false, 2]);
  assertThrows(() => core.jsonOpSync("op_use", rid), { class: "BadResource" });
  // Another opening has a state of its own.
  const again = Deno.openPlugin(example("deno_core_state"));
  assertEquals(again.ops.op_add({ by: 1 }), { total: 1, buffers: 0 });
  assertEquals(plugin.ops.op_add({ by: 1 }), { total: 6, buffers: 0 });
  again.close();
  plugin.close();
}
assertEquals(JSON.stringify(Deno.resources(), null, 2), resourcesPre);
