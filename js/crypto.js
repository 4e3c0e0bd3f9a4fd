// crypto.getRandomValues and crypto.randomUUID, over the system's randomness. There is no crypto.subtle.

import { core, primordials } from "ext:core/mod.js";
import { bytesOf } from "ext:plugbay/views.js";
const {
  ArrayBufferIsView,
  NumberPrototypeToString,
  StringPrototypePadStart,
  Symbol,
  SymbolToStringTag,
  TypedArrayPrototypeGetByteLength,
  TypedArrayPrototypeGetSymbolToStringTag,
  TypedArrayPrototypeSet,
  TypeError,
} = primordials;
const { DOMException, QuotaExceededError } = core.loadExtScript("ext:deno_web/01_dom_exception.js");

// What the web platform gives at once.
const MAX_BYTES = 65536;
const INTEGERS = {
  __proto__: null,
  Int8Array: true,
  Uint8Array: true,
  Uint8ClampedArray: true,
  Int16Array: true,
  Uint16Array: true,
  Int32Array: true,
  Uint32Array: true,
  BigInt64Array: true,
  BigUint64Array: true,
};

let randomBytes;

export function setUpCrypto(host) {
  ({ randomBytes } = host);
}

const constructing = Symbol();

// reach: a class of the web platform, which asks nothing of what it inherits
export class Crypto {
  #brand;

  constructor(key) {
    if (key !== constructing) throw new TypeError("Illegal constructor");
  }

  getRandomValues(array) {
    Crypto.#check(this);
    if (!ArrayBufferIsView(array) || INTEGERS[TypedArrayPrototypeGetSymbolToStringTag(array)] !== true) {
      throw new DOMException("crypto.getRandomValues() takes a typed array of integers", "TypeMismatchError");
    }
    const length = TypedArrayPrototypeGetByteLength(array);
    if (length > MAX_BYTES) {
      throw new QuotaExceededError(
        `crypto.getRandomValues() gives ${MAX_BYTES} bytes at once, and the array has ${length}`,
      );
    }
    const bytes = bytesOf(array);
    TypedArrayPrototypeSet(bytes, randomBytes(length));
    return array;
  }

  // Version 4 of RFC 9562.
  randomUUID() {
    Crypto.#check(this);
    const bytes = randomBytes(16);
    bytes[6] = bytes[6] & 0x0F | 0x40;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    let text = "";
    for (let i = 0; i < 16; i++) {
      if (i === 4 || i === 6 || i === 8 || i === 10) text += "-";
      text += StringPrototypePadStart(NumberPrototypeToString(bytes[i], 16), 2, "0");
    }
    return text;
  }

  get [SymbolToStringTag]() {
    return "Crypto";
  }

  static #check(value) {
    if (!(#brand in value)) throw new TypeError("Illegal invocation");
  }
}

export const crypto = new Crypto(constructing);
