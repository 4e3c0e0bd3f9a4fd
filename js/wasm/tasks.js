// Futures of a guest's that are not done. Each is polled when it is made and whenever the guest wakes it, until it is done.

import { core, primordials } from "ext:core/mod.js";
import { isolate, then } from "ext:plugbay/own.js";
const { Promise, PromiseResolve } = primordials;
const { setTimeout } = core.loadExtScript("ext:deno_web/02_timers.js");

const MOST_AT_ONCE = 64;

export class Tasks {
  #tasks = { __proto__: null };
  #next = 1;
  // The one that is being polled.
  #polled;

  // Polls until `poll()` answers something, which the promise gives; `poll` throws what it rejects with.
  start(makePoll) {
    const id = this.#next++;
    const task = { __proto__: null, poll: makePoll(id), isWoken: false, polls: 0 };
    return new Promise((resolve, reject) => {
      task.resolve = resolve;
      task.reject = reject;
      this.#tasks[id] = task;
      this.#poll(id);
    });
  }

  wake(id) {
    const task = this.#polled?.id === id ? this.#polled.task : this.#tasks[id];
    if (task === undefined || task.isWoken) return;
    task.isWoken = true;
    // A task that wakes itself again and again leaves others their turn.
    if (++task.polls % MOST_AT_ONCE === 0) setTimeout(() => this.#poll(id), 0);
    else then(PromiseResolve(), () => this.#poll(id));
  }

  #poll(id) {
    const task = this.#tasks[id];
    if (task === undefined) return;
    task.isWoken = false;
    // It has its own error if this poll ends the instance.
    delete this.#tasks[id];
    this.#polled = { __proto__: null, id, task };
    try {
      const answer = task.poll();
      if (answer === undefined) this.#tasks[id] = task;
      else task.resolve(answer.value);
    } catch (error) {
      task.reject(error);
    } finally {
      this.#polled = undefined;
    }
  }

  // Rejects all: the instance on which they run is gone.
  end(error) {
    const tasks = this.#tasks;
    this.#tasks = { __proto__: null };
    for (const id in tasks) tasks[id].reject(error);
  }
}
isolate(Tasks);
