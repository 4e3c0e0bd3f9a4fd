// The error codes of wasi:http.

import { ownOf } from "ext:plugbay/own.js";
import { IoError } from "ext:plugbay/worlds/component/wasi/errors.js";

// What the host says of a failure, { code, message }, as a guest has it.
export function errorCode(failure) {
  const { code, message } = { __proto__: null, ...failure };
  switch (code) {
    case "DNS-error":
      return { __proto__: null, tag: code, val: { __proto__: null, rcode: undefined, infoCode: undefined } };
    case "internal-error":
      return { __proto__: null, tag: code, val: message };
    default:
      return { __proto__: null, tag: code };
  }
}

// The code of an error of a stream, if it is of a body.
export function httpErrorCode(_system, error) {
  const code = IoError.nameOf(error);
  return typeof code === "string" || ownOf(code, "isOfNetwork") === true ? undefined : code;
}
