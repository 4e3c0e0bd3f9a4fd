// Modules that are read while the script goes on: from the web, or from a stream of their bytes. The host reads,
// rewrites and compiles them on other threads: runtime/wasm_host/src/streaming.rs.

import { core, primordials } from "ext:core/mod.js";
import { downloadRefused, moduleLonger, noStream, streamWithoutBytes } from "ext:plugbay/error_codes.js";
import { makeError } from "ext:plugbay/errors.js";
import { option, own } from "ext:plugbay/own.js";
import { bytesOf, Gathered } from "ext:plugbay/views.js";
const {
  ArrayBufferIsView,
  DataViewPrototypeGetBuffer,
  DataViewPrototypeGetByteLength,
  DataViewPrototypeGetByteOffset,
  ObjectGetOwnPropertyDescriptor,
  ObjectPrototypeIsPrototypeOf,
  ReflectApply,
  String,
  StringPrototypeLastIndexOf,
  StringPrototypeSlice,
  SymbolAsyncIterator,
  SymbolIterator,
  TypedArrayPrototypeGetSymbolToStringTag,
  Uint8Array,
  uncurryThis,
} = primordials;
const { URL, URLPrototype } = core.loadExtScript("ext:deno_web/00_url.js");

// What a URL says of itself, as it was before the script could replace it.
const getterOf = (name) => uncurryThis(ObjectGetOwnPropertyDescriptor(URLPrototype, name).get);
export const hrefOf = getterOf("href"), protocolOf = getterOf("protocol");
export const hostOf = getterOf("host"), pathnameOf = getterOf("pathname"), searchOf = getterOf("search");
const { parse: parseUrl } = URL;
const parse = (text) => ReflectApply(parseUrl, URL, [text]);

const isOfTheWeb = (protocol) => protocol === "https:" || protocol === "http:";

// The URL, if it is one of the web.
export function webUrl(source) {
  if (ObjectPrototypeIsPrototypeOf(URLPrototype, source)) return isOfTheWeb(protocolOf(source)) ? source : undefined;
  const url = typeof source === "string" ? parse(source) : null;
  return url !== null && isOfTheWeb(protocolOf(url)) ? url : undefined;
}

// Promises what runtime/wasm_host/src/load.rs gives for the module, and where it is from.
export async function loadStreaming(host, source, { limits, integrity, name }) {
  // reach: it is the script's
  source = await source;
  const url = webUrl(source);
  if (url !== undefined) {
    const href = hrefOf(url);
    return {
      __proto__: null,
      module: await own(host.openUrlLater(name ?? nameOf(url), limits, href, integrity)),
      from: href,
    };
  }
  name ??= "module";
  // A Response that says what went wrong.
  if (option(source, "ok") === false) {
    throw makeError(downloadRefused, name, String(source.status));
  }
  const { bytes } = await own(collect(option(source, "body") ?? source, limits, name));
  return { __proto__: null, module: await own(host.openBytesLater(name, limits, bytes, integrity)), from: name };
}

// `https://example.com/plugins/hash.wasm?v=2` is called `hash`.
function nameOf(url) {
  const pathname = pathnameOf(url);
  const file = StringPrototypeSlice(pathname, StringPrototypeLastIndexOf(pathname, "/") + 1);
  const dot = StringPrototypeLastIndexOf(file, ".");
  return (dot > 0 ? StringPrototypeSlice(file, 0, dot) : file) || "module";
}

// All bytes of a stream as { bytes }, if they are no more than a module may have: bytes by themselves would be asked
// for a `then`.
async function collect(stream, limits, name) {
  if (
    typeof (stream?.[SymbolAsyncIterator] ?? stream?.[SymbolIterator]) !== "function" || typeof stream === "string"
    || ArrayBufferIsView(stream)
  ) {
    throw makeError(noStream);
  }
  const gathered = new Gathered(64 * 1024, limits.module);
  // reach: it is the script's
  for await (const chunk of stream) {
    if (!gathered.append(viewOf(chunk, name))) throw makeError(moduleLonger, name, limits.module);
    const { 0: first, 1: second, 2: third, 3: fourth } = gathered.all();
    // "\0asm"; the host says what is wrong with it.
    if (fourth !== undefined && (first !== 0 || second !== 97 || third !== 115 || fourth !== 109)) break;
  }
  return { __proto__: null, bytes: gathered.all() };
}

function viewOf(chunk, name) {
  if (core.isAnyArrayBuffer(chunk)) return new Uint8Array(chunk);
  if (ArrayBufferIsView(chunk)) {
    if (TypedArrayPrototypeGetSymbolToStringTag(chunk) === undefined) {
      return new Uint8Array(
        DataViewPrototypeGetBuffer(chunk),
        DataViewPrototypeGetByteOffset(chunk),
        DataViewPrototypeGetByteLength(chunk),
      );
    }
    return bytesOf(chunk);
  }
  throw makeError(streamWithoutBytes, name);
}
