// Calls of guests that wait for imports: one after the other, because where one is suspended another would find the
// guest's own stack in use.

import { core, primordials } from "ext:core/mod.js";
import { callUnwanted, lateWithAll } from "ext:plugbay/error_codes.js";
import { makeError } from "ext:plugbay/errors.js";
import { isolate, own, then } from "ext:plugbay/own.js";
import { endedMeanwhile } from "ext:plugbay/wasm/failures.js";
const { MathCeil, MathMax, Promise, PromiseReject, PromiseResolve } = primordials;
const { clearTimeout, setTimeout } = core.loadExtScript("ext:deno_web/02_timers.js");

// The time that a call has: it stands still while the guest waits for nothing but what a client sends or reads.
class Clock {
  #guest;
  #left;
  #since;
  #timer;
  #late;
  #isPaused = false;
  #isSuspended;
  wasPaused = false;
  constructor(guest, left, startsLate) {
    this.#guest = guest;
    this.#isSuspended = !startsLate;
    this.#left = left;
    this.#since = guest.host.ticks();
  }
  // Has `late` called when it is over. While the guest runs the watchdog sees to that: where it is said when the guest
  // is suspended, there is no timer until then, because most calls never are.
  run(late) {
    this.#late = late;
    if (this.#isSuspended) this.#go();
  }
  suspended() {
    if (this.#isSuspended) return;
    this.#isSuspended = true;
    this.#go();
  }
  #go() {
    if (this.#isPaused || this.#late === undefined || this.#left === Infinity) return;
    this.#timer = setTimeout(this.#late, MathMax(0, this.#left - this.#elapsed()));
  }
  #elapsed() {
    return this.#guest.host.millisecondsSince(this.#since);
  }
  pause() {
    if (this.#isPaused || this.#left === Infinity) return;
    this.#isPaused = this.wasPaused = true;
    clearTimeout(this.#timer);
    this.#left = MathMax(1, this.#left - this.#elapsed());
    // To the watchdog nothing of the guest runs.
    this.#guest.running[0] = 0;
  }
  goOn() {
    if (!this.#isPaused) return;
    const { running } = this.#guest;
    this.#isPaused = false;
    this.#since = this.#guest.host.ticks();
    running[2] = MathCeil(this.#left);
    running[0] = running[3] = running[3] + 1 | 0x40000000;
    this.#go();
  }
  end() {
    clearTimeout(this.#timer);
  }
}
isolate(Clock);

const always = () => true;

export class Turns {
  #saysSuspended;
  // `saysSuspended`: `clock.suspended()` is called whenever a guest is suspended. Where a script's own modules may be
  // on the stack, and suspend it, nobody would.
  constructor(saysSuspended) {
    this.#saysSuspended = saysSuspended;
    this.last = undefined;
    // Of the call that runs.
    this.clock = undefined;
    // Rejects the call that waits, if its instance ends.
    this.giveUp = undefined;
  }

  // Does `work`, which gives a promise, when what came before is done.
  take(work) {
    const before = this.last ?? PromiseResolve();
    let leave, isQueued = false;
    const last = new Promise((resolve) => leave = resolve);
    const answer = new Promise((resolve, reject) => {
      then(before, () => {
        then(work(), (value) => {
          leave();
          resolve(value);
        }, (error) => {
          leave();
          reject(error);
        });
      });
      isQueued = true;
    });
    // Where the stack is full it is not: others would wait for a turn that never ends.
    if (isQueued) this.last = last;
    return answer;
  }

  // Calls an op of a guest in its turn, unless `isWanted()` says no then: `call` gives a promise of the guest's, and
  // what fails is thrown as `explain` has it.
  call(op, call, explain, isWanted = always) {
    const { guest, host } = op, { mostOfCaller } = guest, asked = host.ticks();
    return this.take(() =>
      isWanted()
        ? this.#callNow(op, call, explain, mostOfCaller - host.millisecondsSince(asked))
        : own(PromiseReject(makeError(callUnwanted, guest.name)))
    );
  }

  async #callNow({ guest, host, id, name }, call, explain, left) {
    host.checkOpen(id);
    guest.begin();
    const started = host.beginCall(id, 0, 0);
    host.deferCall(id);
    let hasFailed = true;
    try {
      const result = await own(this.complete(guest, `op "${name}"`, call, explain, left));
      hasFailed = false;
      return result;
    } finally {
      host.endCall(id, host.ticks() - started, true, hasFailed, 0);
      guest.done();
    }
  }

  // What `call` gives a promise of, if it comes in time: before the guest's deadline, and while the caller has so many
  // milliseconds left. `what` is what runs.
  async complete(guest, what, call, explain, left = Infinity) {
    if (left <= 0) throw makeError(lateWithAll, what, guest.name, guest.deadline);
    // It runs for as long as it waits, too.
    const outer = guest.enter(), isShorter = left < guest.timeAllowed(), most = isShorter ? left : guest.timeAllowed();
    if (isShorter) guest.running[2] = MathCeil(left);
    const outerClock = this.clock, clock = this.clock = new Clock(guest, most, this.#saysSuspended);
    try {
      return await own(
        new Promise((resolve, reject) => {
          // What it calls first may end the instance already.
          this.giveUp = () => reject(endedMeanwhile(guest, guest.lastEnd));
          then(call(), resolve, reject);
          clock.run(() => {
            this.giveUp = undefined;
            reject(guest.late(what));
          });
        }),
      );
    } catch (error) {
      throw explain(error);
    } finally {
      this.giveUp = undefined;
      clock.end();
      this.clock = outerClock;
      if (isShorter || clock.wasPaused) guest.running[2] = 0;
      guest.leave(outer);
    }
  }
}
isolate(Turns);
