// Bodies of fetch's, as the host takes them: whole, or as a stream that is read piece by piece.

import { core, primordials } from "ext:core/mod.js";
import { own } from "ext:plugbay/own.js";
const { ObjectPrototypeIsPrototypeOf, TypedArrayPrototypeGetBuffer, Uint8Array } = primordials;
const { ReadableStreamPrototype, resourceForReadableStream } = core.loadExtScript("ext:deno_web/06_streams.js");

// Bytes that are read of a stream at once.
const PIECE = 65536;

// Takes an inner body of fetch's, which nobody else reads then: { bytes }, or { rid } of a stream.
export function takeInnerBody(body) {
  if (ObjectPrototypeIsPrototypeOf(ReadableStreamPrototype, body.streamOrStatic)) {
    return { __proto__: null, bytes: undefined, rid: resourceForReadableStream(body.stream) };
  }
  const all = body.consume();
  return { __proto__: null, bytes: typeof all === "string" ? core.encode(all) : all, rid: undefined };
}

// Takes an inner body that is a text; undefined where it is none.
export function takeText(body) {
  const { streamOrStatic: held } = body;
  if (ObjectPrototypeIsPrototypeOf(ReadableStreamPrototype, held) || typeof held.body !== "string") return undefined;
  return body.consume();
}

// Promises the next { bytes } of such a stream, none at its end. Bytes by themselves would be asked for a `then`.
export async function nextPiece(rid) {
  const piece = new Uint8Array(PIECE), length = await own(core.read(rid, piece));
  const bytes = length === 0 ? undefined : new Uint8Array(TypedArrayPrototypeGetBuffer(piece), 0, length);
  return { __proto__: null, bytes };
}
