// Deno.openPlugin and what belongs to it. Everything that does something is a native function of the host; this file
// gives it the shape that scripts know from Deno 1.

import { core, primordials } from "ext:core/mod.js";
import { dispatchNamespace } from "ext:plugbay/dispatch.js";
import { closedForBuffers, noCommand, noHandler } from "ext:plugbay/error_codes.js";
import { makeError, messageOf } from "ext:plugbay/errors.js";
import { setUpInvocation } from "ext:plugbay/invoke.js";
import { onDemand } from "ext:plugbay/on_demand.js";
import { readOptions, refused } from "ext:plugbay/options.js";
import { own } from "ext:plugbay/own.js";
import { pluginManager } from "ext:plugbay/plugins.js";
import { isBytes, pathOfSource } from "ext:plugbay/source.js";
import { openOnThreads, setUpWorker } from "ext:plugbay/threads.js";
import { openGuest } from "ext:plugbay/wasm/open.js";
import { loadStreaming } from "ext:plugbay/wasm/streaming.js";
const {
  JSONParse,
  ObjectFreeze,
  SymbolDispose,
  SymbolFor,
  SymbolToPrimitive,
  SymbolToStringTag,
  Symbol,
  TypeError,
  Uint8Array,
} = primordials;

const loadServing = onDemand("ext:plugbay/serving.js");

// Of numbers, each of which may be missing.
const grantsOf = ({ 0: services, 1: reach, 2: tally }) => ({ __proto__: null, services, reach, tally });

// `plugin.ops`, with its properties.
function opsOf({ ops, guest }) {
  guest?.world.showOps?.(guest);
  return ops;
}

const constructing = Symbol();

