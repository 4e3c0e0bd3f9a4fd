// What Deno.openPlugin is given: bytes, or the path of a file.

import { core, primordials } from "ext:core/mod.js";
import { refused } from "ext:plugbay/options.js";
import { hrefOf, protocolOf, webUrl } from "ext:plugbay/wasm/streaming.js";
import { nameOf, shortened } from "ext:plugbay/words.js";
const { ArrayBufferIsView, ObjectPrototypeIsPrototypeOf, StringPrototypeStartsWith } = primordials;
const { pathFromURL } = core.loadExtScript("ext:deno_web/00_infra.js");
const { URL, URLPrototype } = core.loadExtScript("ext:deno_web/00_url.js");

let modulePrototype;

// WebAssembly is not there when the snapshot is made.
export function setUpSources() {
  // reach: at bootstrap, before the script
  modulePrototype = WebAssembly.Module.prototype;
}

export const isBytes = (source) => ArrayBufferIsView(source) || core.isAnyArrayBuffer(source);

// The path of a file, which may be told as a URL.
export function pathOfSource(source) {
  const url = webUrl(source);
  if (url !== undefined) {
    throw refused(`${shortened(hrefOf(url))} is an address of the web: use await Deno.openPluginStreaming()`);
  }
  if (ObjectPrototypeIsPrototypeOf(URLPrototype, source)) return pathOfUrl(source);
  if (typeof source !== "string") {
    throw refused(`Deno.openPlugin() takes a path, a file: URL or the bytes of a module, got ${whatElse(source)}`);
  }
  if (source === "") {
    throw refused("Deno.openPlugin() takes a path, a file: URL or the bytes of a module, got an empty path");
  }
  return StringPrototypeStartsWith(source, "file://") ? pathOfUrl(new URL(source)) : source;
}

function pathOfUrl(url) {
  if (protocolOf(url) !== "file:") throw refused(`Deno.openPlugin() takes file: URLs, got ${shortened(hrefOf(url))}`);
  return pathFromURL(url);
}

function whatElse(source) {
  if (modulePrototype !== undefined && ObjectPrototypeIsPrototypeOf(modulePrototype, source)) {
    return "a WebAssembly.Module: pass the bytes that it was compiled from, limits are put into them before they are compiled";
  }
  if (core.isPromise(source)) return "a Promise: await it, or use await Deno.openPluginStreaming()";
  const name = nameOf(source),
    isStream = name === "an instance of ReadableStream" || name === "an instance of Response";
  return isStream ? `${name}: use await Deno.openPluginStreaming()` : name;
}
