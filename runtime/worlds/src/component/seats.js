// Calls of a stateless component that wait go on side by side: each has a seat, a guest with an instance of its own
// that shares all else with the plugin's. A call that has not been suspended is done soon: others wait for its seat
// rather than have an instance made. Where all are taken, calls wait for the first that is free.

import { core, primordials } from "ext:core/mod.js";
import { callUnwanted, lateForSeat } from "ext:plugbay/error_codes.js";
import { makeError } from "ext:plugbay/errors.js";
import { isolate, list, then } from "ext:plugbay/own.js";
const { Promise } = primordials;
const { setTimeout, unrefTimer } = core.loadExtScript("ext:deno_web/02_timers.js");

// So many keep their instances while nobody is on them: a rush leaves no more behind.
const MOST_IDLE = 4;

// A call that waits for a seat.
class Waiting {
  constructor(work, isWanted, since) {
    this.work = work;
    this.isWanted = isWanted;
    this.since = since;
    this.resolve = undefined;
    this.reject = undefined;
  }
}
isolate(Waiting);

// A call that has a seat.
class Seated {
  // Whether it waits for something.
  isSuspended = false;
  constructor(isWanted) {
    this.isWanted = isWanted;
  }
}
isolate(Seated);

const always = () => true;

export class Seats {
  // Guests, the plugin's own first; what each does is done in turns, so that one which is thought free hurts nobody.
  guests;
  #most;
  #make;
  // The calls that have seats, by their places.
  #seated = list();
  // Calls that wait for a seat, from `#next` on.
  #waiting = list();
  #next = 0;
  // Whether somebody looks after those that wait for too long.
  #isWatched = false;

  // There are no more than `most`; `make(place)` gives the guest of another one.
  constructor(guest, most, make) {
    this.guests = list([guest]);
    this.#most = most;
    this.#make = make;
  }

  // Has `work(guest)`, which gives a promise, have a seat. A call of which `isWanted()` says no is not begun, and ends
  // where it waits and others want its seat.
  take(work, isWanted = always) {
    const place = this.#nextPlace();
    if (place !== undefined) return this.#sit(place, work, isWanted);
    const waiting = new Waiting(work, isWanted, this.guests[0].host.ticks());
    const answer = new Promise((resolve, reject) => {
      waiting.resolve = resolve;
      waiting.reject = reject;
    });
    this.#waiting[this.#waiting.length] = waiting;
    this.#watch();
    if (!this.#isOneRunning()) this.#endUnwanted();
    return answer;
  }

  // Ends a call that is suspended and that nobody wants any more.
  #endUnwanted() {
    for (let i = 0; i < this.#seated.length; i++) {
      const seated = this.#seated[i];
      if (seated === undefined || !seated.isSuspended || seated.isWanted()) continue;
      this.guests[i].drop("a call that nobody wants any more");
      return;
    }
  }

  // A call waits for no more than its deadline.
  #watch() {
    const { 0: { deadline, host, name } } = this.guests;
    if (this.#isWatched || deadline === 0) return;
    this.#isWatched = true;
    const first = this.#waiting[this.#next];
    const timer = setTimeout(() => {
      this.#isWatched = false;
      while (this.#next < this.#waiting.length) {
        const { since, reject } = this.#waiting[this.#next];
        if (host.millisecondsSince(since) < deadline) break;
        this.#skip();
        reject(makeError(lateForSeat, name, this.#most, deadline));
      }
      if (this.#next < this.#waiting.length) this.#watch();
    }, deadline - host.millisecondsSince(first.since));
    // Who waits for nothing else has an answer coming.
    unrefTimer(timer);
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
    const seated = this.#seated[place];
    if (seated === undefined || seated.isSuspended) return;
    seated.isSuspended = true;
    this.#seatNext();
  }

  // A free one; none that has no instance while another is free soon.
  #nextPlace() {
    const place = this.#freePlace();
    if (place === undefined || this.#isReady(this.guests[place])) return place;
    return this.#isOneRunning() ? undefined : place;
  }
  #isOneRunning() {
    for (let i = 0; i < this.#seated.length; i++) if (this.#seated[i]?.isSuspended === false) return true;
    return false;
  }
  #isReady(guest) {
    return guest !== undefined && (guest.exports !== null || guest.prepared.length !== 0);
  }

  // One that has an instance, if there is one.
  #freePlace() {
    const { guests } = this;
    let free;
    for (let i = 0; i < guests.length; i++) {
      if (this.#seated[i] !== undefined) continue;
      if (this.#isReady(guests[i])) return i;
      free ??= i;
    }
    return free ?? (guests.length < this.#most ? guests.length : undefined);
  }

  #countIdle() {
    let idle = 0;
    for (let i = 0; i < this.guests.length; i++) {
      const { exports } = this.guests[i];
      if (this.#seated[i] === undefined && exports !== null) idle++;
    }
    return idle;
  }

  #sit(place, work, isWanted) {
    this.#seated[place] = new Seated(isWanted);
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
      // Where the stack was full it is as it was.
      if (answer === undefined) this.#seated[place] = undefined;
    }
    return answer;
  }

  #leave(place) {
    this.#seated[place] = undefined;
    if (this.#next === this.#waiting.length && this.#countIdle() > MOST_IDLE) {
      this.guests[place].drop("the end of many calls at once");
    }
    this.#seatNext();
  }

  #seatNext() {
    while (this.#next < this.#waiting.length) {
      const { work, isWanted, resolve, reject } = this.#waiting[this.#next];
      if (!isWanted()) {
        this.#skip();
        reject(makeError(callUnwanted, this.guests[0].name));
        continue;
      }
      const place = this.#nextPlace();
      if (place === undefined) return;
      this.#skip();
      try {
        then(this.#sit(place, work, isWanted), resolve, reject);
      } catch (error) {
        reject(error);
      }
      return;
    }
  }

  // The first waits no more.
  #skip() {
    this.#waiting[this.#next++] = undefined;
    if (this.#next < this.#waiting.length) return;
    this.#waiting = list();
    this.#next = 0;
  }
}
isolate(Seats);
