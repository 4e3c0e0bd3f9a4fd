// How strings pass from one memory of a component to another: what adapters between component instances call.

import { primordials } from "ext:core/mod.js";
import { componentStrings } from "ext:plugbay/error_codes.js";
import { makeError } from "ext:plugbay/errors.js";
const { TypedArrayPrototypeSet } = primordials;

export function transcoder(instance, { op, from, to }) {
  const source = () => updated(instance.memories[from]), target = () => updated(instance.memories[to]);
  switch (op) {
    // What the host would decode and encode again is the same bytes; it only looks whether they are UTF-8.
    case "copy-utf8":
      return (at, length, out) => {
        instance.checkUtf8(source(), at >>> 0, length >>> 0);
        TypedArrayPrototypeSet(target().bytes, source().part(at, length), out >>> 0);
      };
    case "copy-latin1":
      return (at, length, out) => TypedArrayPrototypeSet(target().bytes, source().part(at, length), out >>> 0);
    default:
      return () => {
        throw makeError(componentStrings, op);
      };
  }
}

function updated(memory) {
  memory.update();
  return memory;
}
