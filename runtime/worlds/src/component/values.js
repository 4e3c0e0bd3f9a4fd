// What functions of components take: each value of a script's is checked before it is written, and what does not fit is
// told by what is wanted.

import { core, primordials } from "ext:core/mod.js";
import { componentAnswersError, valueUnfit } from "ext:plugbay/error_codes.js";
import { makeError, makeTrap } from "ext:plugbay/errors.js";
import { ownOf, setOwn } from "ext:plugbay/own.js";
import { describe } from "ext:plugbay/typed_ops.js";
const {
  ArrayIsArray,
  BigInt,
  BigIntAsIntN,
  BigIntAsUintN,
  JSONStringify,
  MathFround,
  NumberIsInteger,
  NumberIsSafeInteger,
  ObjectHasOwn,
  StringFromCodePoint,
  StringPrototypeCodePointAt,
} = primordials;

// A value that is of another kind than the function takes.
export function unfit(wants, value) {
  return makeError(valueUnfit, wants, describe(value));
}

// What a guest does that no component may do: its instance ends.
export function fault(message) {
  return makeTrap(`the component breaks its contract: ${message}`);
}

const integer = (wants, low, high) => (value) => {
  if (typeof value === "number" && NumberIsInteger(value) && value >= low && value <= high) return value;
  throw unfit(`${wants}, a whole number from ${low} to ${high}`, value);
};
export const u8 = integer("a u8", 0, 255);
export const s8 = integer("an s8", -128, 127);
export const u16 = integer("a u16", 0, 65535);
export const s16 = integer("an s16", -32768, 32767);
export const u32 = integer("a u32", 0, 4294967295);
export const s32 = integer("an s32", -2147483648, 2147483647);

const bigInteger = (wants, cut) => (value) => {
  const big = typeof value === "number" && NumberIsSafeInteger(value) ? BigInt(value) : value;
  if (typeof big === "bigint" && cut(64, big) === big) return big;
  throw unfit(wants, value);
};
export const u64 = bigInteger("a u64, a BigInt from 0 to 2^64 - 1", BigIntAsUintN);
export const s64 = bigInteger("an s64, a BigInt from -(2^63) to 2^63 - 1", BigIntAsIntN);

export function float(value) {
  if (typeof value === "number") return value;
  throw unfit("a number", value);
}
export const f32 = (value) => MathFround(float(value));

export function bool(value) {
  if (typeof value === "boolean") return value ? 1 : 0;
  throw unfit("a boolean", value);
}

export function string(value) {
  if (typeof value === "string") return value;
  throw unfit("a string", value);
}

export function char(value) {
  if (typeof value === "string" && value !== "") {
    const code = StringPrototypeCodePointAt(value, 0);
    if (value.length === (code > 0xFFFF ? 2 : 1) && (code < 0xD800 || code > 0xDFFF)) return code;
  }
  throw unfit("a char, a string of one character", value);
}

// A char of a guest's.
export function takeChar(code) {
  if (code > 0x10FFFF || code >= 0xD800 && code <= 0xDFFF) throw fault(`its char ${code} is none`);
  return StringFromCodePoint(code);
}

export function object(value) {
  if (typeof value === "object" && value !== null || typeof value === "function") return value;
  throw unfit("an object", value);
}

export function tuple(value, length) {
  if (ArrayIsArray(value) && value.length === length) return value;
  throw unfit(`an array of ${length}`, value);
}

export function noCase(names, value) {
  return unfit(`one of ${JSONStringify(names)}`, value);
}

// The number of a case, by its name.
export function caseOf(cases, names, name) {
  const found = typeof name === "string" ? cases[name] : undefined;
  if (found === undefined) throw noCase(names, name);
  return found;
}

// A discriminant of a guest's.
export function wrongCase(discriminant) {
  return fault(`it names case ${discriminant} of a type, which does not have it`);
}

// The name of a case, by a discriminant of a guest's.
export function nameOf(names, discriminant) {
  const name = discriminant >= 0 && discriminant < names.length ? names[discriminant] : undefined;
  if (name === undefined) throw wrongCase(discriminant);
  return name;
}

// What a function of the host throws for a component that wants a result: what its error says as `payload`.
export function payloadOf(error) {
  if (typeof error === "object" && error !== null && !core.isProxy(error) && ObjectHasOwn(error, "payload")) {
    return error.payload;
  }
  throw error;
}

// The error of an op whose result is an error.
export function componentError(payload) {
  const error = makeError(componentAnswersError, words(payload));
  setOwn(error, "payload", payload);
  return error;
}

// What an error of a component's is, in short.
function words(payload) {
  if (payload === undefined) return "it says no more";
  if (typeof payload !== "object" || payload === null) return `${payload}`;
  const tag = ownOf(payload, "tag");
  return typeof tag === "string" ? tag : "see the error's payload";
}
