// wasi:random: all of it is the system's own randomness.

import { primordials } from "ext:core/mod.js";
import { u64 } from "ext:plugbay/worlds/component/values.js";
import { DATA, MOST } from "ext:plugbay/worlds/component/wasi/system.js";
const { Number, TypedArrayPrototypeSet, Uint8Array } = primordials;

export function getBytes(system, length) {
  const count = Number(u64(length));
  system.count(count);
  const made = new Uint8Array(count);
  for (let at = 0; at < count; at += MOST) {
    const part = count - at < MOST ? count - at : MOST;
    system.do("random_get", DATA, part);
    TypedArrayPrototypeSet(made, system.data(part), at);
  }
  return made;
}

export function getU64(system) {
  system.do("random_get", DATA, 8);
  return system.long(DATA);
}

export const insecureSeed = (system) => [getU64(system), getU64(system)];
