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

// Each command as both versions have it: `ask(command, passed, use, asTexts)` asks the server, and what it answers is
// used by what follows, which differs.
const publish = (ask, channel, payload) => ask("PUBLISH", list([text(channel), bytes(payload)]), () => undefined);
const get = (ask, key, use) => ask("GET", list([text(key)]), use);
const set = (ask, key, payload) => ask("SET", list([text(key), bytes(payload)]), () => undefined);
const incr = (ask, key) => ask("INCR", list([text(key)]), integer);
const del = (ask, keys, use) => ask("DEL", texts(keys), use);
const sadd = (ask, key, values, use) => ask("SADD", textAnd(key, values), use);
const smembers = (ask, key) => ask("SMEMBERS", list([text(key)]), members, true);
const srem = (ask, key, values, use) => ask("SREM", textAnd(key, values), use);
const execute = (ask, command, parameters) => ask(command, asTheyAre(parameters), all);

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
    return publish(this.#ask, channel, payload);
  }
  get(key) {
    return get(this.#ask, key, value);
  }
  set(key, payload) {
    return set(this.#ask, key, payload);
  }
  incr(key) {
    return incr(this.#ask, key);
  }
  del(keys) {
    return del(this.#ask, keys, count);
  }
  sadd(key, values) {
    return sadd(this.#ask, key, values, count);
  }
  smembers(key) {
    return smembers(this.#ask, key);
  }
  srem(key, values) {
    return srem(this.#ask, key, values, count);
  }
  execute(command, parameters) {
    return execute(this.#ask, command, parameters);
  }
  #ask = (command, passed, use, asTexts = false) =>
    answer(op_redis_ask(this.#rid, command, passed, asTexts), errorOf, use);
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

const asker = (services, address) => (command, passed, use, asTexts = false) => {
  const kept = services.redisServers;
  const errorOfSpin1 = ({ kind, reason }) => {
    services.log(reason);
    // What has failed may be its connection.
    if (kind === "other") forget(kept, services, address);
    return "error";
  };
  const rid = keptFor(kept, services, address, open, errorOfSpin1);
  return answer(op_redis_ask(rid, command, passed, asTexts), errorOfSpin1, use);
};

const bytesOf = (replies) => value(replies) ?? new Uint8Array(0);

export const ofSpin1 = {
  __proto__: null,
  publish: (services, address, channel, payload) => publish(asker(services, address), channel, payload),
  get: (services, address, key) => get(asker(services, address), key, bytesOf),
  set: (services, address, key, payload) => set(asker(services, address), key, payload),
  incr: (services, address, key) => incr(asker(services, address), key),
  del: (services, address, keys) => del(asker(services, address), keys, integer),
  sadd: (services, address, key, values) => sadd(asker(services, address), key, values, integer),
  smembers: (services, address, key) => smembers(asker(services, address), key),
  srem: (services, address, key, values) => srem(asker(services, address), key, values, integer),
  execute: (services, address, command, parameters) => execute(asker(services, address), command, parameters),
};