export function pluginNamespace(host) {
  // What is known of an open plugin; nothing for what is no plugin.
  let openedOf;

  // An open plugin. Used as a number it is its resource id, as Deno 1's openPlugin answered.
  // reach: scripts see its prototype, and the runtime asks only for #opened
  class Plugin {
    #opened;

    static {
      openedOf = (plugin) =>
        typeof plugin === "object" && plugin !== null && #opened in plugin ? plugin.#opened : undefined;
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
      return opsOf(this.#opened);
    }
    // Runs a WASI command.
    run() {
      const { guest, name } = this.#opened;
      if (guest?.world.run === undefined) {
        throw makeError(noCommand, name);
      }
      return guest.world.run(guest);
    }
    // Has a component that exports wasi:http/incoming-handler answer a request; takes what `fetch` takes.
    handle(input, init = undefined) {
      const { guest, name } = this.#opened;
      if (guest?.world.handle === undefined) {
        throw makeError(noHandler, name);
      }
      return guest.world.handle(guest, input, init);
    }
    metrics() {
      return host.metrics(this.#opened.rid);
    }
    // The memories, tables, globals and functions that a plain WebAssembly module exports.
    get exports() {
      return this.#opened.guest?.show();
    }
    // The instance of a WebAssembly plugin: whether there is one, how many there were, how much memory it has.
    get instance() {
      return this.#opened.guest?.state();
    }
    buffer(length) {
      const { guest, rid, name } = this.#opened;
      length = host.bufferLength(length);
      if (!host.isOpen(rid)) {
        throw makeError(closedForBuffers, name);
      }
      if (guest !== undefined) return guest.buffer(length);
      const bytes = new Uint8Array(length);
      host.forbidDetaching(bytes);
      return bytes;
    }
    close() {
      const { rid, name } = this.#opened;
      afterClose(rid, host.closePlugin(rid, name));
    }
    [SymbolDispose]() {
      closeOpen(this.#opened);
    }
    [SymbolToPrimitive](hint) {
      const { rid, name } = this.#opened;
      return hint === "string" ? `[Plugin ${name}]` : rid;
    }
    get [SymbolToStringTag]() {
      return "Plugin";
    }
    [SymbolFor("Deno.privateCustomInspect")](inspect, options) {
      const { rid, name, version, kind } = this.#opened, ops = opsOf(this.#opened);
      return `Plugin ${inspect(/* the script's */ { rid, name, version, kind, ops }, options)}`;
    }
  }

  // The open guests by their numbers.
  const guests = { __proto__: null };

  const { forgetClosed, namespace: dispatching } = dispatchNamespace(host);

  function openPlugin(source, options = undefined) {
    const settings = readOptions(options);
    return isBytes(source) ? openBytes(source, settings) : openFile(pathOfSource(source), settings);
  }

  async function openPluginStreaming(source, options = undefined) {
    const settings = readOptions(options);
    if (settings.threads !== undefined) {
      throw refused("options.threads cannot go with Deno.openPluginStreaming(): threads open the plugin's file");
    }
    const { module, from } = await own(loadStreaming(host, source, settings));
    return show(openModule(module, settings), from);
  }

  // `from` is the path that it was opened from, or what stands for it.
  function show(opened, from) {
    opened.from = from;
    return new Plugin(constructing, opened);
  }

  function openBytes(bytes, settings) {
    if (settings.threads !== undefined) {
      throw refused("options.threads cannot go with bytes: threads open the plugin's file");
    }
    const name = settings.name ?? "module";
    return show(openModule(host.openBytes(name, settings.limits, bytes, settings.integrity), settings), name);
  }

  function openFile(path, settings) {
    if (settings.name !== undefined) {
      throw refused(
        "options.name is for modules that have no file: a plugin is called what it says itself, or what its file is called",
      );
    }
    if (settings.threads !== undefined) {
      const opened = openOnThreads(host, path, settings);
      guests[opened.rid] = opened.guest;
      return show(opened, path);
    }
    const opened = host.open(path, settings.limits, settings.integrity, settings.ofGuests);
    // A native plugin is open already.
    return show(opened.world === undefined ? opened : openModule(opened, settings), path);
  }

  // For Rust, which may grant what scripts cannot.
  function openGranted(path, options, grants) {
    return openFile(path, { __proto__: null, ...readOptions(options), ...grants });
  }

  // A component that answers each call with a fresh instance, and has been granted some of the host's services.
  function openWithServices(path, services) {
    const options = { __proto__: null, stateless: true, wasi: { __proto__: null, stderr: "inherit" } };
    return openGranted(path, options, { __proto__: null, services });
  }

  function openModule(module, settings) {
    return openGuest(host, module, settings, opener);
  }

  // For guests, and for those that open plugins and pay for them.
  const opener = {
    __proto__: null,
    opened(guest) {
      guests[guest.rid] = guest;
    },
    open(bytes, name, limits, budget, opener) {
      const settings = { __proto__: null, ...readOptions(undefined), limits, budget, opener };
      return openModule(host.openBytes(name, limits, bytes), settings);
    },
    close: closeOpen,
    dispatch: dispatching.dispatch,
  };

  const plugins = pluginManager(openPlugin, openedOf, ({ rid }) => host.isOpen(rid), closeOpen);
  const { open: openAs, replace: replaceBy, get: getBy, close: closeBy } = plugins;
  // For Rust. Not the Plugin: its prototype is the script's to change.
  const managed = {
    __proto__: null,
    open: (path) => openedOf(openPlugin(path)),
    openWithOptions: (path, _, options) => openedOf(openPlugin(path, JSONParse(options))),
    openAs: (path, id) => openedOf(openAs(id, path)),
    openGranted: (path, id, services) => openedOf(openAs(id, openWithServices(path, +services))),
    replace: (path, id) => openedOf(replaceBy(id, path)),
    get: (_, id) => openedOf(getBy(id)),
    close: (_, id) => closeBy(id),
    closeGuests,
  };
  host.setPluginManager((action, path, id, services) => managed[action](path, id, services));
  setUpInvocation(host, (rid) => guests[rid], (rid) => closeOpen({ __proto__: null, rid }));
  setUpWorker(host, (name, bytes, settings) => openBytes(bytes, { __proto__: null, ...settings, name }));

  // Of plugins that a server opens.
  const serving = {
    __proto__: null,
    open: (path, options, grants) => openedOf(openGranted(path, options, grants)),
    close: closeOpen,
  };
  host.setServing(
    (number, path, options, ...grants) => loadServing().openPlugin(number, serving, path, options, grantsOf(grants)),
    (number, path, options, ...grants) => loadServing().openCommand(number, serving, path, options, grantsOf(grants)),
    (number, path, options, ...grants) => loadServing().openReceiver(number, serving, path, options, grantsOf(grants)),
    (number, name, exports, files, takesMessages) =>
      loadServing().openModule(number, name, exports, files, takesMessages),
    (exchange, handler, method, url, headers, id, body, depth, command) =>
      loadServing().begin(exchange, handler, method, url, headers, id, body, depth, command),
    () => loadServing().keepRunning(),
  );

  function closeOpen({ rid }) {
    if (!host.isOpen(rid)) return;
    afterClose(rid, host.close(rid));
  }

  // The runtime ends.
  function closeGuests() {
    for (const rid in guests) {
      const { name } = guests[rid];
      try {
        closeOpen({ __proto__: null, rid: +rid });
      } catch (error) {
        host.log(name, 1, `cannot close it: ${messageOf(error)}`);
      }
    }
  }

  function close(resource) {
    const rid = openedOf(resource)?.rid ?? +resource;
    afterClose(rid, host.close(rid));
  }

  // A guest has no destructors that the host calls on its own. `owner` is the plugin whose resource it was.
  function afterClose(rid, owner) {
    forgetClosed();
    const guest = guests[rid];
    if (guest !== undefined) {
      delete guests[rid];
      guest.close();
      return;
    }
    if (owner !== undefined) guests[owner]?.world.resourceClosed?.(rid);
  }

  const namespace = {
    __proto__: null,
    plugins,
    Plugin,
    openPlugin,
    openPluginStreaming,
    close,
    resources: () => host.resources(),
    metrics: () => host.metrics(),
    core: ObjectFreeze(/* the script's */ {
      decode: core.decode,
      encode: core.encode,
      print: core.print,
      ...dispatching,
    }),
  };
  return { __proto__: null, namespace, closeGuests };
}
