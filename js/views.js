// Views of bytes, read by what no script can change.

import { primordials } from "ext:core/mod.js";
import { isolate } from "ext:plugbay/own.js";
const {
  MathMax,
  MathMin,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeSet,
  Uint8Array,
} = primordials;

// The bytes of a typed array.
export const bytesOf = (view) =>
  new Uint8Array(
    TypedArrayPrototypeGetBuffer(view),
    TypedArrayPrototypeGetByteOffset(view),
    TypedArrayPrototypeGetByteLength(view),
  );

// Bytes that come in pieces, which may be changed afterwards.
export class Gathered {
  #bytes;
  #most;
  length = 0;

  // There is room for `room` bytes, and later for no more than `most`.
  constructor(room, most = Infinity) {
    this.#bytes = new Uint8Array(MathMin(room, most));
    this.#most = most;
  }

  // Whether it had room.
  append(piece) {
    const end = this.length + TypedArrayPrototypeGetByteLength(piece);
    if (end > this.#most) return false;
    if (end > TypedArrayPrototypeGetByteLength(this.#bytes)) {
      const larger = new Uint8Array(MathMin(MathMax(end, 2 * this.length), this.#most));
      TypedArrayPrototypeSet(larger, this.#bytes);
      this.#bytes = larger;
    }
    TypedArrayPrototypeSet(this.#bytes, piece, this.length);
    this.length = end;
    return true;
  }

  // All of them, as one view.
  all() {
    return new Uint8Array(TypedArrayPrototypeGetBuffer(this.#bytes), 0, this.length);
  }
}
isolate(Gathered);
