// What ends the code of an instance from outside: the rewriter has put checks of a word into its modules, and a count
// of calls within one another (see runtime/rewrite).

import { primordials } from "ext:core/mod.js";
import { isolate, list } from "ext:plugbay/own.js";
import { currentBuffer } from "ext:plugbay/wasm/memory.js";
const { Int32Array, ObjectGetOwnPropertyDescriptor, TypedArrayPrototypeGetBuffer, uncurryThis } = primordials;

// As `Reason::Overrun` of runtime/wasm_host/src/interrupts.rs.
const OVERRUN = 1;
const INTERRUPT = "plugbay:interrupt", DEPTH = "plugbay:depth";

// The value of a global that a guest exports.
export let getGlobal, setGlobal;
let atomicOr;

// reach: it runs before the script
export function setUpChecks() {
  atomicOr = Atomics.or;
  const { get, set } = ObjectGetOwnPropertyDescriptor(WebAssembly.Global.prototype, "value");
  getGlobal = uncurryThis(get);
  setGlobal = uncurryThis(set);
}

// Those of an instance, which may be made of several modules.
export class Checks {
  constructor() {
    this.words = list();
    // The globals that count calls within one another.
    this.depths = list();
  }

  // An instance of a module is there: what a guest exports. The watchdog can end its calls from now on.
  watchModule(guest, { hasInterrupt }, exports) {
    if (guest.stack !== 0 && exports[DEPTH] !== undefined) this.depths[this.depths.length] = exports[DEPTH];
    if (!hasInterrupt) return;
    const word = new Int32Array(currentBuffer(exports[INTERRUPT]), 0, 1);
    this.words[this.words.length] = word;
    guest.host.addInterrupt(TypedArrayPrototypeGetBuffer(word));
    this.watch(guest, this.words.length - 1);
  }

  // Has the watchdog end the calls of the guest in this instance, by its words from that one on.
  watch(guest, from = 0) {
    for (let i = from; i < this.words.length; i++) {
      const word = TypedArrayPrototypeGetBuffer(this.words[i]);
      guest.host.watchInterrupt(TypedArrayPrototypeGetBuffer(guest.running), word, i === 0);
    }
  }

  // All code of it ends at its next check. Others have bits of their own in the words.
  end() {
    for (let i = 0; i < this.words.length; i++) atomicOr(this.words[i], 0, OVERRUN);
  }
  isEnded() {
    for (let i = 0; i < this.words.length; i++) if (this.words[i][0] !== 0) return true;
    return false;
  }
  isTooDeep() {
    for (let i = 0; i < this.depths.length; i++) if (getGlobal(this.depths[i]) === -1) return true;
    return false;
  }

  // Nothing calls within another.
  begin() {
    for (let i = 0; i < this.depths.length; i++) setGlobal(this.depths[i], 0);
  }
  // How deep calls are; `goOn` puts them back there.
  depth() {
    if (this.depths.length === 0) return undefined;
    const depth = list();
    for (let i = 0; i < this.depths.length; i++) depth[i] = getGlobal(this.depths[i]);
    return depth;
  }
  goOn(depth) {
    for (let i = 0; i < this.depths.length; i++) setGlobal(this.depths[i], depth[i]);
  }
}
isolate(Checks);
