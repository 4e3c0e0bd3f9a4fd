// wasi:keyvalue 0.2, a draft: buckets are an app's key-value stores.

import { primordials } from "ext:core/mod.js";
import { op_kv_delete_many, op_kv_get, op_kv_get_many, op_kv_increment, op_kv_keys, op_kv_set_many,
  op_kv_swap } from "ext:core/ops";
import { isolate } from "ext:plugbay/own.js";
import { answer, lengthOf } from "ext:plugbay/providers/services/answers.js";
import { errorAs, openAs, OpenStore } from "ext:plugbay/providers/services/key_value.js";
import { failure } from "ext:plugbay/worlds/component/wasi/errors.js";
import { seal } from "ext:plugbay/worlds/component/wasi/resource.js";
const { SymbolDispose } = primordials;

const errorOf = errorAs("other");

// ---- store ----

class Bucket extends OpenStore {
  // The cursor is the last key that was given.
  listKeys(cursor) {
    return OpenStore.ask(this, op_kv_keys, cursor ?? null, ({ 0: keys, 1: mayHaveMore }) => ({
      __proto__: null,
      keys,
      cursor: mayHaveMore ? keys[keys.length - 1] : undefined,
    }));
  }
}
isolate(Bucket);
seal(Bucket);

export const store = {
  __proto__: null,
  Bucket,
  open: (services, name) => openAs(Bucket, services, name),
};

// ---- atomics ----

const storeError = (failed) => ({ __proto__: null, tag: "store-error", val: errorOf(failed) });

// What a key had when somebody looked, to be exchanged if it still has that.
class Cas {
  #services;
  #name;
  #key;
  #seen = null;
  constructor(services, name, key) {
    this.#services = services;
    this.#name = name;
    this.#key = key;
  }
  // Looks again.
  current() {
    return this.#look(errorOf, (value) => value);
  }
  // Looks at what the key has, which the host holds then.
  #look(errorFrom, use) {
    return answer(op_kv_get(this.#services.rid, this.#name, this.#key), errorFrom, (value) => {
      this.#forget();
      this.#services.hold(lengthOf(value), "values that it may exchange");
      this.#seen = value;
      return use(value);
    });
  }
  #forget() {
    this.#services.release(lengthOf(this.#seen));
    this.#seen = null;
  }
  [SymbolDispose]() {
    this.#forget();
  }
  // Whoever comes too late is given one for another try.
  static swap(services, cas, value) {
    const name = cas.#name, key = cas.#key, swapped = op_kv_swap(services.rid, name, key, cas.#seen, value);
    cas.#forget();
    return answer(swapped, storeError, (isSwapped) => {
      if (isSwapped) return undefined;
      const next = new Cas(services, name, key);
      return next.#look(storeError, () => {
        throw failure({ __proto__: null, tag: "cas-failed", val: next });
      });
    });
  }
  static functions = {
    __proto__: null,
    new(services, bucket, key) {
      const made = new Cas(services, OpenStore.nameOf(bucket), key);
      return made.#look(errorOf, () => made);
    },
  };
}
isolate(Cas);
seal(Cas);

export const atomics = {
  __proto__: null,
  Cas,
  increment: (services, bucket, key, delta) =>
    answer(op_kv_increment(services.rid, OpenStore.nameOf(bucket), key, delta), errorOf),
  swap: Cas.swap,
};

// ---- batch ----

export const batch = {
  __proto__: null,
  getMany: (services, bucket, keys) => answer(op_kv_get_many(services.rid, OpenStore.nameOf(bucket), keys), errorOf),
  setMany: (services, bucket, pairs) => answer(op_kv_set_many(services.rid, OpenStore.nameOf(bucket), pairs), errorOf),
  deleteMany: (services, bucket, keys) =>
    answer(op_kv_delete_many(services.rid, OpenStore.nameOf(bucket), keys), errorOf),
};
