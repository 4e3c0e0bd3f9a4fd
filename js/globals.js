// What a script finds on globalThis besides the language: the parts of the web platform that deno_web brings.

import { core, internals, primordials } from "ext:core/mod.js";
import { Crypto, crypto } from "ext:plugbay/crypto.js";
import { scriptOnDemand } from "ext:plugbay/on_demand.js";
const { ObjectGetOwnPropertyDescriptor, ObjectSetPrototypeOf, uncurryThis } = primordials;

const load = (specifier) => core.loadExtScript(specifier);
const abortSignal = load("ext:deno_web/03_abort_signal.js");
const base64 = load("ext:deno_web/05_base64.js");
const consoleModule = load("ext:deno_web/01_console.js");
const { DOMException, QuotaExceededError } = load("ext:deno_web/01_dom_exception.js");
const encoding = load("ext:deno_web/08_text_encoding.js");
const event = load("ext:deno_web/02_event.js");
const messagePort = load("ext:deno_web/13_message_port.js");
const performance = load("ext:deno_web/15_performance.js");
const timers = load("ext:deno_web/02_timers.js");
const url = load("ext:deno_web/00_url.js");
const webidl = load("ext:deno_webidl/00_webidl.js");

// Seldom used and large: not in the snapshot, loaded at the first use.
const lazily = (specifier, names, property = core.propNonEnumerableLazyLoaded) => {
  const loadModule = scriptOnDemand(specifier);
  const properties = { __proto__: null };
  for (let i = 0; i < names.length; i++) {
    const name = names[i];
    properties[name] = property((module) => module[name], loadModule);
  }
  return properties;
};

// What deno_fetch asks for of Deno's telemetry: there is none.
internals.__telemetry = { __proto__: null, TRACING_ENABLED: false, DID_NOT_ENTER: undefined, exitSpan() {} };
internals.__telemetryUtil = { __proto__: null };

// What the console calls; what it is given is another program's to take where there is one.
let print = core.print;
export function setPrint(other) {
  print = other;
}

export const globalProperties = {
  __proto__: null,
  AbortController: core.propNonEnumerable(abortSignal.AbortController),
  AbortSignal: core.propNonEnumerable(abortSignal.AbortSignal),
  Crypto: core.propNonEnumerable(Crypto),
  CloseEvent: core.propNonEnumerable(event.CloseEvent),
  CustomEvent: core.propNonEnumerable(event.CustomEvent),
  DOMException: core.propNonEnumerable(DOMException),
  ErrorEvent: core.propNonEnumerable(event.ErrorEvent),
  Event: core.propNonEnumerable(event.Event),
  EventTarget: core.propNonEnumerable(event.EventTarget),
  MessageChannel: core.propNonEnumerable(messagePort.MessageChannel),
  MessageEvent: core.propNonEnumerable(event.MessageEvent),
  MessagePort: core.propNonEnumerable(messagePort.MessagePort),
  Performance: core.propNonEnumerable(performance.Performance),
  PerformanceEntry: core.propNonEnumerable(performance.PerformanceEntry),
  PerformanceMark: core.propNonEnumerable(performance.PerformanceMark),
  PerformanceMeasure: core.propNonEnumerable(performance.PerformanceMeasure),
  ProgressEvent: core.propNonEnumerable(event.ProgressEvent),
  PromiseRejectionEvent: core.propNonEnumerable(event.PromiseRejectionEvent),
  QuotaExceededError: core.propNonEnumerable(QuotaExceededError),
  TextDecoder: core.propNonEnumerable(encoding.TextDecoder),
  TextEncoder: core.propNonEnumerable(encoding.TextEncoder),
  URL: core.propNonEnumerable(url.URL),
  URLSearchParams: core.propNonEnumerable(url.URLSearchParams),
  ...lazily("ext:deno_web/08_text_encoding.js", ["TextDecoderStream", "TextEncoderStream"]),
  ...lazily("ext:deno_web/09_file.js", ["Blob", "File"]),
  ...lazily("ext:deno_web/10_filereader.js", ["FileReader"]),
  ...lazily("ext:deno_web/01_urlpattern.js", ["URLPattern"]),
  ...lazily("ext:deno_web/14_compression.js", ["CompressionStream", "DecompressionStream"]),
  ...lazily("ext:deno_web/06_streams.js", [
    "ByteLengthQueuingStrategy",
    "CountQueuingStrategy",
    "ReadableByteStreamController",
    "ReadableStream",
    "ReadableStreamBYOBReader",
    "ReadableStreamBYOBRequest",
    "ReadableStreamDefaultController",
    "ReadableStreamDefaultReader",
    "TransformStream",
    "TransformStreamDefaultController",
    "WritableStream",
    "WritableStreamDefaultController",
    "WritableStreamDefaultWriter",
  ]),
  ...lazily("ext:deno_fetch/20_headers.js", ["Headers"]),
  ...lazily("ext:deno_fetch/21_formdata.js", ["FormData"]),
  ...lazily("ext:deno_fetch/23_request.js", ["Request"]),
  ...lazily("ext:deno_fetch/23_response.js", ["Response"]),
  ...lazily("ext:deno_fetch/26_fetch.js", ["fetch"], core.propWritableLazyLoaded),
  atob: core.propWritable(base64.atob),
  btoa: core.propWritable(base64.btoa),
  clearInterval: core.propWritable(timers.clearInterval),
  clearTimeout: core.propWritable(timers.clearTimeout),
  console: core.propNonEnumerable(new consoleModule.Console((text, level) => print(text, level > 1))),
  crypto: core.propWritable(crypto),
  performance: core.propWritable(performance.performance),
  reportError: core.propWritable(event.reportError),
  self: core.propWritable(globalThis),
  setInterval: core.propWritable(timers.setInterval),
  setTimeout: core.propWritable(timers.setTimeout),
  structuredClone: core.propWritable(messagePort.structuredClone),
  [webidl.brand]: core.propNonEnumerable(webidl.brand),
};

// Makes globalThis an event target, and reports errors in handlers and rejections nobody handles through it.
export function setUpGlobals() {
  consoleModule.setNoColorFns(() => internals.noColor.stdout, () => internals.noColor.stderr);
  ObjectSetPrototypeOf(globalThis, event.EventTarget.prototype);
  event.setEventTargetData(globalThis);
  event.saveGlobalThisReference(globalThis);
  core.setReportExceptionCallback(event.reportException);
  core.setUnhandledPromiseRejectionHandler((promise, reason) => {
    const rejection = new event.PromiseRejectionEvent("unhandledrejection", {
      __proto__: null,
      cancelable: true,
      promise,
      reason,
    });
    dispatchEvent(globalThis, rejection);
    return wasPrevented(rejection);
  });
  core.setHandledPromiseRejectionHandler((promise, reason) => {
    dispatchEvent(
      globalThis,
      new event.PromiseRejectionEvent("rejectionhandled", { __proto__: null, promise, reason }),
    );
  });
  internals.setTimeOrigin = performance.setTimeOrigin;
}

// As they were before the script could replace them.
const dispatchEvent = uncurryThis(event.EventTarget.prototype.dispatchEvent);
const wasPrevented = uncurryThis(ObjectGetOwnPropertyDescriptor(event.Event.prototype, "defaultPrevented").get);
