// One of the runtime's own errors, as error_codes.js has them, which is made of runtime/core/ for the snapshot.

import { primordials } from "ext:core/mod.js";
import { isolate } from "ext:plugbay/own.js";
const { JSONStringify, Number, StringPrototypeIndexOf, StringPrototypeSlice } = primordials;

export class ErrorKind {
  // In the template `{0}` stands for the first value that it tells of, `{0?}` for the first in quotes.
  constructor(className, code, template) {
    this.className = className;
    this.code = code;
    this.template = template;
  }

  // The message, of values.
  tell(values) {
    const { template } = this;
    let text = "", at = 0;
    for (;;) {
      const open = StringPrototypeIndexOf(template, "{", at);
      if (open === -1) return text + StringPrototypeSlice(template, at);
      const close = StringPrototypeIndexOf(template, "}", open);
      const value = values[Number(template[open + 1])];
      text += StringPrototypeSlice(template, at, open) + (close === open + 2 ? value : JSONStringify(value));
      at = close + 1;
    }
  }
}
isolate(ErrorKind);
