// The wire format: values of any shape on their way to a typed op and back, as 8-byte words in memory that the host and its
// plugins share. plugin_api/abi/ABI.md describes it; the other side is plugin_api/src/wire.

import { core, primordials } from "ext:core/mod.js";
import { isolate } from "ext:plugbay/own.js";
const {
  ArrayBuffer,
  ArrayBufferIsView,
  ArrayBufferPrototypeGetByteLength,
  ArrayFrom,
  ArrayIsArray,
  BigInt64Array,
  BigIntAsUintN,
  BooleanPrototypeValueOf,
  Float64Array,
  Function,
  Int32Array,
  JSONParse,
  JSONStringify,
  NumberPrototypeValueOf,
  ObjectDefineProperty,
  ObjectGetPrototypeOf,
  ObjectPrototype,
  ObjectPrototypeHasOwnProperty,
  RangeError,
  ReflectApply,
  StringPrototypeValueOf,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetLength,
  TypedArrayPrototypeSet,
  Uint8Array,
} = primordials;

const NULL = 0, INT = 1, FLOAT = 2, BOOL = 3, I64 = 4, U64 = 5, STRING = 6, BYTES = 7, ARRAY = 8, OBJECT = 9, SHAPED = 10, JSON_TEXT = 11;
const MAX_DEPTH = 128;
// How much room there is at first, at most when nothing is written, and ever.
const LEAST_WORDS = 2 ** 13, KEPT_WORDS = 2 ** 17, MAX_WORDS = 2 ** 28;

// Why a value cannot cross; callers say of which argument.
export class Unsupported {
  constructor(reason) {
    this.reason = reason;
  }
}
isolate(Unsupported);

// ---- Arguments ----

// Three views of the words of arguments, which make room for more when they have to.
let host, writeText, ints, floats, bigs, bytes;
let capacity = 0;
// The next free word. A getter of an argument may call another op: what that writes comes behind it.
let next = 0;

export function setUp(nativeFunctions, memory) {
  host = nativeFunctions;
  ({ writeText } = memory);
  // Room is made when something is written.
  capacity = 0;
  bytes = undefined;
}

// Has `words` words hold arguments from now on, and gives the bytes that held them before. All or nothing of it happens: what
// can fail, when the stack is full or there is no memory, comes before the first assignment.
function useInput(words) {
  const buffer = new ArrayBuffer(words * 8), before = bytes;
  const newInts = new Int32Array(buffer), newFloats = new Float64Array(buffer);
  const newBigs = new BigInt64Array(buffer), newBytes = new Uint8Array(buffer);
  host.useInput(buffer);
  ints = newInts;
  floats = newFloats;
  bigs = newBigs;
  bytes = newBytes;
  capacity = words;
  return before;
}

function grow(words) {
  let wanted = capacity || LEAST_WORDS;
  while (wanted < next + words) wanted *= 2;
  if (wanted > MAX_WORDS) throw new Unsupported("it takes more than 2 GiB in the wire format");
  const before = useInput(wanted);
  if (before !== undefined) TypedArrayPrototypeSet(bytes, before);
}

// Begins the arguments of a call; `end` takes what it answers, also when the call fails.
export function begin() {
  return next;
}

export function end(start) {
  next = start;
  // A large argument is not kept for ever.
  if (start === 0 && capacity > KEPT_WORDS) useInput(LEAST_WORDS);
}

// Writes a value; answers the byte at which it begins.
export function encode(value) {
  const start = next * 8;
  write(value, 0);
  return start;
}

// The words of the values from `start` on, for a plugin that does not see this memory.
export function written(start) {
  return new Uint8Array(TypedArrayPrototypeGetBuffer(bytes), start, next * 8 - start);
}

// A chain of comparisons, which V8 makes into tests of the value itself; the most frequent first.
function write(value, depth) {
  if (typeof value === "number") writeNumber(value);
  else if (typeof value === "string") writeString(value);
  else if (value === null || value === undefined) writeWord(NULL, 0);
  else if (typeof value === "object") writeObject(value, depth);
  else if (typeof value === "boolean") writeWord(BOOL, value ? 1 : 0);
  else if (typeof value === "bigint") writeBigInt(value);
  else throw new Unsupported(`a ${typeof value} cannot cross; pass data`);
}

