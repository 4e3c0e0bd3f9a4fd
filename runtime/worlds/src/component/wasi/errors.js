// What functions of WASI answer with where they fail.

import { isolate } from "ext:plugbay/own.js";
import { check, seal } from "ext:plugbay/worlds/component/wasi/resource.js";

// What is thrown for a result that is an error.
export const failure = (payload) => ({ __proto__: null, payload });

// The names that wasi:filesystem has for the error numbers of preview 1.
const NAMES = {
  __proto__: null,
  2: "access",
  6: "would-block",
  8: "bad-descriptor",
  10: "busy",
  19: "quota",
  20: "exist",
  21: "invalid",
  22: "file-too-large",
  25: "illegal-byte-sequence",
  27: "interrupted",
  28: "invalid",
  31: "is-directory",
  32: "loop",
  33: "insufficient-memory",
  34: "too-many-links",
  37: "name-too-long",
  41: "insufficient-memory",
  44: "no-entry",
  48: "insufficient-memory",
  51: "insufficient-space",
  54: "not-directory",
  55: "not-empty",
  58: "unsupported",
  60: "no-such-device",
  61: "overflow",
  63: "not-permitted",
  64: "pipe",
  69: "read-only",
  70: "invalid-seek",
  74: "text-file-busy",
  75: "cross-device",
  76: "not-permitted",
};

export const nameOf = (errno) => NAMES[errno] ?? "io";

// wasi:io/error: what a stream failed with. Its name is one of wasi:filesystem's, or an error code of wasi:http or, as
// `streamFailure` makes it, of wasi:sockets.
export class IoError {
  #name;
  constructor(name) {
    this.#name = name;
  }
  toDebugString() {
    return `the stream failed: ${this.#name.tag ?? this.#name}`;
  }
  static nameOf(error) {
    check((value) => #name in value, error, "an error of the host's streams");
    return error.#name;
  }
}
isolate(IoError);
seal(IoError);
