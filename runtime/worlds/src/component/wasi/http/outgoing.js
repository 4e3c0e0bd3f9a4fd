// wasi:http/outgoing-handler: requests that a guest makes, to hosts that options.wasi.net grants.

import { core, primordials } from "ext:core/mod.js";
import { op_http_answer, op_http_end, op_http_read, op_http_send, op_http_trailers, op_http_write } from "ext:core/ops";
import { list, own, then } from "ext:plugbay/own.js";
import { failure } from "ext:plugbay/worlds/component/wasi/errors.js";
import { errorCode } from "ext:plugbay/worlds/component/wasi/http/errors.js";
import { Feed } from "ext:plugbay/worlds/component/wasi/http/feed.js";
import { isForbidden } from "ext:plugbay/worlds/component/wasi/http/fields.js";
import { FutureIncomingResponse, OutgoingRequest, RequestOptions,
  schemeName } from "ext:plugbay/worlds/component/wasi/http/messages.js";
const { Promise } = primordials;

const DENIED = { __proto__: null, tag: "HTTP-request-denied" };
const INVALID = { __proto__: null, tag: "HTTP-request-URI-invalid" };

export const handle = (system, request, options) =>
  send(system, request, RequestOptions.timesOf(options), FutureIncomingResponse);

// `Future` is the class of what is given.
export function send(system, request, { first, between }, Future) {
  const { method, scheme, authority, path, entries, pipe } = OutgoingRequest.take(request);
  const { netGrant } = system;
  if (netGrant === undefined) throw failure(DENIED);
  if (authority === undefined) throw failure(INVALID);
  const name = scheme === undefined ? "https" : schemeName(scheme);
  const body = pipe === undefined ? undefined : pipe.takeAll();
  const sent = op_http_send(netGrant, {
    __proto__: null,
    method,
    url: `${name}://${authority}${path === undefined || path === "" ? "/" : path}`,
    headers: pairsOf(entries),
    body,
    isWrittenLater: pipe !== undefined && body === undefined,
    first,
    between,
  });
  if (sent.failure !== undefined) throw failure(errorCode(sent.failure));
  const { sending } = sent;
  const future = new Future(system, () => core.tryClose(sending));
  system.whenStopped(sending);
  if (typeof sent.body === "number") pump(system, pipe, sent.body);
  then(op_http_answer(sending), (answered) => {
    system.close(sending);
    if (answered.failure !== undefined) {
      pipe?.cancel(answered.failure);
      FutureIncomingResponse.settle(future, { __proto__: null, error: errorCode(answered.failure) });
      return;
    }
    const { status, headers, body } = answered;
    system.whenStopped(body);
    FutureIncomingResponse.settle(future, {
      __proto__: null,
      answer: { __proto__: null, status, fields: entriesOf(headers), ...incoming(system, body) },
    });
  }, () => {
    // The runtime ends.
  });
  return future;
}

// The body of an answer, { feed, trailers }.
function incoming(system, rid) {
  let trailers;
  const next = async () => {
    const { bytes, failure: failed } = await own(op_http_read(rid));
    if (failed !== undefined) throw errorCode(failed);
    if (bytes !== undefined) return bytes;
    const given = op_http_trailers(rid);
    trailers = given === null ? undefined : entriesOf(given);
    system.close(rid);
    return undefined;
  };
  const feed = new Feed(system, undefined, next, () => system.close(rid));
  return { __proto__: null, feed, trailers: () => trailers };
}

// Sends what a guest writes as the body of its request, as it writes it.
async function pump(system, pipe, rid) {
  system.whenStopped(rid);
  try {
    for (;;) {
      if (!pipe.isReady()) await own(new Promise((resolve) => pipe.whenFilled(resolve)));
      const piece = pipe.take();
      if (piece !== undefined) {
        if (!(await own(op_http_write(rid, piece)))) break;
        continue;
      }
      if (pipe.failure !== undefined) break;
      if (pipe.isEnded) {
        const { trailers } = pipe;
        system.forget(rid);
        await own(op_http_end(rid, trailers === undefined ? null : pairsOf(trailers)));
        return;
      }
    }
  } catch {
    // It was closed.
  }
  system.close(rid);
  pipe.cancel({ __proto__: null, tag: "connection-terminated" });
}

export function pairsOf(entries) {
  const pairs = list();
  for (let i = 0; i < entries.length; i++) {
    const { name, value } = entries[i];
    pairs[i] = [name, value];
  }
  return pairs;
}

export function entriesOf(pairs) {
  const entries = list();
  for (let i = 0; i < pairs.length; i++) {
    const name = pairs[i][0];
    if (!isForbidden(name)) entries[entries.length] = { __proto__: null, name, value: pairs[i][1] };
  }
  return entries;
}
