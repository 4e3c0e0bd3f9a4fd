// What the options of Deno.openPlugin and its like may say: one schema, which all of them are read by. What comes out
// has the same form, with null prototypes and nothing but what the schema has, and can be read again.

import { core, primordials } from "ext:core/mod.js";
import { optionOutOfRange, PluginOptions } from "ext:plugbay/error_codes.js";
import { makeError } from "ext:plugbay/errors.js";
import { list } from "ext:plugbay/own.js";
import { protocolOf } from "ext:plugbay/wasm/streaming.js";
import { nameOf, nearest, shortened } from "ext:plugbay/words.js";
const {
  ArrayIsArray,
  NumberIsInteger,
  ObjectGetPrototypeOf,
  ObjectHasOwn,
  ObjectKeys,
  ObjectPrototype,
  ObjectPrototypeIsPrototypeOf,
  TypedArrayPrototypeGetSymbolToStringTag,
} = primordials;
const { pathFromURL } = core.loadExtScript("ext:deno_web/00_infra.js");
const { URLPrototype } = core.loadExtScript("ext:deno_web/00_url.js");

// Instances at a time, those made ahead, and plugins that a guest opens: more than anybody's memory holds.
const MAX_INSTANCES = 1000;
const MAX_THREADS = 64;
const MAX_COUNT = 0xFFFFFFFF;
// MiB: what V8 itself needs, and more than V8 has use for.
const MIN_HEAP = 16, MAX_HEAP = 65536;

// What a plugin may use up unless options.limits say otherwise.
const DEFAULT_LIMITS = {
  __proto__: null,
  // Milliseconds of a call, of all that it waits for too; 0 is no end.
  deadline: 10_000,
  // Calls within one another, of functions that call; 0 is no end but that of V8's stack.
  stack: 0,
  // Pages of 64 KiB.
  memory: 4096,
  // Elements of each table.
  table: 100_000,
  // Bytes.
  module: 64 * 1024 * 1024,
  // Calls of a stateless component that go on side by side, each in an instance of its own.
  instances: 64,
  // Bytes that the host holds for it: what it declares, and what it makes the host keep.
  host: 256 * 1024 * 1024,
  // MiB of V8's heap on each of its threads.
  heap: 256,
};

export const refused = (message) => makeError(PluginOptions, message);
const unfit = (where, wanted, value) => refused(`${where} must be ${wanted}, got ${nameOf(value)}`);

// ---- Kinds of values. Each takes a value and what the value is called, and gives what it means or throws. ----

const wholeNumber = (least, most) => (value, where) => {
  if (NumberIsInteger(value) && value >= least && value <= most) return value;
  throw makeError(optionOutOfRange, where, least, most, nameOf(value));
};

const count = wholeNumber(0, MAX_COUNT);
// No end is 0.
const countOrNoEnd = (value, where) => value === Infinity ? 0 : count(value, where);

function yesOrNo(value, where) {
  if (typeof value === "boolean") return value;
  throw unfit(where, "true or false", value);
}

function text(value, where) {
  if (typeof value === "string") return value;
  throw unfit(where, "a string", value);
}

function path(value, where) {
  if (typeof value === "string" && value !== "") return value;
  if (ObjectPrototypeIsPrototypeOf(URLPrototype, value) && protocolOf(value) === "file:") return pathFromURL(value);
  throw unfit(where, "a path or a file: URL", value);
}

const oneOf = (...names) => (value, where) => {
  for (let i = 0; i < names.length; i++) if (value === names[i]) return value;
  throw unfit(where, `one of ${listOf(names)}`, value);
};

function texts(value, where) {
  if (!ArrayIsArray(value)) throw unfit(where, "an array of strings", value);
  const read = list(), { length } = value;
  for (let i = 0; i < length; i++) read[i] = text(ObjectHasOwn(value, i) ? value[i] : undefined, `${where}[${i}]`);
  return read;
}

// Hosts that a guest may reach, or all.
function hosts(value, where) {
  if (typeof value === "boolean") return value;
  if (ArrayIsArray(value)) return texts(value, where);
  throw unfit(where, "true or an array of hosts", value);
}

function input(value, where) {
  if (value === "null" || value === "inherit" || TypedArrayPrototypeGetSymbolToStringTag(value) === "Uint8Array") {
    return value;
  }
  throw unfit(where, "a Uint8Array, \"null\" or \"inherit\"", value);
}

function anything(value) {
  return value;
}

function importsOf(value, where) {
  if (typeof value === "object" && value !== null || typeof value === "function") return value;
  throw unfit(where, "an object", value);
}

// Every key means something to the plugin, and has a value of the kind.
const record = (kind) => (value, where) => {
  const read = { __proto__: null }, keys = keysOf(value, where);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i], given = value[key];
    if (given !== undefined) read[key] = kind(given, `${where}["${shortened(key)}"]`);
  }
  return read;
};

