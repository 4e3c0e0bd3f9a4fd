// Plugins that a guest opens, where options.plugins grants it. It imports from the module "plugbay_plugins", whose
// functions take addresses and lengths in the first memory, as i32:
//
//   open(name, length, module, length) -> a number for the plugin, or 0
//   call(plugin, op, length, input, length) -> the length of what the op answers, or -1
//   read(into, length) -> the length of the last answer, or of the text of what went wrong, of which that many bytes
//   are copied close(plugin)
//
// A guest opens modules whose bytes it has, and neither files nor libraries. They have no imports, no more than what
// their opener may use up, and go with the instance that opened them. An op takes and gives bytes, as
// Deno.core.dispatch has it.

import { core, primordials } from "ext:core/mod.js";
import { answersLater, noOp, notOpened, pluginsEnough } from "ext:plugbay/error_codes.js";
import { makeError, messageOf } from "ext:plugbay/errors.js";
import { isolate } from "ext:plugbay/own.js";
const {
  ArrayBufferIsView,
  MathMin,
  ObjectKeys,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetByteOffset,
  Uint8Array,
} = primordials;

export class NestedProvider {
  module = "plugbay_plugins";

  // `opener` opens, closes and dispatches; `limits` are those of the guest that opens, which may have `most` plugins
  // open.
  constructor(host, opener, limits, most) {
    this.host = host;
    this.opener = opener;
    this.limits = limits;
    this.most = most;
    // The number of the last plugin, of all instances.
    this.last = 0;
  }

  provide(guest) {
    const plugins = new NestedPlugins(this);
    const closeAll = () => plugins.closeAll();
    return { __proto__: null, imports: plugins.imports(guest), reset: closeAll, stop: closeAll };
  }
}
isolate(NestedProvider);

// Those of one instance.
class NestedPlugins {
  constructor(provider) {
    const { host, opener, limits, most } = provider;
    this.provider = provider;
    this.host = host;
    this.opener = opener;
    this.limits = limits;
    this.most = most;
    // By their numbers, each with the ids of the ops that were called.
    this.open = { __proto__: null };
    this.answer = new Uint8Array(0);
  }

  imports(guest) {
    const memory = () => guest.currentMemory();
    // What goes wrong is the guest's to read; what lies outside of its memory is an error of its own.
    const attempt = (failed, work) => {
      try {
        return work();
      } catch (error) {
        if (guest.exhausted !== undefined) throw error;
        this.keep(guest, core.encode(messageOf(error) || "it failed without saying why"));
        return failed;
      }
    };
    return {
      __proto__: null,
      open: (name, nameLength, module, moduleLength) => {
        const label = memory().cutText(name, nameLength), bytes = memory().copy(module, moduleLength);
        return attempt(0, () => this.openOne(guest, label, bytes));
      },
      call: (number, name, nameLength, input, inputLength) => {
        const op = memory().text(name, nameLength), bytes = memory().copy(input, inputLength);
        return attempt(-1, () => this.call(guest, number, op, bytes));
      },
      read: (into, length) => {
        const { answer } = this, size = TypedArrayPrototypeGetByteLength(answer);
        memory().write(
          memory().check(into, length),
          new Uint8Array(
            TypedArrayPrototypeGetBuffer(answer),
            TypedArrayPrototypeGetByteOffset(answer),
            MathMin(length >>> 0, size),
          ),
        );
        return size;
      },
      close: (number) => {
        const entry = this.open[number];
        if (entry === undefined) return;
        delete this.open[number];
        this.opener.close(entry.plugin);
      },
    };
  }

  openOne(guest, name, bytes) {
    if (ObjectKeys(this.open).length >= this.most) {
      throw makeError(pluginsEnough, guest.name, this.most);
    }
    const plugin = this.opener.open(bytes, `${name} of ${guest.name}`, this.limits, guest.budget, guest);
    const number = ++this.provider.last;
    this.open[number] = { __proto__: null, plugin, ids: { __proto__: null } };
    return number;
  }

  call(guest, number, name, bytes) {
    const entry = this.open[number];
    if (entry === undefined) {
      throw makeError(notOpened, guest.name, number);
    }
    const { plugin, ids } = entry;
    const id = ids[name] ?? this.idOf(plugin, name);
    if (id === undefined) throw makeError(noOp, plugin.name, name);
    ids[name] = id;
    const { dispatch } = this.opener;
    const answer = TypedArrayPrototypeGetByteLength(bytes) === 0 ? dispatch(id) : dispatch(id, bytes);
    if (answer !== undefined && !ArrayBufferIsView(answer)) {
      throw makeError(answersLater, name, plugin.name);
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

  // The id of an op, if the plugin has one of that name.
  idOf(plugin, name) {
    const { ops } = this.host.metrics(plugin.rid);
    for (let i = 0; i < ops.length; i++) {
      if (ops[i].name === name) return ops[i].id;
    }
    return undefined;
  }

  closeAll() {
    const { open } = this;
    this.open = { __proto__: null };
    for (const number in open) this.opener.close(open[number].plugin);
  }
}
isolate(NestedPlugins);
