// What the snapshots of 2023 have in another shape than wasi:http 0.2: components of those days are still run.

import { isolate, list, ownOf } from "ext:plugbay/own.js";
import { fault } from "ext:plugbay/worlds/component/values.js";
import { PER_MILLISECOND } from "ext:plugbay/worlds/component/wasi/clocks.js";
import { failure } from "ext:plugbay/worlds/component/wasi/errors.js";
import { FutureTrailers, IncomingBody, OutgoingBody } from "ext:plugbay/worlds/component/wasi/http/bodies.js";
import { Fields } from "ext:plugbay/worlds/component/wasi/http/fields.js";
import { FutureIncomingResponse, OutgoingRequest, OutgoingResponse,
  RequestOptions } from "ext:plugbay/worlds/component/wasi/http/messages.js";
import { send } from "ext:plugbay/worlds/component/wasi/http/outgoing.js";
import { seal } from "ext:plugbay/worlds/component/wasi/resource.js";

// ---- 2023-11-10 ----

class RequestOptionsOfNovember extends RequestOptions {
  static create() {
    return new RequestOptionsOfNovember();
  }
  connectTimeoutMs() {
    return divided(this.connectTimeout());
  }
  setConnectTimeoutMs(time) {
    this.setConnectTimeout(multiplied(time));
  }
  firstByteTimeoutMs() {
    return divided(this.firstByteTimeout());
  }
  setFirstByteTimeoutMs(time) {
    this.setFirstByteTimeout(multiplied(time));
  }
  betweenBytesTimeoutMs() {
    return divided(this.betweenBytesTimeout());
  }
  setBetweenBytesTimeoutMs(time) {
    this.setBetweenBytesTimeout(multiplied(time));
  }
  static functions = { __proto__: null, create: this.create };
}
isolate(RequestOptionsOfNovember);
seal(RequestOptionsOfNovember);

const divided = (time) => time === undefined ? undefined : time / PER_MILLISECOND;
const multiplied = (time) => time === undefined ? undefined : time * PER_MILLISECOND;

// Trailers that there are not are none.
class FutureTrailersOfNovember extends FutureTrailers {
  get() {
    return super.get()?.val;
  }
}
isolate(FutureTrailersOfNovember);
seal(FutureTrailersOfNovember);

export const typesOfNovember = (types) => ({
  ...types,
  __proto__: null,
  FutureTrailers: FutureTrailersOfNovember,
  IncomingBody: {
    __proto__: null,
    prototype: IncomingBody.prototype,
    functions: {
      __proto__: null,
      finish: (system, body) => IncomingBody.finish(system, body, FutureTrailersOfNovember),
    },
  },
  RequestOptions: RequestOptionsOfNovember,
});

// ---- 2023-10-18 ----

// What failed has no code, but words.
const inWords = ({ tag }) => ({ __proto__: null, tag: "unexpected-error", val: tag });

// Trailers that there are not are empty.
class FutureTrailersOfOctober extends FutureTrailers {
  get() {
    const { tag, val } = super.get().val;
    return { __proto__: null, tag, val: val ?? this.none() };
  }
}
isolate(FutureTrailersOfOctober);
seal(FutureTrailersOfOctober);

class FutureIncomingResponseOfOctober extends FutureIncomingResponse {
  get() {
    const given = super.get();
    if (given?.val?.tag === "err") given.val.val = inWords(given.val.val);
    return given;
  }
}
isolate(FutureIncomingResponseOfOctober);
seal(FutureIncomingResponseOfOctober);

// Headers are lent, and all is said at once.
class OutgoingRequestOfOctober extends OutgoingRequest {
  static create(system, method, path, scheme, authority, headers) {
    const made = new OutgoingRequestOfOctober(system, copyOf(headers));
    try {
      made.setMethod(method);
      made.setPathWithQuery(path);
      made.setScheme(scheme);
      made.setAuthority(authority);
    } catch {
      throw fault("its request has no method, path, scheme or authority of HTTP");
    }
    return made;
  }
  write() {
    return this.body();
  }
  static functions = { __proto__: null, create: this.create };
}
isolate(OutgoingRequestOfOctober);
seal(OutgoingRequestOfOctober);

class OutgoingResponseOfOctober extends OutgoingResponse {
  static create(system, status, headers) {
    const made = new OutgoingResponseOfOctober(system, copyOf(headers));
    try {
      made.setStatusCode(status);
    } catch {
      throw fault(`its status ${status} is none`);
    }
    return made;
  }
  write() {
    return this.body();
  }
  static functions = { __proto__: null, create: this.create };
}
isolate(OutgoingResponseOfOctober);
seal(OutgoingResponseOfOctober);

function copyOf(headers) {
  const entries = Fields.entriesOf(headers), copy = list();
  for (let i = 0; i < entries.length; i++) copy[i] = entries[i];
  return copy;
}

class FieldsOfOctober extends Fields {
  static create(system, entries) {
    const made = new FieldsOfOctober(system);
    for (let i = 0; i < entries.length; i++) made.append(entries[i][0], entries[i][1]);
    return made;
  }
  set(name, values) {
    valid(() => super.set(name, values));
  }
  delete(name) {
    valid(() => super.delete(name));
  }
  append(name, value) {
    valid(() => super.append(name, value));
  }
  static functions = { __proto__: null, create: this.create };
}
isolate(FieldsOfOctober);
seal(FieldsOfOctober);

function valid(work) {
  try {
    work();
  } catch (error) {
    throw ownOf(error, "payload") === undefined
      ? error
      : fault(`its headers are not as they should be: ${error.payload.tag}`);
  }
}

export const typesOfOctober = (types) => ({
  ...types,
  __proto__: null,
  Fields: FieldsOfOctober,
  FutureIncomingResponse: FutureIncomingResponseOfOctober,
  FutureTrailers: FutureTrailersOfOctober,
  IncomingBody: {
    __proto__: null,
    prototype: IncomingBody.prototype,
    functions: {
      __proto__: null,
      finish: (system, body) => IncomingBody.finish(system, body, FutureTrailersOfOctober),
    },
  },
  OutgoingBody: {
    __proto__: null,
    prototype: OutgoingBody.prototype,
    functions: {
      __proto__: null,
      finish(system, body, trailers) {
        try {
          OutgoingBody.finish(system, body, trailers);
        } catch (error) {
          throw ownOf(error, "payload") === undefined ? error : fault("its body is not as long as it has said");
        }
      },
    },
  },
  OutgoingRequest: OutgoingRequestOfOctober,
  OutgoingResponse: OutgoingResponseOfOctober,
});

export function handleOfOctober(system, request, options) {
  const { connectTimeoutMs: connect, firstByteTimeoutMs: first, betweenBytesTimeoutMs: between } = {
    __proto__: null,
    ...options,
  };
  const times = {
    __proto__: null,
    first: connect === undefined || first === undefined ? undefined : connect + first,
    between,
  };
  try {
    return send(system, request, times, FutureIncomingResponseOfOctober);
  } catch (error) {
    throw ownOf(ownOf(error, "payload"), "tag") === undefined ? error : failure(inWords(error.payload));
  }
}
