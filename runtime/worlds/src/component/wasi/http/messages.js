// wasi:http's requests and responses, as guests read and write them.

import { primordials } from "ext:core/mod.js";
import { isolate, list, ownOf } from "ext:plugbay/own.js";
import { PER_MILLISECOND } from "ext:plugbay/worlds/component/wasi/clocks.js";
import { failure } from "ext:plugbay/worlds/component/wasi/errors.js";
import { IncomingBody, OutgoingBody } from "ext:plugbay/worlds/component/wasi/http/bodies.js";
import { costOfAll, Fields, isDigit, isLetter, isMadeOf, isName,
  valuesOf } from "ext:plugbay/worlds/component/wasi/http/fields.js";
import { Pipe } from "ext:plugbay/worlds/component/wasi/http/pipe.js";
import { Pollable } from "ext:plugbay/worlds/component/wasi/io.js";
import { check, seal } from "ext:plugbay/worlds/component/wasi/resource.js";
import { Signal } from "ext:plugbay/worlds/component/wasi/signal.js";
const {
  Number,
  ObjectFreeze,
  StringPrototypeToLowerCase,
  StringPrototypeToUpperCase,
  SymbolDispose,
} = primordials;

// Of methods and schemes that wasi:http has names for; others go by their own.
const METHODS = {
  __proto__: null,
  GET: "get",
  HEAD: "head",
  POST: "post",
  PUT: "put",
  DELETE: "delete",
  CONNECT: "connect",
  OPTIONS: "options",
  TRACE: "trace",
  PATCH: "patch",
};
const SCHEMES = { __proto__: null, http: "HTTP", https: "HTTPS" };

for (const name in METHODS) METHODS[name] = tagged(METHODS[name]);
for (const name in SCHEMES) SCHEMES[name] = tagged(SCHEMES[name]);

function tagged(tag) {
  return ObjectFreeze({ __proto__: null, tag });
}
const tagOf = (tags, name) => tags[name] ?? { __proto__: null, tag: "other", val: name };
const methodName = (method) => method.tag === "other" ? ownOf(method, "val") : StringPrototypeToUpperCase(method.tag);
export const schemeName = (scheme) =>
  scheme.tag === "other" ? ownOf(scheme, "val") : StringPrototypeToLowerCase(scheme.tag);

const isVisible = (code) => code > 0x20 && code !== 0x7F;
const isOfPath = (code) => isVisible(code) && code !== 0x23;
const isOfScheme = (code) => isLetter(code) || isDigit(code) || code === 0x2B || code === 0x2D || code === 0x2E;
// Not /, \, ?, # and @: a user or a path in it would lead elsewhere than it says.
const isOfAuthority = (code) =>
  isVisible(code) && code !== 0x2F && code !== 0x5C && code !== 0x3F && code !== 0x23 && code !== 0x40;

