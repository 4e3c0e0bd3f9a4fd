// What was thrown by a script, or by an op that a script has made: as Rust is told of it.

import { core } from "ext:core/mod.js";
import { codeOf, messageOf, nameOf, namesOp, ownText } from "ext:plugbay/errors.js";
import { describe } from "ext:plugbay/typed_ops.js";

// { name, code, message, namesOp } of what may be anything; the code is "" if there is none.
export function told(error) {
  let name = "Error", code = "", message = "it threw what cannot be asked why";
  try {
    code = codeOf(error) ?? ownText(error, "code");
    message = core.isNativeError(error) ? messageOf(error) : `it threw no error, but ${describe(error)}`;
    name = nameOf(error);
  } catch {
    // A Proxy may be among its prototypes.
  }
  return { __proto__: null, name, code, message, namesOp: namesOp(error) };
}
