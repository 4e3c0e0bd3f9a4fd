// The wire format: values of any shape on their way to a typed op and back, as 8-byte words in memory that the host and
// its plugins share. plugin_api/abi/ABI.md describes it; the other side is plugin_api/wire/src.

import { primordials } from "ext:core/mod.js";
import { messageOf } from "ext:plugbay/errors.js";
import { fromJSON } from "ext:plugbay/json.js";
import { arrayOf, isolate, list, ownOf, setOwn } from "ext:plugbay/own.js";
const {
  ArrayBuffer,
  ArrayBufferPrototypeGetByteLength,
  ArrayIsArray,
  BigInt64Array,
  BigIntAsIntN,
  BigIntAsUintN,
  BigIntPrototypeValueOf,
  BooleanPrototypeValueOf,
  Float64Array,
  Function,
  Int32Array,
  JSONStringify,
  MapPrototypeForEach,
  NumberPrototypeValueOf,
  ObjectGetPrototypeOf,
  ObjectPrototype,
  ObjectPrototypeHasOwnProperty,
  ObjectPrototypeIsPrototypeOf,
  ReflectApply,
  RegExpPrototypeExec,
  SetPrototypeForEach,
  String,
  StringPrototypeValueOf,
  SyntaxErrorPrototype,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetLength,
  TypedArrayPrototypeSet,
  Uint8Array,
} = primordials;

const NULL = 0, INT = 1, FLOAT = 2, BOOL = 3, I64 = 4, U64 = 5, STRING = 6, BYTES = 7, ARRAY = 8, OBJECT = 9,
  SHAPED = 10, JSON_TEXT = 11, PACKED = 12, I128 = 13, U128 = 14;
export const TAGS = {
  __proto__: null,
  NULL,
  INT,
  FLOAT,
  BOOL,
  I64,
  U64,
  STRING,
  BYTES,
  ARRAY,
  OBJECT,
  PACKED,
  I128,
  U128,
};
const MAX_DEPTH = 128;
// How much room there is at first, at most when nothing is written, and ever.
const MIN_WORDS = 2 ** 13, KEPT_WORDS = 2 ** 17, MAX_WORDS = 2 ** 28;

// Why a value cannot cross, and where in it; callers say of which argument.
export class Unsupported {
  // Fields are defined before they are set: no setter of the script's is asked.
  reason;
  // Such as `.list[3]`; made from its end.
  path = "";
  // The path would say nothing.
  isEverywhere;
  constructor(reason, isEverywhere = false) {
    this.reason = reason;
    this.isEverywhere = isEverywhere;
  }
}
isolate(Unsupported);

// The error, which happened at a step into a value.
function within(step, error) {
  if (isUnsupported(error) && !error.isEverywhere) error.path = step + error.path;
  return error;
}
export const isUnsupported = (error) => ObjectPrototypeIsPrototypeOf(Unsupported.prototype, error);

// As a script would write it.
// reach: RegExpPrototypeExec asks neither for flags nor for a patched exec
const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;
const atKey = (key) =>
  typeof key === "string" && RegExpPrototypeExec(NAME, key) !== null
    ? `.${key}`
    : `[${typeof key === "string" ? JSONStringify(key) : String(key)}]`;

// ---- Arguments ----

// Three views of the words of arguments, which make room for more when they have to.
let host, writeText, kindOf, ints, floats, bigs, bytes;
let capacity = 0;
// The next free word. A getter of an argument may call another op: what that writes comes behind it.
let next = 0;

export function setUp(nativeFunctions, memory) {
  host = nativeFunctions;
  ({ writeText, kindOf } = memory);
  // Room is made when something is written.
  capacity = 0;
  bytes = undefined;
}

// Has `words` words hold arguments from now on, and gives the bytes that held them before. All or nothing of it
// happens: what can fail, when the stack is full or there is no memory, comes before the first assignment.
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
  let wanted = capacity || MIN_WORDS;
  while (wanted < next + words) wanted *= 2;
  if (wanted > MAX_WORDS) throw new Unsupported("it takes more than 2 GiB in the wire format", true);
  const before = useInput(wanted);
  if (before !== undefined) TypedArrayPrototypeSet(bytes, before);
}

