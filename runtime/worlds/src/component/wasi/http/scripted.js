// What calls the handler that a component exports for a script: with a Request of fetch's, for a Response. A server
// does without, and without all of fetch's scripts.

import { core, primordials } from "ext:core/mod.js";
import { nextPiece } from "ext:plugbay/bodies.js";
import { messageOf } from "ext:plugbay/errors.js";
import { isolate, own } from "ext:plugbay/own.js";
import { hasNoBody } from "ext:plugbay/worlds/component/wasi/http/bodies.js";
import { Body, Feed } from "ext:plugbay/worlds/component/wasi/http/feed.js";
import { answered, reasonOf } from "ext:plugbay/worlds/component/wasi/http/incoming.js";
import { headOf, requestOf, responseOf, takeBody,
  watchSignal } from "ext:plugbay/worlds/component/wasi/http/of_fetch.js";
import { GONE } from "ext:plugbay/worlds/component/wasi/http/pipe.js";
const { Promise } = primordials;
const {
  createReadableStream,
  errorReadableStream,
  readableStreamDefaultControllerClose,
  readableStreamDefaultControllerEnqueue,
} = core.loadExtScript("ext:deno_web/06_streams.js");

// `call(argsOf)` is as in incoming.js.

// Promises the Response to a request, which is as `fetch` takes it.
export async function handle(guest, call, input, init) {
  const request = requestOf(input, init), head = headOf(request), carrier = new OfScript(request);
  return await own(answered(guest, call, head, carrier));
}

class OfScript {
  #body;
  #stop;
  #isGivenUp = false;
  served = undefined;
  constructor(request) {
    watchSignal(request, (reason) => {
      this.#isGivenUp = true;
      this.#stop(reason);
    });
    this.#body = takeBody(request);
  }
  whenGivenUp(stop) {
    this.#stop = stop;
  }
  open(system) {
    if (this.#body === undefined) return new Body(new Feed(system), undefined);
    const { bytes, rid } = this.#body;
    if (rid === undefined) return new Body(new Feed(system, bytes), undefined);
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
    return new Body(new Feed(system, undefined, next, () => system.close(rid)), undefined);
  }
  answer(response) {
    return answerOf(response, () => this.letGo());
  }
  isWanted() {
    return !this.#isGivenUp;
  }
  // A stream of the script's.
  letGo() {
    const rid = this.#body?.rid;
    if (rid !== undefined) core.tryClose(rid);
  }
}
isolate(OfScript);

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
      pipe.cancel(GONE);
      gone();
      return own(new Promise((done) => done()));
    },
    0,
  );
  return stream;
}
