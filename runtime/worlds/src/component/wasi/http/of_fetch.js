// Requests and responses of fetch's, as guests are given and give them.

import { core, primordials } from "ext:core/mod.js";
import { takeInnerBody } from "ext:plugbay/bodies.js";
import { hostOf, pathnameOf, protocolOf, searchOf } from "ext:plugbay/wasm/streaming.js";
import { hasNoBody } from "ext:plugbay/worlds/component/wasi/http/bodies.js";
import { entriesOf, pairsOf } from "ext:plugbay/worlds/component/wasi/http/fields.js";
const {
  ObjectGetOwnPropertyDescriptor,
  ObjectPrototypeIsPrototypeOf,
  StringPrototypeSlice,
  TypeError,
  uncurryThis,
} = primordials;
const { InnerBody } = core.loadExtScript("ext:deno_fetch/22_body.js");
const { Request, RequestPrototype, toInnerRequest } = core.loadExtScript("ext:deno_fetch/23_request.js");
const { fromInnerResponse, newInnerResponse } = core.loadExtScript("ext:deno_fetch/23_response.js");
const { AbortSignalPrototype, add } = core.loadExtScript("ext:deno_web/03_abort_signal.js");
const { URL } = core.loadExtScript("ext:deno_web/00_url.js");

const getterOf = (prototype, name) => uncurryThis(ObjectGetOwnPropertyDescriptor(prototype, name).get);
const signalOf = getterOf(RequestPrototype, "signal");
const isAborted = getterOf(AbortSignalPrototype, "aborted"), reasonOf = getterOf(AbortSignalPrototype, "reason");

// The Request that is meant by what `fetch` takes.
export const requestOf = (input, init) =>
  init === undefined && ObjectPrototypeIsPrototypeOf(RequestPrototype, input) ? input : new Request(input, init);

// What stands before its body: { method, scheme, authority, path, fields, url }.
export function headOf(request) {
  const inner = toInnerRequest(request), href = inner.url(), url = new URL(href);
  return {
    __proto__: null,
    method: inner.method,
    scheme: StringPrototypeSlice(protocolOf(url), 0, -1),
    authority: hostOf(url),
    path: pathnameOf(url) + searchOf(url),
    fields: entriesOf(inner.headerList),
    url: href,
  };
}

// Takes its body, which nobody else reads then: { bytes }, or { rid } of a stream; nothing where it has none.
export function takeBody(request) {
  const { body } = toInnerRequest(request);
  if (body === null) return undefined;
  if (body.unusable()) throw new TypeError("the body of the request was read already");
  return takeInnerBody(body);
}

// Has `stop` called with the reason when its signal is aborted; throws the reason if it was before.
export function watchSignal(request, stop) {
  const signal = signalOf(request);
  if (isAborted(signal)) throw reasonOf(signal);
  signal[add](() => stop(reasonOf(signal)));
}

// A Response; `body` is bytes or a stream, if it has one.
export function responseOf(status, entries, body) {
  const inner = newInnerResponse(status);
  inner.headerList = pairsOf(entries);
  if (body !== undefined && !hasNoBody(status)) {
    inner.body = new InnerBody(
      core.isTypedArray(body) ? /* deno_fetch's */ { __proto__: null, body, consumed: false } : body,
    );
  }
  return fromInnerResponse(inner, "immutable");
}
