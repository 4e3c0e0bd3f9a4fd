// What the host holds for a guest: what it knows of the module, ops, resources, text. All of it is counted against one
// limit, before it is made; runtime/rewrite counts what a module's bytes ask for.

import { primordials } from "ext:core/mod.js";
import { isolate } from "ext:plugbay/own.js";
const { MathMax } = primordials;

// Bytes that something takes besides its text, roughly. `type` and `byteOfType` are those of a module's type,
// `typeOfInstance` what each instance has of it.
export const COSTS = {
  __proto__: null,
  op: 1024,
  parameter: 128,
  resource: 512,
  logLine: 128,
  type: 128,
  byteOfType: 16,
  typeOfInstance: 16,
};

export class Budget {
  #most;
  #spent = 0;
  // That of the guest which opened this one; what is spent here is spent there.
  #outer;

  constructor(most, outer) {
    this.#most = most;
    this.#outer = outer;
  }
  get most() {
    return this.#most;
  }
  get spent() {
    return this.#spent;
  }
  // Whether so many bytes more may be held.
  allows(bytes) {
    return this.#spent + bytes <= this.#most && (this.#outer?.allows(bytes) ?? true);
  }
  // Counts them, if they may.
  take(bytes) {
    if (!this.allows(bytes)) return false;
    this.#add(bytes);
    return true;
  }
  giveBack(bytes) {
    this.#add(-bytes);
  }
  // Nothing is held any more.
  close() {
    this.#add(-this.#spent);
  }
  #add(bytes) {
    const before = this.#spent;
    this.#spent = MathMax(before + bytes, 0);
    this.#outer?.giveBack(before - this.#spent);
  }
}
isolate(Budget);