// The keys are those of the schema.
const dictionary = (schema) => (value, where) => {
  const read = { __proto__: null }, keys = keysOf(value, where);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i], kind = schema[key];
    if (kind === undefined) throw unknownKey(schema, key, where);
    const given = value[key];
    if (given !== undefined) read[key] = kind(given, `${where}.${key}`);
  }
  return read;
};

// Of an object that is no more than its keys: a Map or an instance of a class would say something else by them.
function keysOf(value, where) {
  if (typeof value === "object" && value !== null && !ArrayIsArray(value)) {
    const prototype = ObjectGetPrototypeOf(value);
    if (prototype === ObjectPrototype || prototype === null) return ObjectKeys(value);
  }
  throw unfit(where, "a plain object", value);
}

// ---- The schema ----

const LIMITS = {
  __proto__: null,
  deadline: countOrNoEnd,
  stack: countOrNoEnd,
  memory: count,
  table: count,
  module: count,
  instances: wholeNumber(1, MAX_INSTANCES),
  // Bytes that the host may hold for the plugin.
  host: count,
  heap: wholeNumber(MIN_HEAP, MAX_HEAP),
};

const PREOPEN = { __proto__: null, path, write: yesOrNo };
const preopenOf = dictionary(PREOPEN);

function preopen(value, where) {
  if (typeof value === "string" || ObjectPrototypeIsPrototypeOf(URLPrototype, value)) {
    return { __proto__: null, path: path(value, where), write: false };
  }
  const { path: folder, write = false } = preopenOf(value, where);
  if (folder === undefined) throw refused(`${where} has no path`);
  return { __proto__: null, path: folder, write };
}

const OUTPUT = { __proto__: null, path, inherit: yesOrNo, label: text, log: text, request: text };
const outputOf = dictionary(OUTPUT);
const stream = oneOf("null", "inherit", "piped");

// A stream; or a file to which it is appended, the log, and the program's own stream, of which each may be. `log` and
// `label` are what the guest is called: in the log, and before each line elsewhere; `request` is what it is opened for.
function output(value, where) {
  if (typeof value !== "object" || value === null) return stream(value, where);
  const read = outputOf(value, where), { path: file, label, log } = read;
  if (file === undefined && label === undefined && log === undefined) throw refused(`${where} has no path`);
  return read;
}

const WASI = {
  __proto__: null,
  args: texts,
  env: record(text),
  stdin: input,
  stdout: output,
  stderr: output,
  preopens: record(preopen),
  net: hosts,
};

const OPTIONS = {
  __proto__: null,
  imports: importsOf,
  // The bytes that are loaded, as "sha256-..." in base64.
  integrity: text,
  limits: dictionary(LIMITS),
  name: text,
  plugins: wholeNumber(0, MAX_INSTANCES),
  pool: wholeNumber(0, MAX_INSTANCES),
  stateless: yesOrNo,
  threads: wholeNumber(1, MAX_THREADS),
  wasi: dictionary(WASI),
};

// What a native plugin knows too.
const OF_NATIVE = { __proto__: null, integrity: anything };

// Where to look for a key that is not where it was written.
const PLACES = { __proto__: null, options: OPTIONS, "options.limits": LIMITS, "options.wasi": WASI };

const read = dictionary(OPTIONS);

// `given` is what was passed, in the form of the schema; `ofGuests` names an option that means nothing to a native
// plugin.
export function readOptions(options) {
  const given = options === undefined ? { __proto__: null } : read(options, "options");
  const { imports, integrity, limits, name, plugins = 0, pool = 0, stateless = false, threads, wasi } = given;
  if (limits?.heap !== undefined && threads === undefined) {
    throw refused(
      "options.limits.heap is for each of the plugin's threads: say in options.threads how many it has; otherwise it shares the program's heap",
    );
  }
  return {
    __proto__: null,
    given,
    imports,
    integrity,
    isStateless: stateless,
    limits: limits === undefined ? DEFAULT_LIMITS : { __proto__: null, ...DEFAULT_LIMITS, ...limits },
    name,
    ofGuests: foreignToNative(given),
    plugins,
    pool,
    threads,
    wasi,
  };
}

function foreignToNative(given) {
  const keys = ObjectKeys(given);
  for (let i = 0; i < keys.length; i++) if (OF_NATIVE[keys[i]] === undefined) return `options.${keys[i]}`;
}

function unknownKey(schema, key, where) {
  const names = ObjectKeys(schema);
  const similar = nearest(key, names);
  if (similar !== undefined) return refused(`${where} has no ${shortened(key)}; did you mean ${where}.${similar}?`);
  const places = ObjectKeys(PLACES);
  for (let i = 0; i < places.length; i++) {
    const place = places[i];
    if (PLACES[place][key] !== undefined) {
      return refused(`${where} has no ${shortened(key)}; did you mean ${place}.${key}?`);
    }
  }
  return refused(`${where} has no ${shortened(key)}; there are ${listOf(names)}`);
}

function listOf(names) {
  let text = names[0];
  for (let i = 1; i < names.length; i++) text += `${i === names.length - 1 ? " and" : ","} ${names[i]}`;
  return text;
}
