// Something that becomes ready by an event, and not by looking again: whoever waits for it is called then.

import { isolate, list } from "ext:plugbay/own.js";

export class Signal {
  #waiting = list();

  // Has `done` called at the next event; gives a function that takes it back.
  watch(done) {
    const waiting = { __proto__: null, done, place: this.#waiting.length };
    this.#waiting[waiting.place] = waiting;
    return () => this.#forget(waiting);
  }

  raise() {
    const waiting = this.#waiting;
    this.#waiting = list();
    for (let i = 0; i < waiting.length; i++) waiting[i].done();
  }

  // The last takes its place.
  #forget(waiting) {
    const { place } = waiting, last = this.#waiting.length - 1;
    if (this.#waiting[place] !== waiting) return;
    this.#waiting[place] = this.#waiting[last];
    this.#waiting[place].place = place;
    this.#waiting.length = last;
  }
}
isolate(Signal);
