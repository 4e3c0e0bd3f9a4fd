// What calls the handler that a component exports, `wasi:http/incoming-handler`: with a Request of fetch's, for a
// Response. The handler may go on when it has answered, and writes the body of its answer meanwhile.

import { core, primordials } from "ext:core/mod.js";
import { handlerAnswersNothing } from "ext:plugbay/error_codes.js";
import { makeError, messageOf } from "ext:plugbay/errors.js";
import { arrayOf, list, own, ownOf, setOwn, then } from "ext:plugbay/own.js";
import { hostOf, pathnameOf, protocolOf, searchOf } from "ext:plugbay/wasm/streaming.js";
import { componentError } from "ext:plugbay/worlds/component/values.js";
import { Feed } from "ext:plugbay/worlds/component/wasi/http/feed.js";
import { isForbidden } from "ext:plugbay/worlds/component/wasi/http/fields.js";
import { IncomingRequest, ResponseOutparam } from "ext:plugbay/worlds/component/wasi/http/messages.js";
const {
  ObjectPrototypeIsPrototypeOf,
  Promise,
  ReflectApply,
  StringPrototypeSlice,
  StringPrototypeToLowerCase,
  TypeError,
  TypedArrayPrototypeGetBuffer,
  Uint8Array,
} = primordials;
const { InnerBody } = core.loadExtScript("ext:deno_fetch/22_body.js");
const { Request, RequestPrototype, toInnerRequest } = core.loadExtScript("ext:deno_fetch/23_request.js");
const { fromInnerResponse, newInnerResponse, nullBodyStatus } = core.loadExtScript("ext:deno_fetch/23_response.js");
const {
  createReadableStream,
  errorReadableStream,
  readableStreamDefaultControllerClose,
  readableStreamDefaultControllerEnqueue,
  ReadableStreamPrototype,
  resourceForReadableStream,
} = core.loadExtScript("ext:deno_web/06_streams.js");
const { URL } = core.loadExtScript("ext:deno_web/00_url.js");

// Bytes that are read of a script's stream at once.
const PIECE = 65536;

// Promises the Response; `call` is the op, and `input` and `init` are as `fetch` takes them.
export function handle(world, guest, call, input, init) {
  const request = init === undefined && ObjectPrototypeIsPrototypeOf(RequestPrototype, input)
    ? input
    : new Request(input, init);
  const asked = new IncomingRequest(world, headOf(toInnerRequest(request)), () => feedOf(world, request));
  return new Promise((resolve, reject) => {
    let pipe, isAnswered = false;
    const outparam = new ResponseOutparam(({ response, error }) => {
      if (isAnswered) return;
      isAnswered = true;
      if (response === undefined) {
        reject(componentError(error));
        return;
      }
      pipe = response.pipe;
      // When the guest has done what it does now: many have written all of the body.
      then(own(new Promise((go) => go())), () => resolve(responseOf(response)));
    });
    const answer = new Promise((take) => take(ReflectApply(call, undefined, list([asked, outparam]))));
    then(answer, () => {
      if (!isAnswered) reject(makeError(handlerAnswersNothing, guest.name));
    }, (error) => {
      if (!isAnswered) reject(error);
      else if (!guest.isClosed && (pipe === undefined || pipe.isEnded)) guest.host.log(guest.name, 1, messageOf(error));
      pipe?.fail(error);
    });
  });
}

// ---- The request ----

function headOf(inner) {
  const url = new URL(inner.url()), { headerList } = inner, entries = list();
  for (let i = 0; i < headerList.length; i++) {
    const name = StringPrototypeToLowerCase(headerList[i][0]);
    if (!isForbidden(name)) entries[entries.length] = { __proto__: null, name, value: headerList[i][1] };
  }
  return {
    __proto__: null,
    method: inner.method,
    scheme: StringPrototypeSlice(protocolOf(url), 0, -1),
    authority: hostOf(url),
    path: pathnameOf(url) + searchOf(url),
    fields: entries,
  };
}

function feedOf({ system }, request) {
  const { body } = toInnerRequest(request);
  if (body === null) return new Feed(system);
  if (body.unusable()) throw new TypeError("the body of the request was read already");
  if (!ObjectPrototypeIsPrototypeOf(ReadableStreamPrototype, body.streamOrStatic)) {
    const all = body.consume();
    return new Feed(system, typeof all === "string" ? core.encode(all) : all);
  }
  const rid = resourceForReadableStream(body.stream);
  system.whenStopped(rid);
  const next = async () => {
    const piece = new Uint8Array(PIECE);
    let length;
    try {
      length = await own(core.read(rid, piece));
    } catch (error) {
      throw { __proto__: null, tag: "internal-error", val: messageOf(error) };
    }
    if (length !== 0) return new Uint8Array(TypedArrayPrototypeGetBuffer(piece), 0, length);
    system.close(rid);
    return undefined;
  };
  return new Feed(system, undefined, next, () => system.close(rid));
}

// ---- The response ----

function responseOf({ status, entries, pipe }) {
  const inner = newInnerResponse(status), headerList = arrayOf(entries.length);
  for (let i = 0; i < entries.length; i++) setOwn(headerList, i, pairOf(entries[i]));
  inner.headerList = headerList;
  if (pipe !== undefined && !nullBodyStatus(status)) {
    const all = pipe.takeAll();
    inner.body = new InnerBody(
      all === undefined ? streamOf(pipe) : /* deno_fetch's */ { __proto__: null, body: all, consumed: false },
    );
  }
  return fromInnerResponse(inner, "immutable");
}

function pairOf({ name, value }) {
  const pair = arrayOf(2);
  setOwn(pair, 0, name);
  setOwn(pair, 1, value);
  return pair;
}

function streamOf(pipe) {
  const stream = createReadableStream(
    () => {},
    (controller) =>
      own(
        new Promise((pulled) => {
          const look = () => {
            const piece = pipe.take();
            if (piece !== undefined) readableStreamDefaultControllerEnqueue(controller, piece);
            else if (pipe.failure !== undefined) errorReadableStream(stream, reasonOf(pipe.failure));
            else if (pipe.isEnded) readableStreamDefaultControllerClose(controller);
            else {
              pipe.whenFilled(look);
              return;
            }
            pulled();
          };
          look();
        }),
      ),
    () => {
      pipe.cancel({ __proto__: null, tag: "connection-terminated" });
      return own(new Promise((done) => done()));
    },
    0,
  );
  return stream;
}

// What a script is told of a body that is not written to its end: an error, or an error code of the guest's.
const reasonOf = (failure) => ownOf(failure, "tag") === undefined ? failure : componentError(failure);
