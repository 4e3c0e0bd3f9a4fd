// JSON text of arguments, for ops that take it: values go by the same rules as in the wire format, which is read here.

import { primordials } from "ext:core/mod.js";
import { isolate } from "ext:plugbay/own.js";
import { begin, encode, end, memory, TAGS } from "ext:plugbay/wire.js";
const {
  BigIntAsIntN,
  BigIntAsUintN,
  JSONStringify,
  NumberIsFinite,
  String,
} = primordials;

const { NULL, INT, FLOAT, BOOL, I64, U64, STRING, BYTES, ARRAY, OBJECT, PACKED, I128, U128 } = TAGS;

// The JSON text of a value. What cannot cross is an `Unsupported`; NaN and the infinities are null, as JSON has it.
export function toJSONText(value) {
  const start = begin();
  try {
    return new Text(encode(value) >>> 3).value();
  } finally {
    end(start);
  }
}

class Text {
  // The next word.
  at;
  words = memory();
  constructor(at) {
    this.at = at;
  }

  value() {
    const { ints } = this.words;
    const tag = ints[2 * this.at], count = ints[2 * this.at + 1];
    this.at++;
    switch (tag) {
      case NULL:
        return "null";
      case BOOL:
        return count === 0 ? "false" : "true";
      case STRING:
        return JSONStringify(this.text(count));
      case BYTES: {
        const { bytes } = this.words, start = 8 * this.at;
        this.at += (count + 7) >>> 3;
        return list(count, (i) => String(bytes[start + i]));
      }
      case ARRAY:
        return list(count, () => this.value());
      case OBJECT: {
        let text = "{";
        for (let i = 0; i < count; i++) text += `${i === 0 ? "" : ","}${this.key()}:${this.value()}`;
        return `${text}}`;
      }
      case PACKED | INT << 8: {
        const start = 2 * this.at;
        this.at += (count + 1) >>> 1;
        return list(count, (i) => String(ints[start + i]));
      }
      case PACKED | FLOAT << 8:
      case PACKED | I64 << 8:
      case PACKED | U64 << 8:
        return list(count, () => this.number(tag >>> 8, 0));
      default:
        return this.number(tag, count);
    }
  }

  number(tag, half) {
    const { floats, bigs } = this.words;
    switch (tag) {
      case INT:
        return String(half);
      case FLOAT: {
        const number = floats[this.at++];
        // With the sign of -0, which JSON has.
        return !NumberIsFinite(number) ? "null" : number === 0 && 1 / number < 0 ? "-0" : String(number);
      }
      case I64:
        return String(bigs[this.at++]);
      case U64:
        return String(BigIntAsUintN(64, bigs[this.at++]));
      case I128:
      case U128: {
        const low = BigIntAsUintN(64, bigs[this.at++]), high = bigs[this.at++];
        const all = high << 64n | low;
        return String(tag === I128 ? BigIntAsIntN(128, all) : BigIntAsUintN(128, all));
      }
    }
  }

  // Keys are text in JSON.
  key() {
    const key = this.value();
    return key[0] === "\"" ? key : `"${key}"`;
  }

  text(length) {
    const { bytes, readText } = this.words, start = 8 * this.at;
    this.at += (length + 7) >>> 3;
    return readText(bytes, start, length);
  }
}
isolate(Text);

function list(count, element) {
  let text = "[";
  for (let i = 0; i < count; i++) text += i === 0 ? element(i) : `,${element(i)}`;
  return `${text}]`;
}
