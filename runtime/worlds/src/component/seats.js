// Calls of a stateless component that wait go on side by side: each has a seat, a guest with an instance of its own
// that shares all else with the plugin's. A call that has not been suspended is done soon: others wait for its seat
// rather than have an instance made. Where all are taken, calls wait for the first that is free.

import { primordials } from "ext:core/mod.js";
import { isolate, list, then } from "ext:plugbay/own.js";
const { Promise } = primordials;

// So many keep their instances while nobody is on them: a rush leaves no more behind.
const MOST_IDLE = 4;

class Waiting {
  constructor(work, resolve, reject) {
    this.work = work;
    this.resolve = resolve;
    this.reject = reject;
  }
}
isolate(Waiting);

export class Seats {
  // Guests, the plugin's own first; what each does is done in turns, so that one which is thought free hurts nobody.
  guests;
  #most;
  #make;
  // Those that are not free, by their places, and of these how many have not been suspended.
  #taken = list();
  #suspended = list();
  #running = 0;
  // Calls that wait for a seat, from `#next` on.
  #waiting = list();
  #next = 0;

  // There are no more than `most`; `make(place)` gives the guest of another one.
  constructor(guest, most, make) {
    this.guests = list([guest]);
    this.#most = most;
    this.#make = make;
  }

  // Has `work(guest)`, which gives a promise, have a seat.
  take(work) {
    const place = this.#nextPlace();
    if (place !== undefined) return this.#sit(place, work);
    return new Promise((resolve, reject) => {
      this.#waiting[this.#waiting.length] = new Waiting(work, resolve, reject);
    });
  }

  // Makes instances ahead, each for a seat of its own.
  prepare(count) {
    for (let i = 0; i < count; i++) this.#guestAt(i).prepare();
  }

  #guestAt(place) {
    return this.guests[place] ??= this.#make(place);
  }

  // The call of that seat waits for something.
  suspended(place) {
    if (this.#taken[place] !== true || this.#suspended[place] === true) return;
    this.#suspended[place] = true;
    this.#running--;
    this.#seatNext();
  }

  // A free one; none that has no instance while another is free soon.
  #nextPlace() {
    const place = this.#freePlace();
    return place === undefined || this.#running === 0 || this.#isReady(this.guests[place]) ? place : undefined;
  }
  #isReady(guest) {
    return guest !== undefined && (guest.exports !== null || guest.prepared.length !== 0);
  }

  // One that has an instance, if there is one.
  #freePlace() {
    const { guests } = this;
    let free;
    for (let i = 0; i < guests.length; i++) {
      if (this.#taken[i] === true) continue;
      if (this.#isReady(guests[i])) return i;
      free ??= i;
    }
    return free ?? (guests.length < this.#most ? guests.length : undefined);
  }

  #countIdle() {
    let idle = 0;
    for (let i = 0; i < this.guests.length; i++) {
      const { exports } = this.guests[i];
      if (this.#taken[i] !== true && exports !== null) idle++;
    }
    return idle;
  }

  #sit(place, work) {
    this.#taken[place] = true;
    this.#suspended[place] = false;
    this.#running++;
    let answer;
    try {
      answer = then(work(this.#guestAt(place)), (value) => {
        this.#leave(place);
        return value;
      }, (error) => {
        this.#leave(place);
        throw error;
      });
    } finally {
      // Where the stack was full it is as it was, and nothing can be called that does it.
      if (answer === undefined) {
        this.#taken[place] = false;
        if (this.#suspended[place] !== true) this.#running--;
      }
    }
    return answer;
  }

  #stand(place) {
    this.#taken[place] = false;
    if (this.#suspended[place] !== true) this.#running--;
  }

  #leave(place) {
    this.#stand(place);
    if (this.#next === this.#waiting.length && this.#countIdle() > MOST_IDLE) {
      this.guests[place].drop("the end of many calls at once");
    }
    this.#seatNext();
  }

  #seatNext() {
    if (this.#next === this.#waiting.length) return;
    const place = this.#nextPlace();
    if (place === undefined) return;
    const { work, resolve, reject } = this.#waiting[this.#next];
    this.#waiting[this.#next++] = undefined;
    if (this.#next === this.#waiting.length) {
      this.#waiting = list();
      this.#next = 0;
    }
    try {
      then(this.#sit(place, work), resolve, reject);
    } catch (error) {
      reject(error);
    }
  }
}
isolate(Seats);
