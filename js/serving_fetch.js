// Handlers that take a Request and give a Response.

import { core, primordials } from "ext:core/mod.js";
import { op_http_end, op_http_gone, op_http_read, op_http_respond_with_text, op_http_write } from "ext:core/ops";
import { nextPiece, takeInnerBody, takeText } from "ext:plugbay/bodies.js";
import { fetchGivesNoResponse } from "ext:plugbay/error_codes.js";
import { makeError } from "ext:plugbay/errors.js";
import { list, own, ownOf, then } from "ext:plugbay/own.js";
import { pairsOf, promised, respond, textOf } from "ext:plugbay/serving.js";
const { ObjectPrototypeIsPrototypeOf, Promise, StringPrototypeToLowerCase, TypeError } = primordials;
const { InnerBody } = core.loadExtScript("ext:deno_fetch/22_body.js");
const { fromInnerRequest, newInnerRequest } = core.loadExtScript("ext:deno_fetch/23_request.js");
const { ResponsePrototype, toInnerResponse } = core.loadExtScript("ext:deno_fetch/23_response.js");
const {
  createReadableStream,
  errorReadableStream,
  readableStreamDefaultControllerClose,
  readableStreamDefaultControllerEnqueue,
} = core.loadExtScript("ext:deno_web/06_streams.js");

// Answers by what a handler has given, which may be a promise; promises that, unless it is done at once.
export const respondBy = (accepted, given) =>
  isResponse(given) ? respondWith(accepted, given) : respondLater(accepted, given);

export async function respondLater(accepted, given) {
  const left = respondWith(accepted, await own(promised(given)));
  if (left !== undefined) await own(left);
}

const isResponse = (given) => ObjectPrototypeIsPrototypeOf(ResponsePrototype, given);

// Answers by a response; promises that its body is written where that is a stream.
function respondWith(accepted, response) {
  if (!isResponse(response)) throw makeError(fetchGivesNoResponse);
  const inner = toInnerResponse(response);
  // An object that has only its prototype is none.
  if (inner === undefined) throw makeError(fetchGivesNoResponse);
  const { status, body } = inner, headerList = headersOf(inner);
  if (body === null) {
    respond(accepted, status, headerList, null, false);
    return undefined;
  }
  const text = takeText(body);
  if (text !== undefined) {
    op_http_respond_with_text(accepted.exchange, status, textOf(headerList), text);
    return undefined;
  }
  const { bytes, rid } = takeInnerBody(body);
  if (rid !== undefined) return respondByPieces(accepted, status, headerList, rid);
  respond(accepted, status, headerList, bytes, false);
  return undefined;
}

// Where `fetch` has decoded the body, its headers tell of the one that was sent.
function headersOf({ headerList, bodyDecoded }) {
  if (bodyDecoded !== true) return headerList;
  const headers = list();
  for (let i = 0; i < headerList.length; i++) {
    const name = StringPrototypeToLowerCase(headerList[i][0]);
    if (name !== "content-encoding" && name !== "content-length") headers[headers.length] = headerList[i];
  }
  return headers;
}

async function respondByPieces(accepted, status, headerList, rid) {
  try {
    await own(write(rid, respond(accepted, status, headerList, null, true)));
  } finally {
    core.tryClose(rid);
  }
}

// Writes what a stream of the script's gives as a body. One that breaks off is not taken for a whole one.
async function write(stream, body) {
  // What waits in the stream then is told.
  then(op_http_gone(body), () => core.tryClose(stream), () => {});
  try {
    for (;;) {
      const { bytes } = await own(nextPiece(stream));
      if (bytes === undefined) {
        await own(op_http_end(body, null));
        return;
      }
      if (!(await own(op_http_write(body, bytes)))) return;
    }
  } finally {
    core.tryClose(body);
  }
}

export function requestOf({ method, url, headers, body }) {
  const inner = newInnerRequest(
    method,
    url,
    () => pairsOf(headers),
    body === null ? null : new InnerBody(streamOf(body)),
    false,
  );
  return fromInnerRequest(inner, "immutable");
}

function streamOf(body) {
  const stream = createReadableStream(
    () => {},
    async (controller) => {
      const piece = { __proto__: null, ...await own(op_http_read(body)) };
      if (piece.bytes !== undefined) readableStreamDefaultControllerEnqueue(controller, piece.bytes);
      else if (piece.failure === undefined) readableStreamDefaultControllerClose(controller);
      else errorReadableStream(stream, new TypeError(ownOf(piece.failure, "message")));
    },
    () => {
      core.tryClose(body);
      return own(new Promise((done) => done()));
    },
    0,
  );
  return stream;
}
