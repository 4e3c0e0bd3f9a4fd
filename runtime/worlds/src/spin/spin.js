// The world of apps that were built for Spin before components (0.x): a request is passed as flat numbers, by the first
// ABI of wit-bindgen, and the response lies in memory; so is a message of Redis. What they ask of other servers is
// `wasi-outbound-http`.

import { core, primordials } from "ext:core/mod.js";
import { op_http_answer, op_http_read, op_http_send } from "ext:core/ops";
import { WasmGuest } from "ext:plugbay/error_codes.js";
import { makeError } from "ext:plugbay/errors.js";
import { isolate, list, own } from "ext:plugbay/own.js";
import { WASI } from "ext:plugbay/providers/wasi.js";
import { Gathered } from "ext:plugbay/views.js";
import { promising } from "ext:plugbay/wasm/guest.js";
import { importsFrom } from "ext:plugbay/wasm/imports.js";
import { waitedFor } from "ext:plugbay/wasm/suspending.js";
import { entriesOf, pairsOf } from "ext:plugbay/worlds/component/wasi/http/fields.js";
import { headOf, requestOf, responseOf, takeBody } from "ext:plugbay/worlds/component/wasi/http/of_fetch.js";
import { ExportsWorld } from "ext:plugbay/worlds/exports.js";
const {
  ArrayPrototypeIndexOf,
  ReflectApply,
  StringPrototypeToLowerCase,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  Uint8Array,
} = primordials;

const HANDLER = "handle-http-request", RECEIVER = "handle-redis-message", OUTBOUND = "wasi-outbound-http";
const METHODS = list(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]);
// What `request` of wasi-outbound-http answers with where there is no response.
const NOT_ALLOWED = 1, INVALID_URL = 2, REQUEST_FAILED = 3;
// Bytes that are read of a script's stream at once.
const PIECE = 65536;
// What a header and a parameter take in memory: the places and lengths of two texts.
const PAIR = 16;

export class SpinWorld extends ExportsWorld {
  constructor(host, module, given) {
    super(host, module, given);
    this.asksOthers = importsFrom(module, OUTBOUND);
    this.isSuspending ||= this.asksOthers;
    const { functionNames } = module;
    this.handle = ArrayPrototypeIndexOf(functionNames, HANDLER) === -1 ? undefined : handle;
    this.receive = ArrayPrototypeIndexOf(functionNames, RECEIVER) === -1 ? undefined : receive;
  }

  imports(guest) {
    if (!this.asksOthers) return super.imports(guest);
    const request = waitedFor((...args) => ask(guest, args));
    return { __proto__: null, [OUTBOUND]: { __proto__: null, request } };
  }
}
isolate(SpinWorld);

// Calls what a module exports, by `call`, when no other call runs. What it prints meanwhile is for the request or
// message of that name.
function callInTurn(guest, name, call, request) {
  const { world } = guest, { id } = world.placeOf(guest.module, name);
  const op = { __proto__: null, guest, host: world.host, id, name };
  const named = () => {
    const { provided } = guest;
    for (let i = 0; i < provided.length; i++) {
      if (provided[i].module === WASI) world.host.nameWasiRequest(provided[i].id, request);
    }
    return call();
  };
  return world.turns.call(op, named, (error) => guest.ended(error, `op "${name}"`));
}

// Has the module answer a request, and promises the response. `served` is the request of a server that this is, { id }.
async function handle(guest, input, init, served) {
  const request = requestOf(input, init), { method, url, fields } = headOf(request);
  const number = ArrayPrototypeIndexOf(METHODS, method);
  if (number === -1) throw makeError(WasmGuest, `plugin ${guest.name} takes no requests ${method}`);
  const { bytes: body } = await own(readAll(takeBody(request)));
  const call = async () => {
    const uri = put(guest, core.encode(url), 1), headers = putPairs(guest, fields);
    const flat = list([number, uri.at, uri.length, headers.at, headers.length, 0, 0, 0, 0, 0]);
    if (body !== undefined) {
      const { at, length } = put(guest, body, 1);
      flat[7] = 1;
      flat[8] = at;
      flat[9] = length;
    }
    const area = await own(ReflectApply(promising(guest.exports[HANDLER]), undefined, flat));
    return readResponse(guest, area);
  };
  const { status, entries, bytes } = await own(callInTurn(guest, HANDLER, call, served?.id));
  return responseOf(status, entries, bytes);
}

// Has the module take a message of Redis.
async function receive(guest, message, id) {
  const call = async () => {
    const { at, length } = put(guest, message, 1);
    const area = await own(ReflectApply(promising(guest.exports[RECEIVER]), undefined, [at, length]));
    const { 0: isError } = guest.currentMemory().copy(area, 1);
    return isError !== 0;
  };
  if (await own(callInTurn(guest, RECEIVER, call, id))) {
    throw makeError(WasmGuest, `plugin ${guest.name} has failed at a message`);
  }
}

// All of a body of fetch's, as { bytes }: bytes by themselves would be asked for a `then`.
async function readAll(body) {
  if (body?.rid === undefined) return { __proto__: null, bytes: body?.bytes };
  const gathered = new Gathered(PIECE);
  try {
    for (;;) {
      const piece = new Uint8Array(PIECE), length = await own(core.read(body.rid, piece));
      if (length === 0) return { __proto__: null, bytes: gathered.all() };
      gathered.append(new Uint8Array(TypedArrayPrototypeGetBuffer(piece), 0, length));
    }
  } finally {
    core.tryClose(body.rid);
  }
}

// ---- What lies in the guest's memory ----

