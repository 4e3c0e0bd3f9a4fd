// A memory of a component, with a view for each kind of number: what the canonical ABI stores is aligned.

import { primordials } from "ext:core/mod.js";
import { isolate } from "ext:plugbay/own.js";
import { GuestMemory } from "ext:plugbay/wasm/memory.js";
const { Float32Array, Uint16Array } = primordials;

// Of text that may be Latin-1: the bit of its length that says that it is UTF-16.
export const UTF16_TAG = 0x80000000;

export class ComponentMemory extends GuestMemory {
  refresh() {
    super.refresh();
    const { buffer, length } = this;
    this.shorts = new Uint16Array(buffer, 0, length >>> 1);
    this.singles = new Float32Array(buffer, 0, length >>> 2);
  }
}
isolate(ComponentMemory);
