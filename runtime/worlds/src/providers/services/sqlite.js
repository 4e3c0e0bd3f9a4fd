// Databases as Spin's components see them. A connection is the instance's own, and is closed with it.

import { primordials } from "ext:core/mod.js";
import { op_sql_execute, op_sql_open } from "ext:core/ops";
import { arrayOf, isolate } from "ext:plugbay/own.js";
import { answer, settled } from "ext:plugbay/providers/services/answers.js";
import { failure } from "ext:plugbay/worlds/component/wasi/errors.js";
import { seal } from "ext:plugbay/worlds/component/wasi/resource.js";
const { SymbolDispose } = primordials;

const DENIED = { __proto__: null, tag: "access-denied" };
const FULL = { __proto__: null, tag: "database-full" };
const INVALID = { __proto__: null, tag: "invalid-connection" };
const TOO_MANY = { __proto__: null, tag: "io", val: "too many connections are open; close some" };

function errorOf({ kind, reason }) {
  if (kind === "refused") return DENIED;
  return kind === "full" ? FULL : { __proto__: null, tag: "io", val: reason };
}

function connect(services, name) {
  if (!services.hasRoom()) throw failure(TOO_MANY);
  const rid = settled(op_sql_open(services.rid, name), errorOf);
  services.whenStopped(rid);
  return rid;
}

const execute = (rid, statement, parameters, use) =>
  answer(op_sql_execute(rid, statement, forHost(parameters)), errorOf, use);

// Values as the op takes them: { integer }, { real }, { text }, { blob }, or nothing of these.
function forHost(values) {
  const passed = arrayOf(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i], { tag } = value;
    // One that is null has nothing else.
    passed[i] = tag === "null" ? { __proto__: null } : { __proto__: null, [tag]: value.val };
  }
  return passed;
}

// ---- 2.0, and 3.0, which says besides what a statement has changed ----

class Connection {
  #services;
  #rid;
  #lastInsertRowid = 0n;
  #changes = 0n;
  constructor(services, rid) {
    this.#services = services;
    this.#rid = rid;
  }
  execute(statement, parameters) {
    return execute(this.#rid, statement, parameters, ({ columns, rows, lastInsertRowid, changes }) => {
      this.#lastInsertRowid = lastInsertRowid;
      this.#changes = changes;
      return { __proto__: null, columns, rows };
    });
  }
  lastInsertRowid() {
    return this.#lastInsertRowid;
  }
  changes() {
    return this.#changes;
  }
  [SymbolDispose]() {
    this.#services.close(this.#rid);
  }
  static functions = {
    __proto__: null,
    open: (services, name) => new Connection(services, connect(services, name)),
  };
}
isolate(Connection);
seal(Connection);

export const ofSpin2 = { __proto__: null, Connection };

// ---- Spin 1: a connection is a number ----

export const ofSpin1 = {
  __proto__: null,
  open(services, name) {
    const rid = connect(services, name), number = services.admit({ __proto__: null, connection: rid });
    if (number !== undefined) return number;
    services.close(rid);
    throw failure(TOO_MANY);
  },
  execute(services, number, statement, parameters) {
    const opened = services.opened(number);
    if (opened?.connection === undefined) throw failure(INVALID);
    return execute(opened.connection, statement, parameters, ({ columns, rows }) => ({
      __proto__: null,
      columns,
      rows,
    }));
  },
  close(services, number) {
    if (services.opened(number)?.connection !== undefined) services.close(services.dismiss(number).connection);
  },
};
