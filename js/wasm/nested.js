// Plugins that a guest opens, where options.plugins grants it. It imports from the module "plugbay_plugins", whose functions take
// addresses and lengths in the first memory, as i32:
//
//   open(name, length, module, length) -> a number for the plugin, or 0
//   call(plugin, op, length, input, length) -> the length of what the op answers, or -1
//   read(into, length) -> the length of the last answer, or of the text of what went wrong, of which that many bytes are copied
//   close(plugin)
//
// A guest opens modules whose bytes it has, and neither files nor libraries. They have no imports, no more than what their opener may use
// up, and go with the instance that opened them. An op takes and gives bytes, as Deno.core.dispatch has it.

import { core, primordials } from "ext:core/mod.js";
import { makeError } from "ext:plugbay/errors.js";
const { ArrayBufferIsView, ArrayPrototypeFind, MathMin, ObjectKeys, String, SymbolDispose, TypedArrayPrototypeGetByteLength, Uint8Array } = primordials;

export const NESTED_MODULE = "plugbay_plugins";

export class NestedPlugins {
  // The first opens and dispatches; `limits` are those of the opener, which may have `most` plugins open.
  constructor({ openNested, dispatch }, limits, most) {
    this.openNested = openNested;
    this.dispatch = dispatch;
    this.limits = limits;
    this.most = most;
    // By their numbers, each with the ids of the ops that were called.
    this.open = { __proto__: null };
    this.last = 0;
    this.answer = new Uint8Array(0);
  }

  imports(guest) {
    const memory = () => {
      if (guest.memory === null) throw makeError("WebAssembly.RuntimeError", "ERR_WASM_GUEST", `plugin ${guest.name} has no memory yet, or none at all`);
      guest.memory.update();
      return guest.memory;
    };
    // What goes wrong is the guest's to read; what lies outside of its memory is an error of its own.
    const attempt = (failed, work) => {
      try {
        return work();
      } catch (error) {
        if (guest.exhausted !== undefined) throw error;
        this.keep(guest, core.encode(String(error?.message ?? error)));
        return failed;
      }
    };
    return {
      __proto__: null,
      open: (name, nameLength, module, moduleLength) => {
        const label = memory().text(name, nameLength), bytes = memory().copy(module, moduleLength);
        return attempt(0, () => this.openOne(guest, label, bytes));
      },
      call: (number, name, nameLength, input, inputLength) => {
        const op = memory().text(name, nameLength), bytes = memory().copy(input, inputLength);
        return attempt(-1, () => this.call(guest, number, op, bytes));
      },
      read: (into, length) => {
        const { answer } = this, size = TypedArrayPrototypeGetByteLength(answer);
        memory().write(memory().check(into, length), new Uint8Array(answer.buffer, answer.byteOffset, MathMin(length >>> 0, size)));
        return size;
      },
      close: (number) => {
        this.open[number]?.plugin[SymbolDispose]();
        delete this.open[number];
      },
    };
  }

  openOne(guest, name, bytes) {
    if (ObjectKeys(this.open).length >= this.most) {
      throw makeError("RangeError", "ERR_WASM_LIMIT", `plugin ${guest.name} has ${this.most} plugins open; options.plugins says how many it may have`);
    }
    const plugin = this.openNested(bytes, `${name} of ${guest.name}`, this.limits, guest.budget);
    this.open[++this.last] = { __proto__: null, plugin, ids: { __proto__: null } };
    return this.last;
  }

  call(guest, number, name, bytes) {
    const entry = this.open[number];
    if (entry === undefined) throw makeError("NotFound", "ERR_PLUGIN_CLOSED", `plugin ${guest.name} has no open plugin ${number}`);
    const { plugin, ids } = entry;
    const id = ids[name] ??= ArrayPrototypeFind(plugin.metrics().ops, (op) => op.name === name)?.id;
    if (id === undefined) throw makeError("NotFound", "ERR_OP_UNKNOWN", `plugin ${plugin.name} has no op ${name}`);
    const answer = bytes.length === 0 ? this.dispatch(id) : this.dispatch(id, bytes);
    if (answer !== undefined && !ArrayBufferIsView(answer)) {
      throw makeError("NotSupported", "ERR_OP_ASYNC", `op ${name} of plugin ${plugin.name} answers later, which its caller cannot wait for`);
    }
    return this.keep(guest, answer ?? new Uint8Array(0));
  }

  // An answer is there until the next one.
  keep(guest, answer) {
    const length = TypedArrayPrototypeGetByteLength(answer);
    guest.budget.giveBack(TypedArrayPrototypeGetByteLength(this.answer));
    this.answer = new Uint8Array(0);
    guest.spend(length, "an answer of a plugin that it opened");
    this.answer = answer;
    return length;
  }

  closeAll() {
    for (const number in this.open) this.open[number].plugin[SymbolDispose]();
    this.open = { __proto__: null };
  }
}
