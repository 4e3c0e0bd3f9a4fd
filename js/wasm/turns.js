// Calls of guests that wait for imports: one after the other, because where one is suspended another would find the
// guest's own stack in use.

import { core, primordials } from "ext:core/mod.js";
import { isolate, own, then } from "ext:plugbay/own.js";
import { endedMeanwhile } from "ext:plugbay/wasm/failures.js";
const { Promise, PromiseResolve } = primordials;
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

  // Calls an op of a guest: `call` gives a promise of the guest's, and what fails is thrown as `explain` has it.
  async wait({ guest, host, id, name }, call, explain) {
    host.checkOpen(id);
    guest.begin();
    const started = host.beginCall(id, 0, 0);
    host.deferCall(id);
    // It runs for as long as it waits, too.
    const outer = guest.enter();
    let hasFailed = true, timer;
    try {
      const done = call();
      const result = await own(
        new Promise((resolve, reject) => {
          then(done, resolve, reject);
          this.giveUp = () => reject(endedMeanwhile(guest, guest.lastEnd));
          if (guest.deadline === 0) return;
          timer = setTimeout(() => {
            this.giveUp = undefined;
            reject(guest.late(`op "${name}"`));
          }, guest.deadline);
        }),
      );
      hasFailed = false;
      return result;
    } catch (error) {
      throw explain(error);
    } finally {
      this.giveUp = undefined;
      clearTimeout(timer);
      guest.leave(outer);
      host.endCall(id, host.ticks() - started, true, hasFailed, 0);
      guest.done();
    }
  }
}
isolate(Turns);
