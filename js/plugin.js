// Deno.openPlugin and what belongs to it. Everything that does something is a native function of the host; this file
// gives it the shape that scripts know from Deno 1.

import { core, primordials } from "ext:core/mod.js";
import { dispatchNamespace } from "ext:plugbay/dispatch.js";
const { ObjectFreeze, ObjectPrototypeIsPrototypeOf, String, SymbolDispose, SymbolFor, SymbolToPrimitive, SymbolToStringTag, Symbol, Uint8Array } = primordials;
const { pathFromURL } = core.loadExtScript("ext:deno_web/00_infra.js");
const { URLPrototype } = core.loadExtScript("ext:deno_web/00_url.js");

const constructing = Symbol();

export function pluginNamespace(host) {
  // An open plugin. Used as a number it is its resource id, as Deno 1's openPlugin answered.
  class Plugin {
    #opened;

    constructor(key, opened) {
      if (key !== constructing) throw new TypeError("A Plugin is made by Deno.openPlugin()");
      this.#opened = opened;
    }
    get rid() {
      return this.#opened.rid;
    }
    get name() {
      return this.#opened.name;
    }
    get version() {
      return this.#opened.version;
    }
    get kind() {
      return this.#opened.kind;
    }
    get ops() {
      return this.#opened.ops;
    }
    metrics() {
      return host.metrics(this.rid);
    }
    buffer(length) {
      const bytes = new Uint8Array(host.bufferLength(length));
      host.forbidDetaching(bytes);
      return bytes;
    }
    close() {
      host.closePlugin(this.rid, this.name);
    }
    [SymbolDispose]() {
      if (host.isOpen(this.rid)) this.close();
    }
    [SymbolToPrimitive](hint) {
      return hint === "string" ? `[Plugin ${this.name}]` : this.rid;
    }
    get [SymbolToStringTag]() {
      return "Plugin";
    }
    [SymbolFor("Deno.privateCustomInspect")](inspect, options) {
      const { rid, name, version, kind, ops } = this;
      return `Plugin ${inspect({ rid, name, version, kind, ops }, options)}`;
    }
  }

  function openPlugin(path, options = undefined) {
    const file = ObjectPrototypeIsPrototypeOf(URLPrototype, path) ? pathFromURL(path) : String(path);
    return new Plugin(constructing, host.open(file, options?.imports));
  }

  return {
    Plugin,
    openPlugin,
    close: (resource) => host.close(+resource),
    resources: () => host.resources(),
    metrics: () => host.metrics(),
    core: ObjectFreeze({
      decode: core.decode,
      encode: core.encode,
      print: core.print,
      ...dispatchNamespace(host),
    }),
  };
}