function allocate(guest, length, align) {
  const at = guest.exports.canonical_abi_realloc(0, 0, align, length);
  return guest.currentMemory().check(at, length);
}

function put(guest, bytes, align) {
  const length = TypedArrayPrototypeGetByteLength(bytes), at = allocate(guest, length, align);
  guest.currentMemory().write(at, bytes);
  return { __proto__: null, at, length };
}

function putPairs(guest, entries) {
  const { length } = entries, at = allocate(guest, length * PAIR, 4);
  for (let i = 0; i < length; i++) {
    const name = put(guest, core.encode(entries[i].name), 1), value = put(guest, core.encode(entries[i].value), 1);
    const memory = guest.currentMemory(), place = at + i * PAIR;
    memory.setU32(place, name.at);
    memory.setU32(place + 4, name.length);
    memory.setU32(place + 8, value.at);
    memory.setU32(place + 12, value.length);
  }
  return { __proto__: null, at, length };
}

// Lists may name the same memory many times: what the host holds of them is counted.
class Reader {
  #guest;
  #counted = 0;
  constructor(guest) {
    this.#guest = guest;
    this.memory = guest.currentMemory();
  }
  bytes(at, length) {
    this.#count(length >>> 0);
    return this.memory.copy(at, length);
  }
  text(at, length) {
    this.#count(length >>> 0);
    return this.memory.text(this.memory.check(at, length), length >>> 0);
  }
  pairs(at, count) {
    const entries = list();
    for (let i = 0; i < count >>> 0; i++) {
      const place = (at >>> 0) + i * PAIR, { memory } = this;
      this.#count(PAIR);
      entries[i] = {
        __proto__: null,
        name: StringPrototypeToLowerCase(this.text(memory.u32(place), memory.u32(place + 4))),
        value: this.text(memory.u32(place + 8), memory.u32(place + 12)),
      };
    }
    return entries;
  }
  // What may be there: its first byte says whether it is.
  isThere(at) {
    return (this.memory.u32(at) & 0xFF) !== 0;
  }
  #count(bytes) {
    this.#counted += bytes;
    if (this.#counted > this.#guest.budget.most) throw this.#guest.exhaust("the messages of one request");
  }
}
isolate(Reader);

// A response: its status, headers and body, of which the last two need not be there.
function readResponse(guest, area) {
  const reader = new Reader(guest), { memory } = reader, at = memory.check(area, 28);
  const hasHeaders = reader.isThere(at + 4), hasBody = reader.isThere(at + 16);
  return {
    __proto__: null,
    status: memory.u32(at) & 0xFFFF,
    entries: hasHeaders ? reader.pairs(memory.u32(at + 8), memory.u32(at + 12)) : list(),
    bytes: hasBody ? reader.bytes(memory.u32(at + 20), memory.u32(at + 24)) : undefined,
  };
}

// ---- wasi-outbound-http ----

// `request: func(request) -> expected<response, http-error>`, which writes what it gives at `out`.
function ask(guest, args) {
  const { 0: method, 1: uri, 2: uriLength, 3: headers, 4: count, 7: hasBody, 8: body, 9: bodyLength, 10: out } = args;
  const reader = new Reader(guest), netGrant = guest.providerOf(WASI)?.netGrant;
  const url = reader.text(uri, uriLength), name = METHODS[method];
  const fields = reader.pairs(headers, count), bytes = hasBody === 0 ? null : reader.bytes(body, bodyLength);
  guest.currentMemory().check(out, 32);
  if (netGrant === undefined) return fail(guest, out, NOT_ALLOWED);
  if (name === undefined) return fail(guest, out, REQUEST_FAILED);
  const sent = op_http_send(netGrant, {
    __proto__: null,
    method: name,
    url,
    headers: pairsOf(fields),
    body: bytes,
    isWrittenLater: false,
    first: null,
    between: null,
  });
  const { failure, sending } = { __proto__: null, ...sent };
  if (failure === undefined) return finish(guest, out, sending);
  const { code } = { __proto__: null, ...failure };
  const refused = code === "HTTP-request-denied" ? NOT_ALLOWED : INVALID_URL;
  return fail(guest, out, code === "HTTP-protocol-error" ? REQUEST_FAILED : refused);
}

async function finish(guest, out, sending) {
  const answered = { __proto__: null, ...await own(op_http_answer(sending)) };
  core.tryClose(sending);
  if (answered.failure !== undefined) return fail(guest, out, REQUEST_FAILED);
  const gathered = new Gathered(0, guest.budget.most), rid = answered.body;
  try {
    for (;;) {
      const { bytes, failure } = { __proto__: null, ...await own(op_http_read(rid)) };
      if (failure !== undefined) return fail(guest, out, REQUEST_FAILED);
      if (bytes === undefined) break;
      if (!gathered.append(bytes)) throw guest.exhaust("the answer to a request");
    }
  } finally {
    core.tryClose(rid);
  }
  const headers = putPairs(guest, entriesOf(answered.headers)), bytes = put(guest, gathered.all(), 1);
  const memory = guest.currentMemory();
  memory.setU32(out, 0);
  memory.setU32(out + 4, answered.status);
  memory.setU32(out + 8, 1);
  memory.setU32(out + 12, headers.at);
  memory.setU32(out + 16, headers.length);
  memory.setU32(out + 20, 1);
  memory.setU32(out + 24, bytes.at);
  memory.setU32(out + 28, bytes.length);
  return undefined;
}

function fail(guest, out, error) {
  const memory = guest.currentMemory();
  memory.setU32(out, 1);
  memory.setU32(out + 4, error);
  return undefined;
}