// Begins the arguments of a call; `end` takes what it answers, also when the call fails.
export function begin() {
  return next;
}

// A call was ended in which arguments were written, and nothing else is under way.
export function restart() {
  end(0);
}

export function end(start) {
  next = start;
  // A large argument is not kept for ever.
  if (start === 0 && capacity > KEPT_WORDS) useInput(MIN_WORDS);
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

// Where they lie, until more is written.
export function memory() {
  return { __proto__: null, ints, floats, bigs, bytes, readText: host.readText };
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
  if (value >= -(2n ** 63n) && value < 2n ** 64n) {
    if (next + 2 > capacity) grow(2);
    ints[2 * next] = value < 2n ** 63n ? I64 : U64;
    bigs[next + 1] = value;
    next += 2;
    return;
  }
  if (value < -(2n ** 127n) || value >= 2n ** 128n) {
    throw new Unsupported("a BigInt of more than 128 bits cannot cross");
  }
  if (next + 3 > capacity) grow(3);
  ints[2 * next] = value < 2n ** 127n ? I128 : U128;
  bigs[next + 1] = BigIntAsIntN(64, value);
  bigs[next + 2] = BigIntAsIntN(64, value >> 64n);
  next += 3;
}

function writeObject(value, depth) {
  if (depth === MAX_DEPTH) throw new Unsupported("it is nested more than 128 deep; perhaps it contains itself", true);
  if (ArrayIsArray(value)) {
    // That of a Proxy may be anything.
    const length = value.length >>> 0;
    if (length > MAX_WORDS) throw new Unsupported(`an array of ${length} elements is too long`);
    writeWord(ARRAY, length);
    let i = 0;
    try {
      for (; i < length; i++) {
        const element = value[i];
        if (typeof element === "number") writeNumber(element);
        else write(element, depth + 1);
      }
    } catch (error) {
      throw within(`[${i}]`, error);
    }
    return;
  }
  // reach: as JSON does it
  const toJSON = value.toJSON;
  if (typeof toJSON === "function") {
    const given = ReflectApply(toJSON, value, []);
    // What Date.prototype.toJSON gives for one of no time.
    if (given === null && kindOf(value) === DATE) throw new Unsupported("an invalid Date cannot cross");
    write(given, depth + 1);
    return;
  }
  const prototype = ObjectGetPrototypeOf(value), isPlain = prototype === ObjectPrototype;
  if (!isPlain && writeSpecial(value, depth)) return;
  const start = next;
  let count = 0, isEmpty = true, key;
  writeWord(OBJECT, 0);
  try {
    // V8 finds properties fastest by a key that is the loop's own.
    for (const name in value) {
      key = name;
      if (!ObjectPrototypeHasOwnProperty(value, name)) continue;
      const property = value[name];
      isEmpty = false;
      // As in JSON, and as what is optional is written.
      if (property === undefined) continue;
      writeString(name);
      write(property, depth + 1);
      count++;
    }
  } catch (error) {
    throw within(atKey(key), error);
  }
  if (isEmpty && !isPlain && prototype !== null) {
    throw new Unsupported(
      `an object of class ${
        String(ownOf(ownOf(prototype, "constructor"), "name"))
      } has no properties of its own that could cross; pass data`,
    );
  }
  ints[2 * start + 1] = count;
}

// What `kindOf` answers, as runtime/bridge/src/kinds.rs has it.
const BYTE_VIEW = 1, FLOATS = 2, INTS = 3, BIG_INTS = 4, BIG_UINTS = 5, MAP = 6, SET = 7, NUMBER = 8, STRING_OBJECT = 9,
  BOOLEAN = 10, BIG_INT = 11, DATE = 21;
const REFUSED = {
  __proto__: null,
  12: "an Error cannot cross; pass what it says, such as { name, message }",
  13: "a RegExp cannot cross; pass its source",
  14: "a Promise cannot cross; await it first",
  15: "a WeakMap cannot cross",
  16: "a WeakSet cannot cross",
  17: "a symbol cannot cross; pass data",
  18: "a generator cannot cross; pass an array of what it gives",
  19: "an iterator cannot cross; pass an array of what it gives",
  20: "an iterator cannot cross; pass an array of what it gives",
  [DATE]: "a Date without toJSON cannot cross; pass its time",
};

// What is more than its properties: whatever its prototype says, as V8 knows it.
function writeSpecial(value, depth) {
  const kind = kindOf(value);
  switch (kind) {
    case 0:
      return false;
    case BYTE_VIEW:
      writeBytes(value);
      break;
    case FLOATS:
      writePacked(value, FLOAT, 1);
      break;
    case INTS:
      writePacked(value, INT, 2);
      break;
    case BIG_INTS:
      writePacked(value, I64, 1);
      break;
    case BIG_UINTS:
      writePacked(value, U64, 1);
      break;
    case MAP:
      writeMap(value, depth);
      break;
    case SET:
      writeSet(value, depth);
      break;
    case NUMBER:
      write(NumberPrototypeValueOf(value), depth);
      break;
    case STRING_OBJECT:
      write(StringPrototypeValueOf(value), depth);
      break;
    case BOOLEAN:
      write(BooleanPrototypeValueOf(value), depth);
      break;
    case BIG_INT:
      write(BigIntPrototypeValueOf(value), depth);
      break;
    default:
      throw new Unsupported(REFUSED[kind]);
  }
  return true;
}

// A typed array: elements of one tag, so many in a word, converted from what JavaScript has less of.
function writePacked(value, tag, inWord) {
  const length = TypedArrayPrototypeGetLength(value);
  // That of a detached one is 0 too.
  if (length === 0) host.viewOf(value);
  const words = 1 + (inWord === 2 ? (length + 1) >>> 1 : length);
  if (next + words > capacity) grow(words);
  ints[2 * next] = PACKED | tag << 8;
  ints[2 * next + 1] = length;
  if (tag === INT) TypedArrayPrototypeSet(ints, value, 2 * (next + 1));
  else TypedArrayPrototypeSet(tag === FLOAT ? floats : bigs, value, next + 1);
  next += words;
}

// An object whose keys may be numbers or booleans. Keys of several types may be the same in Rust.
function writeMap(value, depth) {
  const start = next;
  let count = 0, type;
  writeWord(OBJECT, 0);
  MapPrototypeForEach(value, (element, key) => {
    type ??= typeof key;
    if (typeof key !== type) {
      throw new Unsupported(`a Map whose keys are of several types, here ${type} and ${typeof key}, cannot cross`);
    }
    if (type !== "string" && type !== "number" && type !== "bigint" && type !== "boolean") {
      throw new Unsupported(`a Map whose keys are of type ${type} cannot cross; keys are text, numbers or booleans`);
    }
    write(key, depth + 1);
    try {
      write(element, depth + 1);
    } catch (error) {
      throw within(atKey(key), error);
    }
    count++;
  });
  ints[2 * start + 1] = count;
}

function writeSet(value, depth) {
  const start = next;
  let count = 0;
  writeWord(ARRAY, 0);
  SetPrototypeForEach(value, (element) => {
    try {
      write(element, depth + 1);
    } catch (error) {
      throw within(`[${count}]`, error);
    }
    count++;
  });
  ints[2 * start + 1] = count;
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

// Why a message is none.
class Unreadable {
  reason;
  constructor(reason) {
    this.reason = reason;
  }
}
isolate(Unreadable);
export const isUnreadable = (error) => ObjectPrototypeIsPrototypeOf(Unreadable.prototype, error);

// Reads the messages of one plugin, whose shapes it remembers. `output` is the memory in which they usually lie. `rid`
// is that of a native plugin, whose results Rust may read too: what one of them is told of a shape the other is not.
export function makeReader(output, host, rid) {
  const shapes = { __proto__: null };
  const usual = {
    __proto__: null,
    ints: new Int32Array(output),
    floats: new Float64Array(output),
    bigs: new BigInt64Array(output),
    bytes: new Uint8Array(output),
    length: ArrayBufferPrototypeGetByteLength(output) >>> 3,
  };
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
      case I128:
      case U128: {
        if (at + 1 >= length) checkCount(-1);
        const low = BigIntAsUintN(64, bigs[at]), high = tag === I128 ? bigs[at + 1] : BigIntAsUintN(64, bigs[at + 1]);
        at += 2;
        return high << 64n | low;
      }
      case STRING:
        return readString(auxiliary);
      case BYTES: {
        const start = at * 8;
        at += (auxiliary + 7) >>> 3;
        if (auxiliary < 0) checkCount(-1);
        checkCount(at - start / 8);
        const copy = new Uint8Array(auxiliary);
        TypedArrayPrototypeSet(
          copy,
          new Uint8Array(
            TypedArrayPrototypeGetBuffer(bytes),
            TypedArrayPrototypeGetByteOffset(bytes) + start,
            auxiliary,
          ),
        );
        return copy;
      }
      case ARRAY: {
        // With elements of its own from the beginning: no setter of Array.prototype is asked.
        checkCount(auxiliary);
        if (++depth > MAX_DEPTH) tooDeep();
        const array = arrayOf(auxiliary);
        for (let i = 0; i < auxiliary; i++) array[i] = read();
        depth--;
        return array;
      }
      case OBJECT: {
        const object = /* the script's */ {};
        checkCount(auxiliary);
        if (++depth > MAX_DEPTH) tooDeep();
        for (let i = 0; i < auxiliary; i++) {
          const key = readKey();
          setOwn(object, key, read());
        }
        depth--;
        return object;
      }
      case SHAPED: {
        const make = shapes[auxiliary] ?? find(auxiliary);
        if (++depth > MAX_DEPTH) tooDeep();
        const value = make();
        depth--;
        return value;
      }
      case JSON_TEXT:
        return readJSON(readString(auxiliary));
      default:
        throw new Unreadable(`it has tag ${tag}, which is none`);
    }
  }

  // What is counted takes at least a word of the message each, and no word counts twice.
  function checkCount(count) {
    if (count < 0 || (left -= count) < 0) throw new Unreadable("it is cut short: it has fewer words than it says");
  }

  function tooDeep() {
    throw new Unreadable("it is nested more than 128 deep");
  }

  function readString(length) {
    const start = at * 8;
    if (length < 0) checkCount(-1);
    at += (length + 7) >>> 3;
    return host.readText(bytes, start, length);
  }

  function readKey() {
    const key = read();
    if (typeof key !== "string") throw new Unreadable("a key is no text");
    return key;
  }

  function readJSON(text) {
    try {
      return fromJSON(text);
    } catch (error) {
      throw ObjectPrototypeIsPrototypeOf(SyntaxErrorPrototype, error)
        ? new Unreadable(`its JSON text does not parse: ${messageOf(error)}`)
        : error;
    }
  }

  // The definitions between two words.
  function define(start, end) {
    if (rid !== undefined) {
      const buffer = TypedArrayPrototypeGetBuffer(bytes), byteOffset = TypedArrayPrototypeGetByteOffset(bytes);
      host.defineShapes(rid, new Uint8Array(buffer, byteOffset + start * 8, (end - start) * 8));
    }
    at = start;
    while (at < end) {
      const id = ints[2 * at], count = ints[2 * at + 1];
      at++;
      checkCount(count);
      const keys = list();
      for (let i = 0; i < count; i++) keys[i] = readKey();
      shapes[id] = makerOf(keys);
    }
  }

  // A shape becomes a function that makes objects of it.
  function makerOf(keys) {
    let properties = "";
    for (let i = 0; i < keys.length; i++) {
      const name = JSONStringify(keys[i]);
      // In brackets it is the name of a property like others.
      properties += keys[i] === "__proto__" ? `[${name}]: read(), ` : `${name}: read(), `;
    }
    return new Function("read", `"use strict"; return () => ({ ${properties}})`)(read);
  }

  // What makes objects of a shape that Rust was told of.
  function find(id) {
    const keys = rid === undefined ? undefined : host.keysOfShape(rid, id);
    if (keys === undefined) {
      throw new Unreadable("the shape of the op's result was lost when the stack was full; open the plugin again");
    }
    return shapes[id] = makerOf(keys);
  }

  function message() {
    const definitions = ints[0], words = ints[1];
    left = length;
    depth = 0;
    if (definitions !== 0) {
      if (definitions < 0 || words < definitions || words > left) checkCount(-1);
      define(definitions, words);
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
