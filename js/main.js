// Entry point of the snapshot: everything here runs at compile time, but for `bootstrap`, which the runtime calls once
// when it starts, before the script.

import { core, internals, primordials } from "ext:core/mod.js";
import { op_set_format_exception_callback, op_set_wasm_streaming_callback } from "ext:core/ops";
import { keepAsyncOps } from "ext:plugbay/async_ops.js";
import { setUpCrypto } from "ext:plugbay/crypto.js";
import { denoNamespace } from "ext:plugbay/deno.js";
import { addWebAssemblyErrors, registerErrorClasses, setAdvice } from "ext:plugbay/errors.js";
import { globalProperties, setPrint, setUpGlobals } from "ext:plugbay/globals.js";
import { onDemand, setUpOnDemand } from "ext:plugbay/on_demand.js";
import { list } from "ext:plugbay/own.js";
import { WASI } from "ext:plugbay/providers/wasi.js";
import { setUpSources } from "ext:plugbay/source.js";
import { rehearseTypedOps } from "ext:plugbay/typed_ops.js";
import { describe } from "ext:plugbay/uncaught.js";
import { setUpWebAssembly } from "ext:plugbay/wasm/guest.js";
const { ArrayBuffer, ObjectDefineProperty, Proxy } = primordials;

// What scripts have whose output goes elsewhere.
const loadStandardStreams = onDemand("ext:plugbay/standard_streams.js");

keepAsyncOps();
registerErrorClasses();
core.defineGlobalProperties(globalThis, globalProperties);
setUpGlobals();
core.wrapConsole(globalThis.console, core.v8Console);

// The build script calls it last, for the target of that name. It runs what a start and most programs run first, with a
// host and a WebAssembly that do nothing: what has run when the snapshot is made is compiled in it. What WebAssembly's
// functions give is taken for exports and for memory.
globalThis.rehearse = function rehearse(target) {
  delete globalThis.rehearse;
  core.setBuildInfo(target);
  const host = new Proxy(hostOfRehearsal(), {
    __proto__: null,
    get: (answers, name) => answers[name] ?? (() => ({ __proto__: null, ops: { __proto__: null } })),
    set: () => true,
  });
  const anything = new Proxy(function () {}, {
    __proto__: null,
    apply: () => new ArrayBuffer(16),
    get: () => anything,
    getOwnPropertyDescriptor: () => ({ __proto__: null, get: anything, set: anything, configurable: true }),
    defineProperty: () => true,
  });
  globalThis.WebAssembly = anything;
  const namespace = setUp(host, list());
  delete globalThis.WebAssembly;
  const { rid, name, ops } = namespace.openPlugin("plugin");
  namespace.core.dispatch(rid, ops, name);
  namespace.openPlugin("guest").close();
  rehearseTypedOps();
  globalThis.performance.now();
};

// What the host answers where more is wanted of it than an object: its plugins are native but for one, which is a guest
// that exports a function and imports one of WASI's.
function hostOfRehearsal() {
  const import_ = { __proto__: null, module: WASI, field: "imported", kind: "function", type: "function" };
  const guest = {
    __proto__: null,
    world: "exports",
    imports: list([import_]),
    exportCount: 1,
    functionNames: list(["exported"]),
    memoryName: "memory",
    memoryPages: 1,
    hasInterrupt: true,
    hostBytes: 0,
  };
  const wasi = { __proto__: null, id: 0, imports: { __proto__: null, imported() {} } };
  return {
    __proto__: null,
    open: (path) => path === "guest" ? guest : { __proto__: null, ops: { __proto__: null } },
    addGuest: () => 0,
    newWasi: () => wasi,
    watch: () => new ArrayBuffer(16),
  };
}

// Nothing of it stays from the rehearsal. The language's WebAssembly is not there when the snapshot is made.
function setUp(host, args, environment) {
  setUpOnDemand(host);
  internals.noColor = host.noColor;
  if (host.prints === true) {
    setPrint(host.printOfConsole);
    loadStandardStreams().printStreams(host.printBytes);
  }
  setAdvice(host.advice);
  internals.setTimeOrigin();
  addWebAssemblyErrors();
  setUpWebAssembly();
  setUpSources();
  setUpCrypto(host);
  return denoNamespace(host, args, environment);
}

// Of WebAssembly.compileStreaming and instantiateStreaming, which take a Response.
function compileResponse(source, rid) {
  core.loadExtScript("ext:deno_fetch/26_fetch.js").handleWasmStreaming(source, rid);
}

// `host` is the object of native functions that runtime/src/bindings.rs makes. What V8 takes for a function that is
// called at once it compiles at once, so that this too is compiled in the snapshot.
globalThis.bootstrap = function bootstrap(host, args, environment) {
  delete globalThis.bootstrap;
  delete globalThis.__bootstrap;
  // The first script that is loaded has deno_core make functions of all ops, which must not begin at a full stack.
  core.loadExtScript("ext:deno_net/02_tls.js");
  op_set_wasm_streaming_callback(compileResponse);
  op_set_format_exception_callback(describe);
  ObjectDefineProperty(globalThis, "Deno", core.propNonEnumerable(setUp(host, args, environment)));
};
