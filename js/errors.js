// Deno.errors, and how an error that comes from Rust becomes an instance of its class.

import { core, primordials } from "ext:core/mod.js";
const { BadResource, Interrupted, NotCapable } = core;
const { Error, ErrorCaptureStackTrace, ObjectDefineProperty } = primordials;

const errorClass = (name) => ({
  [name]: class extends Error {
    constructor(message, options) {
      super(message, options);
      this.name = name;
    }
  },
})[name];

export const errors = { BadResource, Interrupted, NotCapable };
const names = [
  "AddrInUse",
  "AddrNotAvailable",
  "AlreadyExists",
  "BrokenPipe",
  "Busy",
  "ConnectionAborted",
  "ConnectionRefused",
  "ConnectionReset",
  "FilesystemLoop",
  "Http",
  "InvalidData",
  "IsADirectory",
  "NetworkUnreachable",
  "NotADirectory",
  "NotConnected",
  "NotFound",
  "NotSupported",
  "PermissionDenied",
  "TimedOut",
  "UnexpectedEof",
  "WouldBlock",
  "WriteZero",
];
for (const name of names) errors[name] = errorClass(name);

const classes = {
  __proto__: null,
  ...errors,
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

// WebAssembly is not there when the snapshot is made.
export function addWebAssemblyErrors() {
  const { CompileError, LinkError, RuntimeError } = WebAssembly;
  classes["WebAssembly.CompileError"] = CompileError;
  classes["WebAssembly.LinkError"] = LinkError;
  classes["WebAssembly.RuntimeError"] = RuntimeError;
}

// So that the ops of Deno's own crates throw these classes.
export function registerErrorClasses() {
  for (const name of names) core.registerErrorClass(name, errors[name]);
  const { DOMException } = core.loadExtScript("ext:deno_web/01_dom_exception.js");
  for (const name of ["AbortError", "DataCloneError", "DataError", "EncodingError", "InvalidCharacterError", "NotSupportedError", "OperationError", "QuotaExceededError", "SyntaxError", "TimeoutError"]) {
    core.registerErrorBuilder(`DOMException${name}`, (message) => new DOMException(message, name));
  }
}

// An error of a plugin or of the op table. A class that is unknown becomes the name of an Error.
export function makeError(className, code, message) {
  const known = classes[className];
  const error = new (known ?? Error)(message);
  if (known === undefined && className !== "") {
    ObjectDefineProperty(error, "name", { __proto__: null, value: className, writable: true, configurable: true });
  }
  if (code !== "") {
    ObjectDefineProperty(error, "code", { __proto__: null, value: code, writable: true, enumerable: true, configurable: true });
  }
  // The stack begins at the script's call, not here.
  ErrorCaptureStackTrace(error, makeError);
  return error;
}
