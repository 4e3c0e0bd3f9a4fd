// How strings pass from one memory of a component to another, each in its encoding: what adapters between component
// instances call. Lengths are in code units of the side's encoding.

import { primordials } from "ext:core/mod.js";
import { UTF16_TAG } from "ext:plugbay/worlds/component/memory.js";
import { fault } from "ext:plugbay/worlds/component/values.js";
const {
  StringPrototypeCharCodeAt,
  StringPrototypeCodePointAt,
  StringPrototypeSlice,
  SymbolIterator,
  TypedArrayPrototypeSet,
} = primordials;

export function transcoder(instance, { op, from, to }) {
  const { host } = instance.guest, run = OPERATIONS[op];
  return (at, length, out, room, before) => {
    const origin = instance.memories[from], target = instance.memories[to];
    origin.update();
    target.update();
    return run(
      { __proto__: null, host, origin, target, at: at >>> 0, length: length >>> 0, out: out >>> 0 },
      room >>> 0,
      before >>> 0,
    );
  };
}

const isText = (text, { at, length }, encoding) => {
  if (text === undefined) throw fault(`its text of ${length} code units at ${at} is not ${encoding}`);
  return text;
};
const utf8 = (call) => isText(call.host.readUtf8(call.origin.bytes, call.at, call.length), call, "UTF-8");
const utf16 = (call) => isText(call.host.readUtf16(call.origin.bytes, call.at, 2 * call.length), call, "UTF-16");
const latin1 = ({ host, origin, at, length }) => host.readLatin1(origin.bytes, at, length);

const put = ({ target, out }, bytes) => TypedArrayPrototypeSet(target.bytes, bytes, out);
const copy = (call, size) => put(call, call.origin.part(call.at, size));

function putUtf16(call, text) {
  put(call, call.host.encodeUtf16(text));
  return text.length;
}

// As much as there is room for.
function putUtf8(call, text, room) {
  let read = 0, written = 0;
  while (read < text.length) {
    const code = StringPrototypeCodePointAt(text, read);
    const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (written + size > room) break;
    written += size;
    read += size === 4 ? 2 : 1;
  }
  put(call, call.host.encodeUtf8(StringPrototypeSlice(text, 0, read)));
  return pair(read, written);
}

// As long as it is Latin-1; `sizeOf` says how many code units a character takes that is not ASCII.
function putLatin1(call, text, sizeOfOther) {
  let read = 0, written = 0;
  while (written < text.length) {
    const code = StringPrototypeCharCodeAt(text, written);
    if (code > 255) break;
    read += code < 0x80 ? 1 : sizeOfOther;
    written++;
  }
  put(call, call.host.encodeLatin1(StringPrototypeSlice(text, 0, written)));
  return pair(read, written);
}

// Behind what is there already, in Latin-1.
function widen(call, text, before) {
  const { host, target, out } = call;
  return putUtf16(call, host.readLatin1(target.bytes, out, before) + text);
}

function putCompact(call) {
  const text = utf16(call), narrow = call.host.encodeLatin1(text);
  if (narrow === undefined) {
    copy(call, 2 * call.length);
    return call.length + UTF16_TAG;
  }
  put(call, narrow);
  return call.length;
}

// Two results of a core function, which the engine takes from what is iterated.
function pair(first, second) {
  let at = 0;
  const next = () => ({ __proto__: null, done: at === 2, value: at++ === 0 ? first : second });
  return { __proto__: null, [SymbolIterator]: () => ({ __proto__: null, next }) };
}

const OPERATIONS = {
  __proto__: null,
  // What would be decoded and encoded again is the same bytes.
  "copy-utf8": (call) => (utf8(call), copy(call, call.length)),
  "copy-utf16": (call) => (utf16(call), copy(call, 2 * call.length)),
  "copy-latin1": (call) => copy(call, call.length),
  "latin1-to-utf16": (call) => void putUtf16(call, latin1(call)),
  "latin1-to-utf8": (call, room) => putUtf8(call, latin1(call), room),
  "utf16-to-compact-probably-utf16": putCompact,
  "utf16-to-compact-utf16": (call, _, before) => widen(call, utf16(call), before),
  "utf16-to-latin1": (call) => putLatin1(call, utf16(call), 1),
  "utf16-to-utf8": (call, room) => putUtf8(call, utf16(call), room),
  "utf8-to-compact-utf16": (call, _, before) => widen(call, utf8(call), before),
  "utf8-to-latin1": (call) => putLatin1(call, utf8(call), 2),
  "utf8-to-utf16": (call) => putUtf16(call, utf8(call)),
};