// A request that a guest answers.
export class IncomingRequest {
  #world;
  #head;
  #open;
  #isConsumed = false;
  // `head` is { method, scheme, authority, path, fields }; `open(system)` gives the body, { feed, trailers }. The
  // instance that answers it is the one that runs when it is asked.
  constructor(world, head, open) {
    this.#world = world;
    this.#head = head;
    this.#open = open;
  }
  method() {
    return tagOf(METHODS, this.#head.method);
  }
  pathWithQuery() {
    return this.#head.path;
  }
  scheme() {
    return tagOf(SCHEMES, this.#head.scheme);
  }
  authority() {
    return this.#head.authority;
  }
  headers() {
    return new Fields(this.#world.system, this.#head.fields, true);
  }
  consume() {
    if (this.#isConsumed) throw failure(undefined);
    this.#isConsumed = true;
    const { system } = this.#world, { feed, trailers } = this.#open(system);
    return new IncomingBody(system, feed, trailers);
  }
}
isolate(IncomingRequest);
seal(IncomingRequest);

// The response to a request that a guest has made.
export class IncomingResponse {
  #system;
  #answer;
  #isConsumed = false;
  // `answer` is { status, fields, feed, trailers }, for whose fields the host holds something.
  constructor(system, answer) {
    this.#system = system;
    this.#answer = answer;
  }
  status() {
    return this.#answer.status;
  }
  headers() {
    return new Fields(this.#system, this.#answer.fields, true);
  }
  consume() {
    if (this.#isConsumed) throw failure(undefined);
    this.#isConsumed = true;
    return new IncomingBody(this.#system, this.#answer.feed, this.#answer.trailers);
  }
  [SymbolDispose]() {
    letGo(this.#system, this.#answer, !this.#isConsumed);
  }
}
isolate(IncomingResponse);
seal(IncomingResponse);

// Of an answer: its head, and its body if nobody has it.
function letGo(system, answer, hasBody) {
  system.release(costOfAll(answer.fields));
  answer.fields = list();
  if (hasBody) answer.feed.close();
}

// What a message says that its body is long: one plain number, or nothing.
function lengthOf(entries) {
  const values = valuesOf(entries, "content-length"), { 0: value } = values;
  if (values.length === 0) return undefined;
  const isPlain = values.length === 1 && value.length < 16 && isMadeOf(value, isDigit);
  const length = isPlain ? Number(value) : -1;
  return `${length}` === value ? length : -1;
}

// What a message takes besides its text and its body.
const COST = 1024;

// A message that a guest writes: fields, which are the host's from then on, and a body.
class Outgoing {
  #sizeError;
  #pipe = undefined;
  #texts = undefined;
  #held;
  constructor(system, entries, sizeError) {
    this.system = system;
    this.entries = entries;
    this.#sizeError = sizeError;
    this.length = lengthOf(entries);
    system.hold(COST, "messages");
    this.#held = COST + costOfAll(entries);
  }
  headers() {
    return new Fields(this.system, this.entries, true);
  }
  body() {
    if (this.#pipe !== undefined || this.length === -1) throw failure(undefined);
    this.#pipe = new Pipe(this.system);
    return new OutgoingBody(this.system, this.#pipe, this.length, this.#sizeError);
  }
  get pipe() {
    return this.#pipe;
  }
  // A text of the guest's, which the host holds with it.
  setText(name, text) {
    const length = text?.length ?? 0;
    this.system.hold(2 * length, "messages");
    this.#held += 2 * length;
    (this.#texts ??= { __proto__: null })[name] = text;
  }
  textOf(name) {
    return this.#texts?.[name];
  }
  // Nothing is held for it any more.
  release() {
    this.system.release(this.#held);
    this.#held = 0;
  }
}
isolate(Outgoing);

// A request that a guest makes.
export class OutgoingRequest {
  #message;
  #method = { __proto__: null, tag: "get" };
  #scheme = undefined;
  constructor(system, entries) {
    this.#message = new Outgoing(system, entries, "HTTP-request-body-size");
  }
  static create(system, headers) {
    return new OutgoingRequest(system, Fields.take(headers));
  }
  // What the host sends: { method, scheme, authority, path, entries, length, pipe }; the length is what the message
  // says.
  static take(request) {
    check((value) => #message in value, request, "a request of the host's");
    const message = request.#message, { entries, length, pipe } = message;
    message.release();
    return {
      __proto__: null,
      method: methodName(request.#method),
      scheme: request.#scheme,
      authority: message.textOf("authority"),
      path: message.textOf("path"),
      entries,
      length,
      pipe,
    };
  }
  body() {
    return this.#message.body();
  }
  method() {
    return this.#method;
  }
  setMethod(method) {
    if (method.tag === "other" && !isName(ownOf(method, "val"))) throw failure(undefined);
    this.#message.setText("method", ownOf(method, "val"));
    this.#method = method;
  }
  pathWithQuery() {
    return this.#message.textOf("path");
  }
  setPathWithQuery(path) {
    const isPath = path === undefined || path === ""
      || (path[0] === "/" || path[0] === "?") && isMadeOf(path, isOfPath);
    if (!isPath) throw failure(undefined);
    this.#message.setText("path", path);
  }
  scheme() {
    return this.#scheme;
  }
  setScheme(scheme) {
    if (scheme?.tag === "other" && !isMadeOf(ownOf(scheme, "val"), isOfScheme)) throw failure(undefined);
    this.#message.setText("scheme", ownOf(scheme, "val"));
    this.#scheme = scheme;
  }
  authority() {
    return this.#message.textOf("authority");
  }
  setAuthority(authority) {
    if (authority !== undefined && !isMadeOf(authority, isOfAuthority)) throw failure(undefined);
    this.#message.setText("authority", authority);
  }
  headers() {
    return this.#message.headers();
  }
  [SymbolDispose]() {
    this.#message.release();
  }
  static functions = { __proto__: null, create: this.create };
}
isolate(OutgoingRequest);
seal(OutgoingRequest);

// How long a guest waits for an answer, in nanoseconds.
export class RequestOptions {
  #connect = undefined;
  #first = undefined;
  #between = undefined;
  static create() {
    return new RequestOptions();
  }
  // In milliseconds: until the answer begins, and between two pieces of its body.
  static timesOf(options) {
    if (options === undefined) return NO_TIMES;
    check((value) => #connect in value, options, "options of the host's");
    return {
      __proto__: null,
      first: sumOf(options.#connect, options.#first),
      between: sumOf(options.#between, 0n),
    };
  }
  connectTimeout() {
    return this.#connect;
  }
  setConnectTimeout(duration) {
    this.#connect = duration;
  }
  firstByteTimeout() {
    return this.#first;
  }
  setFirstByteTimeout(duration) {
    this.#first = duration;
  }
  betweenBytesTimeout() {
    return this.#between;
  }
  setBetweenBytesTimeout(duration) {
    this.#between = duration;
  }
  static functions = { __proto__: null, create: this.create };
}
isolate(RequestOptions);
seal(RequestOptions);

const NO_TIMES = { __proto__: null, first: undefined, between: undefined };

const sumOf = (one, other) =>
  one === undefined || other === undefined ? undefined : Number((one + other) / PER_MILLISECOND);

// The response of a guest.
export class OutgoingResponse {
  #message;
  #status = 200;
  constructor(system, entries) {
    this.#message = new Outgoing(system, entries, "HTTP-response-body-size");
  }
  static create(system, headers) {
    return new OutgoingResponse(system, Fields.take(headers));
  }
  // What the host answers with.
  static take(response) {
    check((value) => #message in value, response, "a response of the host's");
    const message = response.#message, { entries, pipe } = message;
    message.release();
    return new Answer(response.#status, entries, pipe);
  }
  statusCode() {
    return this.#status;
  }
  setStatusCode(status) {
    if (status < 100 || status > 999) throw failure(undefined);
    this.#status = status;
  }
  headers() {
    return this.#message.headers();
  }
  body() {
    return this.#message.body();
  }
  [SymbolDispose]() {
    this.#message.release();
  }
  static functions = { __proto__: null, create: this.create };
}
isolate(OutgoingResponse);
seal(OutgoingResponse);

class Answer {
  constructor(status, entries, pipe) {
    this.status = status;
    this.entries = entries;
    this.pipe = pipe;
  }
}
isolate(Answer);

// Where a guest puts its response, once: `settle(answer, error)` is given one of the two.
export class ResponseOutparam {
  #settle;
  constructor(settle) {
    this.#settle = settle;
  }
  static set(_system, outparam, response) {
    check((value) => #settle in value, outparam, "an outparam of the host's");
    const settle = outparam.#settle;
    if (response.tag === "ok") settle(OutgoingResponse.take(response.val), undefined);
    else settle(undefined, response.val);
  }
  static functions = { __proto__: null, set: this.set };
}
isolate(ResponseOutparam);
seal(ResponseOutparam);

// The response to a request that a guest has made, which comes later.
export class FutureIncomingResponse {
  #system;
  #arrived = new Signal();
  // { answer } or { error }.
  #outcome = undefined;
  #isTaken = false;
  #cancel;
  constructor(system, cancel) {
    this.#system = system;
    this.#cancel = cancel;
  }
  static settle(future, outcome) {
    future.#outcome = outcome;
    future.#arrived.raise();
  }
  subscribe() {
    return new Pollable(
      this.#system,
      () => this.#outcome === undefined ? Infinity : 0,
      (done) => this.#arrived.watch(done),
    );
  }
  get() {
    if (this.#outcome === undefined) return undefined;
    if (this.#isTaken) return { __proto__: null, tag: "err", val: undefined };
    this.#isTaken = true;
    const { answer, error } = this.#outcome;
    const val = answer === undefined
      ? { __proto__: null, tag: "err", val: error }
      : { __proto__: null, tag: "ok", val: new IncomingResponse(this.#system, answer) };
    return { __proto__: null, tag: "ok", val };
  }
  [SymbolDispose]() {
    if (this.#outcome === undefined) this.#cancel();
    else if (!this.#isTaken && this.#outcome.answer !== undefined) letGo(this.#system, this.#outcome.answer, true);
  }
}
isolate(FutureIncomingResponse);
seal(FutureIncomingResponse);
