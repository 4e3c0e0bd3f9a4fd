// What an app's host offers its scripts (the crate plugbay_services): key-value stores, databases and variables, as far
// as the script was granted them. A handler has them in `env`, other scripts in Deno.services. Loaded when first asked
// for.

import { core, primordials } from "ext:core/mod.js";
import { op_kv_all_keys, op_kv_delete, op_kv_exists, op_kv_get, op_kv_open, op_kv_set, op_services, op_sql_execute,
  op_sql_open, op_variable } from "ext:core/ops";
import { serviceArgument, serviceFailed, serviceOver, serviceRefused } from "ext:plugbay/error_codes.js";
import { makeError } from "ext:plugbay/errors.js";
import { arrayOf, isolate, own } from "ext:plugbay/own.js";
import { bytesOf } from "ext:plugbay/views.js";
import { nameOf } from "ext:plugbay/words.js";
const {
  ArrayIsArray,
  BigInt,
  BigIntAsIntN,
  Number,
  NumberIsSafeInteger,
  NumberMAX_SAFE_INTEGER,
  ObjectHasOwn,
  ObjectIs,
  TypedArrayPrototypeGetSymbolToStringTag,
} = primordials;

// The services of the script, which last as long as it does; undefined where it was granted none.
export function ofScript() {
  const granted = op_services();
  return granted === null ? undefined : servicesOf(granted, new Connections(granted));
}

// What gives those of a request, each time anew; its files are found by `path`.
export function ofRequests(path) {
  const granted = op_services();
  return () => new OfRequest(granted, path);
}

