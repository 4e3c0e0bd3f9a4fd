// flags: --allow-read
// Resources of components: the host's, which are objects of classes that the script passes, and the guest's own, which
// are classes that the plugin shows. What a guest does with handles that it should not ends its instance.

import { assert, assertEquals, assertThrows } from "./assert.js";
import { after, guest } from "./fixtures.js";

const REFUSED = { class: "TypeError", code: "ERR_OP_ARGUMENT" };
const fault = (...includes) => ({ class: "WebAssembly.RuntimeError", code: "ERR_WASM_TRAP", includes });
const ENTERED = { class: "WebAssembly.RuntimeError", code: "ERR_WASM_INSTANCE", includes: "another call" };

let disposed = [];
class File {
  #name;
  constructor(name) {
    this.#name = name;
  }
  read(count) {
    return this.#name.repeat(count);
  }
  static open(name) {
    if (name === "") throw Object.assign(new Error(), { payload: "it has no name" });
    return new File(name);
  }
  [Symbol.dispose]() {
    disposed.push(this.#name);
  }
}
let looked, notify = (n) => n;
const imports = {
  "test:resources/store": {
    File,
    swap: (file) => new File(`not ${file.read(1)}`),
    look: (file) => (looked = file).read(1),
    makeOther: () => ({ a: "thing" }),
  },
  watcher: { notify: (n) => notify(n) },
};
const open = (options) => Deno.openPlugin(guest("resources"), { imports, ...options });
const plugin = open();
const { user, counters } = plugin.ops;

// ---- The host's ----

assertEquals(user.make("ab"), "abababab");
assertEquals(disposed.splice(0), ["ab"]);
assertEquals([user.open("x"), disposed.splice(0)], [undefined, ["x"]]);
assertEquals(assertThrows(() => user.open(""), { code: "ERR_COMPONENT_RESULT" }).payload, "it has no name");

// What is lent stays the script's, and is not disposed of.
const file = new File("f");
assertEquals([user.read(file, 3), user.read(file, 1), user.readBoth([file, file], 2)], ["fff", "f", "ff"]);
assertEquals(disposed, []);
// An object of any kind will do, which has the methods that are called.
assertEquals(user.read({ read: (count) => `count ${count}` }, 7), "count 7");
for (const value of [undefined, null, 1, "file"]) assertThrows(() => user.read(value, 1), REFUSED);
assertThrows(() => user.read({}, 1), { includes: "an object with a method read" });

// What is given is the guest's until it gives it back, and is the same object then.
const handle = user.hold(file);
assertEquals([user.held(handle), user.giveBack(handle) === file, disposed], ["ff", true, []]);
assertEquals(user.through(file).read(1), "not f");
// A handle that is free is given again, for something else.
const second = user.hold(new File("second"));
assertEquals([second, user.held(second)], [handle, "secondsecond"]);
user.drop(second);
assertEquals(disposed.splice(0), ["second"]);
// What has nothing to dispose of is let go.
user.drop(user.hold({ read: () => "" }));

// What does not fit is told before the guest has anything of the call.
const { starts } = plugin.instance;
for (let i = 0; i < 3; i++) {
  assertThrows(() => user.afterNumber(file, 256), { ...REFUSED, includes: "argument 2 (n)" });
  assertThrows(() => user.giveAfterNumber(file, 256), { ...REFUSED, includes: "argument 2 (n)" });
  assertThrows(() => user.readBoth([file, 1], 1), REFUSED);
}
assertEquals([user.giveAfterNumber(file, 1), user.afterNumber(file, 1), plugin.instance.starts], [handle, "f", starts]);

// Handles that the guest does not have, or has no more.
for (const forged of [0, 1000, 2 ** 31, 2 ** 32 - 1]) {
  const kind = fault("breaks its contract", `handle ${forged}, which it does not have`);
  assertThrows(() => user.held(forged), kind);
  assertThrows(() => user.giveBack(forged), kind);
  assertThrows(() => user.drop(forged), kind);
}
const once = user.hold(file);
user.drop(once);
assertThrows(() => user.drop(once), fault(`handle ${once}, which it does not have`));
assertThrows(() => user.lookAtOther(), fault("of another resource"));
assertEquals(looked, undefined);
// What is lent to it is neither its own nor to be kept.
assertThrows(() => user.keep(file), fault("keeps 1 handles that were lent to it"));
assertThrows(() => user.giveLent(file), fault("gives away handle", "lent"));
disposed = [];
// What an instance had that has ended is not disposed of for it.
const held = user.hold(new File("of an instance"));
assertThrows(() => user.drop(held + 1), fault());
assertThrows(() => user.held(held), fault("does not have"));
assertEquals(disposed, []);

// What the script's object throws as it is disposed of is the script's, and ends the instance that dropped it.
const stubborn = new RangeError("stays");
const slot = user.hold({
  [Symbol.dispose]() {
    throw stubborn;
  },
});
assertEquals(assertThrows(() => user.drop(slot), {}), stubborn);

// No more handles than the host may hold for it.
const poor = open({ limits: { host: 1 << 20 } });
assertThrows(() => poor.ops.user.fill(file, 1e6), { class: "RangeError", code: "ERR_WASM_LIMIT", includes: "handles" });
assertThrows(() => poor.ops.counters.endless(), { class: "RangeError", code: "ERR_WASM_LIMIT", includes: "handles" });
assertEquals(poor.ops.user.make("a"), "aaaa");
poor.close();

// ---- The guest's own ----

const { Counter } = counters;
const counter = new Counter(5);
assert(counter instanceof Counter);
assertEquals([Counter.name, counter.add(2), counter.add(1), counters.live()], ["Counter", 7, 8, 1]);
assertEquals([counter.equals(new Counter(8)), counter.equals(new Counter(9)), counter.equals(counter)], [
  true,
  false,
  true,
]);
const merged = Counter.merge(new Counter(1), new Counter(2));
assertEquals([merged.add(0), counters.live()], [3, 4]);
assertThrows(() => Counter(1), { class: "TypeError", includes: "without 'new'" });
assertThrows(() => new Counter("1"), { ...REFUSED, includes: ["[constructor]counter", "argument 1 (start)"] });
assertThrows(() => counter.add(-1), { ...REFUSED, includes: "argument 2 (n)" });

// It goes when it is disposed of, once.
{
  using short = new Counter(77);
  assertEquals(short.add(0), 77);
}
assertEquals([counters.dropped(), counters.live()], [77, 4]);
merged[Symbol.dispose]();
merged[Symbol.dispose]();
assertEquals([counters.dropped(), counters.live()], [3, 3]);
const GONE = { ...REFUSED, includes: "neither given away nor disposed of" };
assertThrows(() => merged.add(1), GONE);
// Or is given away.
const given = new Counter(6);
assertEquals([counters.intoNumber(given), counters.dropped()], [6, 6]);
assertThrows(() => given.add(1), GONE);
assertThrows(() => counters.intoNumber(given), GONE);
given[Symbol.dispose]();
assertThrows(() => Counter.merge(counter, counter), GONE);
assertEquals(counter.add(0), 8);
assertThrows(() => counters.two(counter, 256), { ...REFUSED, includes: "argument 2 (n)" });
assertEquals(counters.two(counter, 255), 255);

// What is none, of another class, another plugin, or an instance that has ended.
const other = open();
for (const value of [{}, null, 1, Object.create(Counter.prototype), new other.ops.counters.Counter(1)]) {
  assertThrows(() => counters.intoNumber(value), { ...REFUSED, includes: "a Counter of this plugin" });
  assertThrows(() => Reflect.apply(Counter.prototype.add, value, [1]), REFUSED);
}
Counter.prototype[Symbol.dispose].call({});
other.close();
const many = counters.listOf(10);
assertEquals(many.map((each) => each.add(1)), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);

// Neither op nor destructor enters an instance whose call has called the host.
for (
  const enter of [() => counters.live(), () => many[1].add(1), () => many[1][Symbol.dispose](), () => new Counter(1)]
) {
  notify = () => {
    assertThrows(enter, ENTERED);
    return 1;
  };
  assertEquals(many[0].show(), 1);
}
notify = (n) => n;
assertEquals([many[1].show(), many[0].show()], [2, 1]);
// A destructor may call the host, which enters it no more than that.
const calls = new Counter(777);
notify = (n) => (assertThrows(() => counters.live(), ENTERED), n);
calls[Symbol.dispose]();
notify = (n) => n;
assertEquals(counters.dropped(), 777);

assertThrows(() => counters.dropTwice(new Counter(1)), fault("does not have"));
const ended = { ...REFUSED, includes: "of the instance that runs; that one has ended" };
assertThrows(() => many[0].add(1), ended);
many[0][Symbol.dispose]();
assertEquals([counters.live(), counters.dropped()], [0, 0]);
const unlucky = new Counter(666);
assertThrows(() => unlucky[Symbol.dispose](), fault("the destructor of Counter"));
assertEquals(counters.live(), 0);
const left = new Counter(1);
plugin.close();
left[Symbol.dispose]();
assertThrows(() => left.add(1), { code: "ERR_PLUGIN_CLOSED" });

// Guests that wait give promises, also of what they make; what is disposed of has its turn.
const waiting = open({ imports: { ...imports, watcher: { notify: async (n) => n + 1 } } });
const { Counter: Later, live, dropped } = waiting.ops.counters;
const later = await new Later(3);
assert(later instanceof Later);
const shown = later.show();
later[Symbol.dispose]();
assertEquals([await shown, await dropped(), await live()], [4, 3, 0]);
waiting.close();

// A destructor waits for what it calls, whoever has it run, and what comes later waits for it.
const options = (cb, limits) => ({ imports: { cb }, limits });
const calm = Deno.openPlugin(guest("component_drops"), options((n) => n));
calm.ops.make(1)[Symbol.dispose]();
assertEquals([calm.ops.consume(calm.ops.make(2)), calm.ops.dropped()], [5, 12]);
calm.close();
const slow = Deno.openPlugin(guest("component_drops"), options(async (n) => (await after(5), n)));
(await slow.ops.make(1))[Symbol.dispose]();
assertEquals([await slow.ops.dropped(), await slow.ops.consume(await slow.ops.make(2))], [1, 5]);
assertEquals([await slow.ops.dropped(), slow.instance.starts], [12, 1]);
slow.close();
// It has the deadline, and so has who drops.
const never = Deno.openPlugin(
  guest("component_drops"),
  options(async (n) => n === 9 ? n : await new Promise(() => {}), { deadline: 50 }),
);
const late = await never.ops.make(1);
const lateToo = await never.ops.make(9);
late[Symbol.dispose]();
assertEquals([await never.ops.dropped(), never.instance.starts], [0, 2]);
lateToo[Symbol.dispose]();
const consumed = await never.ops.consume(await never.ops.make(1)).catch((error) => error);
assertEquals([consumed.name, consumed.code], ["TimedOut", "ERR_WASM_DEADLINE"]);
assertEquals([await never.ops.consume(await never.ops.make(9)), await never.ops.dropped()], [5, 9]);
never.close();

// A destructor that is an import, and exports that are imports, as they are: what they convert is what their types say.
for (const isLater of [false, true]) {
  const seen = [], later = (call) => isLater ? async (...args) => (await after(1), call(...args)) : call;
  const plugin = Deno.openPlugin(guest("component_forwards"), {
    imports: { cb: later((n) => void seen.push(n)), same: later((x) => x), wide: later((x, y) => x + BigInt(y)) },
  });
  const { make, consume, same, again, wide } = plugin.ops;
  assertEquals([await same(0.1), await again(0.1)], [Math.fround(0.1), Math.fround(0.1)]);
  assertEquals([await wide(-(2n ** 63n), 255), await wide(-5n, 5)], [255n - 2n ** 63n, 0n]);
  (await make(5))[Symbol.dispose]();
  await consume(await make(2 ** 32 - 1));
  assertEquals([seen, plugin.instance.starts], [[5, 2 ** 32 - 1], 1]);
  plugin.close();
}