function writeNumber(value) {
  if (next + 2 > capacity) grow(2);
  if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
    ints[2 * next] = INT;
    ints[2 * next + 1] = value;
    next++;
  } else {
    ints[2 * next] = FLOAT;
    floats[next + 1] = value;
    next += 2;
  }
}

function writeWord(tag, auxiliary) {
  if (next >= capacity) grow(1);
  ints[2 * next] = tag;
  ints[2 * next + 1] = auxiliary;
  next++;
}

function writeString(value) {
  // Each of its characters takes three bytes at most.
  const words = 1 + ((value.length * 3 + 7) >>> 3);
  if (next + words > capacity) grow(words);
  const length = writeText(value, (next + 1) * 8);
  ints[2 * next] = STRING;
  ints[2 * next + 1] = length;
  next += 1 + ((length + 7) >>> 3);
}

function writeBigInt(value) {
  if (value < -(2n ** 63n) || value >= 2n ** 64n) throw new Unsupported(`the BigInt ${value} has more than 64 bits`);
  if (next + 2 > capacity) grow(2);
  ints[2 * next] = value < 2n ** 63n ? I64 : U64;
  bigs[next + 1] = value;
  next += 2;
}

function writeObject(value, depth) {
  if (depth === MAX_DEPTH) throw new Unsupported("it is nested more than 128 deep; perhaps it contains itself");
  if (ArrayIsArray(value)) {
    // That of a Proxy may be anything.
    const length = value.length >>> 0;
    if (length > MAX_WORDS) throw new Unsupported(`an array of ${length} elements is too long`);
    writeWord(ARRAY, length);
    for (let i = 0; i < length; i++) {
      const element = value[i];
      if (typeof element === "number") writeNumber(element);
      // As JSON does it: what cannot cross is null.
      else write(typeof element === "function" || typeof element === "symbol" ? null : element, depth + 1);
    }
    return;
  }
  // reach: as JSON does it
  const toJSON = value.toJSON;
  if (typeof toJSON === "function") {
    write(ReflectApply(toJSON, value, []), depth + 1);
    return;
  }
  if (ObjectGetPrototypeOf(value) !== ObjectPrototype && writeSpecial(value, depth)) return;
  const at = next;
  let count = 0;
  writeWord(OBJECT, 0);
  for (const key in value) {
    if (!ObjectPrototypeHasOwnProperty(value, key)) continue;
    const property = value[key];
    // As JSON does it: what cannot cross is not there.
    if (property === undefined || typeof property === "function" || typeof property === "symbol") continue;
    writeString(key);
    write(property, depth + 1);
    count++;
  }
  ints[2 * at + 1] = count;
}

// Buffers as bytes, and primitives out of their boxes, as JSON does it.
function writeSpecial(value, depth) {
  if (ArrayBufferIsView(value) || core.isAnyArrayBuffer(value)) writeBytes(value);
  else if (core.isNumberObject(value)) write(NumberPrototypeValueOf(value), depth);
  else if (core.isStringObject(value)) write(StringPrototypeValueOf(value), depth);
  else if (core.isBooleanObject(value)) write(BooleanPrototypeValueOf(value), depth);
  else return false;
  return true;
}

function writeBytes(value) {
  const view = host.viewOf(value);
  const length = TypedArrayPrototypeGetLength(view);
  const words = 1 + ((length + 7) >>> 3);
  if (next + words > capacity) grow(words);
  ints[2 * next] = BYTES;
  ints[2 * next + 1] = length;
  TypedArrayPrototypeSet(bytes, view, (next + 1) * 8);
  next += words;
}

// ---- Results ----

