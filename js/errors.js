// Deno.errors, and how an error that comes from Rust becomes an instance of its class.

import { core, primordials } from "ext:core/mod.js";
import { CLASSES, IN_OP } from "ext:plugbay/error_codes.js";
import { list, setOwn } from "ext:plugbay/own.js";
const { BadResource, Interrupted, NotCapable } = core;
const {
  Error,
  ErrorCaptureStackTrace,
  EvalError,
  ObjectDefineProperty,
  ObjectHasOwn,
  ObjectPrototypeIsPrototypeOf,
  ObjectSetPrototypeOf,
  RangeError,
  ReferenceError,
  ReflectDefineProperty,
  ReflectGetOwnPropertyDescriptor,
  SafeWeakMap,
  StringPrototypeIndexOf,
  StringPrototypeSlice,
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
        setOwn(this, "name", name);
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
  // Which are not there when the snapshot is made.
  "WebAssembly.CompileError": undefined,
  "WebAssembly.LinkError": undefined,
  "WebAssembly.RuntimeError": undefined,
};

// How what a program lacks is granted, by what Deno's flags call it; undefined where that is by flags.
let advice;

export function setAdvice(given) {
  advice = given;
}

// What to do about what a program lacks, where that is not by a flag.
export const adviceOn = (name) => advice?.[name] ?? advice?.other;

// Deno's crates name flags of a command line.
const FLAG = ", run again with the --allow-", FLAG_END = " flag";

function advised(message) {
  if (advice === undefined || typeof message !== "string") return message;
  const at = StringPrototypeIndexOf(message, FLAG);
  if (at === -1) return message;
  const name = StringPrototypeSlice(message, at + FLAG.length, message.length - FLAG_END.length);
  return `${StringPrototypeSlice(message, 0, at)}; ${adviceOn(name)}`;
}

// What `super()` of NotCapable calls: ops make its instances.
ObjectSetPrototypeOf(
  NotCapable,
  class extends Error {
    constructor(message, options) {
      super(advised(message), options);
    }
  },
);

// Those of the runtime's own errors, but for those that have the class of what caused them.
for (const name in CLASSES) {
  if (name !== "" && !ObjectHasOwn(classes, name)) throw new TypeError(`there is no class ${name}`);
}

// Whether an error is one of the runtime's own whose makers do not know the op.
const isInOp = (className, code) => (IN_OP[`${className} ${code}`] ?? IN_OP[` ${code}`]) === true;

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

// What errors that were made here are: class and code, and whether the message begins with the op that failed.
const made = new SafeWeakMap();

// The code of an error, if it was made here; what else was thrown may be anything, and is not asked.
export function codeOf(error) {
  const known = made.get(error);
  return known?.code;
}

// Whether an error is one of the runtime's own, of that kind.
export const isKind = (error, kind) => codeOf(error) === kind.code;

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

// Whether the message of an error that was made here begins with the op that failed.
export const namesOp = (error) => made.get(error)?.namesOp === true;

// Puts `op`, which failed, before the message of an error that was made by what does not know it. The words of plugins
// stay as they are.
export function nameOp(error, op) {
  const known = made.get(error);
  if (known === undefined || known.namesOp || !isInOp(known.className, known.code)) return error;
  known.namesOp = true;
  ReflectDefineProperty(error, "message", {
    __proto__: null,
    value: `${op}: ${messageOf(error)}`,
    writable: true,
    enumerable: false,
    configurable: true,
  });
  return error;
}

// One of the runtime's own errors: `kind` is of error_codes.js, with what it says of the values (see
// runtime/core/src/messages.rs).
export function makeError(kind, ...values) {
  const error = create(kind.className, kind.code, kind.tell(values), false);
  // The stack begins at the script's call, not here.
  ErrorCaptureStackTrace(error, makeError);
  return error;
}

// One of those that come while an op is called, whose message begins with the op.
export function makeOpError(kind, op, values) {
  const error = create(kind.className, kind.code, `${op}: ${kind.tell(values)}`, true);
  ErrorCaptureStackTrace(error, makeOpError);
  return error;
}

// An error that comes as texts: from a plugin, from Rust or from another thread. It may be one of the runtime's own.
export function errorFrom(className, code, message, hasOpNamed = false) {
  const error = create(className, code, message, hasOpNamed);
  ErrorCaptureStackTrace(error, errorFrom);
  return error;
}

// A class that is unknown becomes the name of an Error.
function create(className, code, message, hasOpNamed) {
  const known = classes[className];
  const error = new (known ?? Error)(message);
  if (known === undefined && className !== "") {
    ObjectDefineProperty(error, "name", { __proto__: null, value: className, writable: true, configurable: true });
  }
  made.set(error, { __proto__: null, className, code: code === "" ? undefined : code, namesOp: hasOpNamed });
  if (code !== "") setOwn(error, "code", code);
  return error;
}
