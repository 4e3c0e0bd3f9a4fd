// Views of bytes, read by what no script can change.

import { primordials } from "ext:core/mod.js";
const { TypedArrayPrototypeGetBuffer, TypedArrayPrototypeGetByteLength, TypedArrayPrototypeGetByteOffset, Uint8Array } =
  primordials;

// The bytes of a typed array.
export const bytesOf = (view) =>
  new Uint8Array(
    TypedArrayPrototypeGetBuffer(view),
    TypedArrayPrototypeGetByteOffset(view),
    TypedArrayPrototypeGetByteLength(view),
  );
