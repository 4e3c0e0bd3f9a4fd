// What a component imports and waits for where that gives a promise. V8 suspends a guest at each call of a Suspending,
// whatever it gives, and goes on with it in another microtask. Most calls give a value at once. So the guest is given
// functions of WebAssembly's own: each calls the host's function, and waits where that says that there is a promise:
//
//   (func (param ..) (result ..)
//     local.get .. (call $host) local.set $result
//     (if (result ..) (global.get $waits)
//       (then (global.set $waits (i32.const 0)) (call $wait))
//       (else local.get $result)))

import { append, isolate, list } from "ext:plugbay/own.js";
import { setGlobal } from "ext:plugbay/wasm/checks.js";
import { makeInstance } from "ext:plugbay/wasm/functions.js";
import { Global } from "ext:plugbay/wasm/guest.js";
import { nativeSuspending, whileItRuns } from "ext:plugbay/wasm/suspending.js";
import { CODE, coreModule, functionType, IMPORTED, leb, nameOf, passAll, SECTION, sized, typeCode,
  vector } from "ext:plugbay/worlds/component/core_module.js";

// A module of such functions, one for each of these core types, by their places.
export function waitingModule(types) {
  const { length } = types, all = list(), imports = list(), functions = list(), exports = list(), code = list();
  // The numbers of the functions that wait, by what they give.
  const waiting = { __proto__: null };
  let next = length;
  for (let i = 0; i < length; i++) {
    all[i] = functionType(types[i]);
    imports[i] = imported("host", i, list([IMPORTED.function]), i);
  }
  for (let i = 0; i < length; i++) {
    const { results } = types[i], given = resultOf(results);
    if (waiting[given] !== undefined) continue;
    waiting[given] = next;
    all[next] = functionType({ __proto__: null, params: list(), results });
    imports[next] = imported("wait", given, list([IMPORTED.function]), next);
    next++;
  }
  const ofGlobal = named("waits", "");
  append(ofGlobal, [IMPORTED.global, typeCode("i32"), 1]);
  imports[next] = ofGlobal;
  for (let i = 0; i < length; i++) {
    functions[i] = leb(i);
    const name = nameOf(`${i}`);
    append(name, [0]);
    append(name, leb(next + i));
    exports[i] = name;
    code[i] = sized(bodyOf(types[i], i, waiting[resultOf(types[i].results)]));
  }
  return coreModule([
    [SECTION.type, vector(all)],
    [SECTION.import, vector(imports)],
    [SECTION.function, vector(functions)],
    [SECTION.export, vector(exports)],
    [SECTION.code, vector(code)],
  ]);
}

// No function of the canonical ABI's gives more than one core value.
const resultOf = (results) => results.length === 0 ? "" : results[0];

function named(module, name) {
  const all = nameOf(module);
  append(all, nameOf(`${name}`));
  return all;
}

function imported(module, name, kind, type) {
  const all = named(module, name);
  append(all, kind);
  append(all, leb(type));
  return all;
}

function bodyOf(type, host, wait) {
  const { params, results } = type, hasResult = results.length !== 0, given = leb(params.length);
  const code = hasResult ? list([1, 1, typeCode(results[0])]) : list([0]);
  passAll(code, type, host);
  if (hasResult) {
    append(code, [CODE.localSet]);
    append(code, given);
  }
  append(code, [CODE.globalGet, 0, CODE.if, hasResult ? typeCode(results[0]) : CODE.noType]);
  append(code, [CODE.i32Const, 0, CODE.globalSet, 0, CODE.call]);
  append(code, leb(wait));
  if (hasResult) {
    append(code, [CODE.else, CODE.localGet]);
    append(code, given);
  }
  append(code, [CODE.end, CODE.end]);
  return code;
}

// Of an instance of a component: what its guest waits for.
export class Waiting {
  #instance;
  // Since when it runs without a pause.
  #since = 0;
  #waits = new Global({ __proto__: null, value: "i32", mutable: true }, 0);
  #promise;
  constructor(instance) {
    this.#instance = instance;
  }

  // The functions of the module that call these.
  functions(module, called) {
    const host = { __proto__: null }, wait = { __proto__: null };
    for (let i = 0; i < called.length; i++) host[i] = called[i];
    const suspend = nativeSuspending(() => {
      const promise = this.#promise;
      this.#promise = undefined;
      return promise;
    });
    for (let i = 0; i < RESULTS.length; i++) wait[RESULTS[i]] = suspend;
    return makeInstance(module, { __proto__: null, host, wait, waits: { __proto__: null, "": this.#waits } });
  }

  // The guest begins to run, or goes on.
  begin() {
    this.#since = this.#instance.guest.host.ticks();
  }

  // Whether it has run for so long that others are to have a turn: what it has written is not sent while it runs.
  isLong() {
    return this.#instance.guest.host.millisecondsSince(this.#since) >= MAX_RUN;
  }

  // Has the guest wait for what it has called: the function of the host's that it called gives what this gives.
  until(promise, type) {
    const instance = this.#instance;
    this.#promise = whileItRuns(instance.guest, promise, () => {
      this.begin();
      return instance.guest.exports === instance;
    });
    setGlobal(this.#waits, 1);
    return type === "i64" ? 0n : 0;
  }
}
isolate(Waiting);

// Milliseconds.
const MAX_RUN = 10;
const RESULTS = list(["", "i32", "i64", "f32", "f64"]);
