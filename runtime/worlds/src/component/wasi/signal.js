// Something that becomes ready by an event, and not by looking again: whoever waits for it is called then.

import { isolate, list } from "ext:plugbay/own.js";

export class Signal {
  #waiting = list();

  // Has `done` called at the next event; gives a function that takes it back.
  watch(done) {
    const waiting = { __proto__: null, done };
    this.#forget();
    this.#waiting[this.#waiting.length] = waiting;
    return () => waiting.done = undefined;
  }

  raise() {
    const waiting = this.#waiting;
    this.#waiting = list();
    for (let i = 0; i < waiting.length; i++) waiting[i].done?.();
  }

  // Those that were taken back.
  #forget() {
    const left = list();
    for (let i = 0; i < this.#waiting.length; i++) {
      if (this.#waiting[i].done !== undefined) left[left.length] = this.#waiting[i];
    }
    this.#waiting = left;
  }
}
isolate(Signal);
