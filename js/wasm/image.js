// The state that the start of a stateless guest left, which each call finds: the mutable globals and the memory of each
// instance of a module that it is made of. What else an instance may change, the guest has not (see `Description` of
// runtime/wasm_host).

import { isolate, list } from "ext:plugbay/own.js";
import { getGlobal, setGlobal } from "ext:plugbay/wasm/checks.js";

// Of an instance of `module`, with its memory if that is no other part's.
export const partOf = (module, exports, memory) => ({ __proto__: null, globals: module.globals, exports, memory });

export class Image {
  #host;
  // For each part the values of its globals and what was in its memory.
  #kept = list();

  constructor(host, parts) {
    this.#host = host;
    for (let i = 0; i < parts.length; i++) {
      const { globals, exports, memory } = parts[i], values = list();
      for (let j = 0; j < globals.length; j++) values[j] = getGlobal(exports[globals[j]]);
      const runs = memory === null ? list() : this.#runsOf(memory);
      this.#kept[i] = { __proto__: null, values, runs, length: memory === null ? 0 : memory.length };
    }
  }

  // A memory as it is now: bytes, and long runs of zeroes.
  #runsOf(memory) {
    const zeroes = this.#host.zeroRuns(memory.buffer), runs = list();
    let at = 0;
    const addBytes = (end) => {
      if (end > at) runs[runs.length] = { __proto__: null, start: at, end, bytes: memory.copy(at, end - at) };
    };
    for (let i = 0; i < zeroes.length; i += 2) {
      addBytes(zeroes[i]);
      at = zeroes[i + 1];
      runs[runs.length] = { __proto__: null, start: zeroes[i], end: at, bytes: undefined };
    }
    addBytes(memory.length);
    return runs;
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
    for (let i = 0; i < parts.length; i++) {
      const { globals, exports, memory } = parts[i], { values, runs, length } = this.#kept[i];
      for (let j = 0; j < globals.length; j++) setGlobal(exports[globals[j]], values[j]);
      if (memory === null) continue;
      if (length > memory.length) memory.growBy((length - memory.length) >>> 16);
      for (let j = 0; j < runs.length; j++) {
        const { start, end, bytes } = runs[j];
        if (bytes === undefined) this.#host.clearMemory(memory.buffer, start, end);
        else memory.write(start, bytes);
      }
    }
  }
}
isolate(Image);
