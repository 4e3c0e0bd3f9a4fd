// Deno.openPlugin and what belongs to it. Everything that does something is a native function of the host; this file
// gives it the shape that scripts know from Deno 1.

import { core, primordials } from "ext:core/mod.js";
import { dispatchNamespace } from "ext:plugbay/dispatch.js";
import { makeError } from "ext:plugbay/errors.js";
import { pluginManager } from "ext:plugbay/plugins.js";
import { openOnThreads, setUpWorker } from "ext:plugbay/threads.js";
import { openGuest, readLimits } from "ext:plugbay/wasm/open.js";
const { ArrayBufferIsView, ObjectFreeze, ObjectPrototypeIsPrototypeOf, String, SymbolDispose, SymbolFor, SymbolToPrimitive, SymbolToStringTag, Symbol, Uint8Array } = primordials;
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
    // Runs a WASI command.
    run() {
      const { guest } = this.#opened;
      if (guest?.world.run === undefined) {
        throw makeError("TypeError", "ERR_WASM_COMMAND", `plugin ${this.name} is no WASI command; call its ops`);
      }
      return guest.world.run(guest);
    }
    metrics() {
      return host.metrics(this.rid);
    }
    // The memories, tables and globals that a plain WebAssembly module exports.
    get exports() {
      return this.#opened.guest?.world.exports;
    }
    // The instance of a WebAssembly plugin: whether there is one, how many there were, how much memory it has.
    get instance() {
      return this.#opened.guest?.state();
    }
    buffer(length) {
      const { guest } = this.#opened;
      if (guest !== undefined && guest.buffer === undefined) {
        throw makeError("NotSupported", "ERR_BUFFER_LENGTH", `plugin ${this.name} runs on other threads, which have memory of their own`);
      }
      if (guest !== undefined) return guest.buffer(host.bufferLength(length));
      const bytes = new Uint8Array(host.bufferLength(length));
      host.forbidDetaching(bytes);
      return bytes;
    }
    close() {
      host.closePlugin(this.rid, this.name);
      afterClose(this.rid);
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

  // The open guests by their numbers.
  const guests = { __proto__: null };

  const dispatching = dispatchNamespace(host);

  function openPlugin(path, options = undefined) {
    const isBytes = ArrayBufferIsView(path) || core.isAnyArrayBuffer(path);
    const file = isBytes ? String(options?.name ?? "module") : ObjectPrototypeIsPrototypeOf(URLPrototype, path) ? pathFromURL(path) : String(path);
    if (options?.threads !== undefined && !isBytes) {
      const opened = openOnThreads(host, file, options);
      guests[opened.rid] = opened.guest;
      return new Plugin(constructing, opened);
    }
    const limits = readLimits(options?.limits);
    const opened = isBytes ? host.openBytes(file, limits, path) : host.open(file, limits);
    if (opened.compiled === undefined) return new Plugin(constructing, opened);
    const guest = openGuest(host, opened, limits, options, { __proto__: null, openPlugin, dispatch: dispatching.dispatch });
    guests[guest.rid] = guest.guest;
    return new Plugin(constructing, guest);
  }
  host.setPluginOpener(openPlugin);
  setUpWorker(host, openPlugin);

  function close(resource) {
    host.close(+resource);
    afterClose(+resource);
  }

  // A guest has no destructors that the host calls on its own.
  function afterClose(rid) {
    const guest = guests[rid];
    if (guest !== undefined) {
      delete guests[rid];
      guest.close();
      return;
    }
    for (const open in guests) guests[open].world.resourceClosed?.(rid);
  }

  return {
    plugins: pluginManager(openPlugin),
    Plugin,
    openPlugin,
    close,
    resources: () => host.resources(),
    metrics: () => host.metrics(),
    core: ObjectFreeze({
      decode: core.decode,
      encode: core.encode,
      print: core.print,
      ...dispatching,
    }),
  };
}
