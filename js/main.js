// Entry point of the snapshot: everything here runs at compile time, but for `bootstrap`, which the runtime calls once
// when it starts, before the script.

import { core, internals, primordials } from "ext:core/mod.js";
import { setUpCrypto } from "ext:plugbay/crypto.js";
import { addWebAssemblyErrors, registerErrorClasses } from "ext:plugbay/errors.js";
import { globalProperties, setUpGlobals } from "ext:plugbay/globals.js";
import { denoNamespace } from "ext:plugbay/deno.js";
import { setUpSources } from "ext:plugbay/source.js";
import { setUpUncaught } from "ext:plugbay/uncaught.js";
import { setUpWebAssembly } from "ext:plugbay/wasm/guest.js";
import { list } from "ext:plugbay/own.js";
import { refuseResponse } from "ext:plugbay/wasm/streaming.js";
import { rehearseTypedOps } from "ext:plugbay/typed_ops.js";
const { ObjectDefineProperty, Proxy } = primordials;

registerErrorClasses();
core.defineGlobalProperties(globalThis, globalProperties);
setUpGlobals();
rehearse();

// Runs what most programs run first, with a host that does nothing: what has run when the snapshot is made is compiled in it.
function rehearse() {
  const host = new Proxy({ __proto__: null }, { __proto__: null, get: () => () => ({ __proto__: null, ops: { __proto__: null } }), set: () => true });
  const namespace = denoNamespace(host, list());
  const { rid, name, ops } = namespace.openPlugin("plugin");
  namespace.core.dispatch(rid, ops, name);
  rehearseTypedOps();
}

// `host` is the object of native functions that runtime/src/js/mod.rs makes.
globalThis.bootstrap = function bootstrap(host, args, target) {
  internals.noColor = host.noColor;
  delete globalThis.bootstrap;
  delete globalThis.__bootstrap;
  core.setBuildInfo(target);
  addWebAssemblyErrors();
  setUpWebAssembly();
  core.setWasmStreamingCallback(refuseResponse);
  setUpSources();
  setUpCrypto(host);
  setUpUncaught();
  internals.setTimeOrigin();
  core.wrapConsole(globalThis.console, core.v8Console);
  ObjectDefineProperty(globalThis, "Deno", core.propNonEnumerable(denoNamespace(host, args)));
};
