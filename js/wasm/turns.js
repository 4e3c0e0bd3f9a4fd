// Calls of guests that wait for imports: one after the other, because where one is suspended another would find the
// guest's own stack in use.

import { core, primordials } from "ext:core/mod.js";
import { lateWithAll } from "ext:plugbay/error_codes.js";
import { makeError } from "ext:plugbay/errors.js";
import { isolate, own, then } from "ext:plugbay/own.js";
import { endedMeanwhile } from "ext:plugbay/wasm/failures.js";
const { MathCeil, Promise, PromiseResolve } = primordials;
const { clearTimeout, setTimeout } = core.loadExtScript("ext:deno_web/02_timers.js");

export class Turns {
  constructor() {
    this.last = undefined;
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

  // Calls an op of a guest in its turn: `call` gives a promise of the guest's, and what fails is thrown as `explain`
  // has it.
  call(op, call, explain) {
    const { guest, host } = op, { mostOfCaller } = guest, asked = host.ticks();
    return this.take(() => this.#callNow(op, call, explain, mostOfCaller - host.millisecondsSince(asked)));
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
    let timer;
    try {
      const done = call();
      return await own(
        new Promise((resolve, reject) => {
          then(done, resolve, reject);
          this.giveUp = () => reject(endedMeanwhile(guest, guest.lastEnd));
          if (most === Infinity) return;
          timer = setTimeout(() => {
            this.giveUp = undefined;
            reject(guest.late(what));
          }, most);
        }),
      );
    } catch (error) {
      throw explain(error);
    } finally {
      this.giveUp = undefined;
      clearTimeout(timer);
      if (isShorter) guest.running[2] = 0;
      guest.leave(outer);
    }
  }
}
isolate(Turns);
