// A guest's memory as the host sees it. Whatever the guest says of an address or a length is checked here: what is not
// in its memory is an error of the guest's.

import { core, primordials } from "ext:core/mod.js";
import { guestBeyondMemory, moduleUnsupported } from "ext:plugbay/error_codes.js";
import { makeError } from "ext:plugbay/errors.js";
import { isolate } from "ext:plugbay/own.js";
const {
  ArrayBufferPrototypeGetByteLength,
  BigInt64Array,
  BigUint64Array,
  DataView,
  DataViewPrototypeGetUint32,
  DataViewPrototypeSetUint32,
  DataViewPrototypeGetFloat64,
  DataViewPrototypeSetFloat64,
  DataViewPrototypeGetBigInt64,
  DataViewPrototypeSetBigInt64,
  Float64Array,
  Int32Array,
  ObjectGetOwnPropertyDescriptor,
  ObjectPrototypeIsPrototypeOf,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeSet,
  Uint8Array,
  uncurryThis,
} = primordials;

const MAX_MESSAGE = 64 * 1024;

let bufferOf, growMemory, memoryPrototype, toResizableBuffer;

// reach: it runs before the script
export function setUpMemory() {
  const { prototype } = WebAssembly.Memory;
  memoryPrototype = prototype;
  bufferOf = uncurryThis(ObjectGetOwnPropertyDescriptor(prototype, "buffer").get);
  growMemory = uncurryThis(prototype.grow);
  toResizableBuffer = uncurryThis(prototype.toResizableBuffer);
}

// The buffer of a WebAssembly.Memory, as it is now.
export const currentBuffer = (memory) => bufferOf(memory);

export const isMemory = (value) => ObjectPrototypeIsPrototypeOf(memoryPrototype, value);

// How many bytes it has now.
export const currentLength = (memory) => ArrayBufferPrototypeGetByteLength(bufferOf(memory));

export class GuestMemory {
  // `memory` is a WebAssembly.Memory of the plugin of that name.
  constructor(memory, plugin) {
    if (core.isSharedArrayBuffer(bufferOf(memory))) {
      const why = "its memory is shared between threads, and a plugin has one";
      throw makeError(moduleUnsupported, plugin, why, "build it without that");
    }
    this.memory = memory;
    this.plugin = plugin;
    this.refresh();
  }

  // Makes it larger, by so many pages.
  growBy(pages) {
    growMemory(this.memory, pages);
    this.refresh();
  }

  // Views of the memory as it is now: growing it detaches those that were there.
  refresh() {
    const buffer = bufferOf(this.memory), length = ArrayBufferPrototypeGetByteLength(buffer);
    this.buffer = buffer;
    this.bytes = new Uint8Array(buffer);
    this.ints = new Int32Array(buffer, 0, length >>> 2);
    this.floats = new Float64Array(buffer, 0, length >>> 3);
    this.signed = new BigInt64Array(buffer, 0, length >>> 3);
    this.unsigned = new BigUint64Array(buffer, 0, length >>> 3);
    this.view = new DataView(buffer);
    this.length = length;
  }

  // Brings the views up to date, after guest code has run.
  update() {
    if (TypedArrayPrototypeGetByteLength(this.bytes) !== this.length || this.length === 0) this.refresh();
  }

  // Has views of the memory stay what they are when it grows, from now on.
  stay() {
    toResizableBuffer(this.memory);
    this.refresh();
  }

  // The address itself, if `length` bytes lie there.
  check(address, length) {
    address >>>= 0;
    length >>>= 0;
    if (address + length > this.length) {
      throw makeError(guestBeyondMemory, this.plugin, length, address, this.length);
    }
    return address;
  }
  u32(address) {
    return DataViewPrototypeGetUint32(this.view, this.check(address, 4), true);
  }
  setU32(address, value) {
    DataViewPrototypeSetUint32(this.view, this.check(address, 4), value, true);
  }
  f64(address) {
    return DataViewPrototypeGetFloat64(this.view, this.check(address, 8), true);
  }
  setF64(address, value) {
    DataViewPrototypeSetFloat64(this.view, this.check(address, 8), value, true);
  }
  i64(address) {
    return DataViewPrototypeGetBigInt64(this.view, this.check(address, 8), true);
  }
  setI64(address, value) {
    DataViewPrototypeSetBigInt64(this.view, this.check(address, 8), value, true);
  }
  // Bytes as they lie there, until guest code runs again. Not by `subarray`, which asks for Symbol.species.
  part(address, length) {
    return new Uint8Array(this.buffer, address >>> 0, length >>> 0);
  }
  // A copy of bytes.
  copy(address, length) {
    address = this.check(address, length);
    const copy = new Uint8Array(length >>> 0);
    TypedArrayPrototypeSet(copy, this.part(address, length));
    return copy;
  }
  write(address, bytes) {
    TypedArrayPrototypeSet(this.bytes, bytes, this.check(address, TypedArrayPrototypeGetByteLength(bytes)));
  }
  text(address, length) {
    return length === 0 ? "" : core.decode(this.copy(address, length));
  }
  // A text for people, of which a long one is cut.
  cutText(address, length) {
    length >>>= 0;
    if (length <= MAX_MESSAGE) return this.text(address, length);
    return `${this.text(this.check(address, length), MAX_MESSAGE)}... (${length - MAX_MESSAGE} bytes more)`;
  }
}
isolate(GuestMemory);
