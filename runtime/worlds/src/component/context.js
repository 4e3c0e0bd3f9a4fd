// How the functions of one core module, with its memory and its way to allocate there, pass values: what the sources of
// codecs.js and flat.js call `c`. What a guest says of addresses, lengths and handles is checked here.

import { primordials } from "ext:core/mod.js";
import { isolate, list } from "ext:plugbay/own.js";
import { bytesOf } from "ext:plugbay/views.js";
import { UTF16_TAG } from "ext:plugbay/worlds/component/memory.js";
import { fault, unfit } from "ext:plugbay/worlds/component/values.js";
const {
  ArrayIsArray,
  BigInt64Array,
  BigIntAsUintN,
  BigUint64Array,
  Float32Array,
  Float64Array,
  Function,
  Int16Array,
  Int32Array,
  Int8Array,
  ReflectApply,
  StringFromCharCode,
  StringPrototypeCharCodeAt,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetLength,
  TypedArrayPrototypeGetSymbolToStringTag,
  TypedArrayPrototypeSet,
  Uint16Array,
  Uint32Array,
  Uint8Array,
} = primordials;

const CONSTRUCTORS = {
  __proto__: null,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
  Int16Array,
  Int32Array,
  Int8Array,
  Uint16Array,
  Uint32Array,
  Uint8Array,
};
// Up to here JavaScript is faster than a call of the host.
const SHORT_TEXT = 96, SHORT_ARGUMENT = 256;
// The characters of a short text, which are read once: to read them from a string takes longer.
const CODES = new Uint8Array(SHORT_ARGUMENT);
// What a typed array is counted as besides its bytes.
const ARRAY_COST = 256;
const MAX_LENGTH = 0x7FFFFFFF;

// Functions that read a text of so many bytes at an address, if it is ASCII: by one call for all characters.
const READERS = list();

function makeReader(length) {
  let reads = "", all = "0", codes = "";
  for (let i = 0; i < length; i++) {
    reads += `const b${i} = bytes[address + ${i}]; `;
    all += ` | b${i}`;
    codes += `b${i}, `;
  }
  const make = new Function(
    "fromCharCode",
    `"use strict"; return (bytes, address) => { ${reads} return (${all}) > 127 ? undefined : fromCharCode(${codes}); };`,
  );
  return ReflectApply(make, undefined, [StringFromCharCode]);
}

export class Context {
  constructor(instance, { memory, realloc, stringEncoding, instance: own }) {
    this.instance = instance;
    this.host = instance.guest.host;
    this.memory = memory === null ? null : instance.memories[memory];
    this.realloc = realloc === null ? null : instance.reallocs[realloc];
    this.encoding = stringEncoding;
    this.state = instance.states[own];
    this.handles = instance.handles[own];
    this.own = own;
    // The length of what was put last.
    this.length = 0;
  }

  unsigned(value) {
    return BigIntAsUintN(64, value);
  }

  // An address of a value, which is aligned and lies in the memory.
  check(address, size, align) {
    address >>>= 0;
    if ((address & (align - 1)) !== 0) throw fault(`its address ${address} is no multiple of ${align}`);
    if (address + size > this.memory.length) {
      throw fault(`it points at ${size} bytes at ${address}, and its memory has ${this.memory.length}`);
    }
    return address;
  }

  // `cost` is what JavaScript holds for an element.
  checkList(address, count, size, align, cost) {
    this.check(address, count * size, align);
    this.instance.count(count * cost);
  }

  // Room for a value.
  allocate(size, align) {
    if (size > MAX_LENGTH) throw unfit("a value that its memory has room for", undefined);
    return this.check(this.reallocate(0, 0, align, size), size, align);
  }

  // Guest code: it may do no more than allocate.
  reallocate(old, oldSize, align, size) {
    const { state, memory, realloc } = this;
    state.mayLeave = false;
    const address = realloc(old, oldSize, align, size);
    state.mayLeave = true;
    memory.update();
    return address >>> 0;
  }

  // ---- Text ----

  text(address, length) {
    if (this.encoding !== "utf8") return this.wideText(address, length);
    this.check(address, length, 1);
    if (length > SHORT_TEXT) return this.longText(address, length);
    return (READERS[length] ??= makeReader(length))(this.memory.bytes, address) ?? this.longText(address, length);
  }

