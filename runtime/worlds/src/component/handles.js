// The handles of a component instance: numbers of resources that its guest has, of all types together, from 1.

import { isolate, list } from "ext:plugbay/own.js";
import { fault } from "ext:plugbay/worlds/component/values.js";

// What a handle takes of what the host may hold for the guest, roughly: a number that was dropped as well, until the
// instance ends.
const COST = 128;

class Slot {
  constructor(resource, rep, isOwned, call) {
    this.resource = resource;
    this.rep = rep;
    this.isOwned = isOwned;
    this.call = call;
    // How many calls it is lent to.
    this.lent = 0;
  }
}
isolate(Slot);

export class Handles {
  constructor(guest) {
    this.guest = guest;
    this.slots = list([undefined]);
    // Numbers that were dropped, to be given again.
    this.free = list();
    this.isClosed = false;
  }

  // `rep` is what the resource is: an object of the host's, or the number that the guest knows its own by. What is lent
  // is not owned, and belongs to `call`.
  admit(resource, rep, isOwned, call) {
    const last = this.free.length - 1;
    let handle = this.slots.length;
    if (last >= 0) {
      handle = this.free[last];
      this.free.length = last;
    } else {
      if (this.isClosed) throw fault("its instance has ended");
      this.guest.spend(COST, "the handles that it has");
    }
    this.slots[handle] = new Slot(resource, rep, isOwned, call);
    return handle;
  }

  // Its instance has ended.
  close() {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#giveBack();
  }

  // Its instance is as its start left it, which had none.
  reset() {
    this.#giveBack();
    this.slots.length = 1;
    this.free.length = 0;
  }

  // Whether there were any.
  isEmpty() {
    return this.slots.length === 1;
  }

  #giveBack() {
    this.guest.budget.giveBack(COST * (this.slots.length - 1));
  }

  // What a handle of the guest's is.
  slotOf(resource, handle) {
    const slot = handle > 0 && handle < this.slots.length ? this.slots[handle] : undefined;
    if (slot === undefined) throw fault(`it names handle ${handle >>> 0}, which it does not have`);
    if (slot.resource !== resource) throw fault(`its handle ${handle} is of another resource than it says`);
    return slot;
  }

  // Takes a handle that the guest has not learned of yet.
  revoke(handle) {
    const slot = this.slots[handle];
    this.slots[handle] = undefined;
    this.free[this.free.length] = handle;
    return slot;
  }

  // The same as `slotOf`, and the guest has it no more.
  take(resource, handle) {
    const slot = this.slotOf(resource, handle);
    if (slot.lent !== 0) throw fault(`it gives away handle ${handle} while it is lent`);
    return this.revoke(handle);
  }

  // The same for what the guest owns and gives away; gives what the resource is.
  takeOwned(resource, handle) {
    const { isOwned, rep } = this.take(resource, handle);
    if (!isOwned) throw fault(`it gives away handle ${handle}, which was lent to it`);
    return rep;
  }
}
isolate(Handles);

// A call is done: what was lent to the guest for it has been given back.
export function checkReturned({ borrows }) {
  if (borrows !== 0) throw fault(`it keeps ${borrows} handles that were lent to it for a call`);
}

// Whether there are handles of some kinds among parameters, or in what these are made of.
export function hasHandles(types, params, isWanted) {
  const seen = { __proto__: null };
  const anyOf = (parts) => {
    for (let i = 0; i < parts.length; i++) if (isIn(parts[i].type)) return true;
    return false;
  };
  const isIn = (index) => {
    if (index === null || seen[index] !== undefined) return false;
    seen[index] = true;
    const { kind, fields, items, cases, element, some, ok, err } = types[index];
    switch (kind) {
      case "own":
      case "borrow":
        return isWanted(kind, types[index]);
      case "record":
        return anyOf(fields);
      case "tuple":
        return anyOf(items);
      case "variant":
        return anyOf(cases);
      case "list":
      case "fixed-length-list":
        return isIn(element);
      case "option":
        return isIn(some);
      case "result":
        return isIn(ok) || isIn(err);
      default:
        return false;
    }
  };
  return anyOf(params);
}
