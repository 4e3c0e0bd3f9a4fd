// flags: --allow-plugin
// Ops that answer later.

import { assert, assertEquals, assertRejects } from "./assert.js";
import { after, bytes, openKit, text } from "./fixtures.js";

const kit = openKit();
const { ops } = kit;
const ids = Deno.core.ops();

// A promise of the bytes, by name and by id, also when the future is ready at once.
const ready = ops.async_ready(bytes("now"), bytes("!"));
assert(ready instanceof Promise);
assertEquals(text(await ready), "now!");
assertEquals(text(await Deno.core.dispatch(ids.async_ready, bytes("by id"))), "by id");
assertEquals(await ops.async_ready(), undefined, "no bytes are undefined");

// The script goes on meanwhile, and promises are kept in the order in which the work is done.
const order = [];
const slow = ops.async_sleep(bytes("500")).then(() => order.push("slow"));
const fast = ops.async_sleep(bytes("30")).then(() => order.push("fast"));
order.push("script");
await Promise.all([slow, fast]);
assertEquals(order, ["script", "fast", "slow"]);

// They run side by side: twenty sleeps do not take twenty times as long.
const start = performance.now();
const sleeps = await Promise.all(Array.from({ length: 20 }, () => ops.async_sleep(bytes("100"))));
const took = performance.now() - start;
assert(sleeps.every((answer) => text(answer) === "100"));
assert(took >= 99 && took < 1500, `twenty sleeps of 100 ms took ${took} ms`);

// Thousands under way at once.
const many = await Promise.all(Array.from({ length: 5000 }, (_, i) => ops.async_ready(bytes(String(i)))));
assert(many.every((answer, i) => text(answer) === String(i)));

// One after the other.
for (let i = 0; i < 500; i++) assertEquals(text(await ops.async_ready(bytes(String(i)))), String(i));

// What the plugin reads on another thread is the script's memory.
const numbers = new Uint8Array(1_000_000).fill(3);
assertEquals(text(await ops.thread_send(numbers)), "3000000");
assertEquals(text(await ops.thread_send(numbers.subarray(0, 10))), "30");

// A buffer that only the op holds.
assertEquals(text(await ops.async_sleep(bytes("20"), bytes(" still there"))), "20 still there");

// An op that does not keep the program alive is kept alive by another one.
const answers = await Promise.all([ops.async_unref_sleep(bytes("20"), bytes(" unref")), after(500)]);
assertEquals(text(answers[0]), "20 unref");

// Failing ones reject; they do not throw.
const error = { class: "NotFound", code: "ERR_KIT", message: "gone" };
await assertRejects(() => ops.async_error_of(error), { class: "NotFound", code: "ERR_KIT", includes: "gone" });
await assertRejects(() => ops.async_error_of("wrong"), { class: "TypeError", code: "ERR_OP_ARGUMENT" });

// Timers and promises of the script have their turn while ops are under way.
let ticks = 0;
const timer = setInterval(() => ticks++, 10);
await ops.async_sleep(bytes("200"));
clearInterval(timer);
assert(ticks >= 3, `${ticks} ticks in 200 ms`);

// Never answered; the script ends all the same.
ops.async_never();
