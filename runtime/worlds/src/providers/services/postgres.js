// PostgreSQL as Spin's components see it: connections that they open to servers which their manifest names.

import { primordials } from "ext:core/mod.js";
import { op_postgres_connect, op_postgres_execute, op_postgres_open, op_postgres_query } from "ext:core/ops";
import { arrayOf, isolate } from "ext:plugbay/own.js";
import { answer } from "ext:plugbay/providers/services/answers.js";
import { connected, forget, keptFor, opener } from "ext:plugbay/providers/services/connections.js";
import { seal } from "ext:plugbay/worlds/component/wasi/resource.js";
const { SymbolDispose } = primordials;

// What the op takes of a parameter of each kind: others are of no kind of PostgreSQL's.
const MEMBERS = {
  __proto__: null,
  boolean: "boolean",
  int8: "integer",
  int16: "integer",
  int32: "integer",
  int64: "integer",
  timestamp: "integer",
  floating32: "real",
  floating64: "real",
  str: "text",
  binary: "bytes",
  date: "parts",
  time: "parts",
  datetime: "parts",
};

function forHost(values) {
  const passed = arrayOf(values.length);
  for (let i = 0; i < values.length; i++) {
    const { tag } = values[i], member = MEMBERS[tag];
    passed[i] = member === undefined
      ? { __proto__: null, kind: tag }
      : { __proto__: null, kind: tag, [member]: values[i].val };
  }
  return passed;
}

const same = (value) => value;

// Days and times are of no kind that the older interfaces have.
const UNSUPPORTED = { __proto__: null, tag: "unsupported" };
const isDated = (kind) => kind === "date" || kind === "time" || kind === "datetime";

function withoutDates({ columns, rows }) {
  for (let i = 0; i < columns.length; i++) {
    if (isDated(columns[i].dataType)) columns[i].dataType = "other";
  }
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    for (let j = 0; j < row.length; j++) if (isDated(row[j].tag)) row[j] = UNSUPPORTED;
  }
  return { __proto__: null, columns, rows };
}

const errorOf = ({ kind, reason }) => ({ __proto__: null, tag: kind, val: reason });
const TOO_MANY = { __proto__: null, kind: "connection-failed", reason: "too many connections are open; close some" };

const open = opener(op_postgres_open, TOO_MANY);

// ---- 2.0 and 3.0 ----

function connectionWith(shown) {
  class Connection {
    #services;
    #rid;
    constructor(services, rid) {
      this.#services = services;
      this.#rid = rid;
    }
    query(statement, parameters) {
      return answer(op_postgres_query(this.#rid, statement, forHost(parameters)), errorOf, shown);
    }
    execute(statement, parameters) {
      return answer(op_postgres_execute(this.#rid, statement, forHost(parameters)), errorOf);
    }
    [SymbolDispose]() {
      this.#services.close(this.#rid);
    }
    static functions = {
      __proto__: null,
      open(services, address) {
        const rid = open(services, address, errorOf);
        return connected(services, rid, op_postgres_connect, errorOf, () => new Connection(services, rid));
      },
    };
  }
  isolate(Connection);
  seal(Connection);
  return { __proto__: null, Connection };
}

export const ofSpin2 = connectionWith(withoutDates);
export const ofSpin3 = connectionWith(same);

// ---- Spin 1: a server is named in each call ----

function ask(services, op, address, statement, parameters, use) {
  const kept = services.postgresServers;
  const errorOfSpin1 = ({ kind, reason }) => {
    if (kind === "connection-failed") forget(kept, services, address);
    return { __proto__: null, tag: kind === "other" ? "other-error" : kind, val: reason };
  };
  const rid = keptFor(kept, services, address, open, errorOfSpin1);
  return answer(op(rid, statement, forHost(parameters)), errorOfSpin1, use);
}

export const ofSpin1 = {
  __proto__: null,
  query: (services, address, statement, parameters) =>
    ask(services, op_postgres_query, address, statement, parameters, withoutDates),
  execute: (services, address, statement, parameters) =>
    ask(services, op_postgres_execute, address, statement, parameters),
};
