// Modules that are read while the script goes on: from the web, or from a stream of their bytes. The host reads,
// rewrites and compiles them on other threads: runtime/wasm_host/src/streaming.rs.

import { core, primordials } from "ext:core/mod.js";
import { downloadRefused, moduleLonger, noStream, streamWithoutBytes } from "ext:plugbay/error_codes.js";
import { makeError } from "ext:plugbay/errors.js";
import { option, own } from "ext:plugbay/own.js";
import { bytesOf } from "ext:plugbay/views.js";
const {
  ArrayBufferIsView,
  DataViewPrototypeGetBuffer,
  DataViewPrototypeGetByteLength,
  DataViewPrototypeGetByteOffset,
  MathMin,
  ObjectGetOwnPropertyDescriptor,
  ObjectPrototypeIsPrototypeOf,
  ReflectApply,
  String,
  StringPrototypeLastIndexOf,
  StringPrototypeSlice,
  SymbolAsyncIterator,
  SymbolIterator,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetSymbolToStringTag,
  TypedArrayPrototypeSet,
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
  const bytes = await own(collect(option(source, "body") ?? source, limits, name));
  return { __proto__: null, module: await own(host.openBytesLater(name, limits, bytes, integrity)), from: name };
}

// `https://example.com/plugins/hash.wasm?v=2` is called `hash`.
function nameOf(url) {
  const pathname = pathnameOf(url);
  const file = StringPrototypeSlice(pathname, StringPrototypeLastIndexOf(pathname, "/") + 1);
  const dot = StringPrototypeLastIndexOf(file, ".");
  return (dot > 0 ? StringPrototypeSlice(file, 0, dot) : file) || "module";
}

// All bytes of a stream, if they are no more than a module may have.
async function collect(stream, limits, name) {
  if (
    typeof (stream?.[SymbolAsyncIterator] ?? stream?.[SymbolIterator]) !== "function" || typeof stream === "string"
    || ArrayBufferIsView(stream)
  ) {
    throw makeError(noStream);
  }
  let all = new Uint8Array(64 * 1024), length = 0;
  // reach: it is the script's
  for await (const chunk of stream) {
    const piece = viewOf(chunk, name);
    const end = length + TypedArrayPrototypeGetByteLength(piece);
    if (end > limits.module) {
      throw makeError(moduleLonger, name, limits.module);
    }
    if (end > TypedArrayPrototypeGetByteLength(all)) {
      const larger = new Uint8Array(MathMin(end * 2, limits.module));
      TypedArrayPrototypeSet(larger, all);
      all = larger;
    }
    TypedArrayPrototypeSet(all, piece, length);
    length = end;
    // "\0asm"; the host says what is wrong with it.
    if (length >= 4 && (all[0] !== 0 || all[1] !== 97 || all[2] !== 115 || all[3] !== 109)) break;
  }
  return new Uint8Array(TypedArrayPrototypeGetBuffer(all), 0, length);
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
