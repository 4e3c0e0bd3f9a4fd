// Entry point of the snapshot: everything here runs at compile time, but for `bootstrap`, which the runtime calls once
// when it starts, before the script.

import { core, internals } from "ext:core/mod.js";
import { addWebAssemblyErrors, registerErrorClasses } from "ext:plugbay/errors.js";
import { globalProperties, setUpGlobals } from "ext:plugbay/globals.js";
import { denoNamespace } from "ext:plugbay/deno.js";

registerErrorClasses();
core.defineGlobalProperties(globalThis, globalProperties);
setUpGlobals();

// `host` is the object of native functions that runtime/src/js/mod.rs makes.
globalThis.bootstrap = function bootstrap(host, args, target) {
  internals.noColor = host.noColor;
  delete globalThis.bootstrap;
  delete globalThis.__bootstrap;
  core.setBuildInfo(target);
  addWebAssemblyErrors();
  internals.setTimeOrigin();
  core.wrapConsole(globalThis.console, core.v8Console);
  Object.defineProperty(globalThis, "Deno", core.propNonEnumerable(denoNamespace(host, args)));
};
