// Waiting for the host: for a promise that is asked for when somebody waits, and is there for all who do. The program
// goes on for its sake only while somebody waits.

import { core } from "ext:core/mod.js";
import { isolate, then } from "ext:plugbay/own.js";
import { Signal } from "ext:plugbay/worlds/component/wasi/signal.js";

export class Readiness {
  #ask;
  #take;
  #promise;
  #watchers = 0;
  #come = new Signal();

  // `ask` gives a promise of the host's; `take` is called with what it gives.
  constructor(ask, take = () => {}) {
    this.#ask = ask;
    this.#take = take;
  }

  watch(done) {
    let isWatching = true;
    const forget = this.#come.watch(done);
    this.begin();
    if (this.#watchers++ === 0) core.refOpPromise(this.#promise);
    return () => {
      if (!isWatching) return;
      isWatching = false;
      forget();
      if (--this.#watchers === 0 && this.#promise !== undefined) core.unrefOpPromise(this.#promise);
    };
  }

  // Asks, if nothing is asked for yet.
  begin() {
    if (this.#promise !== undefined) return;
    const promise = this.#promise = this.#ask();
    if (this.#watchers === 0) core.unrefOpPromise(promise);
    then(promise, (value) => {
      this.#promise = undefined;
      this.#take(value);
      this.#come.raise();
    }, () => {
      // It was closed.
      this.#promise = undefined;
      this.#come.raise();
    });
  }
}
isolate(Readiness);
