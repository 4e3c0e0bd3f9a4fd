// Redis as Spin's components see it: connections that they open to servers which their manifest names.

import { primordials } from "ext:core/mod.js";
import { op_redis_ask, op_redis_connect, op_redis_open } from "ext:core/ops";
import { arrayOf, isolate, list } from "ext:plugbay/own.js";
import { answer } from "ext:plugbay/providers/services/answers.js";
import { connected, forget, keptFor, opener } from "ext:plugbay/providers/services/connections.js";
import { seal } from "ext:plugbay/worlds/component/wasi/resource.js";
const { Number, SymbolDispose, Uint8Array } = primordials;

// ---- Commands: what the op takes, and what the interfaces have of its answer ----

const text = (value) => ({ __proto__: null, text: value });
const bytes = (value) => ({ __proto__: null, bytes: value });

function texts(values) {
  const passed = arrayOf(values.length);
  for (let i = 0; i < values.length; i++) passed[i] = text(values[i]);
  return passed;
}

function textAnd(key, values) {
  const passed = arrayOf(values.length + 1);
  passed[0] = text(key);
  for (let i = 0; i < values.length; i++) passed[i + 1] = text(values[i]);
  return passed;
}

function asTheyAre(parameters) {
  const passed = arrayOf(parameters.length);
  for (let i = 0; i < parameters.length; i++) {
    const { tag, val } = parameters[i];
    passed[i] = tag === "int64" ? { __proto__: null, integer: val } : bytes(val);
  }
  return passed;
}

const nothing = () => undefined;
const all = (replies) => replies;
const integer = (replies) => replies[0].val;
const count = (replies) => Number(integer(replies));
// What a key has: bytes, or nothing.
const value = (replies) => replies[0].tag === "nil" ? null : replies[0].val;

function members(replies) {
  const found = arrayOf(replies.length);
  for (let i = 0; i < replies.length; i++) found[i] = replies[i].val;
  return found;
}

// ---- 2.0 ----

const errorOf = ({ kind, reason }) =>
  kind === "other" ? { __proto__: null, tag: kind, val: reason } : { __proto__: null, tag: kind };

const TOO_MANY = { __proto__: null, kind: "too-many-connections", reason: "too many are open; close some" };

const open = opener(op_redis_open, TOO_MANY);

class Connection {
  #services;
  #rid;
  constructor(services, rid) {
    this.#services = services;
    this.#rid = rid;
  }
  publish(channel, payload) {
    return this.#ask("PUBLISH", list([text(channel), bytes(payload)]), nothing);
  }
  get(key) {
    return this.#ask("GET", list([text(key)]), value);
  }
  set(key, payload) {
    return this.#ask("SET", list([text(key), bytes(payload)]), nothing);
  }
  incr(key) {
    return this.#ask("INCR", list([text(key)]), integer);
  }
  del(keys) {
    return this.#ask("DEL", texts(keys), count);
  }
  sadd(key, values) {
    return this.#ask("SADD", textAnd(key, values), count);
  }
  smembers(key) {
    return this.#ask("SMEMBERS", list([text(key)]), members, true);
  }
  srem(key, values) {
    return this.#ask("SREM", textAnd(key, values), count);
  }
  execute(command, parameters) {
    return this.#ask(command, asTheyAre(parameters), all);
  }
  #ask(command, passed, use, asTexts = false) {
    return answer(op_redis_ask(this.#rid, command, passed, asTexts), errorOf, use);
  }
  [SymbolDispose]() {
    this.#services.close(this.#rid);
  }
  static functions = {
    __proto__: null,
    open(services, address) {
      const rid = open(services, address, errorOf);
      return connected(services, rid, op_redis_connect, errorOf, () => new Connection(services, rid));
    },
  };
}
isolate(Connection);
seal(Connection);

export const ofSpin2 = { __proto__: null, Connection };

// ---- Spin 1: a server is named in each call, and its errors have no words ----

function ask(services, address, command, passed, use, asTexts = false) {
  const kept = services.redisServers;
  const errorOfSpin1 = ({ kind, reason }) => {
    services.log(reason);
    // What has failed may be its connection.
    if (kind === "other") forget(kept, services, address);
    return "error";
  };
  const rid = keptFor(kept, services, address, open, errorOfSpin1);
  return answer(op_redis_ask(rid, command, passed, asTexts), errorOfSpin1, use);
}

export const ofSpin1 = {
  __proto__: null,
  publish: (services, address, channel, payload) =>
    ask(services, address, "PUBLISH", list([text(channel), bytes(payload)]), nothing),
  get(services, address, key) {
    return ask(services, address, "GET", list([text(key)]), (replies) => value(replies) ?? new Uint8Array(0));
  },
  set: (services, address, key, payload) => ask(services, address, "SET", list([text(key), bytes(payload)]), nothing),
  incr: (services, address, key) => ask(services, address, "INCR", list([text(key)]), integer),
  del: (services, address, keys) => ask(services, address, "DEL", texts(keys), integer),
  sadd: (services, address, key, values) => ask(services, address, "SADD", textAnd(key, values), integer),
  smembers: (services, address, key) => ask(services, address, "SMEMBERS", list([text(key)]), members, true),
  srem: (services, address, key, values) => ask(services, address, "SREM", textAnd(key, values), integer),
  execute: (services, address, command, parameters) => ask(services, address, command, asTheyAre(parameters), all),
};
