// Key-value stores as Spin's components see them.

import { op_kv_all_keys, op_kv_delete, op_kv_exists, op_kv_get, op_kv_open, op_kv_set } from "ext:core/ops";
import { isolate } from "ext:plugbay/own.js";
import { answer, settled } from "ext:plugbay/providers/services/answers.js";
import { failure } from "ext:plugbay/worlds/component/wasi/errors.js";
import { seal } from "ext:plugbay/worlds/component/wasi/resource.js";

const DENIED = { __proto__: null, tag: "access-denied" };

// What `other` says is called otherwise in each interface.
export const errorAs = (tag) => ({ kind, reason }) =>
  kind === "refused" ? DENIED : { __proto__: null, tag, val: reason };

const errorOf = errorAs("other");

// ---- A store as a resource: what all interfaces have of it ----

export class OpenStore {
  #services;
  #name;
  constructor(services, name) {
    this.#services = services;
    this.#name = name;
  }
  get(key) {
    return OpenStore.ask(this, op_kv_get, key);
  }
  set(key, value) {
    return answer(op_kv_set(this.#services.rid, this.#name, key, value), errorOf);
  }
  delete(key) {
    return OpenStore.ask(this, op_kv_delete, key);
  }
  exists(key) {
    return OpenStore.ask(this, op_kv_exists, key);
  }
  // What an op says of the store and one thing more.
  static ask(store, op, argument, use) {
    return answer(op(store.#services.rid, store.#name, argument), errorOf, use);
  }
  static nameOf(store) {
    return store.#name;
  }
}
isolate(OpenStore);
seal(OpenStore);

// Opens a store, as an object of the class.
export function openAs(made, services, name) {
  settled(op_kv_open(services.rid, name), errorOf);
  return new made(services, name);
}

// ---- 2.0 ----

class Store extends OpenStore {
  getKeys() {
    return OpenStore.ask(this, op_kv_all_keys);
  }
  static functions = { __proto__: null, open: (services, name) => openAs(Store, services, name) };
}
isolate(Store);
seal(Store);

export const ofSpin2 = { __proto__: null, Store };

// ---- Spin 1: a store is a number ----

const FULL = { __proto__: null, tag: "store-table-full" };
const INVALID = { __proto__: null, tag: "invalid-store" };
const NO_KEY = { __proto__: null, tag: "no-such-key" };
const errorOfSpin1 = errorAs("io");

// The name of a store that was opened under a number.
function nameOf(services, number) {
  const opened = services.opened(number);
  if (opened?.store === undefined) throw failure(INVALID);
  return opened.store;
}

export const ofSpin1 = {
  __proto__: null,
  open(services, name) {
    settled(op_kv_open(services.rid, name), errorOfSpin1);
    const number = services.admit({ __proto__: null, store: name });
    if (number === undefined) throw failure(FULL);
    return number;
  },
  get(services, number, key) {
    return answer(op_kv_get(services.rid, nameOf(services, number), key), errorOfSpin1, (value) => {
      if (value === null) throw failure(NO_KEY);
      return value;
    });
  },
  set: (services, number, key, value) =>
    answer(op_kv_set(services.rid, nameOf(services, number), key, value), errorOfSpin1),
  delete: (services, number, key) => answer(op_kv_delete(services.rid, nameOf(services, number), key), errorOfSpin1),
  exists: (services, number, key) => answer(op_kv_exists(services.rid, nameOf(services, number), key), errorOfSpin1),
  getKeys: (services, number) => answer(op_kv_all_keys(services.rid, nameOf(services, number)), errorOfSpin1),
  close(services, number) {
    if (services.opened(number)?.store !== undefined) services.dismiss(number);
  },
};
