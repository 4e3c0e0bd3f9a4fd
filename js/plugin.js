// Deno.openPlugin and what belongs to it. Everything that does something is a native function of the host; this file
// gives it the shape that scripts know from Deno 1.

import { core, primordials } from "ext:core/mod.js";
import { dispatchNamespace } from "ext:plugbay/dispatch.js";
import { makeError } from "ext:plugbay/errors.js";
import { pluginManager } from "ext:plugbay/plugins.js";
import { openOnThreads, setUpWorker } from "ext:plugbay/threads.js";
import { openGuest, readOptions } from "ext:plugbay/wasm/open.js";
import { loadStreaming, webUrl } from "ext:plugbay/wasm/streaming.js";
const { ArrayBufferIsView, ObjectFreeze, ObjectPrototypeIsPrototypeOf, String, SymbolDispose, SymbolFor, SymbolToPrimitive, SymbolToStringTag, Symbol, Uint8Array } = primordials;
const { pathFromURL } = core.loadExtScript("ext:deno_web/00_infra.js");
const { URLPrototype } = core.loadExtScript("ext:deno_web/00_url.js");

const constructing = Symbol();

export function pluginNamespace(host) {
  // What a plugin was opened from; nothing for what is no plugin.
  let pathOf;

  // An open plugin. Used as a number it is its resource id, as Deno 1's openPlugin answered.
  class Plugin {
    #opened;

    static {
      pathOf = (plugin) => typeof plugin === "object" && plugin !== null && #opened in plugin ? plugin.#opened.from : undefined;
    }
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
      length = host.bufferLength(length);
      if (guest !== undefined) return guest.buffer(length);
      const bytes = new Uint8Array(length);
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

  const { forgetClosed, namespace: dispatching } = dispatchNamespace(host);

  function openPlugin(path, options = undefined) {
    const isBytes = ArrayBufferIsView(path) || core.isAnyArrayBuffer(path);
    if (!isBytes && webUrl(path) !== undefined) {
      throw makeError("TypeError", "ERR_PLUGIN_OPTIONS", `${path} is an address of the web: use await Deno.openPluginStreaming()`);
    }
    const file = isBytes ? String(options?.name ?? "module") : ObjectPrototypeIsPrototypeOf(URLPrototype, path) ? pathFromURL(path) : String(path);
    return show(open(path, isBytes, file, options), file);
  }

  async function openPluginStreaming(source, options = undefined) {
    if (options?.threads !== undefined) {
      throw makeError("TypeError", "ERR_PLUGIN_OPTIONS", "options.threads cannot go with Deno.openPluginStreaming(): threads open the plugin's file");
    }
    const settings = readOptions(options);
    const { module, from } = await loadStreaming(host, source, settings, options?.name);
    return show(openModule(module, settings, options), from);
  }

  // `from` is the path that it was opened from, or what stands for it.
  function show(opened, from) {
    opened.from = from;
    if (opened.guest !== undefined) guests[opened.rid] = opened.guest;
    return new Plugin(constructing, opened);
  }

  function open(path, isBytes, file, options) {
    if (options?.threads !== undefined) {
      if (isBytes) throw makeError("TypeError", "ERR_PLUGIN_OPTIONS", "options.threads cannot go with bytes: threads open the plugin's file");
      return openOnThreads(host, file, options);
    }
    const settings = readOptions(options);
    const opened = isBytes ? host.openBytes(file, settings.limits, path, settings.integrity) : host.open(file, settings.limits, settings.integrity);
    // A native plugin is open already.
    return opened.compiled === undefined ? opened : openModule(opened, settings, options);
  }

  function openModule(module, settings, options) {
    return openGuest(host, module, settings, options, { __proto__: null, openPlugin, dispatch: dispatching.dispatch });
  }
  host.setPluginOpener(openPlugin);
  setUpWorker(host, openPlugin);

  function close(resource) {
    host.close(+resource);
    afterClose(+resource);
  }

  // A guest has no destructors that the host calls on its own.
  function afterClose(rid) {
    forgetClosed();
    const guest = guests[rid];
    if (guest !== undefined) {
      delete guests[rid];
      guest.close();
      return;
    }
    for (const open in guests) guests[open].world.resourceClosed?.(rid);
  }

  return {
    plugins: pluginManager(openPlugin, pathOf, (plugin) => host.isOpen(plugin.rid)),
    Plugin,
    openPlugin,
    openPluginStreaming,
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
