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
import { setUpSources } from "ext:plugbay/source.js";
import { rehearseTypedOps } from "ext:plugbay/typed_ops.js";
import { describe } from "ext:plugbay/uncaught.js";
import { setUpWebAssembly } from "ext:plugbay/wasm/guest.js";
const { ObjectDefineProperty, Proxy } = primordials;

// What scripts have whose output goes elsewhere.
const loadStandardStreams = onDemand("ext:plugbay/standard_streams.js");

keepAsyncOps();
registerErrorClasses();
core.defineGlobalProperties(globalThis, globalProperties);
setUpGlobals();
core.wrapConsole(globalThis.console, core.v8Console);

// The build script calls it last, for the target of that name. It runs what a start and most programs run first, with a
// host and a WebAssembly that do nothing: what has run when the snapshot is made is compiled in it.
globalThis.rehearse = function rehearse(target) {
  delete globalThis.rehearse;
  core.setBuildInfo(target);
  const host = new Proxy({ __proto__: null }, {
    __proto__: null,
    get: () => () => ({ __proto__: null, ops: { __proto__: null } }),
    set: () => true,
  });
  const anything = new Proxy(function () {}, {
    __proto__: null,
    get: () => anything,
    getOwnPropertyDescriptor: () => ({ __proto__: null, get: anything, set: anything, configurable: true }),
    defineProperty: () => true,
  });
  globalThis.WebAssembly = anything;
  const namespace = setUp(host, list());
  delete globalThis.WebAssembly;
  const { rid, name, ops } = namespace.openPlugin("plugin");
  namespace.core.dispatch(rid, ops, name);
  rehearseTypedOps();
  globalThis.performance.now();
};

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
