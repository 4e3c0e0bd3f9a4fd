// Runs a call on every path it can take: the first time, again, and from code that V8 has optimised. For scripts with
// the flag --v8-flags=--allow-natives-syntax.

import { assertEquals, assertThrows } from "./assert.js";

const WARM_UP = 300;

/**
 * Has V8 optimise `fn`, which is then called `times` times, or again as often when it meets something that it did not
 * expect and falls back. It must be optimised at the end. Gives the number of calls.
 */
export function hot(fn, times = 50) {
  let calls = 0;
  const call = (n) => {
    for (let i = 0; i < n; i++) fn();
    calls += n;
  };
  // It would take `fn` in, which then is not optimised itself.
  %NeverOptimizeFunction(call);
  for (let round = 0; round < 10; round++) {
    // What V8 is compiling on its own would be in the way.
    %FinalizeOptimization();
    %PrepareFunctionForOptimization(fn);
    // Often enough that V8 knows the functions that it calls, and takes them in.
    call(WARM_UP);
    %OptimizeFunctionOnNextCall(fn);
    call(times);
    if (%ActiveTierIsTurbofan(fn)) return calls;
  }
  throw new Error(`not optimised: ${fn}`);
}

/** `call` gives `expected` on every path. */
export function assertGives(call, expected) {
  const check = () => assertEquals(call(), expected, String(call));
  check();
  check();
  let last;
  // Of its own, so that nothing else decides whether it is optimised.
  const keep = () => {
    last = call();
  };
  hot(keep);
  assertEquals(last, expected, `optimised: ${call}`);
}

/** `call` throws as wanted on every path. */
export function assertThrowsEverywhere(call, wanted) {
  assertThrows(call, wanted);
  assertThrows(call, wanted);
  const errors = [];
  const keep = () => {
    try {
      call();
    } catch (error) {
      errors.push(error);
    }
  };
  const calls = hot(keep);
  assertEquals(errors.length, calls);
  for (const error of errors) {
    assertThrows(() => {
      throw error;
    }, wanted);
  }
}