  longText(address, length) {
    this.instance.count(length);
    const text = this.host.readUtf8(this.memory.bytes, address, length);
    if (text === undefined) throw fault(`its text of ${length} bytes at ${address} is not UTF-8`);
    return text;
  }

  wideText(address, length) {
    const isLatin1 = this.encoding !== "utf16" && length < UTF16_TAG;
    if (this.encoding !== "utf16" && !isLatin1) length -= UTF16_TAG;
    const size = isLatin1 ? length : 2 * length;
    this.check(address, size, 2);
    this.instance.count(size);
    const text = isLatin1
      ? this.host.readLatin1(this.memory.bytes, address, size)
      : this.host.readUtf16(this.memory.bytes, address, size);
    if (text === undefined) throw fault(`its text of ${length} code units at ${address} is not UTF-16`);
    return text;
  }

  putText(text) {
    if (this.encoding !== "utf8") return this.putWideText(text);
    const { length } = text;
    let all = length > SHORT_ARGUMENT ? 128 : 0;
    for (let i = 0; i < length && all < 128; i++) all |= CODES[i] = StringPrototypeCharCodeAt(text, i);
    if (all > 127) return this.putBytes(this.host.encodeUtf8(text), 1);
    const address = this.allocate(length, 1), { bytes } = this.memory;
    for (let i = 0; i < length; i++) bytes[address + i] = CODES[i];
    this.length = length;
    return address;
  }

  putBytes(bytes, align) {
    const length = TypedArrayPrototypeGetByteLength(bytes), address = this.allocate(length, align);
    TypedArrayPrototypeSet(this.memory.bytes, bytes, address);
    this.length = length;
    return address;
  }

  putWideText(text) {
    const { length } = text, { host } = this;
    const latin1 = this.encoding === "utf16" ? undefined : host.encodeLatin1(text);
    if (latin1 !== undefined) return this.putBytes(latin1, 2);
    const address = this.putBytes(host.encodeUtf16(text), 2);
    this.length = this.encoding === "utf16" ? length : length + UTF16_TAG;
    return address;
  }

  // ---- Lists of numbers ----

  elements(name, address, count, size) {
    this.check(address, count * size, size);
    this.instance.count(ARRAY_COST + count * size);
    const Elements = CONSTRUCTORS[name], made = new Elements(count);
    TypedArrayPrototypeSet(made, new Elements(this.memory.buffer, address, count));
    return made;
  }

  // Whether a value is such a typed array, as it lies in memory.
  isElements(name, value) {
    return TypedArrayPrototypeGetSymbolToStringTag(value) === name;
  }

  putElements(value, size) {
    const count = TypedArrayPrototypeGetLength(value), address = this.allocate(count * size, size);
    TypedArrayPrototypeSet(this.memory.bytes, bytesOf(value), address);
    this.length = count;
    return address;
  }

  lengthOf(value) {
    if (ArrayIsArray(value)) return value.length;
    if (TypedArrayPrototypeGetSymbolToStringTag(value) !== undefined) return TypedArrayPrototypeGetLength(value);
    throw unfit("an array", value);
  }

  // ---- Resources ----

  // What the guest gives away.
  takeOwn(table, handle) {
    const { instance } = this, resource = instance.resourceOf(table);
    return instance.show(resource, this.handles.takeOwned(resource, handle));
  }

  // What the guest lends to the host, until the call is done: something of the host's, because imports know no others.
  takeBorrow(table, handle) {
    const { instance } = this, resource = instance.resourceOf(table);
    const slot = this.handles.slotOf(resource, handle);
    instance.lend(slot);
    return slot.rep;
  }

  // What the host gives to the guest.
  giveOwn(table, value) {
    const { instance } = this, resource = instance.resourceOf(table);
    const handle = this.handles.admit(resource, instance.giveAway(resource, value), true, null);
    instance.note(this.handles, handle, value);
    return handle;
  }

  // What it lends for a call. Whoever defines a resource sees its representation.
  giveBorrow(table, value) {
    const { instance } = this, resource = instance.resourceOf(table);
    const rep = instance.repOf(resource, value);
    if (instance.definerOf(resource) === this.own) return rep;
    const { call } = instance;
    call.borrows++;
    const handle = this.handles.admit(resource, rep, false, call);
    instance.note(this.handles, handle, value);
    return handle;
  }
}
isolate(Context);
