// What calls the handler that a component exports, `wasi:http/incoming-handler`: for a server, and for others that say
// how messages come and go (scripted.js).

import { core, primordials } from "ext:core/mod.js";
import { op_http_gone, op_http_is_awaited } from "ext:core/ops";
import { handlerAnswersNothing } from "ext:plugbay/error_codes.js";
import { makeError, messageOf } from "ext:plugbay/errors.js";
import { isolate, list, own, ownOf, then } from "ext:plugbay/own.js";
import { componentError } from "ext:plugbay/worlds/component/values.js";
import { BROKEN_OFF, hasNoBody } from "ext:plugbay/worlds/component/wasi/http/bodies.js";
import { arriving, Body, Feed } from "ext:plugbay/worlds/component/wasi/http/feed.js";
import { entriesOf, pairsOf } from "ext:plugbay/worlds/component/wasi/http/fields.js";
import { IncomingRequest, ResponseOutparam } from "ext:plugbay/worlds/component/wasi/http/messages.js";
import { GONE, pump } from "ext:plugbay/worlds/component/wasi/http/pipe.js";
const { Promise, StringPrototypeIndexOf, StringPrototypeSlice } = primordials;

// `call(argsOf)` calls the op with the arguments that `argsOf` gives of the world of the guest that answers.

// Answers a request of a server: `accepted` is what serving.js has of it, `headers()` gives pairs of texts, and
// `respond(accepted, status, headers, bytes, isWrittenLater)` gives what the body is written to, if that is done later.
// Promises that all is done.
export async function serve(guest, call, accepted, headers, respond) {
  const carrier = new OfServer(accepted, respond);
  await own(answered(guest, call, headOfServers(accepted, headers), carrier));
  if (carrier.sent !== undefined) await own(carrier.sent);
}

// Its URL is absolute, and its path as it came.
function headOfServers({ method, url }, headers) {
  const end = StringPrototypeIndexOf(url, "://"), at = StringPrototypeIndexOf(url, "/", end + 3);
  const scheme = StringPrototypeSlice(url, 0, end), authority = StringPrototypeSlice(url, end + 3, at);
  return new Head(method, scheme, authority, StringPrototypeSlice(url, at), headers);
}

class Head {
  #headers;
  #fields;
  constructor(method, scheme, authority, path, headers) {
    this.method = method;
    this.scheme = scheme;
    this.authority = authority;
    this.path = path;
    this.#headers = headers;
  }
  // Many guests do not look at them.
  get fields() {
    return this.#fields ??= entriesOf(this.#headers());
  }
}
isolate(Head);

// Promises what `answer` of a carrier gives, which knows how messages come and go:
//
//   served: the request of a server that it is, { id }, if it is one
//   whenGivenUp(stop): `stop(reason)` is to be called when nobody wants the answer any more
//   open(system): the request's body, { feed, trailers }
//   answer({ status, entries, pipe }): the guest has answered
//   isWanted(): whether somebody waits for the answer, or reads it
//   letGo(): nobody reads the request's body any more
//
// The handler may go on when it has answered.
export const answered = (guest, call, head, carrier) =>
  new Promise((resolve, reject) => {
    const { served } = carrier;
    let pipe, answering, isAnswered = false, isGivenUp = false;
    // What it prints when it is done is nobody's.
    const isDone = () => {
      if (answering?.served === served) answering?.answers(undefined);
    };
    const fail = (error) => {
      if (!isAnswered) reject(error);
      isAnswered = true;
      pipe?.fail(error);
      carrier.letGo();
    };
    carrier.whenGivenUp((reason) => {
      isGivenUp = true;
      fail(reason);
    });
    const outparam = new ResponseOutparam((response, error) => {
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
      then(own(new Promise((go) => go())), () => {
        try {
          resolve(carrier.answer(response));
        } catch (error) {
          reject(error);
        }
      });
    });
    const answer = new Promise((take) =>
      take(call((world) => {
        answering = world;
        world.answers(served);
        return list([new IncomingRequest(world, head, (system) => carrier.open(system)), outparam]);
      }, () => carrier.isWanted()))
    );
    then(answer, () => {
      isDone();
      if (!isAnswered) reject(makeError(handlerAnswersNothing, guest.name));
      // The handler is done, and with it what it may write.
      pipe?.fail(BROKEN_OFF);
      carrier.letGo();
    }, (error) => {
      isDone();
      const isTold = !isAnswered || pipe !== undefined && !pipe.isEnded;
      fail(error);
      if (!isTold && !isGivenUp && !guest.isClosed) guest.host.log(guest.name, 1, messageOf(error));
    });
  });

// ---- For a server ----

class OfServer {
  #respond;
  #isAnswered = false;
  #isGone = false;
  // Promises that the body of the answer is sent, where that is written later.
  sent = undefined;
  constructor(accepted, respond) {
    this.served = accepted;
    this.#respond = respond;
  }
  // It is not told.
  whenGivenUp(_stop) {}
  open(system) {
    const { body } = this.served;
    if (body === null) return new Body(new Feed(system), undefined);
    const come = arriving(system, body);
    come.feed.isOfClient = true;
    return come;
  }
  answer({ status, entries, pipe }) {
    const respond = this.#respond, { served } = this, headers = pairsOf(entries);
    if (hasNoBody(status)) pipe?.discard();
    const all = pipe === undefined || hasNoBody(status) ? null : pipe.takeAll();
    this.#isAnswered = true;
    const rid = respond(served, status, headers, all ?? null, all === undefined);
    if (all !== undefined) return;
    // Who reads no more of it sends no more either.
    then(op_http_gone(rid), () => {
      this.#isGone = true;
      pipe.cancel(GONE);
      this.letGo();
    }, () => {});
    this.sent = sendPieces(pipe, rid);
  }
  isWanted() {
    return this.#isAnswered ? !this.#isGone : op_http_is_awaited(this.served.exchange);
  }
  letGo() {
    const { body } = this.served;
    if (body !== null) core.tryClose(body);
  }
}
isolate(OfServer);

async function sendPieces(pipe, rid) {
  let isWhole = false;
  try {
    isWhole = await own(pump(pipe, rid));
  } finally {
    if (!isWhole) core.tryClose(rid);
  }
  if (!isWhole && pipe.failure !== GONE) throw reasonOf(pipe.failure);
}

// What a script is told of a body that is not written to its end: an error, or an error code of the guest's.
export const reasonOf = (failure) => ownOf(failure, "tag") === undefined ? failure : componentError(failure);
