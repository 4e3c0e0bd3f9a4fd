// What the host has for an instance of a component that outlives a call: bytes that it holds, and resources of the
// runtime's that are open for it.

import { core } from "ext:core/mod.js";
import { isolate } from "ext:plugbay/own.js";

export class Holdings {
  #guest;
  #held = 0;
  #open = { __proto__: null };
  #count = 0;
  // What arrives after the end of the instance is nobody's.
  #isStopped = false;

  constructor(guest) {
    this.#guest = guest;
  }

  // The host holds so many bytes for the guest, until they are released.
  hold(bytes, what) {
    if (this.#isStopped) return;
    this.#guest.spend(bytes, what);
    this.#held += bytes;
  }
  release(bytes) {
    const released = bytes < this.#held ? bytes : this.#held;
    this.#held -= released;
    this.#guest.budget.giveBack(released);
  }

  // A resource of the runtime's is closed when the instance has ended, unless it was before.
  whenStopped(rid) {
    if (this.#isStopped) {
      core.tryClose(rid);
      return;
    }
    this.#open[rid] = true;
    this.#count++;
  }
  // Somebody else closes it.
  forget(rid) {
    if (this.#open[rid] !== true) return;
    delete this.#open[rid];
    this.#count--;
  }
  close(rid) {
    this.forget(rid);
    core.tryClose(rid);
  }
  // How many are open.
  countOpen() {
    return this.#count;
  }

  // The instance has ended.
  stop() {
    this.#isStopped = true;
    this.release(this.#held);
    for (const rid in this.#open) core.tryClose(+rid);
    this.#open = { __proto__: null };
  }
}
isolate(Holdings);