// What a handler has for a request, as `env`. The databases that were opened by it are closed at its end.
class OfRequest {
  #connections;
  constructor(granted, path) {
    if (granted === null) {
      this.env = /* the script's */ { path };
    } else {
      this.#connections = new Connections(granted);
      this.env = /* the script's */ { ...servicesOf(granted, this.#connections), path };
    }
  }

  end() {
    this.#connections?.close();
  }
}
isolate(OfRequest);

function servicesOf(granted, connections) {
  return /* the script's */ {
    variables: /* the script's */ { get: (name) => variable(granted, name) },
    keyValue: (name) => keyValue(granted, text(name, "keyValue()", "the name of a store")),
    sqlite: (name) => connections.open(text(name, "sqlite()", "the name of a database")),
  };
}

// What an op gave: { value }, or the { failure } of a service.
function valueOf(given) {
  const { failure, value } = { __proto__: null, ...given };
  if (failure === undefined) return value;
  const { kind, reason } = { __proto__: null, ...failure };
  // A variable that the component does not have is to be named in the manifest too.
  throw makeError(kind === "refused" || kind === "undefined" ? serviceRefused : serviceFailed, reason);
}

// The same of an op that takes time. In an object: a value by itself would be asked for a `then`.
const settled = async (given) => ({ __proto__: null, value: valueOf(await own(given)) });

function text(value, taker, wanted) {
  if (typeof value === "string") return value;
  throw makeError(serviceArgument, taker, wanted, nameOf(value));
}

// ---- Variables ----

async function variable(granted, name) {
  const { value } = await own(settled(op_variable(granted, text(name, "variables.get()", "the name of a variable"))));
  return value;
}

// ---- Key-value stores ----

function keyValue(granted, name) {
  valueOf(op_kv_open(granted, name));
  const ask = (op, key, taker) => settled(op(granted, name, text(key, taker, "a key")));
  return /* the script's */ {
    async get(key) {
      const { value } = await own(ask(op_kv_get, key, "get()"));
      return value;
    },
    async getText(key) {
      const { value } = await own(ask(op_kv_get, key, "getText()"));
      return value === null ? null : core.decode(value);
    },
    async set(key, value) {
      await own(settled(op_kv_set(granted, name, text(key, "set()", "a key"), bytesFor(value))));
    },
    async delete(key) {
      await own(ask(op_kv_delete, key, "delete()"));
    },
    async has(key) {
      const { value } = await own(ask(op_kv_exists, key, "has()"));
      return value;
    },
    async keys() {
      const { value } = await own(settled(op_kv_all_keys(granted, name)));
      return value;
    },
  };
}

const isBytes = (value) => TypedArrayPrototypeGetSymbolToStringTag(value) === "Uint8Array";

function bytesFor(value) {
  if (typeof value === "string") return core.encode(value);
  if (isBytes(value)) return bytesOf(value);
  throw makeError(serviceArgument, "set()", "a string or a Uint8Array as its value", nameOf(value));
}

// ---- Databases ----

// The connections of a script or of a request: one to each database.
class Connections {
  #granted;
  // Made with the first.
  #byName;
  #isOver = false;
  constructor(granted) {
    this.#granted = granted;
  }

  open(name) {
    this.#check(name);
    this.#byName ??= { __proto__: null };
    const rid = this.#byName[name] ??= valueOf(op_sql_open(this.#granted, name));
    return /* the script's */ {
      execute: async (statement, parameters = undefined) => {
        this.#check(name);
        const asked = text(statement, "execute()", "a statement");
        const { value } = await own(settled(op_sql_execute(rid, asked, parametersFor(parameters))));
        return executed(value);
      },
    };
  }

  #check(name) {
    if (this.#isOver) throw makeError(serviceOver, name);
  }

  close() {
    this.#isOver = true;
    for (const name in this.#byName) core.tryClose(this.#byName[name]);
  }
}
isolate(Connections);

// Values as the op takes them: { integer }, { real }, { text }, { blob }, or nothing of these.
function parametersFor(values) {
  if (values === undefined) return arrayOf(0);
  if (!ArrayIsArray(values)) {
    throw makeError(serviceArgument, "execute()", "an array of parameters", nameOf(values));
  }
  const { length } = values, passed = arrayOf(length);
  for (let i = 0; i < length; i++) passed[i] = parameterFor(ObjectHasOwn(values, i) ? values[i] : undefined, i);
  return passed;
}

function parameterFor(value, index) {
  switch (typeof value) {
    case "undefined":
      return { __proto__: null };
    case "boolean":
      return { __proto__: null, integer: value ? 1n : 0n };
    case "number":
      return NumberIsSafeInteger(value) && !ObjectIs(value, -0)
        ? { __proto__: null, integer: BigInt(value) }
        : { __proto__: null, real: value };
    case "bigint":
      if (BigIntAsIntN(64, value) === value) return { __proto__: null, integer: value };
      break;
    case "string":
      return { __proto__: null, text: value };
    default:
      if (value === null) return { __proto__: null };
      if (isBytes(value)) return { __proto__: null, blob: bytesOf(value) };
  }
  const wanted = "null, booleans, numbers, BigInts of 64 bits, strings and Uint8Arrays as parameters";
  throw makeError(serviceArgument, "execute()", wanted, `${nameOf(value)} as parameter ${index + 1}`);
}

function executed(given) {
  const { columns, rows, changes, lastInsertRowid } = { __proto__: null, ...given }, shown = arrayOf(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const { values } = { __proto__: null, ...rows[i] }, row = shown[i] = arrayOf(values.length);
    for (let j = 0; j < values.length; j++) row[j] = shownValue({ __proto__: null, ...values[j] });
  }
  return /* the script's */ {
    columns,
    rows: shown,
    changes: shownInteger(changes),
    lastInsertRowid: shownInteger(lastInsertRowid),
  };
}

function shownValue({ tag, val }) {
  if (tag === "null") return null;
  return tag === "integer" ? shownInteger(val) : val;
}

// A number, unless it says not exactly how much.
const shownInteger = (integer) =>
  integer >= -NumberMAX_SAFE_INTEGER && integer <= NumberMAX_SAFE_INTEGER ? Number(integer) : integer;