// Reads the messages of one plugin, whose shapes it remembers. `output` is the memory in which they usually lie.
export function makeReader(output, host) {
  const shapes = { __proto__: null };
  const usual = { __proto__: null, ints: new Int32Array(output), floats: new Float64Array(output), bigs: new BigInt64Array(output), bytes: new Uint8Array(output), length: ArrayBufferPrototypeGetByteLength(output) >>> 3 };
  let { ints, floats, bigs, bytes } = usual;
  // The next word, the words that nothing has claimed yet, and how deep the value is nested that is being read.
  let at = 0, left = 0, depth = 0, length = usual.length;

  function read() {
    const tag = ints[2 * at], auxiliary = ints[2 * at + 1];
    at++;
    switch (tag) {
      case NULL:
        return null;
      case INT:
        return auxiliary;
      case FLOAT:
        if (at >= length) checkCount(-1);
        return floats[at++];
      case BOOL:
        return auxiliary !== 0;
      case I64:
        if (at >= length) checkCount(-1);
        return bigs[at++];
      case U64:
        if (at >= length) checkCount(-1);
        return BigIntAsUintN(64, bigs[at++]);
      case STRING:
        return readString(auxiliary);
      case BYTES: {
        const start = at * 8;
        at += (auxiliary + 7) >>> 3;
        if (auxiliary < 0) checkCount(-1);
        checkCount(at - start / 8);
        const copy = new Uint8Array(auxiliary);
        TypedArrayPrototypeSet(copy, new Uint8Array(TypedArrayPrototypeGetBuffer(bytes), TypedArrayPrototypeGetByteOffset(bytes) + start, auxiliary));
        return copy;
      }
      case ARRAY: {
        // With elements of its own from the beginning: no setter of Array.prototype is asked.
        checkCount(auxiliary);
        if (++depth > MAX_DEPTH) tooDeep();
        const array = auxiliary === 0 ? /* the script's */ [] : ArrayFrom({ __proto__: null, length: auxiliary });
        for (let i = 0; i < auxiliary; i++) array[i] = read();
        depth--;
        return array;
      }
      case OBJECT: {
        const object = /* the script's */ {};
        checkCount(auxiliary);
        if (++depth > MAX_DEPTH) tooDeep();
        for (let i = 0; i < auxiliary; i++) {
          const key = read();
          setOwn(object, key, read());
        }
        depth--;
        return object;
      }
      case SHAPED: {
        const make = shapes[auxiliary];
        if (make === undefined) throw new RangeError("the shape of the op's result was lost when the stack was full; open the plugin again");
        if (++depth > MAX_DEPTH) tooDeep();
        const value = make();
        depth--;
        return value;
      }
      case JSON_TEXT:
        return JSONParse(readString(auxiliary));
      default:
        throw new RangeError(`it has tag ${tag}, which is none`);
    }
  }

  // What is counted takes at least a word of the message each, and no word counts twice.
  function checkCount(count) {
    if (count < 0 || (left -= count) < 0) throw new RangeError("it is cut short: it has fewer words than it says");
  }

  function tooDeep() {
    throw new RangeError("it is nested more than 128 deep");
  }

  function readString(length) {
    const start = at * 8;
    if (length < 0) checkCount(-1);
    at += (length + 7) >>> 3;
    return host.readText(bytes, start, length);
  }

  // A shape becomes a function that makes objects of it.
  function define(end) {
    while (at < end) {
      const id = ints[2 * at], count = ints[2 * at + 1];
      at++;
      checkCount(count);
      let properties = "";
      for (let i = 0; i < count; i++) {
        const key = read();
        const name = JSONStringify(key);
        // In brackets it is the name of a property like others.
        properties += key === "__proto__" ? `[${name}]: read(), ` : `${name}: read(), `;
      }
      shapes[id] = new Function("read", `"use strict"; return () => ({ ${properties}})`)(read);
    }
  }

  function message() {
    const definitions = ints[0], words = ints[1];
    left = length;
    depth = 0;
    if (definitions !== 0) {
      if (definitions < 0 || words > left) checkCount(-1);
      at = definitions;
      define(words);
    }
    at = 1;
    return read();
  }

  return {
    __proto__: null,
    // Reads the message in the usual memory.
    readOutput: message,
    // Reads a message that lies elsewhere.
    readFrom(view) {
      const buffer = TypedArrayPrototypeGetBuffer(view), byteOffset = TypedArrayPrototypeGetByteOffset(view);
      const byteLength = TypedArrayPrototypeGetByteLength(view);
      ints = new Int32Array(buffer, byteOffset, byteLength >>> 2);
      floats = new Float64Array(buffer, byteOffset, byteLength >>> 3);
      bigs = new BigInt64Array(buffer, byteOffset, byteLength >>> 3);
      bytes = new Uint8Array(buffer, byteOffset, byteLength);
      length = byteLength >>> 3;
      try {
        return message();
      } finally {
        ({ ints, floats, bigs, bytes, length } = usual);
      }
    },
  };
}

// Not by assignment: a setter that the script gave Object.prototype is not asked.
function setOwn(object, key, value) {
  ObjectDefineProperty(object, key, { __proto__: null, value, writable: true, enumerable: true, configurable: true });
}
