// The state that the start of a stateless guest left, which each call finds: the mutable globals and the memory of each
// instance of a module that it is made of. What else an instance may change, the guest has not (see `Description` of
// runtime/wasm_host).

import { primordials } from "ext:core/mod.js";
import { isolate, list } from "ext:plugbay/own.js";
import { getGlobal, setGlobal } from "ext:plugbay/wasm/checks.js";

const { NumberIsNaN, TypedArrayPrototypeGetLength } = primordials;

// What runs of zeroes are counted in.
const PAGE = 4096;
// One time in so many the pages of these runs are given back to the system: what a call has used and others do not is
// cleared by each of them until then. Pools have other numbers of instances.
const GIVEN_BACK_EACH = 61;

// Of an instance of `module`, with its memory if that is no other part's.
export const partOf = (module, exports, memory) => ({ __proto__: null, globals: module.globals, exports, memory });

// The values of a part's globals; nothing where one is NaN, which has bits that JavaScript does not have.
function valuesOf({ globals, exports }) {
  const values = list();
  for (let i = 0; i < globals.length; i++) {
    values[i] = getGlobal(exports[globals[i]]);
    if (NumberIsNaN(values[i])) return undefined;
  }
  return values;
}

// The image of what an instance is made of, if that can be put back.
export function imageOf(host, parts) {
  const values = list();
  for (let i = 0; i < parts.length; i++) {
    values[i] = valuesOf(parts[i]);
    if (values[i] === undefined) return undefined;
  }
  return new Image(host, parts, values);
}

class Image {
  #host;
  // For each part the values of its globals and what was in its memory.
  #kept = list();
  // How often it was restored: before the first time all pages were read, and so are used.
  #restored = 0;

  constructor(host, parts, values) {
    this.#host = host;
    for (let i = 0; i < parts.length; i++) {
      const { memory } = parts[i];
      this.#kept[i] = {
        __proto__: null,
        values: values[i],
        length: memory === null ? 0 : memory.length,
        ...this.#bytesOf(memory),
      };
    }
  }

  // A memory as it is now: long runs of zeroes, and the bytes between them.
  #bytesOf(memory) {
    const pieces = list();
    if (memory === null) return { __proto__: null, zeroes: undefined, pieces };
    const zeroes = this.#host.zeroRuns(memory.buffer), count = TypedArrayPrototypeGetLength(zeroes);
    let at = 0;
    for (let i = 0; i <= count; i += 2) {
      const end = i === count ? memory.length : zeroes[i] * PAGE;
      if (end > at) pieces[pieces.length] = { __proto__: null, start: at, bytes: memory.copy(at, end - at) };
      if (i < count) at = zeroes[i + 1] * PAGE;
    }
    return { __proto__: null, zeroes: count === 0 ? undefined : zeroes, pieces };
  }

  // Whether memory has grown since: it cannot be made smaller.
  hasGrown(parts) {
    for (let i = 0; i < parts.length; i++) {
      const { memory } = parts[i];
      if (memory === null) continue;
      memory.update();
      if (memory.length !== this.#kept[i].length) return true;
    }
    return false;
  }

  // Puts the instances into the state that it has, be they others of the same modules.
  restore(parts) {
    const areGivenBack = this.#restored++ % GIVEN_BACK_EACH === 0;
    for (let i = 0; i < parts.length; i++) {
      const { globals, exports, memory } = parts[i], { values, zeroes, pieces, length } = this.#kept[i];
      for (let j = 0; j < globals.length; j++) setGlobal(exports[globals[j]], values[j]);
      if (memory === null) continue;
      if (length > memory.length) memory.growBy((length - memory.length) >>> 16);
      if (zeroes !== undefined) this.#host.clearMemory(memory.buffer, zeroes, areGivenBack);
      for (let j = 0; j < pieces.length; j++) memory.write(pieces[j].start, pieces[j].bytes);
    }
  }
}
isolate(Image);
