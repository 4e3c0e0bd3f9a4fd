// wasi:clocks: the time of day, the time since the instance was made, and timers.

import { primordials } from "ext:core/mod.js";
import { Pollable } from "ext:plugbay/worlds/component/wasi/io.js";
import { RESULT } from "ext:plugbay/worlds/component/wasi/system.js";
const { BigIntAsUintN, Number } = primordials;

const REALTIME = 0, MONOTONIC = 1;
export const NANOSECONDS = 1_000_000_000n;
export const PER_MILLISECOND = 1_000_000n;
// The longest that a timer can be set for.
const MAX_DELAY = 0x7FFFFFFF;
const FOREVER = BigIntAsUintN(64, -1n);

function resolutionOf(system, clock) {
  system.do("clock_res_get", clock, RESULT);
  return system.long(RESULT);
}

export const datetime = (nanoseconds) => ({
  __proto__: null,
  seconds: nanoseconds / NANOSECONDS,
  nanoseconds: Number(nanoseconds % NANOSECONDS),
});

export const monotonic = {
  __proto__: null,
  now: (system) => system.now(),
  resolution: (system) => resolutionOf(system, MONOTONIC),
  subscribeInstant: (system, when) => timer(system, when),
  subscribeDuration(system, duration) {
    const when = system.now() + duration;
    return timer(system, when < FOREVER ? when : FOREVER);
  },
};

export const monotonicOfOctober = {
  ...monotonic,
  __proto__: null,
  subscribe: (system, when, isAbsolute) =>
    isAbsolute ? monotonic.subscribeInstant(system, when) : monotonic.subscribeDuration(system, when),
};

export const timezone = {
  __proto__: null,
  display: () => ({ __proto__: null, utcOffset: 0, name: "UTC", inDaylightSavingTime: false }),
  utcOffset: () => 0,
};

function timer(system, when) {
  return new Pollable(system, () => {
    const now = system.now();
    if (now >= when) return 0;
    const milliseconds = (when - now + PER_MILLISECOND - 1n) / PER_MILLISECOND;
    return milliseconds < MAX_DELAY ? Number(milliseconds) : MAX_DELAY;
  });
}

export const wall = {
  __proto__: null,
  now(system) {
    system.do("clock_time_get", REALTIME, 0n, RESULT);
    return datetime(system.long(RESULT));
  },
  resolution: (system) => datetime(resolutionOf(system, REALTIME)),
};
