// Classes of resources: a script may get their objects in its hands, and a guest names their methods.

import { primordials } from "ext:core/mod.js";
import { unfit } from "ext:plugbay/worlds/component/values.js";
const { ObjectFreeze, ObjectGetPrototypeOf, ObjectHasOwn } = primordials;

// Nobody changes what the class has, and no guest calls what makes its objects.
export function seal(made) {
  delete made.prototype.constructor;
  ObjectFreeze(made.prototype);
}

// A guest may name any object that it has from a script; `isOne` says whether it is of the class, by what that keeps to
// itself, and `what` is wanted.
export function check(isOne, value, what) {
  if (typeof value !== "object" || value === null || !isOne(value)) throw unfit(what, value);
}

// Whether a class has such a method. None has those of Object.prototype.
export function hasMethod(made, key) {
  for (let holder = made?.prototype ?? null; holder !== null; holder = ObjectGetPrototypeOf(holder)) {
    if (ObjectHasOwn(holder, key)) return true;
  }
  return false;
}
