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

export class Image {
  #host;
  // For each part the values of its globals and what was in its memory.
  #kept = list();
  // What it was restored: the first time each page is one that was read.
  #restored = 0;

  constructor(host, parts) {
    this.#host = host;
    for (let i = 0; i < parts.length; i++) {
      const { globals, exports, memory } = parts[i], values = list();
      for (let j = 0; j < globals.length; j++) values[j] = getGlobal(exports[globals[j]]);
      this.#kept[i] = {
        __proto__: null,
        values,
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

  // Whether it can be put back: a NaN has bits that JavaScript does not have.
  get isWhole() {
    for (let i = 0; i < this.#kept.length; i++) {
      const { values } = this.#kept[i];
      for (let j = 0; j < values.length; j++) if (NumberIsNaN(values[j])) return false;
    }
    return true;
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
