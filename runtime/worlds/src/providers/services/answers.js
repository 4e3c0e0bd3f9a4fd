// What ops of services answer, for guests that wait for it.

import { primordials } from "ext:core/mod.js";
import { then } from "ext:plugbay/own.js";
import { later } from "ext:plugbay/wasm/suspending.js";
import { failure } from "ext:plugbay/worlds/component/wasi/errors.js";
const { TypedArrayPrototypeGetByteLength } = primordials;

// What came of an op: `use` makes what the guest is given of its value, `errorOf` the interface's error of a failure.
export function settled(answered, errorOf, use = same) {
  const { failure: failed, value } = { __proto__: null, ...answered };
  if (failed !== undefined) throw failure(errorOf({ __proto__: null, ...failed }));
  return use(value);
}
const same = (value) => value;

// The same of an op that takes time.
export function answer(promise, errorOf, use) {
  let answered;
  const kept = then(promise, (given) => {
    answered = given;
  });
  return later(kept, () => settled(answered, errorOf, use));
}

export const lengthOf = (bytes) => bytes === null ? 0 : TypedArrayPrototypeGetByteLength(bytes);
