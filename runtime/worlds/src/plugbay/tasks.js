// Futures of a guest's that are not done. Each is polled when it is made and whenever the guest wakes it, until it is
// done or its time is over.

import { core, primordials } from "ext:core/mod.js";
import { isolate, then } from "ext:plugbay/own.js";
const { Promise, PromiseResolve } = primordials;
const { clearTimeout, setTimeout, unrefTimer } = core.loadExtScript("ext:deno_web/02_timers.js");

const MAX_AT_ONCE = 64;

export class Tasks {
  #tasks = { __proto__: null };
  #next = 1;
  // The one that is being polled.
  #polled;

  // Polls until `poll()` answers something, which the promise gives; `poll` throws what it rejects with. `call` is the
  // call of the guest's that it belongs to: { guest, what, started, most, isUnref }. The program waits for it, unless
  // it is unref.
  start(call, makePoll) {
    const id = this.#next++;
    const task = { __proto__: null, call, poll: makePoll(id), isWoken: false, polls: 0, timer: undefined };
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
    if (++task.polls % MAX_AT_ONCE === 0) setTimeout(() => this.#poll(id), 0);
    else then(PromiseResolve(), () => this.#poll(id));
  }

  #poll(id) {
    const task = this.#tasks[id];
    if (task === undefined) return;
    const { guest, started, most } = task.call;
    const left = guest.timeLeft(started, most);
    if (left <= 0) {
      this.#expire(id);
      return;
    }
    task.isWoken = false;
    // It has its own error if this poll ends the instance.
    delete this.#tasks[id];
    this.#polled = { __proto__: null, id, task };
    try {
      const answer = guest.within(left, task.poll);
      if (answer === undefined) {
        this.#tasks[id] = task;
        this.#watch(id, left);
      } else {
        clearTimeout(task.timer);
        task.resolve(answer.value);
      }
    } catch (error) {
      clearTimeout(task.timer);
      task.reject(error);
    } finally {
      this.#polled = undefined;
    }
  }

  // Has it end when its time is over, whether or not it is woken.
  #watch(id, left) {
    const task = this.#tasks[id];
    if (task.timer !== undefined || left === Infinity) return;
    task.timer = setTimeout(() => this.#expire(id), left);
    if (task.call.isUnref) unrefTimer(task.timer);
  }

  #expire(id) {
    const task = this.#tasks[id];
    if (task === undefined) return;
    delete this.#tasks[id];
    clearTimeout(task.timer);
    task.reject(task.call.guest.late(task.call.what));
  }

  // Rejects all: the instance on which they run is gone.
  end(error) {
    const tasks = this.#tasks;
    this.#tasks = { __proto__: null };
    for (const id in tasks) {
      clearTimeout(tasks[id].timer);
      tasks[id].reject(error);
    }
  }
}
isolate(Tasks);
