// Deno.errors, and how an error that comes from Rust becomes an instance of its class.

import { core, primordials } from "ext:core/mod.js";
import { list } from "ext:plugbay/own.js";
const { BadResource, Interrupted, NotCapable } = core;
const {
  Error,
  ErrorCaptureStackTrace,
  EvalError,
  ObjectDefineProperty,
  ObjectPrototypeIsPrototypeOf,
  RangeError,
  ReferenceError,
  ReflectDefineProperty,
  ReflectGetOwnPropertyDescriptor,
  SafeWeakMap,
  SyntaxError,
  TypeError,
  URIError,
} = primordials;

const errorClass = (name) =>
  ({
    __proto__: null,
    [name]: class extends Error {
      constructor(message, options) {
        super(message, options);
        ObjectDefineProperty(this, "name", {
          __proto__: null,
          value: name,
          writable: true,
          enumerable: true,
          configurable: true,
        });
      }
    },
  })[name];

export const errors = /* the script's */ { BadResource, Interrupted, NotCapable };
const names = list([
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
]);
for (let i = 0; i < names.length; i++) errors[names[i]] = errorClass(names[i]);

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
// reach: it runs before the script
export function addWebAssemblyErrors() {
  const { CompileError, LinkError, RuntimeError } = WebAssembly;
  classes["WebAssembly.CompileError"] = CompileError;
  classes["WebAssembly.LinkError"] = LinkError;
  classes["WebAssembly.RuntimeError"] = RuntimeError;
}

// So that the ops of Deno's own crates throw these classes.
export function registerErrorClasses() {
  for (let i = 0; i < names.length; i++) core.registerErrorClass(names[i], errors[names[i]]);
  const { DOMException } = core.loadExtScript("ext:deno_web/01_dom_exception.js");
  const ofTheDom = list([
    "AbortError",
    "DataCloneError",
    "DataError",
    "EncodingError",
    "InvalidCharacterError",
    "NotSupportedError",
    "OperationError",
    "QuotaExceededError",
    "SyntaxError",
    "TimeoutError",
  ]);
  for (let i = 0; i < ofTheDom.length; i++) {
    const name = ofTheDom[i];
    core.registerErrorBuilder(`DOMException${name}`, (message) => new DOMException(message, name));
  }
}

// An error like a trap of the engine's own: the instance in which it happens ends.
export const makeTrap = (message) => new classes["WebAssembly.RuntimeError"](message);

// What a trap is.
export const isRuntimeError = (error) => isOf("WebAssembly.RuntimeError", error);

// Whether an error is an instance of a class, by the name that `makeError` knows it by.
export const isOf = (className, error) =>
  core.isNativeError(error) && ObjectPrototypeIsPrototypeOf(classes[className].prototype, error);

// Class and code of errors that were made here.
const made = new SafeWeakMap();

// The code of an error, if it was made here; what else was thrown may be anything, and is not asked.
export function codeOf(error) {
  const known = made.get(error);
  return known?.code;
}

// A text that an error has of its own; "" of what has none.
export function ownText(error, key) {
  const property = core.isNativeError(error) ? ReflectGetOwnPropertyDescriptor(error, key) : undefined;
  const { value } = { __proto__: null, ...property };
  return typeof value === "string" ? value : "";
}

// The message of an error of V8's or of one that was made here; "" of what has none of its own.
export const messageOf = (error) => ownText(error, "message");

// The name of the class of an error, as `makeError` takes it.
export function nameOf(error) {
  const known = made.get(error);
  if (known !== undefined) return known.className;
  for (const name in classes) {
    if (name !== "Error" && isOf(name, error)) return name;
  }
  return "Error";
}

// Puts another message into an error, if it lets that be done.
export function setMessage(error, message) {
  ReflectDefineProperty(error, "message", {
    __proto__: null,
    value: message,
    writable: true,
    enumerable: false,
    configurable: true,
  });
}

// An error of a plugin or of the op table. A class that is unknown becomes the name of an Error.
export function makeError(className, code, message) {
  const known = classes[className];
  const error = new (known ?? Error)(message);
  if (known === undefined && className !== "") {
    ObjectDefineProperty(error, "name", { __proto__: null, value: className, writable: true, configurable: true });
  }
  made.set(error, { __proto__: null, className, code: code === "" ? undefined : code });
  if (code !== "") {
    ObjectDefineProperty(error, "code", {
      __proto__: null,
      value: code,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  // The stack begins at the script's call, not here.
  ErrorCaptureStackTrace(error, makeError);
  return error;
}
