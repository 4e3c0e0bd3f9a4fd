// The handles of a component instance: numbers of resources that its guest has, of all types together, from 1.

import { isolate, list } from "ext:plugbay/own.js";
import { fault } from "ext:plugbay/worlds/component/values.js";

export class Handles {
  constructor() {
    this.slots = list([undefined]);
    // Numbers that were dropped, to be given again.
    this.free = list();
    this.count = 0;
  }

  // `rep` is what the resource is: an object of the host's, or the number that the guest knows its own by. What is lent
  // is not owned, and belongs to `call`.
  admit(resource, rep, isOwned, call) {
    const last = this.free.length - 1;
    let handle = this.slots.length;
    if (last >= 0) {
      handle = this.free[last];
      this.free.length = last;
    }
    this.slots[handle] = { __proto__: null, resource, rep, isOwned, call, lent: 0 };
    this.count++;
    return handle;
  }

  // What a handle of the guest's is.
  slotOf(resource, handle) {
    const slot = handle > 0 && handle < this.slots.length ? this.slots[handle] : undefined;
    if (slot === undefined) throw fault(`it names handle ${handle >>> 0}, which it does not have`);
    if (slot.resource !== resource) throw fault(`its handle ${handle} is of another resource than it says`);
    return slot;
  }

  // The same, and the guest has it no more.
  take(resource, handle) {
    const slot = this.slotOf(resource, handle);
    if (slot.lent !== 0) throw fault(`it gives away handle ${handle} while it is lent`);
    this.slots[handle] = undefined;
    this.free[this.free.length] = handle;
    this.count--;
    return slot;
  }
}
isolate(Handles);
