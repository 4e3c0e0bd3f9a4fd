// What calls the handler that a component exports, `wasi:http/incoming-handler`: with a Request of fetch's, for a
// Response. The handler may go on when it has answered, and writes the body of its answer meanwhile.

import { core, primordials } from "ext:core/mod.js";
import { nextPiece } from "ext:plugbay/bodies.js";
import { handlerAnswersNothing } from "ext:plugbay/error_codes.js";
import { makeError, messageOf } from "ext:plugbay/errors.js";
import { list, own, ownOf, then } from "ext:plugbay/own.js";
import { componentError } from "ext:plugbay/worlds/component/values.js";
import { BROKEN_OFF } from "ext:plugbay/worlds/component/wasi/http/bodies.js";
import { Feed } from "ext:plugbay/worlds/component/wasi/http/feed.js";
import { IncomingRequest, ResponseOutparam } from "ext:plugbay/worlds/component/wasi/http/messages.js";
import { hasNoBody, headOf, requestOf, responseOf, takeBody,
  watchSignal } from "ext:plugbay/worlds/component/wasi/http/of_fetch.js";
const {
  Promise,
} = primordials;
const {
  createReadableStream,
  errorReadableStream,
  readableStreamDefaultControllerClose,
  readableStreamDefaultControllerEnqueue,
} = core.loadExtScript("ext:deno_web/06_streams.js");

// Promises the Response; `call(argsOf)` calls the op with the arguments that `argsOf` gives of the world of the guest
// that answers, and `input` and `init` are as `fetch` takes them. `served` is the request of a server that this is, if
// it is one: { id }.
export async function handle(guest, call, input, init, served) {
  const request = requestOf(input, init);
  return await own(answered(guest, call, headOf(request), request, served));
}

const answered = (guest, call, head, request, served) =>
  new Promise((resolve, reject) => {
    let pipe, body, answering, isAnswered = false;
    // What it prints when it is done is nobody's.
    const isDone = () => {
      if (answering?.served === served) answering?.serve(undefined);
    };
    const fail = (error) => {
      if (!isAnswered) reject(error);
      isAnswered = true;
      pipe?.fail(error);
      letGo(body);
    };
    watchSignal(request, fail);
    body = takeBody(request);
    const outparam = new ResponseOutparam(({ response, error }) => {
      if (isAnswered) {
        response?.pipe?.cancel(BROKEN_OFF);
        return;
      }
      isAnswered = true;
      if (response === undefined) {
        reject(componentError(error));
        return;
      }
      pipe = response.pipe;
      if (pipe !== undefined) pipe.isOfClient = served !== undefined;
      // When the guest has done what it does now: many have written all of the body.
      // Who reads no more of it sends no more either.
      then(own(new Promise((go) => go())), () => resolve(answerOf(response, () => letGo(body))));
    });
    const answer = new Promise((take) =>
      take(call((world) => {
        answering = world;
        world.serve(served);
        const asked = new IncomingRequest(world, head, () => feedOf(world.system, body));
        return list([asked, outparam]);
      }))
    );
    then(answer, () => {
      isDone();
      if (!isAnswered) reject(makeError(handlerAnswersNothing, guest.name));
      // The handler is done, and with it what it may write.
      pipe?.fail(BROKEN_OFF);
      letGo(body);
    }, (error) => {
      isDone();
      const isTold = !isAnswered || pipe !== undefined && !pipe.isEnded;
      fail(error);
      if (!isTold && !guest.isClosed) guest.host.log(guest.name, 1, messageOf(error));
    });
  });

// A stream of the script's that nobody reads any more.
function letGo(body) {
  if (body?.rid !== undefined) core.tryClose(body.rid);
}

// ---- The request ----

function feedOf(system, body) {
  if (body === undefined) return new Feed(system);
  const { bytes, rid } = body;
  if (rid === undefined) return new Feed(system, bytes);
  system.whenStopped(rid);
  const next = async () => {
    let piece;
    try {
      piece = await own(nextPiece(rid));
    } catch (error) {
      throw { __proto__: null, tag: "internal-error", val: messageOf(error) };
    }
    if (piece.bytes === undefined) system.close(rid);
    return piece;
  };
  const feed = new Feed(system, undefined, next, () => system.close(rid));
  feed.isOfClient = system.served !== undefined;
  return feed;
}

// ---- The response ----

// `gone` is called when somebody reads it no further.
function answerOf({ status, entries, pipe }, gone) {
  if (pipe === undefined || hasNoBody(status)) {
    pipe?.discard();
    return responseOf(status, entries);
  }
  return responseOf(status, entries, pipe.takeAll() ?? streamOf(pipe, gone));
}

function streamOf(pipe, gone) {
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
      gone();
      return own(new Promise((done) => done()));
    },
    0,
  );
  return stream;
}

// What a script is told of a body that is not written to its end: an error, or an error code of the guest's.
const reasonOf = (failure) => ownOf(failure, "tag") === undefined ? failure : componentError(failure);
