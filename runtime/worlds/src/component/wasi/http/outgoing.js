// wasi:http/outgoing-handler: requests that a guest makes, to hosts that options.wasi.net grants.

import { core } from "ext:core/mod.js";
import { op_http_answer, op_http_send } from "ext:core/ops";
import { then } from "ext:plugbay/own.js";
import { failure } from "ext:plugbay/worlds/component/wasi/errors.js";
import { errorCode } from "ext:plugbay/worlds/component/wasi/http/errors.js";
import { arriving } from "ext:plugbay/worlds/component/wasi/http/feed.js";
import { costOfAll, entriesOf, pairsOf } from "ext:plugbay/worlds/component/wasi/http/fields.js";
import { FutureIncomingResponse, OutgoingRequest, RequestOptions,
  schemeName } from "ext:plugbay/worlds/component/wasi/http/messages.js";
import { GONE, pump } from "ext:plugbay/worlds/component/wasi/http/pipe.js";

const DENIED = { __proto__: null, tag: "HTTP-request-denied" };
const TOO_LARGE = { __proto__: null, tag: "HTTP-response-header-section-size", val: undefined };
const WITHOUT_BODY = { __proto__: null, tag: "HTTP-request-body-size", val: 0n };
const INVALID = { __proto__: null, tag: "HTTP-request-URI-invalid" };
// What the host holds for a request on its way.
const COST = 16384;

export const handle = (system, request, options) =>
  send(system, request, RequestOptions.timesOf(options), FutureIncomingResponse);

// SDKs of Spin give a path alone an authority of a port.
const namesNoHost = (authority) => authority === undefined || authority === "" || authority[0] === ":";

// `Future` is the class of what is given.
export function send(system, request, { first, between }, Future) {
  const { method, scheme, authority: named, path, entries, length, pipe } = OutgoingRequest.take(request);
  const { netGrant } = system, isOwn = namesNoHost(named) && system.served !== undefined;
  // A path alone is one of the app that is served.
  const authority = isOwn ? "self" : named;
  if (netGrant === undefined) throw failure(DENIED);
  if (authority === undefined) throw failure(INVALID);
  // Otherwise what follows on the connection would be taken for the body, or the other way round.
  if (length === -1 || length > 0 && pipe === undefined) throw failure(WITHOUT_BODY);
  if (pipe?.failure !== undefined) throw failure(pipe.failure);
  const name = isOwn ? "http" : scheme === undefined ? "https" : schemeName(scheme);
  const body = pipe === undefined ? undefined : pipe.takeAll(), headers = pairsOf(entries);
  system.hold(COST, "requests that are not answered");
  const sent = op_http_send(netGrant, {
    __proto__: null,
    method,
    url: `${name}://${authority}${path === undefined || path === "" ? "/" : path}`,
    headers,
    body,
    isWrittenLater: pipe !== undefined && body === undefined,
    first,
    between,
  });
  if (sent.failure !== undefined) {
    system.release(COST);
    throw failure(errorCode(sent.failure));
  }
  const { sending } = sent;
  const future = new Future(system, () => core.tryClose(sending));
  system.whenStopped(sending);
  if (typeof sent.body === "number") sendBody(system, pipe, sent.body);
  then(op_http_answer(sending), (answered) => {
    system.close(sending);
    system.release(COST);
    if (answered.failure !== undefined) {
      // What the guest has done wrong lies behind what the client says of it.
      const fault = pipe?.failure, error = fault === undefined || fault === GONE ? errorCode(answered.failure) : fault;
      pipe?.cancel(GONE);
      FutureIncomingResponse.settle(future, { __proto__: null, error });
      return;
    }
    const { status, headers, body } = answered, fields = entriesOf(headers),
      { feed, trailers } = arriving(system, body);
    try {
      system.hold(costOfAll(fields), "the headers of answers");
    } catch {
      // The guest ends when it goes on.
      system.close(body);
      FutureIncomingResponse.settle(future, { __proto__: null, error: TOO_LARGE });
      return;
    }
    FutureIncomingResponse.settle(future, {
      __proto__: null,
      answer: { __proto__: null, status, fields, feed, trailers },
    });
  }, () => {
    // The runtime ends.
  });
  return future;
}

// The body of a request, which goes with the instance.
function sendBody(system, pipe, rid) {
  system.whenStopped(rid);
  then(pump(pipe, rid), (isWhole) => {
    if (isWhole) system.forget(rid);
    else system.close(rid);
  }, () => {});
}
