// Calls of a stateless component that wait go on side by side: each has a seat, a guest with an instance of its own
// that shares all else with the plugin's. Where all are taken, calls wait for the first that is free.

import { primordials } from "ext:core/mod.js";
import { isolate, list, then } from "ext:plugbay/own.js";
const { Promise } = primordials;

export class Seats {
  // Guests, the plugin's own first; what each does is done in turns, so that one which is thought free hurts nobody.
  guests;
  #most;
  #make;
  // Those that are not free, by their places.
  #taken = list();
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
    const place = this.#freePlace();
    if (place !== undefined) return this.#sit(place, work);
    return new Promise((resolve, reject) => {
      this.#waiting[this.#waiting.length] = { __proto__: null, work, resolve, reject };
    });
  }

  // Makes instances ahead, each for a seat of its own.
  prepare(count) {
    for (let i = 0; i < count; i++) this.#guestAt(i).prepare();
  }

  #guestAt(place) {
    return this.guests[place] ??= this.#make(place);
  }

  // One that has an instance, if there is one.
  #freePlace() {
    const { guests } = this;
    let free;
    for (let i = 0; i < guests.length; i++) {
      if (this.#taken[i] === true) continue;
      const guest = guests[i];
      if (guest.exports !== null || guest.prepared.length !== 0) return i;
      free ??= i;
    }
    return free ?? (guests.length < this.#most ? guests.length : undefined);
  }

  #sit(place, work) {
    const answer = then(work(this.#guestAt(place)), (value) => {
      this.#leave(place);
      return value;
    }, (error) => {
      this.#leave(place);
      throw error;
    });
    // Where the stack was full it is as it was.
    this.#taken[place] = true;
    return answer;
  }

  #leave(place) {
    this.#taken[place] = false;
    if (this.#next === this.#waiting.length) return;
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
