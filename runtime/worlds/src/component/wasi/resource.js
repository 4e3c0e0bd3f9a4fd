// Classes of resources: a script may get their objects in its hands, and a guest names their methods.

import { primordials } from "ext:core/mod.js";
const { ObjectFreeze } = primordials;

// Nobody changes what the class has, and no guest calls what makes its objects.
export function seal(made) {
  delete made.prototype.constructor;
  ObjectFreeze(made.prototype);
}
